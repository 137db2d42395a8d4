"""How the numbers of a queue are defined: its target, its short-abandon limit, its service-level rule."""

from dataclasses import dataclass
from enum import StrEnum

#: Wait bands are counted exactly; every target and short-abandon limit must be one of the edges.
DEFAULT_WAIT_EDGES_MS = tuple(1000 * s for s in (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200))
HANDLE_EDGES_MS = tuple(1000 * s for s in (30, 60, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 3600))


class ServiceLevelRule(StrEnum):
    """How abandoned contacts count; the six formulas in use for one name."""

    COUNT_ABANDONS = "count_abandons"
    DROP_SHORT = "drop_short"
    DROP_IN_TARGET = "drop_in_target"
    CREDIT_SHORT = "credit_short"
    CREDIT_IN_TARGET = "credit_in_target"
    ANSWERED_ONLY = "answered_only"


@dataclass(frozen=True, slots=True)
class Definition:
    """What a queue promises. `goal_ratio` of the visits within `target_ms`, by `rule`.

    `short_abandon_ms`: an abandon after at most so long a wait is a short abandon.
    """

    target_ms: int = 20_000
    short_abandon_ms: int = 5_000
    rule: ServiceLevelRule = ServiceLevelRule.DROP_SHORT
    goal_ratio: float = 0.8

    @property
    def code(self) -> str:
        """The short code that stands beside every value."""
        short = f"{self.rule} {_seconds(self.short_abandon_ms)}" if "short" in self.rule else str(self.rule)
        timing = "exited" if self.rule is ServiceLevelRule.ANSWERED_ONLY else "decided"
        return f"SL({_seconds(self.target_ms)}, {short}, {timing})"


@dataclass(frozen=True, slots=True)
class Definitions:
    """The definition of every (queue, channel), and the wait bands they share.

    `by_queue` is looked up by (queue, channel), then (queue, ""), then `by_channel`, then the default.
    """

    by_queue: dict[tuple[str, str], Definition]
    by_channel: dict[str, Definition]
    default: Definition
    wait_edges_ms: tuple[int, ...]

    def of(self, queue: str, channel: str) -> Definition:
        """The definition in force for a queue and channel."""
        exact = self.by_queue.get((queue, channel)) or self.by_queue.get((queue, ""))
        return exact or self.by_channel.get(channel) or self.default


def definitions(
    by_queue: dict[tuple[str, str], Definition] | None = None,
    by_channel: dict[str, Definition] | None = None,
    default: Definition | None = None,
) -> Definitions:
    """Definitions whose wait bands have every target and short-abandon limit as an edge."""
    by_queue, by_channel, default = by_queue or {}, by_channel or {}, default or Definition()
    every = [*by_queue.values(), *by_channel.values(), default]
    edges = {*DEFAULT_WAIT_EDGES_MS, *(d.target_ms for d in every), *(d.short_abandon_ms for d in every)}
    return Definitions(by_queue, by_channel, default, tuple(sorted(edges - {0})))


def _seconds(ms: int) -> str:
    return f"{ms / 1000:g}s"
