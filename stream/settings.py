"""Settings: addresses and secrets from the environment, everything else from one TOML file.

All faults are reported together, each with the value and what is accepted.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from stream.domain.definition import Definition, Definitions, ServiceLevelRule, definitions
from stream.domain.fold import Retention
from stream.errors import BadSettings

_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("an IANA time zone is accepted, for example Asia/Jakarta")
    return name


Zone = Annotated[str, AfterValidator(_zone)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QueueSettings(_Strict):
    """What one queue promises; what is left out comes from its channel, then from the defaults."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    channel: str = ""
    target_seconds: Annotated[float, Field(gt=0, le=86_400)] = 20
    short_abandon_seconds: Seconds | None = None
    rule: ServiceLevelRule = ServiceLevelRule.DROP_SHORT
    goal_ratio: Annotated[float, Field(gt=0, le=1)] = 0.8
    wait_limit_seconds: Annotated[float, Field(gt=0, le=86_400)] = 120
    alert_min_contacts: Annotated[int, Field(ge=1, le=100_000)] = 20
    display_name: str = ""
    team: str = ""
    site: str = ""

    @model_validator(mode="after")
    def _short_within_target(self) -> Self:
        if self.short_abandon_seconds is not None and self.short_abandon_seconds > self.target_seconds:
            raise ValueError(
                f"short_abandon_seconds is {self.short_abandon_seconds:g}, above target_seconds "
                f"{self.target_seconds:g}: a visit is decided at the target, so give at most that"
            )
        return self

    def definition(self) -> Definition:
        """The definition that the fold and the board use."""
        short = self.short_abandon_seconds
        if short is None:
            short = min(5.0, self.target_seconds) if self.channel in {"", "voice"} else 0.0
        return Definition(round(self.target_seconds * 1000), round(short * 1000), self.rule, self.goal_ratio)


class RetentionSettings(_Strict):
    """How long contacts and agents can still be corrected."""

    contact_days: Annotated[float, Field(ge=0.1, le=400)] = 15
    agent_hours: Annotated[float, Field(ge=1, le=400)] = 50


class FileSettings(_Strict):
    """The TOML file."""

    tenant: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")] = "default"
    time_zone: Zone = "UTC"
    default: QueueSettings = QueueSettings(name="default")
    channels: dict[str, QueueSettings] = {}
    queues: list[QueueSettings] = []
    retention: RetentionSettings = RetentionSettings()
    max_queues: Annotated[int, Field(ge=1, le=10_000)] = 2_000


class Settings(BaseSettings):
    """The environment, and the file it names."""

    model_config = SettingsConfigDict(env_prefix="PANTAU_", frozen=True, extra="ignore")

    kafka: Annotated[str, Field(pattern=r"^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$")] = "127.0.0.1:9092"
    redis_url: Annotated[str, Field(pattern=r"^(redis|rediss|unix)://")] = "redis://127.0.0.1:6379/0"
    group: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")] = "pantau"
    config: Path | None = None
    partitions: Annotated[int, Field(ge=1, le=256)] = 4
    worker_metrics_host: str = "127.0.0.1"
    worker_metrics_port: Annotated[int, Field(ge=0, le=65_535)] = 9465
    session_seconds: Annotated[float, Field(ge=1, le=300)] = 10
    linger_ms: Annotated[int, Field(ge=0, le=1_000)] = 20
    batch_records: Annotated[int, Field(ge=1, le=20_000)] = 4_000
    file: FileSettings = FileSettings()

    def zone(self) -> ZoneInfo:
        """The zone of the business day."""
        return ZoneInfo(self.file.time_zone)

    def definitions(self) -> Definitions:
        """The definition of every queue."""
        return definitions(
            {(q.name, q.channel): q.definition() for q in self.file.queues},
            {channel: q.definition() for channel, q in _channels(self.file).items()},
            self.file.default.definition(),
        )

    def retention(self) -> Retention:
        """How long state is kept."""
        kept = self.file.retention
        return Retention(
            contacts_ms=round(kept.contact_days * _DAY_MS), agents_ms=round(kept.agent_hours * _HOUR_MS)
        )


def _channels(file: FileSettings) -> dict[str, QueueSettings]:
    """Channels other than voice have no short abandons unless told otherwise."""
    base = file.default
    written = {name: q.model_copy(update={"channel": name}) for name, q in file.channels.items()}
    silent = {
        name: base.model_copy(update={"channel": name, "short_abandon_seconds": 0.0})
        for name in ("chat", "email", "sms", "social", "callback", "task")
    }
    return {**silent, **written}


def load_settings(**overrides: Any) -> Settings:
    """Read the environment and the file; raises `BadSettings` that lists every fault."""
    faults: list[str] = []
    chosen = {name: value for name, value in overrides.items() if value is not None}
    settings = _attempt(lambda: Settings(**chosen), "environment PANTAU_", faults)
    file = FileSettings()
    if settings is not None and settings.config is not None:
        document = _read(settings.config, faults)
        file = _attempt(lambda: FileSettings.model_validate(document), str(settings.config), faults) or file
    if faults or settings is None:
        raise BadSettings("\n".join(faults))
    return settings.model_copy(update={"file": file})


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
    value = error["input"] if isinstance(error["input"], str | int | float) else "this"
    return f"{place}: {value!r} is not accepted: {error['msg'].removeprefix('Value error, ')}"
