"""What each alert on customers and agents is tried with, written as promtool's tests.

A queue that is well, what goes wrong with it, and what of that must tell nobody.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
STEP_S = 10
#: When it goes wrong, in minutes; and for how long everything goes on.
BEGIN, ALL = 10, 240
QUEUE = 'tenant="default",queue="billing",media="voice"'
TEAM = 'tenant="default",team="invoices"'
NAMED = {"tenant": "default", "queue": "billing", "media": "voice", "name": "Bills", "team": "invoices"}
OF_TEAM = {"tenant": "default", "team": "invoices"}


def _queue(name: str, more: str = "") -> str:
    return f"pantau_queue_{name}{{{QUEUE}{more}}}"


def _window(name: str, span: str) -> str:
    return _queue(f"window_{name}", f',window="{span}"')


def _agents(state: str) -> str:
    return _queue("agents", f',state="{state}"')


def _team(name: str) -> str:
    return f'pantau_team_window_{name}_ratio{{{TEAM},window="30m"}}'


#: Each series by a short word, and its value while all is well; of instants, how many seconds ago.
WELL: dict[str, tuple[str, float]] = {
    "waiting": (_queue("contacts_waiting"), 2),
    "late": (_queue("contacts_waiting_over_threshold"), 0),
    "active": (_queue("contacts_active"), 20),
    "free": (_agents("available"), 5),
    "talking": (_agents("talking"), 20),
    "away": (_agents("not_ready"), 4),
    "oldest": (_queue("oldest_waiting_timestamp_seconds"), 5),
    "current": ('pantau_state_current_timestamp_seconds{tenant="default"}', 2),
    "goal": (_queue("service_level_target_ratio"), 0.8),
    "target": (_queue("service_level_threshold_seconds"), 20),
    "limit": (_queue("wait_limit_seconds"), 120),
    "fast": (_queue("service_level_limit_ratio", ',rule="fast"'), 0.6),
    "slow": (_queue("service_level_limit_ratio", ',rule="slow"'), 0.7),
    "day": (_queue("service_level_limit_ratio", ',rule="day"'), 0.8),
    "abandoned_limit": (_queue("abandoned_limit_ratio"), 0.15),
    "late_limit": (_queue("late_limit_ratio"), 0.5),
    "missed_limit": (_queue("missed_limit_contacts"), 3),
    "least": (_queue("alert_min_contacts"), 20),
    "open": (_queue("open"), 1),
    "info": (_queue("info", ',name="Bills",team="invoices",site="one"'), 1),
    **{
        status: (_queue("status", f',status="{status}"'), int(status == "ok"))
        for status in ("ok", "critical", "closed", "stale", "rebuilding")
    },
    "level": (_window("service_level_ratio", "30m"), 0.9),
    "level_5m": (_window("service_level_ratio", "5m"), 0.9),
    "level_today": (_window("service_level_ratio", "today"), 0.9),
    "counted": (_window("contacts_counted", "30m"), 60),
    "counted_today": (_window("contacts_counted", "today"), 600),
    "misses_left": (_window("misses_left", "today"), 75),
    "abandoned": (_window("abandoned_ratio", "30m"), 0.03),
    "offered": (_window("contacts_offered", "30m"), 60),
    "handle": (_window("handle_mean_seconds", "30m"), 240),
    "handle_today": (_window("handle_mean_seconds", "today"), 600),
    "team_unknown": (f'pantau_agents{{{TEAM},state="unknown"}}', 0),
    "team_free": (f'pantau_agents{{{TEAM},state="available"}}', 5),
    "team_gone": (f'pantau_agents{{{TEAM},state="logged_out"}}', 30),
    "unknown_limit": ('pantau_team_unknown_limit_ratio{tenant="default"}', 0.2),
    "occupancy_limit": ('pantau_team_occupancy_limit_ratio{tenant="default"}', 0.9),
    "adherence_limit": ('pantau_team_adherence_limit_ratio{tenant="default"}', 0.8),
    "occupancy": (_team("occupancy"), 0.8),
    "adherence": (_team("adherence"), 0.95),
}
INSTANTS = {"oldest", "current"}
_RED = {"critical": 1, "ok": 0}


@dataclass(frozen=True, slots=True)
class Case:
    """What goes wrong for an alert, and other things as they are that must tell nobody: each by its name.

    `minutes`: how long it lasts. `told`: what people read of it in English.
    """

    alert: str
    wrong: Mapping[str, float]
    told: str
    minutes: int = 10
    labels: Mapping[str, str] = field(default_factory=lambda: NAMED)
    silent: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


_NOW = (
    "{waiting} wait, the longest for {longest} (limit 2m 0s); {free} of {staffed} staffed agents are free; "
    "service level {level} in 30 minutes, goal 80%."
)


def _told(first: str, **now: str) -> str:
    well = {"waiting": "2", "longest": "5s", "free": "5", "staffed": "25", "level": "90%"}
    return f"Bills (voice) at {{time}}: {first} {_NOW.format(**well | now)}"


CASES = (
    Case(
        "PantauQueueUnserved",
        {"waiting": 4, "late": 2, "oldest": 60, "free": 0, "talking": 0, "active": 0, **_RED},
        _told(
            "customers wait longer than the target of 20s, and no agent of the queue is logged in and ready.",
            waiting="4",
            longest="1m 0s",
            free="0",
            staffed="0",
        ),
        silent={
            "somebody serves": {"waiting": 4, "late": 2, "free": 0, "talking": 1, **_RED},
            "nobody is late yet": {"waiting": 4, "free": 0, "talking": 0},
            "nobody waits": {"waiting": 0, "free": 0, "talking": 0, "offered": 0},
        },
    ),
    Case(
        "PantauQueueNobodyFree",
        {"waiting": 16, "late": 8, "oldest": 70, "free": 0, "talking": 8, "active": 8},
        _told(
            "no agent is free, and at 4m 0s per contact the last in line waits about 8m 0s.",
            waiting="16",
            longest="1m 10s",
            free="0",
            staffed="8",
        ),
        silent={
            "as busy as a good queue is": {"waiting": 5, "late": 2, "free": 0},
            "chats that agents have three at once": {
                "waiting": 3,
                "late": 1,
                "free": 0,
                "talking": 3,
                "active": 9,
            },
            "somebody is free": {"waiting": 16, "late": 8, "free": 1, "talking": 8, "active": 8},
        },
    ),
    Case(
        "PantauQueueWaitLong",
        {"oldest": 200, "late": 1, **_RED},
        _told("the longest wait was 3m 20s.", longest="3m 20s"),
        silent={
            "critical for another reason": {"oldest": 100, "late": 1, **_RED},
            "not called critical by the exporter, which decides that": {"oldest": 200, "late": 1},
        },
    ),
    Case(
        "PantauServiceLevelFast",
        {"level": 0.5, "level_5m": 0.25, **_RED},
        _told("of 60 visits in 30 minutes 50% met the target of 20s; 25% in the last 5.", level="50%"),
        silent={
            "few visits": {"level": 0.2, "counted": 5, **_RED},
            "low, not lost": {"level": 0.65},
            "better by now, as the exporter says": {"level": 0.5},
        },
    ),
    Case(
        "PantauServiceLevelSlow",
        {"level": 0.65},
        _told("65% met the target in two hours.", level="65%"),
        minutes=200,
        silent={"few visits": {"level": 0.2, "counted": 10}, "a little below the goal": {"level": 0.72}},
    ),
    Case(
        "PantauServiceLevelDay",
        {"level_today": 0.75},
        _told("of 600 visits today 75% met the target."),
        minutes=60,
        silent={
            "few visits": {"level_today": 0.5, "counted_today": 50},
            "the goal is met": {"level_today": 0.81},
        },
    ),
    Case(
        "PantauMissesLeft",
        {"misses_left": 3},
        _told(
            "after 3 more misses the day is below its goal; 6 visits missed the target in the "
            "last 30 minutes."
        ),
        minutes=20,
        silent={
            "few visits": {"misses_left": 3, "counted_today": 50},
            "many left": {"misses_left": 7},
            "lost already, which another alert says": {"misses_left": -2},
        },
    ),
    Case(
        "PantauQueueMissed",
        {"counted": 5, "level": 0.2},
        _told(
            "4 of 5 visits missed the target in 30 minutes, too few for a service level (least 20).",
            level="20%",
        ),
        silent={
            "many visits, which the service level judges": {"counted": 60, "level": 0.2},
            "a night with three calls, one of them missed": {"counted": 3, "level": 2 / 3},
            "three of fifteen, which meets the goal": {"counted": 15, "level": 12 / 15},
            "five of fifteen, below the goal but not far": {"counted": 15, "level": 10 / 15},
        },
    ),
    Case(
        "PantauQueueLate",
        {"waiting": 8, "late": 6, "oldest": 50},
        _told(
            "6 waiting customers, 75%, are past the target of 20s (limit 50%).", waiting="8", longest="50s"
        ),
        silent={"few": {"waiting": 2, "late": 2}, "a part of many": {"waiting": 12, "late": 5}},
    ),
    Case(
        "PantauQueueAbandoned",
        {"abandoned": 0.3},
        _told("30% gave up in 30 minutes (limit 15%)."),
        minutes=20,
        silent={"few visits": {"abandoned": 0.5, "counted": 4}, "some": {"abandoned": 0.14}},
    ),
    Case(
        "PantauQueueUnstaffed",
        {"free": 0, "talking": 0},
        _told(
            "no agent of the queue is logged in and ready, at an hour when contacts come.",
            free="0",
            staffed="0",
        ),
        minutes=20,
        silent={"at night, when nobody comes": {"free": 0, "talking": 0, "offered": 0}},
    ),
    Case(
        "PantauAgentsUnknown",
        {"team_unknown": 3},
        "Team invoices at {time}: 37.5% of the logged-in agents give no sign of life (limit 20%); their "
        "state is not known.",
        minutes=20,
        labels=OF_TEAM,
        silent={"one of six": {"team_unknown": 1}},
    ),
    Case(
        "PantauOccupancyHigh",
        {"occupancy": 0.95},
        "Team invoices at {time}: occupancy is 95% in 30 minutes and above the limit of 90% for an hour.",
        minutes=90,
        labels=OF_TEAM,
        silent={"busy": {"occupancy": 0.89}},
    ),
    Case(
        "PantauAdherenceLow",
        {"adherence": 0.6},
        "Team invoices at {time}: adherence is 60% in 30 minutes, limit 80%.",
        minutes=60,
        labels=OF_TEAM,
        silent={"a little off": {"adherence": 0.85}},
    ),
)
#: Whatever goes wrong, of these numbers nobody is told.
WORTHLESS: dict[str, Mapping[str, float]] = {
    "closed": {"closed": 1, "ok": 0, "critical": 0, "open": 0},
    "stale": {"stale": 1, "ok": 0, "critical": 0},
    "rebuilding": {"rebuilding": 1, "ok": 0, "critical": 0},
}


def series(case: Case, wrong: Mapping[str, float], *, gone: bool = False, stuck: bool = False) -> list[Json]:
    """All series: as when all is well, but while it goes wrong; the exporter is `gone` then, or `stuck`."""
    found = []
    for word, (name, value) in WELL.items():
        steps = (value, BEGIN), (wrong.get(word, value), case.minutes), (value, ALL)
        values, at_s = [], 0
        for then, minutes in steps:
            values.append(_values(word, then, at_s, minutes * 60 // STEP_S))
            at_s += minutes * 60
        if gone:
            values[1:] = ["stale"]
        if stuck and word == "current":
            values = [f"0x{ALL * 60 // STEP_S}"]
        scraped = name.replace("{", '{job="pantau-exporter",', 1)
        found.append({"series": scraped, "values": " ".join(values)})
    return found


def _values(word: str, value: float, at_s: int, steps: int) -> str:
    """So many samples: x says how many follow the first."""
    return f"{at_s - value:g}+{STEP_S}x{steps - 1}" if word in INSTANTS else f"{value!r}x{steps - 1}"


def fires(case: Case, at: str, *, is_so: bool) -> Json:
    """Whether the alert is raised at a moment."""
    expr = f'count(ALERTS{{alertname="{case.alert}",alertstate="firing"}})'
    samples = [{"labels": "{}", "value": 1}] if is_so else []
    return {"expr": expr, "eval_time": at, "exp_samples": samples}


def written(case: Case, wait_s: int, keep_s: int) -> Iterator[Json]:
    """promtool's tests of a case: raised in time, once; over in time; and never of what tells nobody."""
    begin_s, end_s = BEGIN * 60, (BEGIN + case.minutes) * 60
    slow_s = 7_200 if _of_two_hours(case) else 0
    raised_s = begin_s + slow_s + wait_s + 3 * STEP_S
    over_s = end_s + keep_s + slow_s + 3 * STEP_S
    yield {
        **_named(f"{case.alert}: raised, and over", series(case, case.wrong)),
        "promql_expr_test": [
            fires(case, f"{begin_s}s", is_so=False),
            fires(case, f"{raised_s}s", is_so=True),
            fires(case, f"{end_s - STEP_S}s", is_so=True),
            fires(case, f"{over_s}s", is_so=False),
        ],
    }
    silent = {**case.silent, **{word: {**case.wrong, **of} for word, of in WORTHLESS.items()}}
    if case.labels is OF_TEAM:
        silent = dict(case.silent)
    for word, wrong in silent.items():
        yield _silent(f"{case.alert}: {word}", case, series(case, wrong))
    yield _silent(f"{case.alert}: an exporter that stands still", case, series(case, case.wrong, stuck=True))
    yield _silent(f"{case.alert}: no exporter", case, series(case, case.wrong, gone=True))


def _of_two_hours(case: Case) -> bool:
    """They have to pass before two hours are low, and few."""
    return case.minutes > 120


def _named(name: str, found: list[Json]) -> Json:
    return {"name": name, "interval": f"{STEP_S}s", "input_series": found}


def _silent(name: str, case: Case, found: list[Json]) -> Json:
    begin_s, end_s = BEGIN * 60, (BEGIN + case.minutes) * 60
    parts = (3, 4) if _of_two_hours(case) else (1, 2, 3, 4)
    moments = [begin_s + (end_s - begin_s) * part // 4 for part in parts]
    return {**_named(name, found), "promql_expr_test": [fires(case, f"{at}s", is_so=False) for at in moments]}
