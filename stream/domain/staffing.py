"""The agents of a team: in which state each is counted now, and what they did in a window."""

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


class Staffing(Measured, rows=STAFF):
    """What agents did in a window. Times are agent seconds."""

    __slots__ = ()


def staffing(spent: Spent, productive_reasons: Iterable[str]) -> Staffing:
    """The KPIs of `spent`, of one team or summed over several."""
    return Staffing.reckoned(Work(spent, productive_reasons))


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
    return ratio(sum([agents.get(state, 0) for state in _AT_WORK]), staffed(agents))


def staffed(agents: Mapping[str, int]) -> int:
    """The agents who are logged in, ready and heard of."""
    return sum([agents.get(state, 0) for state in STAFFED])
