"""The decoder's promise, held against every decoder: pure, total, and true to the published schema."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from support.effort import examples

from stream.adapters.base import MAX_RECORD_BYTES, Decoder, Heartbeat, Passed
from stream.adapters.canonical import CanonicalDecoder, encode
from stream.adapters.heartbeat import heartbeat_record
from stream.adapters.modes import structured
from stream.adapters.schema import CANONICAL
from stream.connectors.catalogue import DECODERS
from stream.domain.fact import Event
from stream.errors import BadRecord

pytestmark = pytest.mark.pure

settings.register_profile(
    "pantau", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("pantau")

NAMES = sorted(DECODERS)
SCHEMA = Draft202012Validator(CANONICAL.json_schema(), format_checker=FormatChecker())

CANONICAL_RECORD = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/pbx",
    "time": "2026-11-21T10:00:00.123Z",
    "subject": "c-1",
    "type": "visit.queued",
    "data": {"queue": "billing", "channel": "voice", "visit": 1},
}
BANK_ROW = (
    *("AA0101", "33116", "9664491", "2", "PS", "990201", "10:00:00", "10:00:06", "6", "10:00:06", "10:00:36"),
    *("30", "AGENT", "10:00:35", "10:02:00", "85", "agent-07"),
)


def canonical(**changed: Any) -> bytes:
    return json.dumps({**CANONICAL_RECORD, **changed}).encode()


def bank(**changed: str) -> bytes:
    """A row with columns changed by number: `c5` is the date."""
    return "\t".join(changed.get(f"c{n}", text) for n, text in enumerate(BANK_ROW)).encode()


SAMPLES: dict[str, Callable[[], bytes]] = {"canonical": canonical, "anonymous-bank": bank}


def outcome(decoder: Decoder, value: bytes, **more: int) -> list[Event] | str:
    """The events of a record, or how it was refused; whatever else is raised is a failure."""
    try:
        found = decoder.decode(value, **more)
    except BadRecord as bad:
        return f"bad: {bad.reason} {bad.detail}"
    return f"passed: {found.reason}" if isinstance(found, Passed) else list(found)


def schema_faults(written: bytes) -> list[str]:
    return [fault.message for fault in SCHEMA.iter_errors(json.loads(written))]


def taught(name: str) -> Decoder:
    """A decoder that has read the sample, and so has its short ways with what is like it."""
    decoder = DECODERS[name]()
    for _ in range(2):
        outcome(decoder, SAMPLES[name]())
    return decoder


TAUGHT = {name: taught(name) for name in NAMES}


def holds(name: str, value: bytes) -> None:
    """All that is promised of any bytes."""
    found = outcome(DECODERS[name](), value)
    assert outcome(DECODERS[name](), value) == found
    for _ in range(2):
        assert outcome(TAUGHT[name], value) == found
    if isinstance(found, str):
        return
    for event in found:
        written = encode(event)
        assert schema_faults(written) == []
        assert list(CanonicalDecoder().decode(written)) == [event]
    identities = [event.fact.uid for event in found]
    assert len(set(identities)) == len(identities)


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_read_and_holds(name: str) -> None:
    value = SAMPLES[name]()
    assert not isinstance(outcome(DECODERS[name](), value), str)
    holds(name, value)


@pytest.mark.parametrize("name", NAMES)
def test_a_decoder_is_called_by_its_name(name: str) -> None:
    assert DECODERS[name].name == name


@pytest.mark.parametrize("name", NAMES)
def test_two_decoders_and_a_used_one_say_the_same(name: str) -> None:
    used, value = DECODERS[name](), SAMPLES[name]()
    outcome(used, b"\x00 something else")
    assert outcome(used, value) == outcome(DECODERS[name](), value)


# Any bytes at all.


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=examples(300))
@given(value=st.binary(max_size=300))
@example(value=b"")
@example(value=b"\x00")
@example(value=b"\xef\xbb\xbf{}")
def test_nothing_else_is_ever_raised_of_random_bytes(name: str, value: bytes) -> None:
    holds(name, value)


def corrupted(sample: bytes) -> st.SearchStrategy[bytes]:
    """A sample with a stretch cut out and something else put there."""

    def replaced(where: tuple[int, int, bytes]) -> bytes:
        start, length, put = where
        return sample[:start] + put + sample[start + length :]

    pieces = st.one_of(
        st.binary(max_size=6), st.sampled_from([b'"', b"\t", b"-1", b"99999", b"\xff", b"1e999", b":"])
    )
    return st.tuples(st.integers(0, len(sample)), st.integers(0, 12), pieces).map(replaced)


@settings(max_examples=examples(400))
@given(value=corrupted(canonical()))
def test_a_corrupted_canonical_record_holds(value: bytes) -> None:
    holds("canonical", value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
fields = st.sampled_from(
    [
        *(*CANONICAL_RECORD, "queue", "channel", "visit", "agent", "reason", "state", "team", "queues"),
        *("capacity", "by", "result", "due", "since", "transfer"),
    ]
)
types = st.sampled_from(
    [
        *("visit.queued", "visit.left", "visit.answered", "agent.state", "agent.heartbeat", "offer.made"),
        *("contact.started", "contact.ended", "leg.wrapped_up", "ticket.opened", "visit.blocked"),
        *("message.sent", "callback.attempted", "contact.snapshot", "agent.snapshot", "leg.ended"),
        *("event.corrected", "event.retracted"),
    ]
)


@settings(max_examples=examples(400))
@given(
    type_=types,
    top=st.dictionaries(fields, json_values, max_size=2),
    data=st.dictionaries(fields, json_values),
)
def test_a_canonical_record_with_any_values_holds(
    type_: str, top: dict[str, Any], data: dict[str, Any]
) -> None:
    document = {
        **CANONICAL_RECORD,
        "data": {"queue": "q", "reason": "error", "agent": "a", "state": "hold", **data},
    }
    holds("canonical", json.dumps({**document, "type": type_, **top}).encode())


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=64)


@settings(max_examples=examples(200))
@given(
    state=st.sampled_from(["available", "hold", "logged_out"]),
    capacity=st.integers(0, 100),
    team=texts,
    queues=st.lists(texts, max_size=5),
    reason=texts,
)
def test_whatever_an_agents_state_says_is_written_and_read_the_same(
    state: str, capacity: int, team: str, queues: list[str], reason: str
) -> None:
    data = {"state": state, "capacity": capacity, "team": team, "queues": queues, "reason": reason}
    holds("canonical", canonical(type="agent.state", data=data))


header_names = st.sampled_from(
    ["ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "ce_specversion", "ce_data"]
)
headers = st.lists(
    st.tuples(header_names | st.text(max_size=6), st.binary(max_size=9) | st.none()), max_size=3
)


@settings(max_examples=examples(250))
@given(
    changed=headers, value=corrupted(b'{"queue":"billing","visit":1}') | st.binary(max_size=20) | st.none()
)
@example(changed=[], value=b"[" * 50_000)
@example(changed=[("ce_subject", None)], value=b"{}")
def test_a_record_in_binary_mode_holds(changed: list[tuple[str, bytes | None]], value: bytes | None) -> None:
    attributes = {
        f"ce_{name}": str(text).encode() for name, text in CANONICAL_RECORD.items() if name != "data"
    }
    try:
        whole = structured([*{**attributes, **dict(changed)}.items()], value)
    except BadRecord:
        return
    holds("canonical", whole or b"")


# Corpora of bad records.


def truncated(sample: bytes) -> Iterator[bytes]:
    return (sample[:length] for length in range(len(sample)))


@pytest.mark.parametrize("name", NAMES)
def test_truncated_records_hold(name: str) -> None:
    for value in truncated(SAMPLES[name]()):
        holds(name, value)


def test_a_truncated_canonical_record_is_never_an_event() -> None:
    for value in truncated(canonical()):
        assert isinstance(outcome(CanonicalDecoder(), value), str)


DEEP = 50_000
CORPUS: dict[str, bytes] = {
    "deep lists": b'{"data":' + b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP,
    "deep inside an event": canonical()[:-1] + b',"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "NaN": canonical()[:-1] + b',"x":NaN}',
    "Infinity": canonical(data={"queue": "q"})[:-2] + b',"visit":Infinity}}',
    "a number too large": canonical(data={"queue": "q"})[:-2] + b',"visit":1e999}}',
    "a number of many digits": canonical(data={"queue": "q"})[:-2] + b',"visit":' + b"9" * 5_000 + b"}}",
    "no UTF-8": canonical(subject="x").replace(b'"x"', b'"\xff\xfe"'),
    "half a character": canonical(subject="x").replace(b'"x"', b'"\xe2\x82"'),
    "a lone surrogate": canonical(subject="x").replace(b'"x"', b'"\\ud800"'),
    "UTF-16": canonical().decode().encode("utf-16"),
    "a zero byte": canonical(subject="a\0b"),
    "a megabyte of text": canonical(subject="x" * 1_000_000),
    "a megabyte of blanks": b" " * 1_000_000,
    "twice the same field": canonical()[:-1] + b',"subject":"other"}',
    "a year before all centres": canonical(time="1969-12-31T23:59:59.999Z"),
    "the year one": canonical(time="0001-01-01T00:00:00.000+23:59"),
    "a wait that runs backwards": canonical(data={"queue": "q", "visit": -1}),
    "a leap second": canonical(time="2016-12-31T23:59:60Z"),
    "an array of events": b"[" + canonical() + b"]",
    "two events": canonical() + b"\n" + canonical(),
}
LEAVES = [None, True, 0, -1, 1.5, "", "x", [], ["x"], {}, {"x": 1}]


@pytest.mark.parametrize("case", CORPUS)
@pytest.mark.parametrize("name", NAMES)
def test_bad_records_hold(name: str, case: str) -> None:
    holds(name, CORPUS[case])


def test_the_end_of_time_holds() -> None:
    holds("canonical", canonical(time="9999-12-31T23:59:59.999-23:59"))


@pytest.mark.parametrize("field", [*CANONICAL_RECORD])
@pytest.mark.parametrize("value", LEAVES, ids=repr)
def test_wrong_types_hold(field: str, value: Any) -> None:
    holds("canonical", canonical(**{field: value}))


@pytest.mark.parametrize("field", ["queue", "channel", "visit", "priority"])
@pytest.mark.parametrize("value", LEAVES, ids=repr)
def test_wrong_types_in_the_data_hold(field: str, value: Any) -> None:
    holds("canonical", canonical(data={"queue": "q", field: value}))


@pytest.mark.parametrize("more", ["", ',"traceparent":"00-1"', ',"datacontenttype":"application/json"'])
@pytest.mark.parametrize(
    "changed",
    [
        {"time": "2026-11-21T10:00:00.123+07:00"},
        {"time": "2026-11-21T10:00:00.1234567Z"},
        {"time": "2026-11-21T10:00:00Z"},
        {"time": "1989-12-31T23:59:59.999Z"},
        {"subject": "c-1\n"},
        {"subject": ""},
        {"id": "x" * 129},
        {"source": "/pbx\u2028"},
        {"specversion": "0.3"},
        {"type": "visit.answered"},
        {"data": {"queue": "billing", "channel": "voice", "visit": "1"}},
        {"data": {"queue": "billing", "channel": "voice", "visit": 1.0}},
        {"data": None},
    ],
    ids=str,
)
def test_what_was_read_before_changes_nothing(changed: dict[str, Any], more: str) -> None:
    holds("canonical", canonical(**changed)[:-1] + more.encode() + b"}")


def test_a_second_learnt_in_one_zone_is_not_taken_for_another() -> None:
    holds("canonical", canonical(time="2026-11-21T12:00:00.000+07:00"))
    holds("canonical", canonical(time="2026-11-21T12:00:00.000Z"))


def test_what_is_known_still_has_to_fit_its_receipt() -> None:
    known, received_ms = taught("canonical"), 1_795_255_200_123
    assert len(known.decode(canonical(), received_ms)) == 1
    for _ in range(2):
        assert str(outcome(known, canonical(), received_ms=received_ms - 300_001)).startswith("bad: clock")


# Heartbeats: known, and no events.

BEAT = heartbeat_record("/pantau/heartbeat", "pantau.contacts:3", 1_795_255_200_123)


def heard(value: bytes, received_ms: int | None = None) -> tuple[str, str, int]:
    found = CanonicalDecoder().decode(value, received_ms)
    assert isinstance(found, Heartbeat)
    return found.source, found.subject, found.at_ms


def test_a_heartbeat_tells_who_where_and_when_and_is_no_event() -> None:
    assert schema_faults(BEAT) == []
    assert heard(BEAT) == ("/pantau/heartbeat", "pantau.contacts:3", 1_795_255_200_123)
    holds("canonical", BEAT)
    assert outcome(TAUGHT["canonical"], BEAT) == "passed: heartbeat"


@pytest.mark.parametrize(("ahead_ms", "believed"), [(-9_000, 0), (0, 0), (1, -1), (300_000, -300_000)])
def test_a_heartbeat_is_believed_no_later_than_its_receipt(ahead_ms: int, believed: int) -> None:
    assert heard(BEAT, 1_795_255_200_123 - ahead_ms)[2] == 1_795_255_200_123 + believed


def test_a_heartbeat_from_the_future_is_refused_as_every_event_is() -> None:
    for value in (BEAT, canonical()):
        refused = outcome(CanonicalDecoder(), value, received_ms=1_795_255_200_122 - 300_000)
        assert str(refused).startswith("bad: clock time")


def test_a_heartbeat_cannot_be_corrected() -> None:
    for type_, more in (("event.corrected", {"time": "2026-11-21T10:00:00Z"}), ("event.retracted", {})):
        value = canonical(type=type_, data={"id": "e-0", "type": "pantau.heartbeat", **more})
        assert outcome(CanonicalDecoder(), value) == "passed: unknown_type"


BANK_CORPUS = {
    "a negative wait": bank(c11="-5"),
    "a wait of days": bank(c11="999999"),
    "a negative service": bank(c15="-5"),
    "a time before midnight": bank(c6="-1:00:00"),
    "an hour of many digits": bank(c6="9" * 30 + ":00:00"),
    "more digits than a number may have": bank(c11="9" * 5_000),
    "digits of another script": bank(c11="٣٠"),
    "the year 1969": bank(c5="690101"),
    "the year 2068": bank(c5="681231"),
    "no UTF-8": bank().replace(b"PS", b"\xff"),
    "an empty queue": bank(c4=""),
    "no columns": b"\t" * 16,
    "too many": bank() + b"\t",
    "NaN": bank(c11="NaN", c15="inf"),
    "a megabyte": bank(c4="x" * 1_000_000),
    "a queue with a long name": bank(c4="x" * 65),
    "a queue with a bell": bank(c4="P\x07S"),
    "an agent with a long name": bank(c16="a" * 129),
    "a call with a long number": bank(c1="1" * 120),
}


@pytest.mark.parametrize("case", BANK_CORPUS)
def test_bad_rows_hold(case: str) -> None:
    holds("anonymous-bank", BANK_CORPUS[case])


@pytest.mark.parametrize("name", NAMES)
def test_no_record_above_the_limit_is_read(name: str) -> None:
    padded = {
        "canonical": canonical(data={"queue": "q", "x": "y" * MAX_RECORD_BYTES}),
        "anonymous-bank": bank(c2="y" * MAX_RECORD_BYTES),
    }
    assert str(outcome(DECODERS[name](), padded[name])).startswith("bad: too_large")


columns = st.sampled_from(
    [
        *("", "0", "-1", "99:99:99", "23:59:59", "1" * 40, "x" * 200, "\x00", "NaN", "é", "\u0661"),
        *("AGENT", "HANG", "PHANTOM", "NO_SERVER", "990231", "700101", "900101", " 1", "1_0"),
    ]
)
changes = st.dictionaries(
    st.sampled_from([f"c{n}" for n in range(len(BANK_ROW))]), columns | st.text(max_size=9), max_size=3
)


@settings(max_examples=examples(250))
@given(changed=changes)
def test_rows_with_any_columns_hold(changed: dict[str, str]) -> None:
    holds("anonymous-bank", bank(**changed))


@settings(max_examples=examples(250))
@given(value=corrupted(bank()))
def test_a_corrupted_row_holds(value: bytes) -> None:
    holds("anonymous-bank", value)
