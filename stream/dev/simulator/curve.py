"""The load curve of a day: how busy the centre is at each local minute, as a share of its peak."""

from dataclasses import dataclass
from math import exp

from stream.domain.instant import MINUTE_MS
from stream.domain.opening import DAY_MINUTES


@dataclass(frozen=True, slots=True)
class Hump:
    """One busy spell: a bell around `minute` of the local day; `width` is its deviation in minutes."""

    minute: int
    width: int
    height: float

    def level(self, minute: float) -> float:
        """Height of the bell at a minute of the day; the distance goes the short way round midnight."""
        apart = abs(minute - self.minute) % DAY_MINUTES
        return self.height * exp(-0.5 * (min(apart, DAY_MINUTES - apart) / self.width) ** 2)


@dataclass(frozen=True, slots=True)
class Curve:
    """Busyness from `floor` to 1: the highest hump at each minute, never under the floor."""

    humps: tuple[Hump, ...]
    floor: float
    zone_offset_minutes: int = 0

    def level(self, at_ms: float) -> float:
        """Share of the peak rate at an instant, at most 1 as thinning needs it."""
        minute = (at_ms / MINUTE_MS + self.zone_offset_minutes) % DAY_MINUTES
        hump = max((hump.level(minute) for hump in self.humps), default=0.0)
        return min(1.0, self.floor + (1.0 - self.floor) * hump)


#: A weekday: the rush at 10:30, the lunch dip, the lower afternoon, and a night that never sleeps.
WEEKDAY = Curve(humps=(Hump(630, 115, 1.0), Hump(885, 120, 0.85)), floor=0.08)

#: Every minute is the peak: steady load.
FLAT = Curve(humps=(), floor=1.0)
