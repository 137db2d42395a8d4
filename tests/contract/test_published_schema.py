"""Decoder and published schema accept the same records, but for what no schema can say."""

import json
from random import Random

import pytest
from support.effort import examples
from support.mutation import mutant, published
from support.published import accepts, differs, shown

from stream.adapters.canonical import CanonicalDecoder
from stream.docs.events import events_schema

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
    known = [event for event in published() if event["type"] in _types()]
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


def test_the_schema_asks_for_no_format() -> None:
    """What one validator takes for a date-time, another does not: patterns say all."""
    assert "format" not in repr(events_schema())
