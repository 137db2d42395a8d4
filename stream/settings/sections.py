"""The sections of the file beside the queues: calendars, teams, agents, retention, limits."""

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import (
    Field,
)

from stream.domain.opening import DAYS, Calendar, Hours, hours_of
from stream.settings.accepted import Day, Spans, Strict, Zone


class CalendarSettings(Strict):
    """When queues are open; a day without hours is closed."""

    time_zone: Zone | None = None
    mon: Spans = []
    tue: Spans = []
    wed: Spans = []
    thu: Spans = []
    fri: Spans = []
    sat: Spans = []
    sun: Spans = []
    holidays: list[Day] = []
    special: dict[Day, Spans] = {}

    def calendar(self, zone: str) -> Calendar:
        """The calendar for a queue in `zone`."""
        dates: dict[date, Spans] = {day: [] for day in self.holidays} | self.special
        return Calendar(
            ZoneInfo(self.time_zone or zone),
            tuple(_all_hours(getattr(self, day)) for day in DAYS),
            {day: _all_hours(spans) for day, spans in dates.items()},
        )

    def faults(self) -> list[str]:
        """What is wrong with it as a whole."""
        never = not any(getattr(self, day) for day in DAYS) and not any(self.special.values())
        empty = [f"it is never open; give hours for at least one of {', '.join(DAYS)}"] if never else []
        both = sorted(set(self.holidays) & set(self.special))
        return empty + [f"{day} is in holidays and in special; give it in one of them" for day in both]


def _all_hours(spans: Spans) -> tuple[Hours, ...]:
    return tuple(map(hours_of, spans))


class RetentionSettings(Strict):
    """How long contacts and agents can still be corrected."""

    contact_days: Annotated[float, Field(ge=0.1, le=400)] = 15
    agent_hours: Annotated[float, Field(ge=1, le=400)] = 50


class LimitSettings(Strict):
    """The most that one partition holds: what comes beyond is refused as `too_many`."""

    queues: Annotated[int, Field(ge=1, le=100_000)] = 2_000
    teams: Annotated[int, Field(ge=1, le=100_000)] = 500
    reasons: Annotated[int, Field(ge=1, le=10_000)] = 200
    agents: Annotated[int, Field(ge=1, le=1_000_000)] = 20_000
    open_contacts: Annotated[int, Field(ge=1, le=10_000_000)] = 200_000
    contact_facts: Annotated[int, Field(ge=100, le=100_000)] = 2_000


class AgentSettings(Strict):
    """How the time of agents is read."""

    stale_after_seconds: Annotated[float, Field(ge=120, le=86_400)] = 360
    grace_seconds: Annotated[float, Field(ge=0, le=3_600)] = 60
    productive_reasons: list[Annotated[str, Field(min_length=1, max_length=64)]] = ["training"]
    ranking: bool = False
    ranking_min_offers: Annotated[int, Field(ge=1, le=100_000)] = 20


class TeamSettings(Strict):
    """One team of agents."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    display_name: str = ""
    site: str = ""
