"""Agent states, and how time in them is booked.

Time in a state is a clock integral. A pane keeps for each state the entries minus the exits (`n`), and the
same weighted with the instant (`t`). With N agents in the state at b, the time spent in it since a is `N (b -
a) - (t - a n)` over the panes between. This is exact however long a state lasts, and each fact changes one
pane only. Reasons of states and the capacity of agents, in total and by channel, are booked the same way.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from stream.domain.agent.schedule import Attended, Segment
from stream.domain.deltas import Deltas
from stream.domain.fact import Fact
from stream.domain.fields import clock
from stream.domain.series import agent_series

STATES: tuple[str, ...] = (
    "available",
    "ringing",
    "talking",
    "hold",
    "wrapup",
    "busy_other",
    "not_ready",
    "logged_out",
)
#: The state shown for an agent whose desktop fell silent.
UNKNOWN = "unknown"
SHOWN_STATES = (*STATES, UNKNOWN)
#: States in which an agent serves contacts or could: capacity counts.
SERVING = ("available", "ringing", "talking", "hold", "wrapup")
WITH_REASON = ("not_ready", "busy_other")
CAPACITY = "capacity"
#: The most contacts at once in each channel, by name.
Slots = tuple[tuple[str, int], ...]

_Weights = tuple[tuple[str, str, int], ...]


class AgentLive(NamedTuple):
    """The current state of an agent, its start, and the queues served.

    `seen_ms` is the minute of the last sign of life, 0 without heartbeats. `schedule` is what is published
    for the time since `since_ms`.
    """

    state: str
    since_ms: int
    team: str
    queues: tuple[str, ...]
    capacity: int
    reason: str = ""
    seen_ms: int = 0
    schedule: tuple[Segment, ...] = ()
    slots: Slots = ()


class StateDetails(NamedTuple):
    """The parsed `details` slot of a state; see `Fact`."""

    reason: str
    queues: tuple[str, ...]
    slots: Slots


@lru_cache(maxsize=16_384)
def details_of(text: str) -> StateDetails:
    """Take the text of a state apart."""
    said, _, more = text.partition("\t\t")
    reason, *queues = said.split("\t")
    pairs = (slot.partition(" ") for slot in more.split("\t") if slot)
    return StateDetails(
        reason,
        tuple(filter(None, queues)),
        tuple((channel, int(n)) for channel, _, n in pairs),
    )


def details_text(reason: str, queues: Iterable[str], slots: Mapping[str, int]) -> str:
    """The text that `details_of` takes apart: names are not empty, so two tabs begin the slots."""
    said = "\t".join([reason, *queues])
    more = "\t".join(f"{channel} {slots[channel]}" for channel in sorted(slots))
    return f"{said}\t\t{more}" if slots else said


@lru_cache(maxsize=16_384)
def weights(state: str, capacity: int, reason: str, slots: Slots = ()) -> dict[str, int]:
    """The integrals that an agent in a state counts in, with weights. Logged out counts in none."""
    if state not in STATES or state == "logged_out":
        return {}
    found = {state: 1}
    if reason and state in WITH_REASON:
        found[f"{state}.{reason}"] = 1
    if capacity and state in SERVING:
        found[CAPACITY] = capacity
        found |= {f"{CAPACITY}.{channel}": most for channel, most in slots if most}
    return found


def weights_of(agent: AgentLive) -> dict[str, int]:
    """The weights of an agent's latest state; see `weights`."""
    return weights(agent.state, agent.capacity, agent.reason, agent.slots)


def book_change(before: Fact | None, after: Fact | None, at_ms: int, sign: int, deltas: Deltas) -> None:
    """Book the passage of an agent from one state to another at `at_ms`; None is no state."""
    # Within a team much cancels out, such as capacity, so only the difference is booked. Between teams,
    # leaving and entering go to different series.
    if before is not None and after is not None and before.team == after.team:
        _post(
            after.team,
            _passing(
                before.state, before.capacity, before.details, after.state, after.capacity, after.details
            ),
            at_ms,
            sign,
            deltas,
        )
        return
    for fact, way in ((before, -sign), (after, sign)):
        if fact is not None:
            says = _passing("", 0, "", fact.state, fact.capacity, fact.details)
            _post(fact.team, says, at_ms, way, deltas)


def book_interval(interval: Attended, sign: int, deltas: Deltas) -> None:
    """Book an interval of attendance."""
    name, from_ms, to_ms, team = interval
    _post(team, _named(name, 1), from_ms, sign, deltas)
    _post(team, _named(name, -1), to_ms, sign, deltas)


def _post(team: str, changes: _Weights, at_ms: int, sign: int, deltas: Deltas) -> None:
    if changes:
        delta = deltas.of(agent_series(team), at_ms)
        for n, t, weight in changes:
            delta[n] = delta.get(n, 0) + sign * weight
            delta[t] = delta.get(t, 0) + sign * weight * at_ms


# Agents pass between few combinations of state, capacity and details, so each passage is computed once.
@lru_cache(maxsize=65_536)
def _passing(  # noqa: PLR0913, PLR0917 - what two facts say, spelled out to be looked up
    left: str, left_capacity: int, left_details: str, entered: str, capacity: int, details: str
) -> _Weights:
    was, now = details_of(left_details), details_of(details)
    before = weights(left, left_capacity, was.reason, was.slots)
    after = weights(entered, capacity, now.reason, now.slots)
    changed = {name: after.get(name, 0) - before.get(name, 0) for name in {**before, **after}}
    return tuple(row for name, weight in changed.items() if weight for row in _named(name, weight))


@lru_cache(maxsize=4096)
def _named(name: str, weight: int) -> _Weights:
    return ((*clock(name), weight),)
