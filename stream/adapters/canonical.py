"""Our own events: CloudEvents 1.0 in JSON, in structured mode, or in binary mode with `ce_` headers."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic_core import from_json, to_json

from stream.adapters.base import LATEST_MS, MAX_AHEAD_MS, MAX_RECORD_BYTES
from stream.adapters.envelope import NOT_READ, envelope_bytes, read_envelope
from stream.adapters.payload import TYPE_NAMES, data_of
from stream.adapters.pseudonym import PSEUDONYM
from stream.adapters.validated import validated
from stream.domain.fact import ABOUT_ANOTHER, Event, Fact, Kind
from stream.domain.instant import MILLIS
from stream.errors import BadRecord, RejectReason

_MOST_LEARNT = 65_536
_MOST_BYTES_LEARNT = 512
#: It says nothing of the fact: `data` that differs in it alone is known as the same.
_PSEUDONYM = re.compile(rb'"customer" ?: ?"' + PSEUDONYM.encode() + b'"')
_tuple: Any = tuple.__new__  # named tuples are made for every event; this makes them in half the time


class CanonicalDecoder:
    """Reads canonical events. See `Decoder`."""

    name = "canonical"

    def __init__(self) -> None:
        self._known: dict[tuple[str, bytes], tuple[int, int, str, str, str]] = {}
        self._seconds: dict[str, int] = {}

    def decode(self, value: bytes, received_ms: int | None = None) -> tuple[Event]:
        """The event in `value`; `UnknownType` for a type that is not in the schema, `Heartbeat` for one."""
        try:
            read = read_envelope(value)
            data = bytes(read.data)
            said = self._known.get((read.type, data)) or self._known[read.type, _without_pseudonym(data)]
            kind, number, a, b, c = said
            text, source, identity, subject = read.time, read.source, read.id, read.subject
            at_ms = self._seconds[text[:19]] + MILLIS[text[19:]]
        except (KeyError, *NOT_READ):
            return self._validated(value, received_ms)
        told = f"{subject}{identity}{source}"
        latest_ms = LATEST_MS if received_ms is None else received_ms + MAX_AHEAD_MS
        if not (
            at_ms <= latest_ms
            and len(value) <= MAX_RECORD_BYTES
            and told.isprintable()
            and "@" not in told
            and "+" not in told
        ):
            return self._validated(value, received_ms)
        return (
            _tuple(
                Event,
                (subject, _tuple(Fact, (at_ms, kind, f"{source}\t{identity}", number, a, b, c, ""))),
            ),
        )

    def _validated(self, value: bytes, received_ms: int | None) -> tuple[Event]:
        """The event in `value` by the published schema; what its `data` says is known from then on."""
        event, said = validated(value, received_ms)
        fact = event.fact
        of_envelope = fact.kind in ABOUT_ANOTHER or (fact.kind == Kind.VISIT_ANSWERED and fact.b)
        if not said.since and not of_envelope:  # what data of these says depends on the envelope
            self._learn(value, fact)
        return (event,)

    def _learn(self, value: bytes, fact: Fact) -> None:
        try:
            read = read_envelope(value)
        except NOT_READ:
            return
        if len(self._seconds) >= _MOST_LEARNT:
            self._seconds.clear()
        if read.time[19:] in MILLIS:
            self._seconds[read.time[:19]] = fact.at_ms - MILLIS[read.time[19:]]
        data = _without_pseudonym(bytes(read.data))
        if len(data) <= _MOST_BYTES_LEARNT:
            if len(self._known) >= _MOST_LEARNT:
                self._known.clear()
            self._known[read.type, data] = (fact.kind, fact.number, fact.a, fact.b, fact.c)


def _without_pseudonym(data: bytes) -> bytes:
    """What stands for `data` whatever pseudonym it holds: no JSON, so that no record is like it by itself."""
    return _PSEUDONYM.sub(b"\0", data, 1)


def encode(event: Event, customer: str = "") -> bytes:
    """The canonical record of an event: the inverse of `decode`. A start tells the pseudonym `customer`."""
    fact = event.fact
    source, _, identity = fact.uid.partition("\t")
    data = data_of(fact)
    if customer and fact.kind == Kind.CONTACT_STARTED:
        data["customer"] = customer
    return envelope_bytes(
        identity=identity,
        source=source,
        type_=TYPE_NAMES[fact.kind],
        at_ms=fact.at_ms,
        subject=event.subject,
        data=data,
    )


def structured(headers: Sequence[tuple[str, bytes | None]], value: bytes | None) -> bytes | None:
    """A record in structured mode; one in binary mode (attributes in `ce_` headers) is put into that form."""
    document: dict[str, Any] = {
        name[3:]: (text or b"").decode(errors="replace") for name, text in headers if name.startswith("ce_")
    }
    if not document:
        return value
    if len(value or b"") > MAX_RECORD_BYTES:
        return value
    if value:
        try:
            document["data"] = from_json(value)
        except ValueError:
            raise BadRecord(RejectReason.JSON, "data: not JSON in UTF-8") from None
    return to_json(document)


def topic_of(event: Event) -> str:
    """The topic that carries an event."""
    return "pantau.agents" if event.fact.kind >= Kind.AGENT_STATE else "pantau.contacts"
