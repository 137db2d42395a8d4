"""The clock and calendar of each queue and of the centre."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC

from stream.domain.civil import Clock
from stream.domain.opening import Calendar


@dataclass(frozen=True, slots=True)
class Worktime:
    """A clock and a calendar; without a calendar it is always open."""

    clock: Clock
    calendar: Calendar | None = None


@dataclass(frozen=True, slots=True)
class Timetable:
    """`centre` applies to teams, to all queues together, and to queues that are not in `queues`."""

    centre: Worktime = Worktime(Clock(UTC))
    queues: Mapping[tuple[str, str], Worktime] = field(default_factory=dict)

    def of(self, queue: str, channel: str) -> Worktime:
        """The clock and calendar of a queue in a channel."""
        return self.queues.get((queue, channel), self.centre)
