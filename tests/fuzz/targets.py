"""What is fuzzed, what it is begun with, and what must hold of whatever comes out."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from support.mutation import mutant, published
from support.published import differs, shown

from stream.adapters.base import Decoder, Passed
from stream.adapters.canonical import CanonicalDecoder, encode
from stream.adapters.customers import Customers
from stream.adapters.modes import structured
from stream.adapters.pseudonym import Pseudonyms
from stream.connectors.anonymous_bank.decode import AnonymousBankDecoder
from stream.dev.simulator import scaled, simulate
from stream.domain.fact import Event
from stream.errors import BadRecord, RejectReason

RECEIVED_MS = 1_800_000_000_000
_HOUR_MS = 3_600_000
_MOST_SEEDS = 400
_LONGEST_DETAIL = 300
_ROW = (
    "AA0101\t33116\t9664491\t2\tPS\t990201\t10:00:00\t10:00:06\t6\t10:00:06\t10:00:36\t30\tAGENT\t"
    "10:00:35\t10:02:00\t85\tagent-07"
)
_PSEUDONYMS = Pseudonyms({1: bytes(range(32))})
_STARTED = (
    '{"specversion":"1.0","id":"1","source":"/s","type":"contact.started","time":"2026-11-21T09:00:00.000Z",'
    f'"subject":"c","data":{{"channel":"chat","customer":"{_PSEUDONYMS.of("1")}"}}}}'
)
_WORDS = (
    *("specversion", "1.0", "id", "source", "subject", "type", "time", "data", "queue", "channel", "visit"),
    *("agent", "team", "reason", "state", "queues", "capacity", "since", "due", "shifts", "from", "to"),
    *("visit.queued", "visit.answered", "visit.left", "agent.state", "event.corrected", "event.retracted"),
    *("contact.linked", "to", "relation", "merged", "sequence", "sequencetype", "7"),
    *("contact.started", "customer", _PSEUDONYMS.of("1"), _PSEUDONYMS.of("2")),
    *("schedule.published", "contact.snapshot", "message.sent", "NaN", "1e999", "\\ud800", "\\u0000"),
)


@dataclass(frozen=True, slots=True)
class Target:
    """One fuzzed function; it raises AssertionError where the promise of a decoder does not hold."""

    check: Callable[[bytes], None]
    seeds: Sequence[bytes]
    words: Sequence[str] = field(default=())


class Canonical:
    """A decoder that has seen much and one that has seen nothing must say the same of any record."""

    def __init__(self) -> None:
        self._seasoned = CanonicalDecoder()

    def __call__(self, value: bytes) -> None:
        said = outcome(self._seasoned, value)
        assert said == outcome(CanonicalDecoder(), value)
        if isinstance(said, list):
            assert outcome(CanonicalDecoder(), encode(said[0])) == said


class Published:
    """The published schema, read by a validator that is not ours, accepts what a decoder accepts."""

    def __init__(self) -> None:
        self._decoder, self._canonical = CanonicalDecoder(), Canonical()

    def __call__(self, value: bytes) -> None:
        for record in (value, mutant(Random(value))):
            assert not (found := differs(record, self._decoder)), f"{found}: {shown(record)}"
            self._canonical(record)


def binary(value: bytes) -> None:
    """Headers and value of one record: `name=text` lines, an empty line, the value."""
    head, _, body = value.partition(b"\n\n")
    pairs = (line.partition(b"=") for line in head.split(b"\n"))
    headers = [(name.decode("latin-1"), text) for name, _, text in pairs]
    try:
        whole = structured(headers, body)
    except BadRecord as bad:
        assert_told(bad)
    else:
        outcome(CanonicalDecoder(), whole or b"")


def bank(value: bytes) -> None:
    """One row, whose customer changes nothing."""
    assert outcome(AnonymousBankDecoder(Customers(_PSEUDONYMS)), value) == outcome(
        AnonymousBankDecoder(), value
    )


def outcome(decoder: Decoder, value: bytes) -> list[Event] | str:
    """The events of a record, or why it holds none."""
    try:
        found = decoder.decode(value, RECEIVED_MS)
    except BadRecord as bad:
        assert_told(bad)
        return f"{bad.reason}: {bad.detail}"
    return found.reason if isinstance(found, Passed) else list(found)


def assert_told(bad: BadRecord) -> None:
    """Hold a refusal to a known reason and one short printable line."""
    assert bad.reason in set(RejectReason), bad.reason
    assert bad.detail, "a refusal without a word"
    assert bad.detail.isprintable(), bad.detail
    assert len(bad.detail) <= _LONGEST_DETAIL, bad.detail


def _records() -> list[bytes]:
    """Records of every type that a simulated hour holds, and a contact that tells its customer."""
    start_ms = RECEIVED_MS - _HOUR_MS
    found = simulate(scaled(3, 0.7), seed=1, start_ms=start_ms, until_ms=RECEIVED_MS)
    return [_STARTED.encode(), *(event.value for event, _ in zip(found, range(_MOST_SEEDS), strict=False))]


def _in_headers(value: bytes) -> bytes:
    document = json.loads(value)
    data = document.pop("data", {})
    head = "\n".join(f"ce_{name}={text}" for name, text in document.items())
    return f"{head}\n\n{json.dumps(data)}".encode()


def targets() -> dict[str, Target]:
    """Every target by its name."""
    records = _records()
    return {
        "published": Target(Published(), [json.dumps(event).encode() for event in published()], _WORDS),
        "canonical": Target(Canonical(), records, _WORDS),
        "binary": Target(binary, [_in_headers(value) for value in records], _WORDS),
        "anonymous-bank": Target(bank, [_ROW.encode()], ("AGENT", "HANG", "PHANTOM", "NO_SERVER", "0:00:00")),
    }
