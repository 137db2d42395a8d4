"""The odd records of the last hour over all partitions."""

from collections.abc import Mapping
from dataclasses import dataclass

from stream.domain.instant import MINUTE_MS
from stream.domain.oddity import KEPT_MINUTES, MISPLACED, UNKNOWN, Odd, Oddities, Sort
from stream.store.partition import Partition

#: How many sorts are listed, those with most records first.
_MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class OddRecords:
    """Odd records of one topic and sort: their number, and the place of the latest."""

    topic: str
    kind: str
    name: str
    records: int
    latest: tuple[Partition, int]


@dataclass(frozen=True, slots=True)
class LastHour:
    """The records of the last hour that were refused, misplaced or of an unknown type."""

    refused: int = 0
    misplaced: int = 0
    unknown: int = 0
    sorts: tuple[OddRecords, ...] = ()


def last_hour(parts: Mapping[Partition, Oddities], now_ms: int) -> LastHour:
    """The odd records of the 60 minutes that end with the minute of `now_ms`."""
    first = now_ms // MINUTE_MS - KEPT_MINUTES + 1
    found: dict[tuple[str, Sort], list[tuple[int, Partition, Odd]]] = {}
    for partition, minutes in parts.items():
        for minute, sorts in minutes.items():
            for sort, odd in sorts.items() if minute >= first else ():
                found.setdefault((partition.topic, sort), []).append((minute, partition, odd))
    by_kind = dict.fromkeys((MISPLACED, UNKNOWN, ""), 0)
    for (_, (kind, _)), every in found.items():
        by_kind[kind if kind in by_kind else ""] += sum(odd.records for _, _, odd in every)
    listed = sorted(map(_together, found, found.values()), key=_rank)
    return LastHour(by_kind[""], by_kind[MISPLACED], by_kind[UNKNOWN], tuple(listed[:_MOST_LISTED]))


def _rank(odd: OddRecords) -> tuple[int, str, str, str]:
    return -odd.records, odd.topic, odd.kind, odd.name


def _together(of: tuple[str, Sort], every: list[tuple[int, Partition, Odd]]) -> OddRecords:
    topic, (kind, name) = of
    _, partition, latest = max(every, key=lambda each: (each[0], each[2].offset))
    return OddRecords(topic, kind, name, sum(odd.records for _, _, odd in every), (partition, latest.offset))
