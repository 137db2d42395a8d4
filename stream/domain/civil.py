"""Civil time: the business day and the clock interval that contain an instant.

    clock      |-- 01:30 --|-- 03:00 --|      spring: 02:00 to 03:00 is skipped, the day has 23 hours
               |-- 01:30 --|-- 01:00 --|      autumn: 01:00 to 02:00 comes twice, the day has 25

A time that the clock skips begins at the jump; a time that comes twice begins the first time.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

_DAY = timedelta(days=1)


class Span(NamedTuple):
    """Instants from `from_ms` up to, and without, `to_ms`."""

    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class Clock:
    """A time zone, and the start of its business day in minutes past midnight."""

    zone: tzinfo
    day_start: int = 0

    def day(self, at_ms: int) -> Span:
        """The business day that contains an instant."""
        here = datetime.fromtimestamp(at_ms // 1000, self.zone).date()
        # Where a clock goes back over midnight, the new day has begun although the date is the old one again.
        # Where the business day starts late, it is still the one of the date before. So three days are tried.
        began = next(day for day in (here + _DAY, here, here - _DAY) if self._day_start_ms(day) <= at_ms)
        return Span(self._day_start_ms(began), self._day_start_ms(began + _DAY))

    def interval(self, at_ms: int, minutes: int) -> Span:
        """The interval of 15 or 30 `minutes` by the clock that contains an instant, cut at clock jumps."""
        zone, at_s = self.zone, at_ms // 1000
        local = datetime.fromtimestamp(at_s, zone)
        from_s = at_s - local.minute % minutes * 60 - local.second
        to_s = from_s + minutes * 60
        # Minutes past the hour are subtracted from the instant, which is right only while the offset stays
        # the same. Where it changes within the interval, the interval ends at the jump, so that none
        # overlaps.
        if _offset(zone, from_s) != _offset(zone, at_s):
            from_s = _jump_s(zone, from_s, at_s)
        if _offset(zone, to_s - 1) != _offset(zone, at_s):
            to_s = _jump_s(zone, at_s, to_s - 1)
        return Span(from_s * 1000, to_s * 1000)

    def _day_start_ms(self, day: date) -> int:
        return first_ms(self.zone, day, self.day_start)


def minute_of(text: str) -> int:
    """Parse "08:30" to minutes past midnight. Raises ValueError for anything else."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
        raise ValueError("HH:MM from 00:00 to 23:59 is accepted")
    return int(text[:2]) * 60 + int(text[3:])


def first_ms(zone: tzinfo, day: date, minute: int) -> int:
    """When the clock first shows `minute` of `day`, in ms; when it jumps, if it skips that minute.

    `minute` may exceed a day: it then lies on a later date.
    """
    # Python resolves a wall time to the offset before (fold=0) or after (fold=1) a jump. For a time that
    # comes twice, fold=0 is the earlier one. For a skipped time, fold=1 is the earlier one, and neither is
    # right.
    wall = datetime.combine(day, time(), zone) + timedelta(minutes=minute)
    first_s, second_s = (round(wall.replace(fold=fold).timestamp()) for fold in (0, 1))
    if second_s < first_s:
        return _jump_s(zone, second_s, first_s) * 1000
    return first_s * 1000


def _jump_s(zone: tzinfo, before_s: int, after_s: int) -> int:
    """The first second with the offset of `after_s`, which differs from that of `before_s`.

    A binary search, because a time zone gives offsets of instants and not instants of changes.
    """
    after = _offset(zone, after_s)
    seconds = range(before_s, after_s)
    return before_s + bisect_left(seconds, 1, key=lambda second: _offset(zone, second) == after)


def _offset(zone: tzinfo, at_s: int) -> timedelta | None:
    return datetime.fromtimestamp(at_s, zone).utcoffset()
