"""Agents of a team: the state in which each counts now, and their KPIs in a window."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from stream.domain.agent.schedule import GRACE_MS, attended
from stream.domain.agent.state import UNKNOWN, AgentLive, weights_of
from stream.domain.measures.measure import Measured
from stream.domain.measures.staff import BUSY, STAFF, STAFFED, Spent, Work
from stream.domain.service_level import ratio

_AT_WORK = ("ringing", *BUSY)


@dataclass(frozen=True, slots=True)
class Team:
    """The display name and the site of a team."""

    display_name: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True)
class StaffingRules:
    """Settings for agents on boards."""

    stale_after_ms: int = 360_000
    grace_ms: int = GRACE_MS
    productive_reasons: frozenset[str] = frozenset({"training"})
    teams: Mapping[str, Team] = field(default_factory=dict)

    def team(self, name: str) -> Team:
        """The settings of a team; a team without settings has no site."""
        return self.teams.get(name) or Team()


class Staffing(Measured, rows=STAFF):
    """The KPIs of agents in a window. Times are agent seconds."""

    __slots__ = ()


def staffing(spent: Spent, productive_reasons: Iterable[str]) -> Staffing:
    """The KPIs of `spent`, of one team or summed over several."""
    return Staffing.reckoned(Work(spent, productive_reasons))


def silent_since_ms(agent: AgentLive, stale_after_ms: int) -> int | None:
    """When an agent becomes `unknown` without a further sign of life; None if that cannot happen."""
    if not agent.seen_ms or agent.state == "logged_out":
        return None
    return agent.seen_ms + stale_after_ms


def shown_state(agent: AgentLive, now_ms: int, stale_after_ms: int) -> str:
    """The state in which an agent counts now."""
    silent_ms = silent_since_ms(agent, stale_after_ms)
    return UNKNOWN if silent_ms is not None and silent_ms < now_ms else agent.state


def open_time(
    agent: AgentLive, rules: StaffingRules, *, from_ms: int, to_ms: int
) -> Iterator[tuple[str, str, int]]:
    """What an agent's latest state adds to a window beyond its integrals: silence and schedule.

    Yields the team, the name of the integral and ms; silent time is negative for the state and positive for
    `unknown`.
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
    """The share of staffed agents that ring, talk, hold or wrap up."""
    return ratio(sum([agents.get(state, 0) for state in _AT_WORK]), staffed(agents))


def staffed(agents: Mapping[str, int]) -> int:
    """The number of agents who are logged in, ready and not silent."""
    return sum([agents.get(state, 0) for state in STAFFED])
