"""Opening hours by civil time: a week, holidays and special days."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from stream.domain.civil import first_ms, minute_of

DAY_MINUTES = 24 * 60
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Hours(NamedTuple):
    """Open from one minute past midnight to another; minutes from 1440 are on the next day."""

    from_minute: int
    to_minute: int


def hours_of(text: str) -> Hours:
    """Parse "08:00-17:00". An end before the start is on the next day. Raises ValueError."""
    begin, _, end = text.partition("-")
    try:
        from_minute, to_minute = minute_of(begin), DAY_MINUTES if end == "24:00" else minute_of(end)
    except ValueError:
        raise ValueError("HH:MM-HH:MM from 00:00 to 24:00 is accepted, for example 08:00-17:00") from None
    # Equal ends could mean nothing or a whole day, so they are refused.
    if from_minute == to_minute:
        raise ValueError("it begins when it ends; 00:00-24:00 is accepted for a whole day")
    return Hours(from_minute, to_minute if to_minute > from_minute else to_minute + DAY_MINUTES)


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """When a queue is open. `week` begins on Monday; `dates` override it, and an empty date is closed.

    Hours belong to the date on which they begin, so hours on the eve of a holiday may last past midnight.
    """

    zone: tzinfo
    week: tuple[tuple[Hours, ...], ...]
    dates: Mapping[date, tuple[Hours, ...]] = field(default_factory=dict)

    def is_open(self, at_ms: int) -> bool:
        """Whether the queue is open at an instant."""
        here = datetime.fromtimestamp(at_ms // 1000, self.zone).date()
        # Hours may begin on the date before and last past midnight. Where the clock goes back over midnight,
        # hours of the next date may have begun already. Both ends are converted to instants, which jumps
        # cannot confuse.
        return any(
            first_ms(self.zone, day, hours.from_minute) <= at_ms < first_ms(self.zone, day, hours.to_minute)
            for day in (here + timedelta(days=n) for n in (-1, 0, 1))
            for hours in self._hours(day)
        )

    def _hours(self, day: date) -> tuple[Hours, ...]:
        return self.dates.get(day, self.week[day.weekday()])
