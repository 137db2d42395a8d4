"""Settings: addresses and secrets from the environment, everything else from one TOML file.

All faults are reported together, each with the value and what is accepted.
"""

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    Field,
    PrivateAttr,
    ValidationError,
)

from stream.domain.definition import (
    CHANNELS,
    STUCK_AFTER_MS,
    Definitions,
    definitions,
)
from stream.domain.fold import Retention
from stream.domain.kinds import QUEUES, TEAMS
from stream.domain.limits import Limits
from stream.domain.naming import Naming
from stream.domain.rulebook import Wanted
from stream.domain.staffing import StaffingRules, Team
from stream.domain.timetable import Timetable
from stream.errors import BadSettings
from stream.settings.alerts import AlertSettings
from stream.settings.file import FileSettings
from stream.settings.promise import Promise, QueueSettings
from stream.settings.sections import (
    AgentSettings,
    CalendarSettings,
    LimitSettings,
    RetentionSettings,
    TeamSettings,
)
from stream.settings.servers import ServerSettings

#: Where an address may carry a password.
_SECRET = re.compile(r".*@|\?.*", re.DOTALL)
_SECRET_NAMES = ("PASSWORD", "TOKEN")
_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000


class Settings(ServerSettings):
    """The environment, and the file it names."""

    group: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")] = "pantau"
    config: Path | None = None
    partitions: Annotated[int, Field(ge=1, le=256)] = 4
    worker_metrics_host: str = "127.0.0.1"
    worker_metrics_port: Annotated[int, Field(ge=0, le=65_535)] = 9465
    session_seconds: Annotated[float, Field(ge=1, le=300)] = 10
    linger_ms: Annotated[int, Field(ge=0, le=1_000)] = 20
    batch_records: Annotated[int, Field(ge=1, le=100_000)] = 32_000
    reject_limit_ratio: Annotated[float, Field(gt=0, le=1)] = 0.5
    stall_seconds: Annotated[float, Field(ge=5, le=3_600)] = 60
    pseudonym_keys_file: Path | None = None
    debug: bool = False
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
        file, timetable = self.file, self.timetable()
        return definitions(
            {
                (q.name, channel): file.definitions(q.name, channel, timetable)
                for q in file.queues
                for channel in q.channels
            },
            {channel: file.in_force("", channel).definition for channel in CHANNELS},
            file.in_force("", "").definition,
            by_agent=file.agents.ranking,
        )

    def wanted(self) -> Wanted:
        """How the file would have all booked."""
        return Wanted(self.definitions(), self.staffing().grace_ms)

    def stuck_after_ms(self) -> dict[str, int]:
        """After how long a stay in one state a contact is stuck, by channel; 0 for never."""
        written: dict[str, int] = {
            channel: round(hours * _HOUR_MS) for channel, hours in self.file.stuck_hours.items()
        }
        return {**STUCK_AFTER_MS, **written}

    def staffing(self) -> StaffingRules:
        """How the time of agents is read."""
        agents = self.file.agents
        return StaffingRules(
            stale_after_ms=round(agents.stale_after_seconds * 1000),
            grace_ms=round(agents.grace_seconds * 1000),
            productive_reasons=frozenset(agents.productive_reasons),
            teams={team.name: Team(team.display_name, team.site) for team in self.file.teams},
        )

    def naming(self) -> Naming:
        """Which queues the file names, and how people call them."""
        told: dict[str, list[str]] = {q.name: [] for q in self.file.queues}
        for q in self.file.queues:
            if q.channel and q.channel not in told[q.name]:
                told[q.name].append(q.channel)
        titles: dict[tuple[str, str], str] = {
            (q.name, channel): title
            for q in self.file.queues
            for channel in (q.channels if q.display_name else ())
            if (title := self.file.in_force(q.name, channel).display_name)
        }
        return Naming({name: tuple(channels) for name, channels in told.items()}, titles)

    def own_names(self) -> frozenset[str]:
        """The queues and teams that the file names: they may look like anything."""
        return frozenset({q.name for q in self.file.queues} | {team.name for team in self.file.teams})

    def limits(self) -> Limits:
        """What a partition may hold; queues and teams that the file names are always let in."""
        queues = {(QUEUES, f"{q.name}\t{channel}") for q in self.file.queues for channel in q.channels}
        teams = {(TEAMS, team.name) for team in self.file.teams}
        return Limits(**self.file.limits.model_dump(), always=frozenset(queues | teams))

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
    "alerts": AlertSettings,
    "retention": RetentionSettings,
    "limits": LimitSettings,
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
    if settings is not None:
        faults += settings.connection_faults()
    if faults or settings is None:
        raise BadSettings("\n".join(faults))
    settings.warn_of_open_files()
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
    why, value = error["msg"].removeprefix("Value error, "), error["input"]
    if isinstance(value, dict | list):  # a whole section, of which the reason names the place
        return f"{place}: {why}"
    if not isinstance(value, int | float):
        value = str(value)
    if isinstance(value, str):
        value = _SECRET.sub("…", value)
    if place.endswith(_SECRET_NAMES):
        value = "what it holds"
    return f"{place}: {value!r} is not accepted: {why}"
