"""The board as JSON: one shape, whatever there is to say."""

import json
from dataclasses import replace
from typing import Any

import pytest
from support.factories import CONTACTS as PLACE
from support.factories import T0, abandoned, answered, ended, left, ms, queued, state, wrapped_up
from support.scenario import Centre

from stream.board.document import SCHEMA, document
from stream.board.path import Away, Link, Path
from stream.board.rebuilding import Rebuilding
from stream.domain.definition import Definition, definitions
from stream.domain.oddity import Odd, Sort
from stream.store.delta import Delta

pytestmark = pytest.mark.pure

STATES = [
    "available",
    "ringing",
    "talking",
    "hold",
    "wrapup",
    "busy_other",
    "not_ready",
    "logged_out",
    "unknown",
]
WINDOWS = [
    *("1m", "5m", "15m", "30m", "60m", "today"),
    *("interval_15m", "interval_15m_last", "interval_30m", "interval_30m_last"),
]
COUNTS = ["offered", "answered", "answered_in_target", "abandoned", "short_abandoned", "left", "handled"]
RESPONSES = [
    *("first_response_seconds", "first_response_p90_seconds"),
    *("response_seconds", "response_with_bots_seconds"),
]
KPIS = [
    *("from_ms", "to_ms", "completeness_ratio"),
    *COUNTS,
    *("service_level_ratio", "abandoned_ratio", "asa_seconds", "aht_seconds"),
    *("wait_p50_seconds", "wait_p90_seconds", "wait_p95_seconds"),
    *("service_level_counted", "service_level_low_ratio", "service_level_high_ratio", "enough"),
    "misses_left",
    *("blocked", "transferred", "callbacks", "attempts", "talk_seconds", "hold_seconds", "acw_seconds"),
    *("promised_wait_seconds", "late_corrections", "service_level_status", *RESPONSES),
]
MORE = ["blocked", "transferred", "callbacks", "attempts"]
CONTACTS = ["offered", "answered", "abandoned", "left", "service_level_ratio"]
RULES = [
    "count_abandons",
    "drop_short",
    "drop_in_target",
    "credit_short",
    "credit_in_target",
    "answered_only",
]


def shown(centre: Centre) -> dict[str, Any]:
    """As a client reads it: JSON without NaN."""
    text = json.dumps(document(centre.board(), tenant="acme"), allow_nan=False)
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def busy() -> Centre:
    centre = Centre(definitions({("sales", "chat"): Definition(60_000, 0, goal_ratio=0.9)}))
    centre.tell("c1", queued(0), answered(10), ended(70), wrapped_up(100)).tell("c2", queued(5), abandoned(9))
    centre.tell("c3", queued(80, "sales", "chat"))
    return centre.at(90).agent("a1", "talking", team="north", queues=("billing",)).at(110)


RATIOS = ("occupancy", "occupancy_slot", "concurrency", "utilisation", "adherence", "conformance")
OFFERS = ["offers_made", "offers_answered", "offers_declined", "offers_abandoned", "offers_lost"]
STAFFING = {
    **dict.fromkeys((*OFFERS, "offers_answered_ratio"), "value"),
    **{f"{name}_ratio": "value" for name in RATIOS},
    "occupancy_slot_by_channel": {},
    "state_seconds": dict.fromkeys([*STATES[:-2], "unknown"], "value"),
    "not_ready": "value",
}
STAFF = {"agents": dict.fromkeys(STATES, "value"), "windows": dict.fromkeys(WINDOWS, STAFFING)}
TEAM = ("team", "display_name", "site")


def shape(value: Any) -> Any:
    """Keys and kinds, without values."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return "value"


def row_shape() -> dict[str, Any]:
    return {
        **dict.fromkeys(("queue", "channel", "display_name", "definition", "goal_ratio"), "value"),
        **dict.fromkeys(("target_seconds", "short_abandon_seconds"), "value"),
        "status": dict.fromkeys(("name", "severity", "reason"), "value"),
        "now": {
            **dict.fromkeys(("waiting", "waiting_over_target", "longest_wait_seconds", "active"), "value"),
            **dict.fromkeys(("scheduled", "stuck", "reconciliation_difference", "open"), "value"),
            **dict.fromkeys(("unanswered", "oldest_unanswered_seconds"), "value"),
            **dict.fromkeys(("longest_talk_seconds", "mean_talk_seconds", "busy_ratio"), "value"),
            "agents": dict.fromkeys(STATES, "value"),
        },
        "windows": {name: dict.fromkeys(KPIS, "value") for name in WINDOWS},
        "totals": {
            **dict.fromkeys((*COUNTS, *MORE, "asa_seconds", "aht_seconds", "promised_wait_seconds"), "value"),
            "service_level": dict.fromkeys(RULES, "value"),
        },
    }


@pytest.mark.parametrize("centre", [Centre(), busy()])
def test_the_shape_is_always_the_same(centre: Centre) -> None:
    found = shown(centre)
    queues, teams = found.pop("queues"), found.pop("agents")
    assert shape(found) == {
        **dict.fromkeys(
            (
                "schema",
                "now",
                "now_ms",
                "time_zone",
                "tenant",
                "state",
                "unreadable",
                "age_seconds",
                "watermark_ms",
                "rebuilding",
                "heartbeat",
                "settings",
                "away",
                "behind_records",
                "held_up",
            ),
            "value",
        ),
        "last_hour": dict.fromkeys(("refused", "misplaced", "unknown", "sorts"), "value"),
        "positions": dict.fromkeys(found["positions"], "value"),
        "all": {
            **row_shape(),
            "contacts": {n: dict.fromkeys(CONTACTS, "value") for n in (*WINDOWS, "totals")},
        },
        "sites": "value",
        "staff": STAFF,
    }
    assert all(shape(row) == row_shape() for row in queues)
    assert all(shape(team) == {**dict.fromkeys(TEAM, "value"), **STAFF} for team in teams)
    assert all(shape(site) == {"site": "value", **STAFF} for site in found["sites"])


def test_odd_records_of_the_last_hour_are_told_with_their_latest_place() -> None:
    centre = Centre().at(0).queued("c1")
    assert shown(centre)["last_hour"] == {"refused": 0, "misplaced": 0, "unknown": 0, "sorts": []}
    odd = {ms(0) // 60_000: {Sort("schema", "/pbx"): Odd(12, 1234)}}
    delta = Delta(1, full=False, position=0, watermark_ms=ms(0), written_ms=0, oddities=odd)
    centre.model.take(PLACE, delta, now_ms=ms(0))
    assert shown(centre)["last_hour"] == {
        "refused": 12,
        "misplaced": 0,
        "unknown": 0,
        "sorts": [
            {
                "topic": "pantau.contacts",
                "kind": "schema",
                "name": "/pbx",
                "records": 12,
                "latest": "pantau.contacts:0:1234",
            }
        ],
    }


def test_the_heartbeat_is_that_of_the_worst_partition() -> None:
    centre = Centre(partitions=3).at(0).queued("c1")
    assert shown(centre)["heartbeat"] is None
    shown_beat = shown(centre.at(100).beat(0).at(110).beat(1).at(112.5))["heartbeat"]
    assert shown_beat == {"age_seconds": 12.5, "missing": ["pantau.all:2"]}
    found = shown(centre.beat(2))
    assert (found["state"], found["heartbeat"]) == ("quiet", {"age_seconds": 12.5, "missing": []})


def test_what_is_away_is_told_with_since_when_and_of_how_much() -> None:
    away = (Away(Link.STORE, ms(5), 3), Away(Link.WORKER, None, 0), Away(Link.SOURCE, ms(99), 2, ("/crm",)))
    board = replace(Centre().at(17.5).board(), path=Path(away, {}, behind=4))
    found = document(board, tenant="acme")
    assert found["away"] == [
        {"what": "store", "seconds": 12.5, "since_ms": ms(5), "partitions": 3, "sources": []},
        {"what": "worker", "seconds": None, "since_ms": None, "partitions": 0, "sources": []},
        {"what": "source", "seconds": 0, "since_ms": ms(99), "partitions": 2, "sources": ["/crm"]},
    ]
    assert found["behind_records"] == 4


def test_an_empty_board_says_so() -> None:
    found = shown(Centre().at(60))
    assert found["schema"] == SCHEMA == "pantau.board/1"
    assert (found["state"], found["age_seconds"], found["watermark_ms"]) == ("empty", None, None)
    assert (found["queues"], found["agents"], found["positions"]) == ([], [], {"pantau.all:0": 0})
    assert found["all"]["windows"]["5m"]["service_level_ratio"] is None
    assert found["all"]["now"]["waiting"] == 0


def test_what_a_busy_board_says() -> None:
    found = shown(busy())
    assert (found["tenant"], found["state"], found["age_seconds"]) == ("acme", "fresh", 10.0)
    assert (found["now"], found["now_ms"]) == ("2026-11-21T10:01:50.000Z", T0 + 110_000)
    assert found["watermark_ms"] == T0 + 100_000
    assert found["positions"] == {"pantau.all:0": 8}
    billing, sales = found["queues"]
    assert (billing["queue"], billing["channel"], sales["queue"], sales["channel"]) == (
        *("billing", "voice"),
        *("sales", "chat"),
    )
    assert billing["definition"] == "SL(20s, drop_short 5s, decided)"
    assert (sales["definition"], sales["goal_ratio"]) == ("SL(60s, drop_short 0s, decided)", 0.9)
    assert (sales["target_seconds"], sales["short_abandon_seconds"]) == (60.0, 0.0)
    few = {"name": "few", "severity": 2, "reason": "1 visit counts in 30 min: too few to judge"}
    assert billing["status"] == few
    assert found["all"]["status"] == {"name": "few", "severity": 2, "reason": "2 few"}
    assert billing["windows"]["5m"] == {
        "from_ms": T0 - 190_000,
        "to_ms": T0 + 110_000,
        "completeness_ratio": 1.0,
        "offered": 2,
        "answered": 1,
        "answered_in_target": 1,
        "abandoned": 1,
        "short_abandoned": 1,
        "left": 0,
        "handled": 1,
        "service_level_ratio": 1.0,
        "abandoned_ratio": 0.0,
        "asa_seconds": 10.0,
        "aht_seconds": 90.0,
        **dict.fromkeys(("wait_p50_seconds", "wait_p90_seconds", "wait_p95_seconds"), 10.048),
        **dict.fromkeys(MORE, 0),
        "service_level_counted": 1,
        "service_level_low_ratio": 0.20654931437723742,
        "service_level_high_ratio": 1.0,
        "enough": False,
        "misses_left": 0,
        "service_level_status": "few",
        "talk_seconds": 60.0,
        "hold_seconds": 0.0,
        "acw_seconds": 30.0,
        "promised_wait_seconds": None,
        "late_corrections": 0,
        **dict.fromkeys(RESPONSES),
    }
    assert billing["totals"] == {
        "offered": 2,
        "answered": 1,
        "answered_in_target": 1,
        "abandoned": 1,
        "short_abandoned": 1,
        "left": 0,
        "handled": 1,
        "asa_seconds": 10.0,
        "aht_seconds": 90.0,
        "promised_wait_seconds": None,
        **dict.fromkeys(MORE, 0),
        "service_level": {
            "count_abandons": 0.5,
            "drop_short": 1.0,
            "drop_in_target": 1.0,
            "credit_short": 1.0,
            "credit_in_target": 1.0,
            "answered_only": 1.0,
        },
    }
    assert sales["now"] == {
        "waiting": 1,
        "waiting_over_target": 0,
        "longest_wait_seconds": 30.0,
        "active": 0,
        "scheduled": 0,
        "stuck": 0,
        "reconciliation_difference": 0,
        "unanswered": 0,
        "oldest_unanswered_seconds": None,
        "open": True,
        "longest_talk_seconds": None,
        "mean_talk_seconds": None,
        "agents": dict.fromkeys(STATES, 0),
        "busy_ratio": None,
    }
    assert billing["now"]["agents"] == {**dict.fromkeys(STATES, 0), "talking": 1}
    (team,) = found["agents"]
    assert (team["team"], team["agents"]["talking"]) == ("north", 1)
    assert team["windows"]["5m"]["occupancy_ratio"] == 1.0
    assert team["windows"]["5m"]["state_seconds"]["talking"] == 20.0
    assert team["windows"]["5m"]["not_ready"] == []
    assert billing["now"]["busy_ratio"] == 1.0


def test_all_queues_are_one_row_without_a_channel() -> None:
    every = shown(busy())["all"]
    assert (every["queue"], every["channel"]) == ("all", None)
    assert (every["windows"]["5m"]["offered"], every["now"]["waiting"]) == (3, 1)
    assert every["contacts"]["totals"] == {
        "offered": 3,
        "answered": 1,
        "abandoned": 1,
        "left": 0,
        "service_level_ratio": 1.0,
    }


def test_a_contact_that_was_passed_on_counts_once() -> None:
    centre = Centre().tell("c1", queued(0), left(30, "transfer"), queued(30, "sales"), answered(35))
    every = shown(centre.at(60))["all"]
    assert (every["totals"]["offered"], every["totals"]["answered"], every["totals"]["left"]) == (2, 1, 1)
    for name in ("5m", "totals"):
        assert {key: every["contacts"][name][key] for key in CONTACTS} == {
            "offered": 1,
            "answered": 0,
            "abandoned": 0,
            "left": 1,
            "service_level_ratio": None,
        }


def test_of_a_queue_with_several_targets_each_is_shown() -> None:
    several = Definition(all_targets_ms=(20_000, 60_000))
    centre = Centre(definitions({("billing", "voice"): several}))
    centre.tell("c1", queued(0), answered(10)).tell("c2", queued(0), answered(40)).tell("c3", queued(0))
    row = shown(centre.at(65))["queues"][0]
    found = row["windows"]["5m"]
    assert found["service_level_by_target"] == {"20": 1 / 3, "60": 2 / 3}
    assert found["service_level_ratio"] == 1 / 3
    assert row["totals"]["service_level_by_target"] == {"20": 1 / 2, "60": 2 / 2}  # one has not left


def test_of_a_queue_with_one_target_there_is_none_beside_it() -> None:
    row = shown(Centre().tell("c1", queued(0), answered(10)).at(65))["queues"][0]
    assert not {"service_level_by_target"} & (row["totals"].keys() | row["windows"]["5m"].keys())


def test_reasons_are_values_and_the_longest_comes_first() -> None:
    centre = Centre().tell(
        "a1", state(0, "not_ready", reason="lunch"), state(60, "not_ready", reason="training")
    )
    (team,) = shown(centre.at(200))["agents"]
    assert team["windows"]["5m"]["not_ready"] == [
        {"reason": "training", "seconds": 140.0},
        {"reason": "lunch", "seconds": 60.0},
    ]


def test_a_document_tells_what_is_rebuilt() -> None:
    board = Centre().board()
    assert document(board, tenant="acme")["rebuilding"] is None
    on = Rebuilding(0.4, partitions=2, records_to_go=60, since_ms=5, incomplete=True)
    assert document(replace(board, rebuilding=on), tenant="acme")["rebuilding"] == {
        "progress_ratio": 0.4,
        "partitions": 2,
        "records_to_go": 60,
        "since_ms": 5,
        "incomplete": True,
    }
