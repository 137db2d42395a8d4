"""Opening hours in SQL, around the jumps of clocks: as the calendar has them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from stream.audit.board import NO_LIMIT, terms
from stream.audit.recomputation import Audit, FigureKey
from stream.domain.civil import Clock
from stream.domain.definition import definitions
from stream.domain.opening import Calendar, Hours
from stream.domain.staffing import StaffingRules
from stream.domain.timetable import Timetable, Worktime

pytestmark = [pytest.mark.pure, pytest.mark.long]

INSTANTS = [
    "2026-09-26T14:05:00Z",  # Chatham jumps at 02:45
    "2026-09-06T04:10:07Z",  # in Santiago midnight is skipped
    "2026-11-01T05:40:00Z",  # in Havana and New York an hour comes twice
    "2026-04-05T03:20:00Z",  # in Santiago the hour before midnight comes twice
]
ZONES = ("UTC", "Pacific/Chatham", "America/Santiago", "America/Havana", "America/New_York")


def calendars(chance: Random, near: date) -> Iterator[Calendar]:
    """Calendars of many weeks: hours begin and end at any quarter, some on the day after; days differ."""
    for n in range(120):
        week = tuple(tuple(_hours(chance, chance.randrange(3))) for _ in range(7))
        days = [near + timedelta(days=back) for back in (-1, 0, 1)]
        dates = {day: tuple(_hours(chance, chance.randrange(2))) for day in days if chance.random() < 0.3}
        yield Calendar(ZoneInfo(ZONES[n % len(ZONES)]), week, dates)


def _hours(chance: Random, count: int) -> Iterator[Hours]:
    for _ in range(count):
        begin = chance.choice([chance.randrange(0, 1440, 5), chance.randrange(0, 180, 5), 1435])  # near jumps
        yield Hours(begin, begin + chance.randrange(5, 1445, 5))


@pytest.mark.parametrize("instant", INSTANTS)
def test_a_queue_is_open_when_its_calendar_says(audit: Audit, instant: str) -> None:
    at = datetime.fromisoformat(instant)
    now_ms = round(at.timestamp() * 1000)
    worktimes = {
        (f"q{n}", "voice"): Worktime(Clock(ZoneInfo("UTC")), calendar)
        for n, calendar in enumerate(calendars(Random(7), at.date()))
    }
    worktimes["always", "voice"] = Worktime(Clock(ZoneInfo("UTC")))
    timetable = Timetable(queues=worktimes)
    queues = [*worktimes, ("unheard", "chat")]
    given = terms(definitions(), timetable, StaffingRules(), {}, NO_LIMIT)
    audit.recompute(given, now_ms=now_ms, positions={}, queues=queues)
    found = dict(audit.figures())
    wanted = {place: timetable.of(*place).calendar for place in queues}
    assert {place: found[FigureKey("queue", *place, "now", "open")] for place in queues} == {
        place: calendar is None or calendar.is_open(now_ms) for place, calendar in wanted.items()
    }
    assert len(set(wanted.values())) > 100
    assert found[FigureKey("all", "", "", "now", "open")] == 1


def test_where_there_is_no_queue_nobody_can_say(audit: Audit) -> None:
    given = terms(definitions(), Timetable(), StaffingRules(), {}, NO_LIMIT)
    audit.recompute(given, now_ms=1_800_000_000_000, positions={})
    assert dict(audit.figures())[FigureKey("all", "", "", "now", "open")] is None
