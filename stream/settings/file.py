"""The TOML file as a whole: what is in force for each queue, and what cannot be."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import (
    Field,
    model_validator,
)

from stream.domain.civil import Clock, first_ms, minute_of
from stream.domain.definition import (
    Attribution,
    Channel,
    ClockStop,
    Definition,
    LeftPolicy,
    ServiceLevelRule,
    Timeline,
)
from stream.domain.status import Tolerance
from stream.domain.timetable import Timetable, Worktime
from stream.settings.accepted import Strict, Time, Zone
from stream.settings.alerts import AlertSettings
from stream.settings.promise import AlertLimits, Promise, QueueInForce, QueueSettings
from stream.settings.sections import (
    AgentSettings,
    CalendarSettings,
    LimitSettings,
    RetentionSettings,
    TeamSettings,
)


class FileSettings(Strict):
    """The TOML file."""

    tenant: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")] = "default"
    time_zone: Zone = "UTC"
    day_start: Time = "00:00"
    default: Promise = Promise()
    channels: dict[Channel, Promise] = {}
    queues: list[QueueSettings] = []
    calendars: dict[str, CalendarSettings] = {}
    teams: list[TeamSettings] = []
    agents: AgentSettings = AgentSettings()
    alerts: AlertSettings = AlertSettings()
    retention: RetentionSettings = RetentionSettings()
    limits: LimitSettings = LimitSettings()
    max_queues: Annotated[int, Field(ge=1, le=10_000)] = 2_000
    stuck_hours: dict[Channel, Annotated[float, Field(ge=0, le=8_760)]] = {}

    @model_validator(mode="after")
    def _each_team_once(self) -> Self:
        twice = [name for name, n in Counter(team.name for team in self.teams).items() if n > 1]
        if twice:
            raise ValueError(f"teams: {', '.join(map(repr, twice))} stands twice; name each team once")
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        places: list[tuple[str, str, Sequence[str]]] = [("default", "", ("",))]
        places += [(f"channels.{channel}", "", (channel,)) for channel in self.channels]
        places += [(f"queue {q.name!r}", q.name, q.channels) for q in self.queues]
        every = dict.fromkeys(fault for place in places for fault in self._faults(*place))
        wrong = [*self._repeated(), *every, *self._calendar_faults()]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _calendar_faults(self) -> list[str]:
        known = ", ".join(self.calendars) or "none; add [calendars.NAME]"
        return [
            *(f"calendars.{name}: {fault}" for name, of in self.calendars.items() for fault in of.faults()),
            *(
                f"queue {q.name!r}: calendar {q.calendar!r} is not there; known are {known}"
                for q in self.queues
                if q.calendar is not None and q.calendar not in self.calendars
            ),
            *(
                f"alerts: calendar {name!r} of a receiver is not there; known are {known}"
                for name in sorted(self.alerts.calendars() - self.calendars.keys())
            ),
        ]

    def _repeated(self) -> list[str]:
        entries = Counter((q.name, q.channel, q.since) for q in self.queues)
        return [
            f"queue {name!r} has {count} entries for {channel or 'all channels'}"
            f"{f' from {since}' if since else ''}; give one"
            for (name, channel, since), count in entries.items()
            if count > 1
        ]

    def _faults(self, place: str, queue: str, channels: Sequence[str]) -> Iterator[str]:
        for channel in channels:
            for _, step in self.timeline(queue, channel):
                found, (low, critical, _) = step.definition, step.tolerance
                if low > critical:
                    yield f"{place}: low_points {low:g} is above critical_points {critical:g}; give no more"
                    return
                if not low <= (slow := step.limits.slow_points) <= critical:
                    yield (
                        f"{place}: slow_points {slow:g} is not between low_points {low:g} and "
                        f"critical_points {critical:g}; give a number between them"
                    )
                    return
                least_ms = min((found.target_ms, *found.all_targets_ms))
                if found.booked is Attribution.DECIDED and found.short_abandon_ms > least_ms:
                    yield (
                        f"{place}: short_abandon_seconds {found.short_abandon_ms / 1000:g} is above "
                        f"target_seconds {least_ms / 1000:g}; a visit is decided at the target, "
                        "so give at most that, or attribution exited or offered"
                    )
                    return
                if found.booked is not found.attribution and self._asked(queue, channel):
                    yield (
                        f"{place}: attribution decided is not accepted with rule answered_only, for who is "
                        "answered is known at the exit only; give exited or offered"
                    )
                    return

    def _asked(self, queue: str, channel: str) -> bool:
        """Whether somebody wrote `decided`, and it is in force."""
        return any(p.told("attribution") is not None for p in self._written(queue, channel, None))

    def timeline(self, queue: str, channel: str) -> list[tuple[date | None, QueueInForce]]:
        """What is in force for a queue in a channel, from each day on; None from the beginning."""
        days = sorted({q.since for q in self._own(queue, channel) if q.since is not None})
        steps = [(day, self._in_force(queue, channel, day)) for day in (None, *days)]
        targets = {ms for _, step in steps for ms in (step.definition.target_ms, *step.more_targets_ms)}
        limits = {step.definition.short_abandon_ms for _, step in steps}
        every = tuple(sorted(targets)) if len(targets) > 1 or len(limits) > 1 else ()
        return [
            (day, replace(step, definition=replace(step.definition, all_targets_ms=every)))
            for day, step in steps
        ]

    def timetable(self) -> Timetable:
        """The clock of the centre; the clock and calendar of each queue that has an entry."""
        calendars = {
            (name, zone): settings.calendar(zone)
            for name, settings in self.calendars.items()
            for zone in {self.time_zone, *(q.time_zone or self.time_zone for q in self.queues)}
        }

        centre = Clock(ZoneInfo(self.time_zone), minute_of(self.day_start))
        queues: dict[tuple[str, str], Worktime] = {}
        for own in sorted(self.queues, key=lambda q: q.channel is None):  # those of one channel come first
            zone, day_start = own.time_zone or self.time_zone, own.day_start or self.day_start
            calendar = None if own.calendar is None else calendars[own.calendar, zone]
            worktime = Worktime(Clock(ZoneInfo(zone), minute_of(day_start)), calendar)
            for channel in own.channels:
                queues.setdefault((own.name, channel), worktime)
        return Timetable(Worktime(centre), queues)

    def definitions(self, queue: str, channel: str, timetable: Timetable) -> Timeline:
        """The definitions of a queue in a channel; a day begins by the clock of the queue."""
        clock = timetable.of(queue, channel).clock
        return tuple(
            (0 if day is None else first_ms(clock.zone, day, clock.day_start), step.definition)
            for day, step in self.timeline(queue, channel)
        )

    def in_force(self, queue: str, channel: str) -> QueueInForce:
        """What was written last for a queue in a channel, by itself, its channel, the default, or us."""
        return self.timeline(queue, channel)[-1][1]

    @cached_property
    def _entries(self) -> dict[tuple[str, str | None], list[QueueSettings]]:
        """The entries of each (queue, channel): every queue is looked up in every channel at start-up."""
        found: dict[tuple[str, str | None], list[QueueSettings]] = defaultdict(list)
        for entry in self.queues:
            found[entry.name, entry.channel].append(entry)
        return dict(found)

    def _own(self, queue: str, channel: str) -> list[QueueSettings]:
        return self._entries.get((queue, channel)) or self._entries.get((queue, None), [])

    def _written(self, queue: str, channel: str, day: date | None) -> list[Promise]:
        """What was written for a queue in a channel and is in force on a day, the nearest first."""
        own = [
            q for q in self._own(queue, channel) if q.since is None or (day is not None and q.since <= day)
        ]
        own.sort(key=lambda q: q.since or date.min, reverse=True)
        of_channel = self.channels.get(channel)  # type: ignore[call-overload] # an unknown channel has no settings
        return [*own, *([of_channel] if of_channel else []), self.default]

    def _in_force(self, queue: str, channel: str, day: date | None) -> QueueInForce:
        written = self._written(queue, channel, day)

        def first(name: str, otherwise: Any) -> Any:
            return next((v for p in written if (v := p.told(name)) is not None), otherwise)

        target = first("target_seconds", 20.0)
        of_default = 5.0 if channel in {"", "voice"} else 0.0
        definition = Definition(
            round(target * 1000),
            round(first("short_abandon_seconds", min(of_default, target)) * 1000),
            first("rule", ServiceLevelRule.DROP_SHORT),
            first("goal_ratio", 0.8),
            first("attribution", Attribution.DECIDED),
            first("flowed_out", LeftPolicy.EXCLUDE),
            first("callback", LeftPolicy.EXCLUDE),
            min_contacts=first("alert_min_contacts", 20),
            clock_stop=first("clock_stop", ClockStop.CONNECTED),
        )
        more = next((p.more_targets_seconds for p in written if p.more_targets_seconds), [])
        own = [p for p in written if isinstance(p, QueueSettings)]

        def named(name: str) -> str:
            return next((written for p in own if (written := getattr(p, name))), "")

        return QueueInForce(
            definition,
            Tolerance(
                low := first("low_points", Tolerance().low_points),
                critical := first("critical_points", max(low, Tolerance().critical_points)),
                first("wait_limit_seconds", max(Tolerance().wait_limit_seconds, 2 * target)),
            ),
            AlertLimits(
                first("slow_points", min(max(low, AlertLimits().slow_points), critical)),
                first("abandoned_limit_ratio", AlertLimits().abandoned_ratio),
                first("late_limit_ratio", AlertLimits().late_ratio),
                first("missed_limit", AlertLimits().missed),
            ),
            named("display_name"),
            named("team"),
            named("site"),
            more_targets_ms=tuple(round(1000 * seconds) for seconds in more),
        )
