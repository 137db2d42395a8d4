import pytest

from stream.domain.instant import MINUTE_MS
from stream.domain.oddity import (
    KEPT_MINUTES,
    MOST_NAMED,
    OTHER,
    UNKNOWN,
    Odd,
    Oddities,
    Sighting,
    Sort,
    noted,
    taken,
)

pytestmark = pytest.mark.pure

SCHEMA, JSON = Sort("schema", "/pbx"), Sort("json", "")


def seen(sort: Sort, offset: int, minute: float) -> Sighting:
    return Sighting(sort, offset, round(minute * MINUTE_MS))


def test_records_are_counted_by_minute_and_sort_with_the_latest_place() -> None:
    sightings = [seen(SCHEMA, 3, 100), seen(SCHEMA, 5, 100.9), seen(JSON, 4, 100), seen(JSON, 9, 101)]
    assert noted({}, sightings) == {
        100: {SCHEMA: Odd(2, 5), JSON: Odd(1, 4)},
        101: {JSON: Odd(1, 9)},
    }


def test_a_minute_that_changes_is_told_whole_and_no_other() -> None:
    known: Oddities = {100: {SCHEMA: Odd(2, 5), JSON: Odd(1, 4)}, 101: {JSON: Odd(1, 9)}}
    assert noted(known, [seen(SCHEMA, 12, 100)]) == {100: {SCHEMA: Odd(3, 12), JSON: Odd(1, 4)}}
    assert noted(known, []) == {}


def test_an_hour_is_kept_and_no_more() -> None:
    known: Oddities = {100: {JSON: Odd(1, 1)}, 101: {JSON: Odd(1, 2)}}
    changed = noted(known, [seen(JSON, 3, 100 + KEPT_MINUTES), seen(JSON, 4, 100)])
    assert changed == {100: {}, 100 + KEPT_MINUTES: {JSON: Odd(1, 3)}}
    assert taken(known, changed) == {101: {JSON: Odd(1, 2)}, 100 + KEPT_MINUTES: {JSON: Odd(1, 3)}}


def test_names_are_bounded_over_all_that_is_kept() -> None:
    known: Oddities = {}
    for number in range(5 * MOST_NAMED):
        sort = Sort(UNKNOWN, f"type.{number}")
        known = taken(known, noted(known, [seen(sort, number, 100 + number % 2)]))
    named = {sort for sorts in known.values() for sort in sorts if sort.name != OTHER}
    assert len(named) == MOST_NAMED
    others = [sorts[Sort(UNKNOWN, OTHER)] for sorts in known.values()]
    assert sum(odd.records for odd in others) == 4 * MOST_NAMED
    first = Sort(UNKNOWN, "type.0")
    assert noted(known, [seen(first, 999, 100)])[100][first] == Odd(2, 999)
