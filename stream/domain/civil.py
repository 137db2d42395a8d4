"""Civil time: the day and the intervals of an instant, as a clock on the wall tells them.

    clock      |-- 01:30 --|-- 03:00 --|      spring: 02:00 to 03:00 is skipped, the day has 23 hours
               |-- 01:30 --|-- 01:00 --|      autumn: 01:00 to 02:00 comes twice, the day has 25

What is skipped begins when the clock jumps; what comes twice begins the first time.
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
    """The clock on a wall: its zone, and when the business day begins, in minutes past midnight."""

    zone: tzinfo
    day_start: int = 0

    def day(self, at_ms: int) -> Span:
        """The business day of an instant."""
        here = datetime.fromtimestamp(at_ms // 1000, self.zone).date()
        # Where clocks go back over midnight, a day has begun although the date is that of the day before.
        began = next(day for day in (here + _DAY, here, here - _DAY) if self._day_start_ms(day) <= at_ms)
        return Span(self._day_start_ms(began), self._day_start_ms(began + _DAY))

    def interval(self, at_ms: int, minutes: int) -> Span:
        """The interval of an instant: `minutes` (15 or 30) by the clock, cut where the clock jumps."""
        zone, at_s = self.zone, at_ms // 1000
        local = datetime.fromtimestamp(at_s, zone)
        from_s = at_s - local.minute % minutes * 60 - local.second
        to_s = from_s + minutes * 60
        if _offset(zone, from_s) != _offset(zone, at_s):
            from_s = _jump_s(zone, from_s, at_s)
        if _offset(zone, to_s - 1) != _offset(zone, at_s):
            to_s = _jump_s(zone, at_s, to_s - 1)
        return Span(from_s * 1000, to_s * 1000)

    def _day_start_ms(self, day: date) -> int:
        return first_ms(self.zone, day, self.day_start)


def minute_of(text: str) -> int:
    """Minutes past midnight of "08:30"; raises ValueError for anything else."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
        raise ValueError("HH:MM from 00:00 to 23:59 is accepted")
    return int(text[:2]) * 60 + int(text[3:])


def first_ms(zone: tzinfo, day: date, minute: int) -> int:
    """When the clock first shows `minute` of `day`, counted on over midnight; or jumps over it."""
    wall = datetime.combine(day, time(), zone) + timedelta(minutes=minute)
    first_s, second_s = (round(wall.replace(fold=fold).timestamp()) for fold in (0, 1))
    if second_s < first_s:  # skipped: read with the offset before and with that after the jump
        return _jump_s(zone, second_s, first_s) * 1000
    return first_s * 1000


def _jump_s(zone: tzinfo, before_s: int, after_s: int) -> int:
    """The first second that has the offset of `after_s`, when that of `before_s` is another."""
    after = _offset(zone, after_s)
    seconds = range(before_s, after_s)
    return before_s + bisect_left(seconds, 1, key=lambda second: _offset(zone, second) == after)


def _offset(zone: tzinfo, at_s: int) -> timedelta | None:
    return datetime.fromtimestamp(at_s, zone).utcoffset()
