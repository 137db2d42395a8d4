"""By which clock and calendar each queue works, and the centre."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC

from stream.domain.civil import Clock
from stream.domain.opening import Calendar


@dataclass(frozen=True, slots=True)
class Worktime:
    """A clock, and a calendar; without one it is always open."""

    clock: Clock
    calendar: Calendar | None = None


@dataclass(frozen=True, slots=True)
class Timetable:
    """`centre` holds for teams, for all queues together, and for queues that are not in `queues`."""

    centre: Worktime = Worktime(Clock(UTC))
    queues: Mapping[tuple[str, str], Worktime] = field(default_factory=dict)

    def of(self, queue: str, channel: str) -> Worktime:
        """The clock and calendar of a queue in a channel."""
        return self.queues.get((queue, channel), self.centre)
