"""Odd records: refused, misplaced, or of an unknown type. Counted by the minute in which they came in."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

MINUTE_MS = 60_000
#: Counts of so many minutes are kept, the newest included.
KEPT_MINUTES = 60
#: Kinds beside the reasons of refusals: under another key than the subject, and of a type that is not known.
MISPLACED, UNKNOWN = "misplaced", "unknown"
#: Stands for names above the bound, and for those that may not be shown.
OTHER = "other"
#: So many sorts of a partition have a name of their own.
MOST_NAMED = 32


class Sort(NamedTuple):
    """A kind of odd records, and who sent them, or the type that is unknown; "" where none is told."""

    kind: str
    name: str


class Sighting(NamedTuple):
    """Odd records: where the latest lies in its partition, when it came in, in ms, and what is wrong."""

    sort: Sort
    offset: int
    at_ms: int
    detail: str = ""
    records: int = 1


class Odd(NamedTuple):
    """How many of a sort came in, and where the latest of them lies."""

    records: int
    offset: int


#: What was odd in each minute since 1970. One without anything is to be forgotten.
Oddities = dict[int, dict[Sort, Odd]]


def noted(known: Mapping[int, Mapping[Sort, Odd]], seen: Iterable[Sighting]) -> Oddities:
    """The minutes that change with what was `seen`, each with all that it holds then."""
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
    """What is known once these minutes have changed."""
    together = {**known, **changed}
    return {minute: sorts for minute, sorts in together.items() if sorts}


def _bounded(named: set[Sort], sort: Sort) -> Sort:
    """The sort itself while there is room for its name."""
    if sort not in named and len(named) >= MOST_NAMED:
        return sort._replace(name=OTHER)
    if sort.name != OTHER:
        named.add(sort)
    return sort
