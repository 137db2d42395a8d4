"""Settings: addresses and secrets from the environment, everything else from one TOML file.

All faults are reported together, each with the value and what is accepted.
"""

import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from stream.domain.civil import Clock, first_ms, minute_of
from stream.domain.definition import (
    GHOST_AFTER_MS,
    Attribution,
    Definition,
    Definitions,
    LeftPolicy,
    ServiceLevelRule,
    Timeline,
    definitions,
)
from stream.domain.fold import Retention
from stream.domain.opening import DAYS, Calendar, Hours, hours_of
from stream.domain.preset import FORMULAS, Formula, Preset
from stream.domain.staffing import StaffingRules, Team
from stream.domain.timetable import Timetable, Worktime
from stream.errors import BadSettings

_SECRET = re.compile(r"//[^/@]*@")
_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("an IANA time zone is accepted, for example Asia/Jakarta")
    return name


def _time(time: str) -> str:
    minute_of(time)
    return time


def _span(span: str) -> str:
    hours_of(span)
    return span


def _date(day: Any) -> date:
    """Read a date of TOML, quoted or not; a time of day makes it none."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", str(day), re.ASCII):
            return date.fromisoformat(str(day))
    except ValueError:
        pass
    raise ValueError("a date is accepted, for example 2026-12-25")


def _brokers(addresses: str) -> str:
    if not re.fullmatch(r"[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*", addresses):
        raise ValueError("host:port is accepted, or several separated by commas")
    return addresses


def _redis_url(url: str) -> str:
    parts = urlsplit(url)
    try:
        usable = parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable and not url.startswith("unix://"):
        raise ValueError("redis://host:port/0, rediss:// with TLS, or unix:// is accepted")
    return url


Zone = Annotated[str, AfterValidator(_zone)]
Time = Annotated[str, AfterValidator(_time)]
#: Opening hours of a day.
Spans = list[Annotated[str, AfterValidator(_span)]]
Day = Annotated[date, BeforeValidator(_date)]
Channel = Literal["voice", "chat", "email", "sms", "social", "callback", "task"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
Seconds = Annotated[float, Field(ge=0, le=86_400)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Promise(_Strict):
    """What queues promise; what is left out comes from the channel, then from the default."""

    target_seconds: Annotated[float, Field(gt=0, le=86_400)] | None = None
    short_abandon_seconds: Seconds | None = None
    rule: ServiceLevelRule | None = None
    goal_ratio: Annotated[float, Field(gt=0, le=1)] | None = None
    wait_limit_seconds: Annotated[float, Field(gt=0, le=86_400)] | None = None
    alert_min_contacts: Annotated[int, Field(ge=1, le=100_000)] | None = None
    more_targets_seconds: Annotated[list[Annotated[float, Field(gt=0, le=86_400)]], Field(max_length=5)] = []
    attribution: Attribution | None = None
    flowed_out: LeftPolicy | None = None
    callback: LeftPolicy | None = None
    preset: Preset | None = None

    @model_validator(mode="after")
    def _preset_alone(self) -> Self:
        fixed = [name for name in Formula._fields if getattr(self, name) is not None]
        if self.preset and fixed:
            raise ValueError(f"preset {self.preset} fixes {', '.join(fixed)}; give one or the other")
        return self

    def told(self, name: str) -> Any:
        """A value that is written here, or that the preset written here fixes; None if neither."""
        if self.preset and name in Formula._fields:
            return getattr(FORMULAS[self.preset], name)
        return getattr(self, name)


class QueueSettings(Promise):
    """One queue, in one channel or in all of them."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    channel: Channel | None = None
    since: Annotated[Day | None, Field(alias="from")] = None
    display_name: str = ""
    team: str = ""
    site: str = ""
    time_zone: Zone | None = None
    day_start: Time | None = None
    calendar: str | None = None


class CalendarSettings(_Strict):
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


@dataclass(frozen=True, slots=True)
class QueueInForce:
    """All that is in force for a (queue, channel)."""

    definition: Definition
    wait_limit_seconds: float
    alert_min_contacts: int
    display_name: str = ""
    team: str = ""
    site: str = ""
    more_targets_ms: tuple[int, ...] = ()


class RetentionSettings(_Strict):
    """How long contacts and agents can still be corrected."""

    contact_days: Annotated[float, Field(ge=0.1, le=400)] = 15
    agent_hours: Annotated[float, Field(ge=1, le=400)] = 50


class AgentSettings(_Strict):
    """How the time of agents is read."""

    stale_after_seconds: Annotated[float, Field(ge=120, le=86_400)] = 360
    grace_seconds: Annotated[float, Field(ge=0, le=3_600)] = 60
    productive_reasons: list[Annotated[str, Field(min_length=1, max_length=64)]] = ["training"]


class TeamSettings(_Strict):
    """One team of agents."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    display_name: str = ""
    site: str = ""


class FileSettings(_Strict):
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
    retention: RetentionSettings = RetentionSettings()
    max_queues: Annotated[int, Field(ge=1, le=10_000)] = 2_000
    ghost_hours: dict[Channel, Annotated[float, Field(ge=0, le=8_760)]] = {}

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
        places += [(f"queue {q.name!r}", q.name, _channels_of(q)) for q in self.queues]
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
                found = step.definition
                if found.booked is Attribution.DECIDED and found.short_abandon_ms > found.target_ms:
                    yield (
                        f"{place}: short_abandon_seconds {found.short_abandon_ms / 1000:g} is above "
                        f"target_seconds {found.target_ms / 1000:g}; a visit is decided at the target, "
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
        every = tuple(sorted(targets)) if len(targets) > 1 else ()
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
            for channel in _channels_of(own):
                queues.setdefault((own.name, channel), worktime)
        return Timetable(Worktime(centre), queues)

    def definitions(self, queue: str, channel: str) -> Timeline:
        """The definitions of a queue in a channel; a day begins by the clock of the queue."""
        clock = self.timetable().of(queue, channel).clock
        return tuple(
            (0 if day is None else first_ms(clock.zone, day, clock.day_start), step.definition)
            for day, step in self.timeline(queue, channel)
        )

    def in_force(self, queue: str, channel: str) -> QueueInForce:
        """What was written last for a queue in a channel, by itself, its channel, the default, or us."""
        return self.timeline(queue, channel)[-1][1]

    def _own(self, queue: str, channel: str) -> list[QueueSettings]:
        exact = [q for q in self.queues if (q.name, q.channel) == (queue, channel)]
        return exact or [q for q in self.queues if q.name == queue and q.channel is None]

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
        own = next((p for p in written if isinstance(p, QueueSettings)), None)
        least = first("alert_min_contacts", 20)
        definition = Definition(
            round(target * 1000),
            round(first("short_abandon_seconds", min(of_default, target)) * 1000),
            first("rule", ServiceLevelRule.DROP_SHORT),
            first("goal_ratio", 0.8),
            first("attribution", Attribution.DECIDED),
            first("flowed_out", LeftPolicy.EXCLUDE),
            first("callback", LeftPolicy.EXCLUDE),
            min_contacts=least,
        )
        more = next((p.more_targets_seconds for p in written if p.more_targets_seconds), [])
        names = (own.display_name, own.team, own.site) if own else ("", "", "")
        return QueueInForce(
            definition,
            first("wait_limit_seconds", 120.0),
            least,
            *names,
            more_targets_ms=tuple(round(1000 * seconds) for seconds in more),
        )


def _channels_of(queue: QueueSettings) -> Sequence[Channel]:
    return (queue.channel,) if queue.channel else CHANNELS


class Settings(BaseSettings):
    """The environment, and the file it names."""

    model_config = SettingsConfigDict(env_prefix="PANTAU_", extra="ignore")

    kafka: Annotated[str, AfterValidator(_brokers)] = "127.0.0.1:9092"
    redis_url: Annotated[str, AfterValidator(_redis_url)] = "redis://127.0.0.1:6379/0"
    group: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")] = "pantau"
    config: Path | None = None
    partitions: Annotated[int, Field(ge=1, le=256)] = 4
    worker_metrics_host: str = "127.0.0.1"
    worker_metrics_port: Annotated[int, Field(ge=0, le=65_535)] = 9465
    session_seconds: Annotated[float, Field(ge=1, le=300)] = 10
    linger_ms: Annotated[int, Field(ge=0, le=1_000)] = 20
    batch_records: Annotated[int, Field(ge=1, le=20_000)] = 4_000
    _file: FileSettings = PrivateAttr(default_factory=FileSettings)

    @property
    def file(self) -> FileSettings:
        """What the TOML file says, or its defaults."""
        return self._file

    def timetable(self) -> Timetable:
        """The clock and calendar of every queue."""
        return self.file.timetable()

    def definitions(self) -> Definitions:
        """The definition of every queue, from each day on."""
        file = self.file
        return definitions(
            {
                (q.name, channel): file.definitions(q.name, channel)
                for q in file.queues
                for channel in _channels_of(q)
            },
            {channel: file.in_force("", channel).definition for channel in CHANNELS},
            file.in_force("", "").definition,
        )

    def ghost_after_ms(self) -> dict[str, int]:
        """After how long a stay in one state a contact is a ghost, by channel; 0 for never."""
        written: dict[str, int] = {
            channel: round(hours * _HOUR_MS) for channel, hours in self.file.ghost_hours.items()
        }
        return {**GHOST_AFTER_MS, **written}

    def staffing(self) -> StaffingRules:
        """How the time of agents is read."""
        agents = self.file.agents
        return StaffingRules(
            stale_after_ms=round(agents.stale_after_seconds * 1000),
            grace_ms=round(agents.grace_seconds * 1000),
            productive_reasons=frozenset(agents.productive_reasons),
            teams={team.name: Team(team.display_name, team.site) for team in self.file.teams},
        )

    def retention(self) -> Retention:
        """How long state is kept."""
        kept = self.file.retention
        return Retention(
            contacts_ms=round(kept.contact_days * _DAY_MS), agents_ms=round(kept.agent_hours * _HOUR_MS)
        )


_MODELS: dict[str, type[BaseModel]] = {
    "default": Promise,
    "channels": Promise,
    "queues": QueueSettings,
    "calendars": CalendarSettings,
    "teams": TeamSettings,
    "agents": AgentSettings,
    "retention": RetentionSettings,
}


def load_settings(**overrides: Any) -> Settings:
    """Read the environment and the file; raises `BadSettings` that lists every fault."""
    faults: list[str] = []
    chosen = {name: value for name, value in overrides.items() if value is not None}
    faults += _unknown_variables()
    settings: Settings | None = _attempt(lambda: Settings(**chosen), "environment PANTAU_", faults)
    path = settings.config if settings is not None else os.environ.get("PANTAU_CONFIG")
    if path:
        document = _read(Path(path), faults)
        file = _attempt(lambda: FileSettings.model_validate(document), str(path), faults)
        if settings is not None and file is not None:
            settings._file = file  # noqa: SLF001 - the second half of making it
    if faults or settings is None:
        raise BadSettings("\n".join(faults))
    return settings


def _unknown_variables() -> list[str]:
    """Name misspelt variables, which else would be ignored without a word; those of our tests are known."""
    known = {f"PANTAU_{name.upper()}" for name in Settings.model_fields}
    tests = ("PANTAU_TEST_", "PANTAU_REQUIRE_", "PANTAU_CALL_LOG")
    return [
        f"environment {name}: there is no such setting; known are {', '.join(sorted(known))}"
        for name in sorted(os.environ)
        if name.startswith("PANTAU_") and name not in known and not name.startswith(tests)
    ]


def _read(path: Path, faults: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        faults.append(f"{path}: cannot be read: {wrong}; give a TOML file in UTF-8")
        return {}


def _attempt(make: Any, where: str, faults: list[str]) -> Any:
    try:
        return make()
    except ValidationError as invalid:
        faults.extend(_fault(where, error) for error in invalid.errors(include_url=False))
        return None


def _fault(where: str, error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if where.endswith("_"):
        where, name = f"{where}{name.upper()}", ""
    place = f"{where}, {name}" if name else where
    if error["type"] == "extra_forbidden":
        model = _MODELS.get(error["loc"][0] if len(error["loc"]) > 1 else "", FileSettings)
        return f"{place}: there is no such key; known are {', '.join(model.model_fields)}"
    value = error["input"] if isinstance(error["input"], str | int | float) else "this"
    if isinstance(value, str):
        value = _SECRET.sub("//…@", value)  # an address may carry a password
    return f"{place}: {value!r} is not accepted: {error['msg'].removeprefix('Value error, ')}"
