"""Settings: addresses and secrets from the environment, everything else from one TOML file.

All faults are reported together, each with the value and what is accepted.
"""

import os
import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from stream.domain.definition import Definition, Definitions, ServiceLevelRule, definitions
from stream.domain.fold import Retention
from stream.domain.staffing import StaffingRules, Team
from stream.errors import BadSettings

_SECRET = re.compile(r"//[^/@]*@")
_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("an IANA time zone is accepted, for example Asia/Jakarta")
    return name


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


class QueueSettings(Promise):
    """One queue, in one channel or in all of them."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    channel: Channel | None = None
    display_name: str = ""
    team: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True)
class QueueInForce:
    """All that is in force for a (queue, channel)."""

    definition: Definition
    wait_limit_seconds: float
    alert_min_contacts: int
    display_name: str = ""
    team: str = ""
    site: str = ""


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
    default: Promise = Promise()
    channels: dict[Channel, Promise] = {}
    queues: list[QueueSettings] = []
    teams: list[TeamSettings] = []
    agents: AgentSettings = AgentSettings()
    retention: RetentionSettings = RetentionSettings()
    max_queues: Annotated[int, Field(ge=1, le=10_000)] = 2_000

    @model_validator(mode="after")
    def _each_team_once(self) -> Self:
        twice = [name for name, n in Counter(team.name for team in self.teams).items() if n > 1]
        if twice:
            raise ValueError(f"teams: {', '.join(map(repr, twice))} stands twice; name each team once")
        return self

    @model_validator(mode="after")
    def _short_within_target(self) -> Self:
        places: list[tuple[str, str, Sequence[str]]] = [("default", "", ("",))]
        places += [(f"channels.{channel}", "", (channel,)) for channel in self.channels]
        places += [
            (f"queue {q.name!r}", q.name, (q.channel,) if q.channel else CHANNELS) for q in self.queues
        ]
        wrong = [fault for place in places if (fault := self._short_above_target(*place))]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _short_above_target(self, place: str, queue: str, channels: Sequence[str]) -> str | None:
        for channel in channels:
            found = self.in_force(queue, channel).definition
            if found.short_abandon_ms > found.target_ms:
                return (
                    f"{place}: short_abandon_seconds {found.short_abandon_ms / 1000:g} is above "
                    f"target_seconds {found.target_ms / 1000:g}; a visit is decided at the target, so give "
                    "at most that"
                )
        return None

    def in_force(self, queue: str, channel: str) -> QueueInForce:
        """What is in force for a queue in a channel: its own settings, its channel's, the default, ours."""
        own = next((q for q in self.queues if (q.name, q.channel) == (queue, channel)), None)
        own = own or next((q for q in self.queues if q.name == queue and q.channel is None), None)
        written = [p for p in (own, self.channels.get(channel), self.default) if p is not None]  # type: ignore[call-overload] # an unknown channel has no settings

        def first(name: str, otherwise: Any) -> Any:
            return next((v for p in written if (v := getattr(p, name)) is not None), otherwise)

        target = first("target_seconds", 20.0)
        of_default = 5.0 if channel in {"", "voice"} else 0.0
        definition = Definition(
            round(target * 1000),
            round(first("short_abandon_seconds", min(of_default, target)) * 1000),
            first("rule", ServiceLevelRule.DROP_SHORT),
            first("goal_ratio", 0.8),
        )
        names = (own.display_name, own.team, own.site) if own else ("", "", "")
        return QueueInForce(
            definition, first("wait_limit_seconds", 120.0), first("alert_min_contacts", 20), *names
        )


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

    def zone(self) -> ZoneInfo:
        """The zone of the business day."""
        return ZoneInfo(self.file.time_zone)

    def definitions(self) -> Definitions:
        """The definition of every queue."""
        file = self.file
        return definitions(
            {
                (q.name, channel): file.in_force(q.name, channel).definition
                for q in file.queues
                for channel in ((q.channel,) if q.channel else CHANNELS)
            },
            {channel: file.in_force("", channel).definition for channel in CHANNELS},
            file.in_force("", "").definition,
        )

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
