"""Odd records (refused, misplaced or of an unknown type), counted by the minute of receipt."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from stream.domain.instant import MINUTE_MS

#: How many minutes of counts are kept, including the newest.
KEPT_MINUTES = 60
#: Kinds besides refusals: records under another key than their subject, and records of an unknown type.
MISPLACED, UNKNOWN = "misplaced", "unknown"
#: Stands for names above the limit, and for names that may not be shown.
OTHER = "other"
#: How many sorts of a partition keep their own name.
MOST_NAMED = 32


class Sort(NamedTuple):
    """A kind of odd record, and its source or unknown type; "" if absent."""

    kind: str
    name: str


class Sighting(NamedTuple):
    """Odd records of one sort: the offset of the latest, its receipt in ms, and what is wrong."""

    sort: Sort
    offset: int
    at_ms: int
    detail: str = ""
    records: int = 1


class Odd(NamedTuple):
    """The number of records of a sort, and the offset of the latest."""

    records: int
    offset: int


#: Odd records by minute since 1970. An empty minute means: delete it.
Oddities = dict[int, dict[Sort, Odd]]


def noted(known: Mapping[int, Mapping[Sort, Odd]], seen: Iterable[Sighting]) -> Oddities:
    """The minutes that `seen` changes, each with its complete new counts."""
    changed: Oddities = {}
    named = {sort for sorts in known.values() for sort in sorts if sort.name != OTHER}
    newest = max(known, default=0)
    for sort, offset, at_ms, _, records in seen:
        minute = at_ms // MINUTE_MS
        newest = max(newest, minute)
        counts = changed.setdefault(minute, dict(known.get(minute, {})))
        counted = _bounded(named, sort)
        before = counts.get(counted, Odd(0, 0))
        counts[counted] = Odd(before.records + records, max(before.offset, offset))
    for minute in known.keys() | changed.keys():
        if changed and minute <= newest - KEPT_MINUTES:
            changed[minute] = {}
    return changed


def taken(known: Oddities, changed: Oddities) -> Oddities:
    """The counts after these minutes have changed."""
    together = {**known, **changed}
    return {minute: sorts for minute, sorts in together.items() if sorts}


def _bounded(named: set[Sort], sort: Sort) -> Sort:
    """The sort, under the name `OTHER` once too many sorts have names."""
    if sort not in named and len(named) >= MOST_NAMED:
        return sort._replace(name=OTHER)
    if sort.name != OTHER:
        named.add(sort)
    return sort
