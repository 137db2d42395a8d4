"""Alerts on teams of agents: of teams, for single agents are nobody's series."""

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
        summary=Text("Nothing is heard of many agents.", "Tidak ada kabar dari banyak agen."),
        description=Text(
            "Team {team} at {time}: {share} of the agents who are logged in have given no sign of life "
            "for long "
            "(limit {unknown_limit_of_teams}); in which state they are is not known.",
            "Tim {team} pada {time}: {share} agen yang masuk lama tidak memberi tanda (batas "
            "{unknown_limit_of_teams}); keadaan mereka tidak diketahui.",
        ),
        action=Text(
            "Ask the team whether its desktops run; then look at the source of the states of agents.",
            "Tanyakan apakah desktop tim berjalan; lalu periksa sumber status agen.",
        ),
    ),
    _rule(
        "PantauOccupancyHigh",
        f"{_of_window('occupancy')}\n  > on (tenant) group_left () {_limit('occupancy')}",
        "1h",
        summary=Text("A team has had no breath for an hour.", "Sebuah tim tanpa jeda selama satu jam."),
        description=Text(
            "Team {team} at {time}: occupancy {share} in 30 minutes, limit {occupancy_limit_of_teams}, "
            "for an hour.",
            "Tim {team} pada {time}: okupansi {share} dalam 30 menit, batas {occupancy_limit_of_teams}, "
            "satu jam.",
        ),
        action=Text(
            "Add staff or take load off: overflow, callbacks, shorter wrap-up with templates; give breaks.",
            "Tambah agen atau kurangi beban: overflow, telepon balik, templat untuk wrap-up; beri istirahat.",
        ),
    ),
    _rule(
        "PantauAdherenceLow",
        f"{_of_window('adherence')}\n  < on (tenant) group_left () {_limit('adherence')}",
        "30m",
        summary=Text("A team is not where its schedule asks.", "Sebuah tim tidak sesuai jadwal."),
        description=Text(
            "Team {team} at {time}: adherence {share} in 30 minutes, limit {adherence_limit_of_teams}.",
            "Tim {team} pada {time}: kepatuhan jadwal {share} dalam 30 menit, batas "
            "{adherence_limit_of_teams}.",
        ),
        action=Text(
            "Look who is in which state; correct the schedule if work was planned otherwise.",
            "Lihat siapa dalam status apa; perbaiki jadwal bila pekerjaan direncanakan lain.",
        ),
    ),
)
