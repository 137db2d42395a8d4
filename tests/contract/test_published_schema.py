"""Decoder and published schema accept the same records, but for what no schema can say."""

import json
from random import Random

import pytest
from support.effort import examples
from support.mutation import mutant, published
from support.published import accepts, differs, shown

from stream.adapters.canonical import CanonicalDecoder
from tools.docs.events import events_schema

pytestmark = pytest.mark.pure

DECODER = CanonicalDecoder()


def outcome(decoder: CanonicalDecoder, value: bytes) -> object:
    try:
        return decoder.decode(value)
    except Exception as refused:  # noqa: BLE001 - whatever is raised must be the same
        return (type(refused), str(refused))


@pytest.mark.parametrize("part", range(8))
def test_a_record_is_accepted_by_both_or_by_neither(part: int) -> None:
    accepted = 0
    for seed in range(part * 10_000_000, part * 10_000_000 + examples(1_500)):
        value = mutant(Random(seed))
        assert not (found := differs(value, DECODER)), f"seed {seed}: {found}: {shown(value)}"
        assert outcome(DECODER, value) == outcome(CanonicalDecoder(), value), shown(value)
        accepted += accepts(value)
    assert accepted > examples(1_500) // 5


def test_what_is_published_is_accepted() -> None:
    types = _types()
    known = [event for event in published() if event["type"] in types]
    assert len(known) > 200
    for event in known:
        assert not differs(_written(event), DECODER)
        assert accepts(_written(event))


def _written(event: dict[str, object]) -> bytes:
    return json.dumps(event).encode()


def _types() -> set[str]:
    schema = events_schema()
    events = (schema["$defs"][ref["$ref"].rpartition("/")[2]] for ref in schema["oneOf"])
    return {name for event in events for name in _said(event["properties"]["type"])}


def _said(type_: dict[str, object]) -> list[str]:
    return list(type_.get("enum", [type_.get("const")]))  # type: ignore[call-overload] # JSON


QUEUED = {"specversion": "1.0", "id": "1", "source": "/s", "type": "visit.queued", "subject": "c1"}
TIME = "2026-11-28T10:00:00Z"
WAITING = {"state": "waiting", "queue": "q", "visit": 1}


def queued(**data: object) -> bytes:
    return _written({**QUEUED, "time": TIME, "data": {"queue": "q", **data}})


@pytest.mark.parametrize(
    ("time", "is_one"),
    [
        *((TIME, True), ("2026-11-28t10:00:00z", True), ("2026-11-28 10:00:00Z", True)),
        *(("2026-11-28T10:00:00+07:00", True), ("2026-11-28T10:00:00-05:30", True)),
        *(("2026-11-28T10:00:00-00:00", True), ("2026-11-28T10:00:00+23:59", True)),
        *(("2026-11-28T10:00:00.123456789Z", True), ("2026-11-28T10:00:00.1234567891Z", False)),
        *(("2026-11-28T10:00:00.9999999Z", True), ("2026-11-28T10:00:00,5Z", False)),
        *(("2026-11-28T10:00:00+0000", False), ("2026-11-28T10:00:00", False), ("2026-11-28T10:00Z", False)),
        *(("2026-11-28T24:00:00Z", False), ("2016-12-31T23:59:60Z", False), ("1795860000", False)),
        *(("2026-02-29T10:00:00Z", False), ("2028-02-29T10:00:00Z", True), ("2026-11-28T10:00:00 Z", False)),
        *(("2026-11-28T10:00:00+24:00", False), ("2026-11-28T10:00:00+14:60", False)),
        *(("\uff12\uff10\uff12\uff16-11-28T10:00:00Z", False), (f"{TIME}\n", False), ("", False)),
    ],
)
def test_a_time_is_one_for_both_or_for_neither(time: str, *, is_one: bool) -> None:
    since = {**QUEUED, "type": "contact.snapshot", "time": TIME, "data": {**WAITING, "since": time}}
    for value in (_written({**QUEUED, "time": time, "data": {"queue": "q"}}), _written(since)):
        assert not differs(value, DECODER)
        assert accepts(value) is is_one


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        *((queued(visit=1), True), (queued(visit=1.0), True), (queued(visit=1.5), False)),
        *((queued(visit=True), False), (queued(visit="1"), False), (queued(priority=True), False)),
        *((queued(priority=1.5), False), (queued(priority=1e2), True), (queued(priority=None), False)),
        *((queued(x=1)[:-2] + b",}}", False), (queued(x=float("nan")), False)),
        *(
            (queued(queue="a\u202eb"), False),
            (queued(queue="a\u0085b"), False),
            (queued(queue="a\u00a0b"), True),
        ),
        *((_written({**json.loads(queued()), "subject": "a\u00a0b"}), False),),
        *((_written({**json.loads(queued()), "subject": "a\u200fb"}), False),),
        *((_written({**json.loads(queued()), "id": "a\ud800b"}), False),),
    ],
)
def test_a_value_is_one_for_both_or_for_neither(value: bytes, *, is_one: bool) -> None:
    assert not differs(value, DECODER)
    assert accepts(value) is is_one


def test_what_no_schema_can_say_is_refused_none_the_less() -> None:
    """The list of the schema's description, by example."""
    twice = queued()[:-1] + b',"subject":"c1"}'
    deep = queued()[:-1] + b',"x":' + b"[" * 201 + b"]" * 201 + b"}"
    for value in (twice, deep, _written({**json.loads(queued()), "id": "ana@example.org"})):
        assert isinstance(outcome(DECODER, value), tuple)
        assert not differs(value, DECODER)


def test_the_schema_asks_for_no_format() -> None:
    """What one validator takes for a date-time, another does not: patterns say all."""
    assert "format" not in repr(events_schema())
