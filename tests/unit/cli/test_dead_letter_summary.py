import pytest
from support.factories import ms

from stream.broker.dead_letters import KeptDeadLetter, Place, _dead_letter, _merged
from stream.cli.dead_letters import summary
from stream.errors import RejectReason

pytestmark = pytest.mark.pure


def letter(
    offset: int, detail: str, *, at: float = 0, again: float = 0, partition: int = 0
) -> KeptDeadLetter:
    reason = RejectReason.CLOCK if "implausible" in detail else RejectReason.SCHEMA
    place = Place("pantau.contacts", partition, offset)
    return KeptDeadLetter(place, reason, detail, 9, ms(at), "0.1.0", ms(max(at, again)))


def test_a_fault_is_told_with_its_places_its_detail_and_when() -> None:
    letters = [letter(7, "data.queue: missing", at=5), letter(9, "data.queue: missing", at=65, partition=3)]
    assert summary(letters) == [
        {
            "topic": "pantau.contacts",
            "reason": "schema",
            "records": 2,
            "first_seen": "2026-11-21T10:00:05.000Z",
            "last_seen": "2026-11-21T10:01:05.000Z",
            "places": ["pantau.contacts:3:9", "pantau.contacts:0:7"],
            "detail": "data.queue: missing",
        }
    ]


def test_other_faults_are_other_rows_and_numbers_make_none() -> None:
    letters = [
        letter(1, "data.queue: missing"),
        letter(2, "subject: missing"),
        letter(3, "time: 2036-01-02T03:04:05Z is implausible", at=1),
        letter(4, "time: 2037-11-22T13:14:15Z is implausible", at=2),
    ]
    assert [(row["reason"], row["records"], row["detail"]) for row in summary(letters)] == [
        ("clock", 2, "time: 2037-11-22T13:14:15Z is implausible"),
        ("schema", 1, "data.queue: missing"),
        ("schema", 1, "subject: missing"),
    ]


def test_the_ten_latest_places_are_told() -> None:
    (row,) = summary(letter(n, "x", at=n) for n in range(200))
    assert row["records"] == 200
    assert row["places"] == [f"pantau.contacts:0:{n}" for n in range(199, 189, -1)]


def test_a_record_that_is_refused_again_is_one_with_a_first_and_a_last_time() -> None:
    first, again = letter(7, "before", at=5), letter(7, "after", at=90)
    for told in (_merged(first, again), _merged(again, first)):
        assert (told.detail, told.first_seen_ms, told.last_seen_ms) == ("before", ms(5), ms(90))
    (row,) = summary([_merged(first, again)])
    assert (row["records"], row["first_seen"][11:19], row["last_seen"][11:19]) == (1, "10:00:05", "10:01:30")


def test_a_letter_was_last_seen_when_it_was_first_seen() -> None:
    value = (
        b'{"topic": "t", "partition": 0, "offset": 4, "reason": "json", "detail": "d", "size_bytes": 1, '
        b'"first_seen": "2026-11-21T10:00:05.000Z", "schema_version": "0"}'
    )
    found = _dead_letter(value)
    assert found is not None
    assert (found.first_seen_ms, found.last_seen_ms) == (ms(5), ms(5))
