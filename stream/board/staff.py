"""Agents on a board: teams, sites and all agents, as sums over agents."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stream.board.interval import Intervals
from stream.board.model import EVERY_TEAM, Model, Series
from stream.domain.agent.now import AgentsNow
from stream.domain.agent.state import UNKNOWN, AgentLive
from stream.domain.contact.now import ContactsNow
from stream.domain.fields import LEG, OFFERS
from stream.domain.kpi import agents_before, time_in_states
from stream.domain.staffing import Staffing, StaffingRules, open_time, staffing
from stream.domain.tally import merge

_Spent = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class StaffBoard:
    """Agents by state, and their KPIs by window."""

    agents: dict[str, int]
    windows: dict[str, Staffing]


@dataclass(frozen=True, slots=True)
class TeamBoard(StaffBoard):
    """One team."""

    team: str
    display_name: str
    site: str


@dataclass(frozen=True, slots=True)
class SiteBoard(StaffBoard):
    """The teams of one site; "" for teams without a site."""

    site: str


@dataclass(frozen=True, slots=True)
class Staff:
    """Every team, every site, and all agents, each counted once."""

    teams: list[TeamBoard]
    sites: list[SiteBoard]
    all: StaffBoard


def staff(
    model: Model,
    rules: StaffingRules,
    intervals: Intervals,
    windows: Sequence[str],
    states: Mapping[str, str],
) -> Staff:
    """Agents on a board, with windows over `intervals`; `states` has the shown state of each agent."""
    shown: dict[str, Counter[str]] = defaultdict(Counter)
    unsettled: dict[str, list[AgentLive]] = defaultdict(list)
    for entity, agent in model.now(AgentsNow).agents.items():
        state = states[entity]
        shown[agent.team][state] += 1
        if agent.schedule or state == UNKNOWN:
            unsettled[agent.team].append(agent)
    series = {name.removeprefix(EVERY_TEAM) for name in model.series if name.startswith(EVERY_TEAM)} - {""}
    planned = {segment.team for agents in unsettled.values() for a in agents for segment in a.schedule} - {""}
    found = sorted(series | shown.keys() | planned | rules.teams.keys())
    time = _AgentTime(model, rules, intervals, unsettled)
    spent = {window: time.spent(found, window) for window in windows}
    sites = sorted({rules.team(team).site for team in found})

    def of(teams: Iterable[str]) -> tuple[dict[str, int], dict[str, Staffing]]:
        teams = list(teams)
        return _sum([shown[team] for team in teams]), {
            window: staffing(_sum([spent[window][team] for team in teams]), rules.productive_reasons)
            for window in windows
        }

    return Staff(
        [
            TeamBoard(*of([team]), team, rules.team(team).display_name, rules.team(team).site)
            for team in found
        ],
        [SiteBoard(*of(t for t in found if rules.team(t).site == site), site) for site in sites],
        StaffBoard(*of(found)),
    )


@dataclass(frozen=True, slots=True)
class _AgentTime:
    """Computes the time of agents; `unsettled` agents add more than the integrals of a state."""

    model: Model
    rules: StaffingRules
    intervals: Intervals
    unsettled: Mapping[str, list[AgentLive]]

    def spent(self, teams: Iterable[str], window: str) -> _Spent:
        """Agent ms in a window, by team and integral."""
        found: _Spent = defaultdict(dict)
        interval = self.intervals[window]
        for team in teams:
            series = self.model.series.get(f"{EVERY_TEAM}{team}") or Series()
            seen = self.model.window(series, window, interval)
            counts = self._counts(team)
            if interval.has_passed:
                counts = agents_before(counts, self.model.since(series, window, interval).reading.plain)
            plain = seen.reading.plain
            merge(found[team], time_in_states(plain, counts, from_ms=seen.low_ms, to_ms=interval.to_ms))
            merge(found[team], {name: plain.get(name, 0) for name in OFFERS})
            for agent in self.unsettled.get(team, ()):
                self._add_open(found, agent, seen.low_ms, interval.to_ms)
        return found

    def _counts(self, team: str) -> dict[str, int]:
        """The agents, and legs by channel, in each integral after the latest events."""
        legs = {f"{LEG}{channel}": n for channel, n in self.model.now(ContactsNow).legs[team].items() if n}
        return self.model.now(AgentsNow).staffed[team] | legs

    def _add_open(self, found: _Spent, agent: AgentLive, from_ms: int, to_ms: int) -> None:
        for team, name, ms in open_time(agent, self.rules, from_ms=from_ms, to_ms=to_ms):
            merge(found[team], {name: ms})


def _sum(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    first, *more = counts or ({},)
    total = dict(first)
    for count in more:
        merge(total, count)
    return total
