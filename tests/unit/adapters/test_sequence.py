"""The place of an event among those of its source, as text that sorts."""

import json
from itertools import pairwise
from typing import Any

import pytest

from stream.adapters.canonical import CanonicalDecoder, encode
from stream.adapters.sequence import sequence_of, sortable
from stream.domain.fact import fact_of
from stream.errors import BadRecord, RejectReason

pytestmark = pytest.mark.pure


def record(type_: str = "visit.queued", **more: Any) -> bytes:
    plain = {"specversion": "1.0", "id": "1", "source": "/s", "type": type_, "time": "2026-11-21T10:00:00Z"}
    return json.dumps({**plain, "subject": "c", "data": {"queue": "q"}, **more}).encode()


def placed(value: bytes) -> str:
    (event,) = CanonicalDecoder().decode(value)
    return event.fact.sequence


IN_ORDER = (
    "0",
    "1",
    "9",
    "10",
    "99",
    "100",
    "2147483647",
    "2147483648",
    "9" * 127,
    "1" + "0" * 127,
    "-1",
    "A",
    "a",
    "é",
)


def test_numbers_are_ordered_by_size_and_come_before_other_text() -> None:
    assert [placed(record(sequence=text)) for text in IN_ORDER] == sorted(map(sortable, IN_ORDER))
    for before, after in pairwise(map(sortable, IN_ORDER)):
        assert before < after
        assert before.encode() < after.encode()


@pytest.mark.parametrize("text", [*IN_ORDER, "٣"])
def test_what_was_told_is_written_again(text: str) -> None:
    assert sequence_of(sortable(text)) == text
    (event,) = CanonicalDecoder().decode(record(sequence=text))
    assert json.loads(encode(event))["sequence"] == text
    assert CanonicalDecoder().decode(encode(event)) == (event,)


def test_leading_zeros_say_nothing() -> None:
    assert placed(record(sequence="007")) == placed(record(sequence="7")) == "0017"
    assert placed(record(sequence="000")) == placed(record(sequence="0"))
    assert sequence_of(sortable("007")) == "7"


def test_where_none_is_told_there_is_none() -> None:
    assert placed(record()) == sequence_of(sortable("")) == ""
    (event,) = CanonicalDecoder().decode(record())
    assert "sequence" not in json.loads(encode(event))


@pytest.mark.parametrize("wrong", [5, 1.0, None, "", "a\n", "x" * 129, "a\u202eb", [], True])
def test_it_is_text_as_identifiers_are(wrong: Any) -> None:
    for decoder in (CanonicalDecoder(), taught()):
        with pytest.raises(BadRecord, match=r"^sequence: ") as caught:
            decoder.decode(record(sequence=wrong))
        assert caught.value.reason is RejectReason.SCHEMA


def test_it_names_nobody() -> None:
    with pytest.raises(BadRecord) as caught:
        taught().decode(record(sequence="+49 151 12345678"))
    assert caught.value.reason is RejectReason.PERSONAL


def taught() -> CanonicalDecoder:
    decoder = CanonicalDecoder()
    decoder.decode(record(time="2026-11-21T10:00:00.000Z"))
    return decoder


@pytest.mark.parametrize("more", [{}, {"sequencetype": "Integer"}, {"datacontenttype": "application/json"}])
def test_a_sequence_that_changes_does_not_take_the_long_way(
    monkeypatch: pytest.MonkeyPatch, more: Any
) -> None:
    decoder = taught()
    monkeypatch.setattr(decoder, "_validated", pytest.fail)
    for n in range(3):
        value = record(id=str(n), time="2026-11-21T10:00:07.125Z", sequence=str(n), **more)
        assert decoder.decode(value)[0].fact.sequence == sortable(str(n))


def test_a_corrected_event_has_the_sequence_that_it_is_told_and_no_other() -> None:
    instead = {"id": "0", "type": "visit.queued", "time": "2026-11-21T10:00:00.000Z", "data": {"queue": "r"}}
    for more, place in (({}, ""), ({"sequence": "3"}, "0013")):
        value = record("event.corrected", sequence="8", data={**instead, **more})
        (event,) = CanonicalDecoder().decode(value)
        assert event.fact.sequence == "0018"
        assert fact_of(event.fact.a, event.fact.c).sequence == place
        assert json.loads(encode(event))["data"].get("sequence", "") == sequence_of(place)
        assert CanonicalDecoder().decode(encode(event)) == (event,)
