"""Alerts on teams of agents. There are none on single agents, who have no series."""

from stream.alerting.promql import one, selector, while_fresh
from stream.alerting.rule import Rule, Text
from stream.settings import Scope, Severity

_LABELS = ("tenant", "team")
_UNKNOWN, _LOGGED_IN = 'state="unknown"', 'state!="logged_out"'


def _limit(name: str) -> str:
    return one(f"pantau_team_{name}_limit_ratio")


def _of_window(name: str) -> str:
    return one(selector(f"pantau_team_window_{name}_ratio", 'window="30m"'))


def _states(matcher: str) -> str:
    return f"sum by (tenant, team) ({one(selector('pantau_agents', matcher))})"


def _rule(  # noqa: PLR0913 - what differs among them
    name: str, condition: str, wait: str, *, summary: Text, description: Text, action: Text
) -> Rule:
    return Rule(
        name=name,
        scope=Scope.AGENTS,
        severity=Severity.TICKET,
        expr=while_fresh(f"max by (tenant, team) ({condition})"),
        wait=wait,
        keep="5m",
        labels=_LABELS,
        summary=summary,
        description=description,
        action=action,
    )


AGENTS: tuple[Rule, ...] = (
    _rule(
        "PantauAgentsUnknown",
        f"{_states(_UNKNOWN)} / {_states(_LOGGED_IN)}\n  > on (tenant) group_left () {_limit('unknown')}",
        "5m",
        summary=Text("Many agents give no sign of life.", "Tidak ada kabar dari banyak agen."),
        description=Text(
            "Team {team} at {time}: {share} of the logged-in agents give no sign of life (limit "
            "{unknown_limit_of_teams}); their state is not known.",
            "Tim {team} pada {time}: {share} agen yang masuk tidak memberi tanda (batas "
            "{unknown_limit_of_teams}); status mereka tidak diketahui.",
        ),
        action=Text(
            "Ask the team whether its desktops run; then check the source of agent states.",
            "Tanyakan apakah desktop tim berjalan; lalu periksa sumber status agen.",
        ),
    ),
    _rule(
        "PantauOccupancyHigh",
        f"{_of_window('occupancy')}\n  > on (tenant) group_left () {_limit('occupancy')}",
        "1h",
        summary=Text("A team is overloaded for an hour.", "Sebuah tim kelebihan beban selama satu jam."),
        description=Text(
            "Team {team} at {time}: occupancy is {share} in 30 minutes and above the limit of "
            "{occupancy_limit_of_teams} for an hour.",
            "Tim {team} pada {time}: okupansi {share} dalam 30 menit dan di atas batas "
            "{occupancy_limit_of_teams} selama satu jam.",
        ),
        action=Text(
            "Add agents or reduce the load: overflow, callbacks, templates for wrap-up; give breaks.",
            "Tambah agen atau kurangi beban: overflow, telepon balik, templat untuk wrap-up; beri istirahat.",
        ),
    ),
    _rule(
        "PantauAdherenceLow",
        f"{_of_window('adherence')}\n  < on (tenant) group_left () {_limit('adherence')}",
        "30m",
        summary=Text("A team does not follow its schedule.", "Sebuah tim tidak sesuai jadwal."),
        description=Text(
            "Team {team} at {time}: adherence is {share} in 30 minutes, limit {adherence_limit_of_teams}.",
            "Tim {team} pada {time}: kepatuhan jadwal {share} dalam 30 menit, batas "
            "{adherence_limit_of_teams}.",
        ),
        action=Text(
            "Check who is in which state; correct the schedule if the plan changed.",
            "Lihat siapa dalam status apa; perbaiki jadwal bila pekerjaan direncanakan lain.",
        ),
    ),
)
