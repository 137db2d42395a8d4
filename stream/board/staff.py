"""The agents' part of a board: teams, sites, and all of them, each as sums over agents."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stream.board.model import EVERY_TEAM, Model, Series
from stream.domain.agent import UNKNOWN, AgentLive
from stream.domain.kpi import time_in_states
from stream.domain.staffing import Staffing, StaffingRules, counts_now, open_time, shown_state, staffing

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


def staff(model: Model, rules: StaffingRules, now_ms: int, windows: Sequence[str]) -> Staff:
    """The agents' part of the board at `now_ms`."""
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
    spent = _spent(model, rules, by_team, found, now_ms, windows)
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


def _spent(  # noqa: PLR0913, PLR0917 - what the time depends on, and no more
    model: Model,
    rules: StaffingRules,
    by_team: dict[str, list[AgentLive]],
    teams: list[str],
    now_ms: int,
    windows: Sequence[str],
) -> dict[str, _Spent]:
    """Agent ms by window, team and integral, up to `now_ms`."""
    found: dict[str, _Spent] = {window: defaultdict(Counter) for window in windows}
    for team in teams:
        agents = by_team.get(team, [])
        counts = counts_now(agents, model.legs[team])
        series = model.series.get(f"{EVERY_TEAM}{team}") or Series()
        open_ended = [
            a for a in agents if a.schedule or shown_state(a, now_ms, rules.stale_after_ms) == UNKNOWN
        ]
        for window in windows:
            seen, spent = model.window(series, window, now_ms), found[window]
            spent[team].update(time_in_states(seen.tally, counts, from_ms=seen.low_ms, now_ms=now_ms))
            for agent in open_ended:
                for of_team, name, ms in open_time(agent, rules, from_ms=seen.low_ms, to_ms=now_ms):
                    spent[of_team][name] += ms
    return found


def _sum(counts: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return total
