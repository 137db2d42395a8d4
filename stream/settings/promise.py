"""What queues promise, as it is written and as it is in force."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple, Self

from pydantic import (
    Field,
    model_validator,
)

from stream.domain.definition import (
    CHANNELS,
    Attribution,
    Channel,
    ClockStop,
    Definition,
    LeftPolicy,
    ServiceLevelRule,
)
from stream.domain.preset import FORMULAS, Formula, Preset
from stream.domain.status import Tolerance
from stream.settings.accepted import Day, Seconds, Strict, Time, Zone


class Promise(Strict):
    """What queues promise; what is left out comes from the channel, then from the default."""

    target_seconds: Annotated[float, Field(gt=0, le=86_400)] | None = None
    short_abandon_seconds: Seconds | None = None
    rule: ServiceLevelRule | None = None
    goal_ratio: Annotated[float, Field(gt=0, le=1)] | None = None
    low_points: Annotated[float, Field(ge=0, le=100)] | None = None
    critical_points: Annotated[float, Field(ge=0, le=100)] | None = None
    wait_limit_seconds: Annotated[float, Field(gt=0, le=86_400)] | None = None
    slow_points: Annotated[float, Field(ge=0, le=100)] | None = None
    abandoned_limit_ratio: Annotated[float, Field(gt=0, le=1)] | None = None
    late_limit_ratio: Annotated[float, Field(gt=0, le=1)] | None = None
    missed_limit: Annotated[int, Field(ge=1, le=100_000)] | None = None
    alert_min_contacts: Annotated[int, Field(ge=1, le=100_000)] | None = None
    more_targets_seconds: Annotated[list[Annotated[float, Field(gt=0, le=86_400)]], Field(max_length=5)] = []
    attribution: Attribution | None = None
    flowed_out: LeftPolicy | None = None
    callback: LeftPolicy | None = None
    clock_stop: ClockStop | None = None
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

    @property
    def channels(self) -> Sequence[Channel]:
        """The channels that this entry is for."""
        return (self.channel,) if self.channel else CHANNELS


class AlertLimits(NamedTuple):
    """What a queue may do before somebody is told, beside its `Tolerance`.

    Points below its goal over two hours; shares of abandons, and of those who wait that are late already; and
    where there are too few for shares, visits missed in half an hour.
    """

    slow_points: float = 10
    abandoned_ratio: float = 0.15
    late_ratio: float = 0.5
    missed: int = 3


@dataclass(frozen=True, slots=True)
class QueueInForce:
    """All that is in force for a (queue, channel)."""

    definition: Definition
    tolerance: Tolerance
    limits: AlertLimits = field(default_factory=AlertLimits)
    display_name: str = ""
    team: str = ""
    site: str = ""
    more_targets_ms: tuple[int, ...] = ()
