"""Definitions of a queue's numbers: target, short-abandon limit and service-level rule.

A definition takes effect at an instant. The definition in force when a visit began to wait (at queue entry,
or when a callback is due) applies to that visit, so a change never rewrites an earlier promise.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, get_args

#: Waits are counted in bands, so every target and short-abandon limit must be one of the edges.
DEFAULT_WAIT_EDGES_MS = tuple(1000 * s for s in (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200))
HANDLE_EDGES_MS = tuple(1000 * s for s in (30, 60, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 3600))


class ServiceLevelRule(StrEnum):
    """How abandoned contacts count: the six formulas that are called service level."""

    COUNT_ABANDONS = "count_abandons"
    DROP_SHORT = "drop_short"
    DROP_IN_TARGET = "drop_in_target"
    CREDIT_SHORT = "credit_short"
    CREDIT_IN_TARGET = "credit_in_target"
    ANSWERED_ONLY = "answered_only"


class Attribution(StrEnum):
    """When a visit counts: when decided (exit, or target if it still waits), at exit, or at entry."""

    DECIDED = "decided"
    EXITED = "exited"
    OFFERED = "offered"


class LeftPolicy(StrEnum):
    """How visits that left otherwise count: not at all, as misses, or as met when within the target."""

    EXCLUDE = "exclude"
    MISS = "miss"
    MET_IN_TARGET = "met_in_target"


class ClockStop(StrEnum):
    """What ends the wait of an answered visit: the connection, or the agent accepting it."""

    CONNECTED = "connected"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Definition:
    """A queue's promise: `goal_ratio` of the visits within `target_ms`, by `rule`.

    An abandon after at most `short_abandon_ms` is a short abandon. `all_targets_ms` holds every target that
    the queue ever had or reports besides; it is empty for a queue with one target and one limit. A ratio of
    fewer than `min_contacts` visits is flagged.
    """

    target_ms: int = 20_000
    short_abandon_ms: int = 5_000
    rule: ServiceLevelRule = ServiceLevelRule.DROP_SHORT
    goal_ratio: float = 0.8
    attribution: Attribution = Attribution.DECIDED
    flowed_out: LeftPolicy = LeftPolicy.EXCLUDE
    callback: LeftPolicy = LeftPolicy.EXCLUDE
    all_targets_ms: tuple[int, ...] = ()
    min_contacts: int = 20
    clock_stop: ClockStop = ClockStop.CONNECTED

    @property
    def booked(self) -> Attribution:
        """When a visit counts. `ANSWERED_ONLY` needs the outcome, so it never counts before the exit."""
        if self.rule is ServiceLevelRule.ANSWERED_ONLY and self.attribution is Attribution.DECIDED:
            return Attribution.EXITED
        return self.attribution

    @property
    def code(self) -> str:
        """The short code shown beside every value."""
        short = f"{self.rule} {seconds(self.short_abandon_ms)}" if "short" in self.rule else str(self.rule)
        parts = [seconds(self.target_ms), short]
        if self.flowed_out is not LeftPolicy.EXCLUDE:
            parts.append(f"flowed_out {self.flowed_out}")
        if self.callback is not LeftPolicy.EXCLUDE:
            parts.append(f"callback {self.callback}")
        if self.clock_stop is not ClockStop.CONNECTED:
            parts.append(f"clock_stop {self.clock_stop}")
        return f"SL({', '.join(parts)}, {self.booked})"


#: The kinds of communication.
Channel = Literal["voice", "chat", "email", "sms", "social", "callback", "task"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)

#: A contact that stays in one state for longer is stuck: its end was lost. Other channels have no limit.
STUCK_AFTER_MS = {"voice": 2 * 3_600_000, "chat": 24 * 3_600_000}

#: The definitions of one (queue, channel), each with its start, oldest first. Starts are whole minutes, as
#: panes.
Timeline = tuple[tuple[int, Definition], ...]


@dataclass(frozen=True, slots=True)
class Definitions:
    """The definitions of every (queue, channel), and the wait bands they share.

    `by_queue` is searched for (queue, channel), then (queue, ""), then `by_channel`, then `otherwise`
    applies. `by_agent` keeps offers and handled legs for each agent too. `by_acceptance` says that some
    definition ends the wait when an agent accepts.
    """

    by_queue: dict[tuple[str, str], Timeline]
    by_channel: dict[str, Timeline]
    otherwise: Timeline
    wait_edges_ms: tuple[int, ...]
    by_agent: bool = False
    by_acceptance: bool = False

    @property
    def default(self) -> Definition:
        """The latest definition for queues and channels without their own."""
        return self.otherwise[-1][1]

    def default_at(self, at_ms: int) -> Definition:
        """The default in force at an instant."""
        return in_force(self.otherwise, at_ms)

    def of(self, queue: str, channel: str, at_ms: int) -> Definition:
        """The definition in force for a queue and channel at an instant."""
        return in_force(self.timeline(queue, channel), at_ms)

    def timeline(self, queue: str, channel: str) -> Timeline:
        """All definitions that a queue and channel ever had, oldest first."""
        found = self.by_queue.get((queue, channel)) or self.by_queue.get((queue, ""))
        return found or self.by_channel.get(channel) or self.otherwise


def in_force(timeline: Timeline, at_ms: int) -> Definition:
    """The definition of a timeline in force at an instant; before the first start, the first one."""
    if len(timeline) == 1:
        return timeline[0][1]
    after = bisect_right(timeline, at_ms, key=lambda step: step[0])
    return timeline[max(0, after - 1)][1]


def definitions(
    by_queue: Mapping[tuple[str, str], Definition | Timeline] | None = None,
    by_channel: Mapping[str, Definition | Timeline] | None = None,
    default: Definition | Timeline | None = None,
    *,
    by_agent: bool = False,
    wait_edges_ms: tuple[int, ...] = (),
) -> Definitions:
    """Make definitions. The wait bands are those given, or have every target and limit as an edge."""
    of_queues = {key: _timeline(found) for key, found in (by_queue or {}).items()}
    of_channels = {channel: _timeline(found) for channel, found in (by_channel or {}).items()}
    otherwise = _timeline(default or Definition())
    every = [d for steps in (*of_queues.values(), *of_channels.values(), otherwise) for _, d in steps]
    edges = {*DEFAULT_WAIT_EDGES_MS}
    for d in every:
        edges |= {d.target_ms, d.short_abandon_ms, *d.all_targets_ms}
    by_acceptance = any(d.clock_stop is ClockStop.ACCEPTED for d in every)
    bands = wait_edges_ms or tuple(sorted(edges - {0}))
    return Definitions(of_queues, of_channels, otherwise, bands, by_agent, by_acceptance)


def _timeline(found: Definition | Timeline) -> Timeline:
    return ((0, found),) if isinstance(found, Definition) else found


def seconds(ms: int) -> str:
    """A duration in a code: `20s`."""
    return f"{ms / 1000:g}s"
