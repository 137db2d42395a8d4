"""What the agents of a team did in a window: sums over agents, divided last.

Three forms of occupancy answer three questions: how busy were people (wall clock), how full were the
places they offer (slots), how many contacts did each have at once while talking (concurrency).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from stream.domain import fields
from stream.domain.agent.schedule import GRACE_MS, attended
from stream.domain.agent.state import CAPACITY, UNKNOWN, WITH_REASON, AgentLive, weights_of
from stream.domain.kpi import BUSY
from stream.domain.service_level import ratio

#: How the names of integrals of capacity begin that are kept by channel.
SLOTS = f"{CAPACITY}."
OTHER, UNTOLD = "other", "unspecified"
MOST_REASONS = 32
_TALKING = ("talking", "hold")
_STAFFED = ("available", "ringing", "talking", "hold", "wrapup", "busy_other")
_LOGGED_IN = (*_STAFFED, "not_ready")
_AT_WORK = ("ringing", *BUSY)

#: Milliseconds by the name of an integral, and counts of offers, of one team in one window.
Spent = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Team:
    """How a team is called, and where it works."""

    display_name: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True)
class StaffingRules:
    """What boards need to know of agents beyond the events."""

    stale_after_ms: int = 360_000
    grace_ms: int = GRACE_MS
    productive_reasons: frozenset[str] = frozenset({"training"})
    teams: Mapping[str, Team] = field(default_factory=dict)

    def team(self, name: str) -> Team:
        """What is said of a team; one named nowhere has no site."""
        return self.teams.get(name) or Team()


@dataclass(frozen=True, slots=True)
class Staffing:
    """What agents did in a window; None where there is nothing to divide by. Times are agent seconds.

    Occupancy: talking, hold and wrapup over those and available; by slots, of the contacts they could have
    had, also in each channel for which agents told that (else empty); concurrency: contacts at once while
    talking. Utilisation: those three and productive reasons, over
    the time logged in. Adherence: in a state that the schedule asks for, over all that is scheduled;
    conformance: productive over scheduled as productive, which may exceed 1. Offers to agents: answered over
    made, without those during which the customer abandoned.
    """

    occupancy_ratio: float | None
    occupancy_slot_ratio: float | None
    occupancy_slot_by_channel: dict[str, float | None]
    concurrency_ratio: float | None
    utilisation_ratio: float | None
    adherence_ratio: float | None
    conformance_ratio: float | None
    offers_made: int
    offers_answered: int
    offers_declined: int
    offers_abandoned: int
    offers_lost: int
    offers_answered_ratio: float | None
    state_seconds: dict[str, float]
    not_ready_seconds: dict[str, float]


def staffing(spent: Spent, productive_reasons: Iterable[str]) -> Staffing:
    """The KPIs of `spent`, of one team or summed over several."""

    def total(names: Iterable[str]) -> int:
        return sum([spent.get(name, 0) for name in names])

    busy, talking = total(BUSY), total(_TALKING)
    legs = sum([ms for name, ms in spent.items() if name.startswith(fields.LEG)])
    known_legs = legs if legs or not talking else None  # contacts that name no team are in none
    productive = total(f"{state}.{reason}" for state in WITH_REASON for reason in set(productive_reasons))
    return Staffing(
        occupancy_ratio=ratio(busy, busy + spent.get("available", 0)),
        occupancy_slot_ratio=_of_legs(known_legs, spent.get(CAPACITY, 0)),
        occupancy_slot_by_channel=_by_channel(spent, known=known_legs is not None),
        concurrency_ratio=_of_legs(known_legs, talking),
        utilisation_ratio=ratio(busy + productive, total(_LOGGED_IN)),
        adherence_ratio=ratio(spent.get("adherent", 0), spent.get("scheduled", 0)),
        conformance_ratio=ratio(spent.get("produced", 0), spent.get("scheduled_productive", 0)),
        offers_made=spent.get(fields.MADE, 0),
        offers_answered=spent.get(fields.TAKEN, 0),
        offers_declined=spent.get(fields.DECLINED, 0),
        offers_abandoned=spent.get(fields.IN_VAIN, 0),
        offers_lost=spent.get(fields.LOST, 0),
        offers_answered_ratio=ratio(
            spent.get(fields.TAKEN, 0),
            spent.get(fields.MADE, 0) - spent.get(fields.IN_VAIN, 0) - spent.get(fields.LOST, 0),
        ),
        state_seconds={state: spent.get(state, 0) / 1000 for state in (*_LOGGED_IN, UNKNOWN)},
        not_ready_seconds=_by_reason(spent),
    )


def silent_since_ms(agent: AgentLive, stale_after_ms: int) -> int | None:
    """When an agent became `unknown` if no sign of life came by then; None for who cannot."""
    if not agent.seen_ms or agent.state == "logged_out":
        return None
    return agent.seen_ms + stale_after_ms


def shown_state(agent: AgentLive, now_ms: int, stale_after_ms: int) -> str:
    """The state in which an agent is counted now."""
    silent_ms = silent_since_ms(agent, stale_after_ms)
    return UNKNOWN if silent_ms is not None and silent_ms < now_ms else agent.state


def open_time(
    agent: AgentLive, rules: StaffingRules, *, from_ms: int, to_ms: int
) -> Iterator[tuple[str, str, int]]:
    """What an agent's latest state adds to a window beyond its integrals: its silence, its schedule.

    Gives the team, the name of the integral and ms, which are negative for time in silence.
    """
    silent_ms = silent_since_ms(agent, rules.stale_after_ms)
    known_to_ms = to_ms if silent_ms is None else min(to_ms, max(silent_ms, from_ms))
    lost_ms = to_ms - known_to_ms
    if lost_ms > 0:
        yield agent.team, UNKNOWN, lost_ms
        for name, weight in weights_of(agent).items():
            yield agent.team, name, -weight * lost_ms
    if agent.schedule:
        since_ms = max(from_ms, agent.since_ms)
        for name, low_ms, high_ms, team in attended(
            agent.schedule, agent.state, since_ms, known_to_ms, rules.grace_ms
        ):
            yield team or agent.team, name, high_ms - low_ms


def busy_ratio(agents: Mapping[str, int]) -> float | None:
    """Of the agents staffed (logged in, ready and heard of), the share that rings, talks or wraps up."""
    staffed = sum([agents.get(state, 0) for state in _STAFFED])
    return ratio(sum([agents.get(state, 0) for state in _AT_WORK]), staffed)


def _of_legs(legs: int | None, whole: int) -> float | None:
    return None if legs is None else ratio(legs, whole)


def _by_channel(spent: Spent, *, known: bool) -> dict[str, float | None]:
    """Of the slots told for each channel, those that legs took; None where the legs are not `known`."""
    told = {name.removeprefix(SLOTS): ms for name, ms in spent.items() if name.startswith(SLOTS) and ms > 0}
    return {
        channel: ratio(spent.get(f"{fields.LEG}{channel}", 0), told[channel]) if known else None
        for channel in sorted(told)
    }


def _by_reason(spent: Spent) -> dict[str, float]:
    """Time not ready by reason, the longest first; what is beyond the most reasons is `other`."""
    prefix = "not_ready."
    told = {name.removeprefix(prefix): ms for name, ms in spent.items() if name.startswith(prefix) and ms > 0}
    untold = spent.get("not_ready", 0) - sum(told.values())
    ordered = sorted(told.items(), key=lambda item: (-item[1], item[0]))
    found: Counter[str] = Counter(dict(ordered[:MOST_REASONS]))
    for _, ms in ordered[MOST_REASONS:]:
        found[OTHER] += ms
    if untold > 0:
        found[UNTOLD] += untold
    return {reason: ms / 1000 for reason, ms in found.items()}
