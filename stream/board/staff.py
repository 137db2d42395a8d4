"""The agents' part of a board: teams, sites, and all of them, each as sums over agents."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stream.board.model import EVERY_TEAM, Model, Series
from stream.board.stretch import Stretches
from stream.domain.agent import UNKNOWN, AgentLive
from stream.domain.kpi import agents_before, time_in_states
from stream.domain.staffing import (
    OFFERS,
    Staffing,
    StaffingRules,
    counts_now,
    open_time,
    shown_state,
    staffing,
)

_Spent = dict[str, Counter[str]]


@dataclass(frozen=True, slots=True)
class StaffBoard:
    """Some agents by state, and what they did by window."""

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
    """The teams of one site; "" for those of none."""

    site: str


@dataclass(frozen=True, slots=True)
class Staff:
    """Every team, every site, and all agents, each once."""

    teams: list[TeamBoard]
    sites: list[SiteBoard]
    all: StaffBoard


def staff(
    model: Model, rules: StaffingRules, stretches: Stretches, windows: Sequence[str], now_ms: int
) -> Staff:
    """The agents' part of the board at `now_ms`, its windows over `stretches`."""
    by_team: dict[str, list[AgentLive]] = defaultdict(list)
    for agent in model.agents.values():
        by_team[agent.team].append(agent)
    series = {name.removeprefix(EVERY_TEAM) for name in model.series if name.startswith(EVERY_TEAM)} - {""}
    planned = {part.team for agent in model.agents.values() for part in agent.schedule} - {""}
    found = sorted(series | by_team.keys() | planned)
    shown = {
        team: Counter(shown_state(agent, now_ms, rules.stale_after_ms) for agent in by_team.get(team, ()))
        for team in found
    }
    reading = _Reading(model, rules, stretches, now_ms)
    spent = {window: reading.spent(by_team, found, window) for window in windows}
    sites = sorted({rules.team(team).site for team in found})

    def of(teams: Iterable[str]) -> tuple[dict[str, int], dict[str, Staffing]]:
        teams = list(teams)
        return dict(_sum(shown[team] for team in teams)), {
            window: staffing(_sum(spent[window][team] for team in teams), rules.productive_reasons)
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
class _Reading:
    """What the time of agents is read from."""

    model: Model
    rules: StaffingRules
    stretches: Stretches
    now_ms: int

    def spent(self, by_team: Mapping[str, list[AgentLive]], teams: Iterable[str], window: str) -> _Spent:
        """Agent ms in a window by team and integral."""
        found: _Spent = defaultdict(Counter)
        stretch = self.stretches[window]
        for team in teams:
            agents = by_team.get(team, [])
            series = self.model.series.get(f"{EVERY_TEAM}{team}") or Series()
            seen = self.model.window(series, window, stretch)
            counts: Mapping[str, int] = counts_now(agents, self.model.legs.get(team, {}))
            if stretch.has_passed:
                counts = agents_before(counts, self.model.since(series, window, stretch).tally)
            spent = time_in_states(seen.tally, counts, from_ms=seen.low_ms, to_ms=stretch.to_ms)
            found[team].update(spent)
            found[team].update({name: seen.tally.get(name, 0) for name in OFFERS})
            for agent in agents:
                if agent.schedule or self._state(agent) == UNKNOWN:
                    self._add_open(found, agent, seen.low_ms, stretch.to_ms)
        return found

    def _add_open(self, found: _Spent, agent: AgentLive, from_ms: int, to_ms: int) -> None:
        for team, name, ms in open_time(agent, self.rules, from_ms=from_ms, to_ms=to_ms):
            found[team][name] += ms

    def _state(self, agent: AgentLive) -> str:
        return shown_state(agent, self.now_ms, self.rules.stale_after_ms)


def _sum(counts: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return total
