"""What Prometheus reads: parsed by its own parsers, declared in the catalogue, and equal to the board."""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from prometheus_client.samples import Sample
from support.factories import (
    abandoned,
    answered,
    blocked,
    contact_ended,
    corrected,
    ended,
    fact,
    held,
    left,
    ms,
    queued,
    resumed,
    retracted,
    schedule,
    state,
    wrapped_up,
)
from support.scenario import Centre

from stream.board.holding import HeldUp
from stream.board.path import Away, Link, Path
from stream.board.rebuilding import PartitionState, rebuilding
from stream.board.rows import Board, QueueBoard
from stream.board.snapshot import BoardBuilder
from stream.domain.civil import Clock
from stream.domain.contact.contribution import Live
from stream.domain.definition import Definition, definitions
from stream.domain.fact import Fact
from stream.domain.kinds import Kind
from stream.domain.naming import Naming
from stream.domain.oddity import MISPLACED, UNKNOWN, Odd, Sort
from stream.domain.opening import Calendar, Hours
from stream.domain.status import Status
from stream.domain.timetable import Timetable, Worktime
from stream.metrics.catalogue import BY_NAME, METRIC_WINDOWS, METRICS, Plane, Type
from stream.metrics.exposition import Exposition
from stream.metrics.queue_text import peak
from stream.settings import FileSettings
from stream.store.delta import Delta
from stream.store.partition import Partition
from stream.store.rebuild import Rebuild
from stream.store.sign import Hold

pytestmark = pytest.mark.pure

FILE = FileSettings.model_validate(
    {
        "tenant": "acme",
        "alerts": {"occupancy_limit_ratio": 0.85},
        "queues": [
            {
                "name": "billing",
                "display_name": "Bills & payments",
                "team": "in\\voices",
                "site": 'the "hub"',
                "wait_limit_seconds": 90,
                "late_limit_ratio": 0.25,
                "alert_min_contacts": 7,
                "goal_ratio": 0.9,
            }
        ],
    }
)
RULES = definitions({("billing", ""): Definition(goal_ratio=0.9, min_contacts=7)})
ODD = 'a "quoted" back\\slash, {braces}, =, # and \u2028 — 客服 ٣'
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


LIMITS = {
    *("pantau_queue_service_level_limit_ratio", "pantau_queue_abandoned_limit_ratio"),
    *("pantau_queue_late_limit_ratio", "pantau_queue_missed_limit_contacts"),
    *("pantau_team_unknown_limit_ratio", "pantau_team_occupancy_limit_ratio"),
    "pantau_team_adherence_limit_ratio",
}


def busy() -> Centre:
    """Something of everything: outcomes of each kind, waits in progress, agents, an odd name."""
    centre = Centre(RULES)
    centre.tell("c1", queued(0), answered(10), held(20), resumed(25), ended(70), wrapped_up(100))
    centre.tell("c2", queued(5), abandoned(9)).tell("c3", queued(5), abandoned(60)).tell(
        "c4", queued(6), left(8)
    )
    centre.tell("c5", queued(30, ODD, "chat"), answered(75), ended(80)).tell("c6", queued(95)).tell(
        "c7", queued(50)
    )
    centre.tell("c8", queued(90), answered(99)).tell("c9", queued(7), left(9, "callback"))
    centre.tell("c10", fact(Kind.VISIT_BLOCKED, 12, text=("billing", "voice", "full")))
    centre.tell(
        "a1",
        state(0, "available", team="north", queues=("billing", ODD)),
        state(80, "talking", team="north", slots={"voice": 1, "chat": 3}),
    )
    centre.tell("a2", state(0, "available", team=ODD, queues=("billing",)))
    centre.tell("a1", schedule(0, 3600, (0, 3600, "productive")))
    centre.tell("c11", queued(10, "web", "chat"), *wrote((12, "customer"), (15, "bot"), (42, "agent")))
    centre.tell("c12", queued(20, "web", "chat"), *wrote((20, "customer"), (30, "agent")))
    talks = Live(waiting=False, series="c\tbilling\tvoice", since_ms=ms(80), team="north")
    leg = Delta(1, full=False, position=0, watermark_ms=ms(0), written_ms=ms(0), live={"c\tleg": (talks,)})
    centre.model.take(Partition("pantau.legs", 0), leg, now_ms=ms(110))
    sorts = {
        Sort("schema", ODD): Odd(3, 7),
        Sort(MISPLACED, "/pbx"): Odd(2, 9),
        Sort(UNKNOWN, "visit.x"): Odd(1, 8),
    }
    odd = {ms(90) // 60_000: sorts}
    noted = Delta(1, full=False, position=0, watermark_ms=ms(0), written_ms=0, oddities=odd)
    centre.model.take(Partition("pantau.odd", 0), noted, now_ms=ms(110))
    return centre.at(100).beat(source=ODD).at(110)


def wrote(*messages: tuple[float, str]) -> list[Fact]:
    return [fact(Kind.MESSAGE_SENT, at, text=("", by)) for at, by in messages]


WEB = {"queue": "web", "media": "chat"}
_ABOUT_THE_PATH = ("pantau_state_", "pantau_rebuild_", "pantau_heartbeat_", "pantau_records_")


def test_response_times_are_there_for_people_and_with_bots() -> None:
    found = samples(busy().board())
    window = {**WEB, "window": "5m"}
    # First replies after 32 s and 10 s from the queue entry; 30 s and 10 s from the message, 3 s by the bot.
    assert of(found, "pantau_queue_window_first_response_mean_seconds", **window) == 21
    p90 = of(found, "pantau_queue_window_first_response_seconds", **window, quantile="0.9")
    assert p90 == pytest.approx(32, rel=0.01)
    assert of(found, "pantau_queue_window_response_mean_seconds", **window) == 20
    assert of(found, "pantau_queue_window_response_with_bots_mean_seconds", **window) == 6.5
    assert of(found, "pantau_queue_first_response_seconds_sum", **WEB) == 42
    assert of(found, "pantau_queue_first_response_seconds_count", **WEB) == 2


def test_where_nobody_writes_there_are_no_response_times() -> None:
    assert not [s for s in samples(busy().board()) if "response" in s.name and s.labels["queue"] != "web"]


def test_slots_are_there_by_medium() -> None:
    board = busy().board()
    found = samples(board)
    (north,) = [team for team in board.staff.teams if team.team == "north"]
    name = "pantau_team_window_media_occupancy_slot_ratio"
    shown = {media: of(found, name, team="north", window="5m", media=media) for media in ("chat", "voice")}
    assert shown == north.windows["5m"].occupancy_slot_by_channel
    assert shown["chat"] == 0.0
    assert {s.labels["team"] for s in found if s.name == name} == {"north"}


def exposition(max_queues: int = 2_000) -> Exposition:
    return Exposition(FILE.tenant, RULES.wait_edges_ms, FILE.in_force, FILE.alerts, max_queues=max_queues)


def samples(board: Board, *, openmetrics: bool = False, writer: Exposition | None = None) -> list[Sample]:
    text = (writer or exposition()).text(board, openmetrics=openmetrics)
    families = list(parse_openmetrics(text + "# EOF\n") if openmetrics else parse_text(text))
    return [sample for family in families for sample in family.samples]


def values(found: Iterable[Sample]) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {(s.name, frozenset(s.labels.items())): s.value for s in found}


def of(found: Iterable[Sample], name: str, /, **labels: str) -> float | None:
    wanted = {"tenant": "acme", **labels}
    hits = [s.value for s in found if s.name == name and s.labels == wanted]
    assert len(hits) <= 1, f"{name} is there {len(hits)} times"
    return hits[0] if hits else None


BILLING = {"queue": "billing", "media": "voice"}


@pytest.mark.parametrize("openmetrics", [False, True])
def test_both_parsers_read_it_and_no_series_comes_twice(*, openmetrics: bool) -> None:
    found = samples(busy().board(), openmetrics=openmetrics)
    assert len(found) > 200
    assert len(values(found)) == len(found)


def test_both_formats_say_the_same() -> None:
    board = busy().board()
    assert values(samples(board)) == values(samples(board, openmetrics=True))


@pytest.mark.parametrize("openmetrics", [False, True])
def test_every_family_is_declared_with_its_type_its_help_and_exactly_its_labels(*, openmetrics: bool) -> None:
    text = exposition().text(busy().board(), openmetrics=openmetrics)
    families = list(parse_openmetrics(text + "# EOF\n") if openmetrics else parse_text(text))
    for family in families:
        metric = BY_NAME[family.name.removesuffix("_info") if not openmetrics else family.name]
        shown_type = "gauge" if metric.type is Type.INFO and not openmetrics else metric.type.value
        assert (family.type, family.documentation) == (shown_type, metric.help)
        for sample in family.samples:
            assert sample.name in metric.series
            extra = {"le"} if sample.name.endswith("_bucket") else set()
            assert set(sample.labels) == {*metric.labels, *extra}


def test_every_business_metric_of_the_catalogue_is_there() -> None:
    found = {sample.name for sample in samples(busy().board())}
    declared = {name for m in METRICS if m.plane is Plane.BUSINESS for name in m.series}
    assert found == declared - {"pantau_rebuild_progress_ratio", "pantau_rebuild_records_to_go"}


def test_help_and_type_stand_once_before_their_samples() -> None:
    lines = exposition().text(busy().board()).rstrip("\n").split("\n")
    heads = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(heads) == len(set(heads))
    assert len([line for line in lines if line.startswith("# HELP")]) == len(heads)
    current = ""
    for line in lines:
        if line.startswith("# TYPE"):
            current = line.split()[2]
        elif not line.startswith("#"):
            assert line.startswith(current)


# Values.


def test_odd_records_of_the_last_hour_are_told_by_topic_and_sort() -> None:
    labels = ("tenant", "topic", "reason", "source", "event_type")
    found = {
        (s.name, *map(s.labels.get, labels)): s.value
        for s in samples(busy().board())
        if s.name.startswith("pantau_records_")
    }
    assert found == {
        ("pantau_records_refused", "acme", "pantau.odd", "schema", ODD, None): 3,
        ("pantau_records_misplaced", "acme", "pantau.odd", None, "/pbx", None): 2,
        ("pantau_records_unknown", "acme", "pantau.odd", None, None, "visit.x"): 1,
    }


def row(board: Board, queue: str = "billing") -> QueueBoard:
    (found,) = [q for q in board.queues if q.queue == queue]
    return found


def test_gauges_equal_the_board() -> None:
    board = busy().board()
    found = samples(board)
    for shown in board.queues:
        labels = {"queue": shown.queue, "media": shown.channel or ""}
        now = shown.now
        assert of(found, "pantau_queue_contacts_waiting", **labels) == now.waiting
        assert of(found, "pantau_queue_contacts_waiting_over_threshold", **labels) == now.waiting_over_target
        assert of(found, "pantau_queue_contacts_active", **labels) == now.active
        oldest = None if now.oldest_queued_ms is None else now.oldest_queued_ms / 1000
        assert of(found, "pantau_queue_oldest_waiting_timestamp_seconds", **labels) == oldest
        for name in STATES:
            shown_agents = of(found, "pantau_queue_agents", **labels, state=name)
            assert shown_agents == (now.agents.get(name, 0) if now.agents else None)
    assert row(board).now.waiting_over_target == 1
    assert row(board).now.oldest_queued_ms == ms(50)
    assert of(found, "pantau_state_open_contacts") == board.open_contacts == 6
    assert of(found, "pantau_state_watermark_timestamp_seconds") == ms(100) / 1000
    assert of(found, "pantau_state_last_write_timestamp_seconds") == ms(100) / 1000
    assert of(found, "pantau_state_current_timestamp_seconds") == ms(100) / 1000


WINDOW_FIELDS = {
    "contacts_offered": "offered",
    "contacts_answered": "answered",
    "contacts_answered_within_threshold": "answered_in_target",
    "contacts_abandoned": "abandoned",
    "service_level_ratio": "service_level_ratio",
    "abandoned_ratio": "abandoned_ratio",
    "answer_wait_mean_seconds": "asa_seconds",
    "handle_mean_seconds": "aht_seconds",
}


def test_windows_equal_the_board_and_what_has_no_value_has_no_sample() -> None:
    board = busy().board()
    found = samples(board)
    shown = [value for queue in board.queues for w in METRIC_WINDOWS for value in queue.windows[w]]
    assert None in shown  # the odd queue has wrapped up nothing
    for queue in board.queues:
        for window in METRIC_WINDOWS:
            labels = {"queue": queue.queue, "media": queue.channel or "", "window": window}
            kpis = queue.windows[window]
            for metric, name in WINDOW_FIELDS.items():
                assert of(found, f"pantau_queue_window_{metric}", **labels) == getattr(kpis, name)
            for quantile, name in (("0.5", "p50"), ("0.9", "p90"), ("0.95", "p95")):
                wait = of(found, "pantau_queue_window_answer_wait_seconds", **labels, quantile=quantile)
                assert wait == getattr(kpis, f"wait_{name}_seconds")


def test_only_some_windows_are_exposed() -> None:
    windows = {s.labels["window"] for s in samples(busy().board()) if "window" in s.labels}
    assert windows == set(METRIC_WINDOWS) == {"5m", "30m", "today"}


def test_counters_equal_the_totals() -> None:
    board = busy().board()
    found = samples(board)
    for queue in board.queues:
        labels = {"queue": queue.queue, "media": queue.channel or ""}
        totals = queue.totals
        for name, value in (
            ("offered", totals.offered),
            ("answered", totals.answered),
            ("answered_within_threshold", totals.answered_in_target),
            ("abandoned", totals.abandoned),
            ("abandoned_short", totals.short_abandoned),
        ):
            assert of(found, f"pantau_queue_contacts_{name}_total", **labels) == value
    redirected = {
        s.labels["reason"]: s.value for s in found if s.name == "pantau_queue_contacts_redirected_total"
    }
    assert redirected == {"overflow": 1, "callback": 1}
    assert of(found, "pantau_queue_contacts_abandoned_short_total", **BILLING) == 1


def buckets(found: list[Sample], name: str, **labels: str) -> dict[str, float]:
    return {
        s.labels["le"]: s.value
        for s in found
        if s.name == f"{name}_bucket"
        and {k: v for k, v in s.labels.items() if k != "le"} == {"tenant": "acme", **labels}
    }


def test_histograms_are_cumulative_and_exact_at_every_limit_in_use() -> None:
    found = samples(busy().board())
    waits = buckets(found, "pantau_queue_answer_wait_seconds", **BILLING)
    assert list(waits)[:5] == ["5.0", "10.0", "15.0", "20.0", "30.0"]
    assert [waits[le] for le in ("5.0", "10.0", "20.0", "+Inf")] == [0, 2, 2, 2]
    assert list(waits.values()) == sorted(waits.values())
    gone = buckets(found, "pantau_queue_abandon_wait_seconds", **BILLING)
    assert [gone[le] for le in ("5.0", "20.0", "45.0", "60.0", "+Inf")] == [1, 1, 1, 2, 2]
    handled = buckets(found, "pantau_queue_handle_seconds", **BILLING)
    assert [handled[le] for le in ("30.0", "60.0", "120.0", "3600.0", "+Inf")] == [0, 0, 1, 1, 1]
    for name, total, count in (("answer_wait", 19.0, 2), ("abandon_wait", 59.0, 2), ("handle", 90.0, 1)):
        assert of(found, f"pantau_queue_{name}_seconds_sum", **BILLING) == total
        assert of(found, f"pantau_queue_{name}_seconds_count", **BILLING) == count


def test_the_mean_of_a_histogram_is_the_asa() -> None:
    board = busy().board()
    found = samples(board)
    total = of(found, "pantau_queue_answer_wait_seconds_sum", **BILLING)
    count = of(found, "pantau_queue_answer_wait_seconds_count", **BILLING)
    assert total is not None
    assert total / (count or 0) == row(board).totals.asa_seconds


def test_waits_above_the_last_band_are_counted_in_the_last_bucket() -> None:
    centre = Centre(RULES).tell("c1", queued(0), answered(5_000)).at(5_000)
    waits = buckets(samples(centre.board()), "pantau_queue_answer_wait_seconds", **BILLING)
    assert (waits["1200.0"], waits["+Inf"]) == (0, 1)


def test_what_is_configured_is_told() -> None:
    found = samples(busy().board())
    assert of(found, "pantau_queue_service_level_target_ratio", **BILLING) == 0.9
    assert of(found, "pantau_queue_service_level_threshold_seconds", **BILLING) == 20
    assert of(found, "pantau_queue_wait_limit_seconds", **BILLING) == 90
    assert of(found, "pantau_queue_alert_min_contacts", **BILLING) == 7
    assert of(found, "pantau_queue_open", **BILLING) == 1
    for rule, ratio in (("day", 0.9), ("slow", 0.8), ("fast", 0.7)):
        assert of(found, "pantau_queue_service_level_limit_ratio", **BILLING, rule=rule) == ratio
    for limit, value in (
        ("abandoned_limit_ratio", 0.15),
        ("late_limit_ratio", 0.25),
        ("missed_limit_contacts", 3),
    ):
        assert of(found, f"pantau_queue_{limit}", **BILLING) == value
    for limit, value in (("unknown", 0.2), ("occupancy", 0.85), ("adherence", 0.8)):
        assert of(found, f"pantau_team_{limit}_limit_ratio") == value
    names = {"name": "Bills & payments", "team": "in\\voices", "site": 'the "hub"'}
    assert of(found, "pantau_queue_info", **BILLING, **names) == 1
    formula = "SL(20s, drop_short 5s, decided)"
    assert of(found, "pantau_service_level_formula_info", **BILLING, formula=formula) == 1


def test_a_queue_that_is_configured_nowhere_has_its_own_name_and_the_defaults() -> None:
    found = samples(busy().board())
    odd = {"queue": ODD, "media": "chat"}
    assert of(found, "pantau_queue_info", **odd, name=ODD, team="", site="") == 1
    assert of(found, "pantau_queue_wait_limit_seconds", **odd) == 120


# Agents.


def test_agents_by_team_and_state() -> None:
    found = samples(busy().board())
    assert of(found, "pantau_agents", team="north", state="talking") == 1
    assert of(found, "pantau_agents", team="north", state="available") == 0
    assert of(found, "pantau_agents", team=ODD, state="available") == 1
    assert of(found, "pantau_team_window_occupancy_ratio", team=ODD, window="5m") == 0.0


# Corrections: what Prometheus has seen never falls.

_COUNTED = ("_total", "_bucket", "_sum", "_count")
_LIFE = (queued, answered, abandoned, ended, wrapped_up, contact_ended, left, blocked)


def test_a_correction_takes_no_counter_back() -> None:
    centre = Centre(RULES).tell("c1", queued(0), answered(10)).at(11)
    before = values(samples(centre.board()))
    centre.tell("c1", abandoned(3)).at(12)
    after = values(samples(centre.board()))
    counters = {
        key: value
        for key, value in before.items()
        if key[0].endswith(("_total", "_bucket", "_sum", "_count"))
    }
    assert all(after[key] >= value for key, value in counters.items())
    found = samples(centre.board())
    assert of(found, "pantau_queue_contacts_abandoned_total", **BILLING) == 1
    assert of(found, "pantau_queue_window_contacts_answered", **BILLING, window="5m") == 0


def test_no_counter_moves_as_a_new_target_comes_into_force() -> None:
    steps = ((0, Definition(20_000, 5_000)), (ms(600), Definition(30_000, 2_000)))
    centre = Centre(definitions({("billing", ""): steps}))
    for n, end in enumerate((answered(425), abandoned(404), answered(705), answered(725), abandoned(703))):
        centre.tell(f"c{n}", queued(400 if n < 2 else 700), end)

    def told(at: float) -> list[float | None]:
        found = samples(centre.at(at).board())
        names = ("answered_within_threshold", "abandoned_short")
        return [of(found, f"pantau_queue_contacts_{name}_total", **BILLING) for name in names]

    assert told(599) == told(601) == told(800) == [2, 1]
    centre.tell("c3", retracted(801, answered(725))).tell("c1", retracted(801, abandoned(404)))
    assert told(802) == [2, 1]  # a correction takes no counter back


def test_what_a_correction_left_above_nothing_keeps_its_peak() -> None:
    centre = Centre(RULES)
    for contact in ("c1", "c2"):
        centre.tell(contact, queued(0), answered(10))
    assert of(samples(centre.at(11).board()), "pantau_queue_contacts_answered_total", **BILLING) == 2
    found = samples(centre.tell("c1", abandoned(3)).at(12).board())
    assert of(found, "pantau_queue_contacts_answered_total", **BILLING) == 2
    assert of(found, "pantau_queue_contacts_abandoned_total", **BILLING) == 1
    assert of(found, "pantau_queue_window_contacts_answered", **BILLING, window="5m") == 1


@pytest.mark.parametrize("seed", range(40))
def test_no_counter_falls_whatever_is_corrected(seed: int) -> None:
    centre, rng, told = Centre(RULES), random.Random(seed), list[tuple[str, Fact]]()
    seen: dict[Any, float] = {}
    for step in range(12):
        for _ in range(rng.randint(1, 6)):
            contact, at = f"c{rng.randrange(5)}", step * 60 + rng.randrange(60)
            fact = rng.choice(_LIFE)(at)
            if told and rng.random() < 0.5:
                contact, old = rng.choice(told)
                fact = retracted(at, old) if rng.random() < 0.5 else corrected(at, old, fact)
            else:
                told.append((contact, fact))
            centre.tell(contact, fact)
        now = values(samples(centre.at(step * 60 + 61).board()))
        now = {key: value for key, value in now.items() if key[0].endswith(_COUNTED)}
        assert {key for key, value in seen.items() if now[key] < value} == set()
        seen = now
    assert sum(seen.values()) > 0


def test_twenty_abandons_of_which_fifteen_were_answers_stay_twenty_in_counters_alone() -> None:
    centre = Centre(RULES)
    for n in range(20):
        centre.tell(f"k{n}", queued(0), contact_ended(30))

    def told() -> list[float | None]:
        found = samples(centre.at(200).board())
        names = ("offered_total", "answered_total", "abandoned_total", "reconciliation_difference")
        return [of(found, f"pantau_queue_contacts_{name}", **BILLING) for name in names]

    assert told() == [20, 0, 20, 0]
    for n in range(15):
        centre.tell(f"k{n}", answered(10))
    centre.tell("k19", retracted(199, queued(0)))
    assert told() == [20, 15, 20, 0]
    totals = row(centre.board()).totals
    assert (totals.offered, totals.answered, totals.abandoned) == (19, 15, 4)
    window = row(centre.board()).windows["30m"]
    assert (window.offered, window.answered, window.abandoned) == (19, 15, 4)


def test_queues_that_are_awaited_have_counters_at_nothing() -> None:
    naming = Naming({"preset": ()})
    centre = Centre(RULES, naming=naming).agent("ana", "available", queues=("vip",)).at(5)
    before = samples(centre.board())
    for queue in ("preset", "vip"):
        labels = {"queue": queue, "media": "voice"}
        for name in ("offered", "answered", "answered_within_threshold", "abandoned", "abandoned_short"):
            assert of(before, f"pantau_queue_contacts_{name}_total", **labels) == 0
        assert of(before, "pantau_queue_answer_wait_seconds_count", **labels) == 0
        assert of(before, "pantau_queue_contacts_waiting", **labels) == 0
        assert of(before, "pantau_queue_open", **labels) == 1
    centre.tell("c1", queued(6, "preset"), answered(7))
    after = samples(centre.at(8).board())
    assert of(after, "pantau_queue_contacts_answered_total", queue="preset", media="voice") == 1


def test_a_peak_is_the_total_and_what_it_has_lost() -> None:
    total = {"offered": 5, "^offered": 2, "aw": 300, "a5000": 0, "^a5000": 1}
    assert peak(total) == {"offered": 7, "aw": 300, "a5000": 1}
    assert peak({"offered": 5}) == {"offered": 5}


def test_a_peak_outlives_its_total() -> None:
    assert peak({"offered": 5, "^a5000": 1}) == {"offered": 5, "a5000": 1}


def test_the_same_writer_follows_the_board() -> None:
    # What did not change is not written again: it must not be what did.
    writer, centre = exposition(), Centre(RULES)
    for at in range(0, 100, 7):
        centre.tell(f"c{at}", queued(at), (answered if at % 2 else abandoned)(at + 3))
        board = centre.at(at + 5).board()
        assert values(samples(board, writer=writer)) == values(samples(board))
    for at in (161, 400, 5000, 90_000):
        board = centre.at(at).board()
        assert values(samples(board, writer=writer)) == values(samples(board))


def test_a_queue_opens_and_closes_by_its_calendar_however_old_the_data_are() -> None:
    hours = Calendar(UTC, ((Hours(601, 603), Hours(620, 621)),) * 7)  # 10:01 to 10:03, and 10:20
    clock = Clock(UTC)
    timetable = Timetable(Worktime(clock), {("billing", "voice"): Worktime(clock, hours)})
    centre, writer = Centre(RULES, timetable), exposition()
    centre.tell("c1", queued(0)).tell("c2", queued(0, "other"))
    seen = [
        [of(found, "pantau_queue_open", queue=queue, media="voice") for queue in ("billing", "other")]
        for now in (0, 60, 179, 180, 1200, 1260)
        for found in [samples(centre.at(now).board(), writer=writer)]
    ]
    assert seen == [[0, 1], [1, 1], [1, 1], [0, 1], [1, 1], [0, 1]]


def test_a_board_of_its_own_windows_is_all_that_metrics_need() -> None:
    centre = busy()
    centre.board()
    board = BoardBuilder(centre.model, RULES).board(centre.now_ms, METRIC_WINDOWS)
    assert exposition().text(board) == exposition().text(centre.board())
    assert "interval" not in exposition().text(board)


# Too old to be true, or too much to be told.


def test_what_expired_withdraws_gauges_and_keeps_counters() -> None:
    centre = busy()
    fresh = {s.name for s in samples(centre.board())}
    expired = {s.name for s in samples(centre.at(100 + 301).board())}
    gauges = {
        m.name
        for m in METRICS
        if m.plane is Plane.BUSINESS
        and (m.type is Type.GAUGE or "quantile" in m.labels)
        and not m.name.startswith(_ABOUT_THE_PATH)
    }
    configured = {
        *("pantau_queue_service_level_target_ratio", "pantau_queue_service_level_threshold_seconds"),
        *("pantau_queue_wait_limit_seconds", "pantau_queue_alert_min_contacts", "pantau_queue_open"),
        *LIMITS,
    }
    statuses = {"pantau_queue_status", "pantau_centre_status", "pantau_status_severity"}
    assert fresh - expired == gauges - configured - statuses
    assert expired <= fresh


def test_what_is_stale_is_still_shown() -> None:
    centre = busy()
    assert {s.name for s in samples(centre.at(100 + 300).board())} >= {"pantau_queue_contacts_waiting"}


def test_nothing_is_said_of_an_empty_centre_but_that_it_is() -> None:
    assert [(s.name, s.value) for s in samples(Centre(RULES).at(5).board())] == [
        ("pantau_team_unknown_limit_ratio", 0.2),
        ("pantau_team_occupancy_limit_ratio", 0.85),
        ("pantau_team_adherence_limit_ratio", 0.8),
        *[("pantau_centre_status", int(status == "quiet")) for status in Status],
        *[("pantau_status_severity", place) for place in range(8)],
        *[("pantau_state_away", 0)] * 4,
        *[("pantau_state_held_up_partitions", 0)] * 6,
        ("pantau_state_behind_records", 0),
        ("pantau_state_open_contacts", 0),
        ("pantau_rebuild_in_progress", 0),
        ("pantau_rebuild_incomplete", 0),
    ]


def test_each_queue_and_all_together_have_one_status_at_any_age() -> None:
    centre = busy()
    for seconds, billing, every in ((110, "few", "few"), (170, "stale", "critical"), (402, "stale", "stale")):
        found = samples(centre.at(seconds).board())
        own = [s for s in found if s.name == "pantau_queue_status" and s.labels["queue"] == "billing"]
        whole = [s for s in found if s.name == "pantau_centre_status"]
        for told, status in ((own, billing), (whole, every)):
            assert {s.labels["status"]: s.value for s in told} == {**dict.fromkeys(Status, 0), status: 1}


def test_what_is_away_is_told_and_how_much_is_still_to_be_read() -> None:
    away = (Away(Link.WORKER, ms(0), 1), Away(Link.BROKER, ms(0), 2))
    board = replace(busy().board(), path=Path(away, {}, behind=70))
    found = samples(board)
    told = {s.labels["what"]: s.value for s in found if s.name == "pantau_state_away"}
    assert told == {"store": 0, "worker": 1, "broker": 1, "source": 0}
    assert of(found, "pantau_state_behind_records") == 70


def test_what_holds_partitions_up_is_told_by_a_word() -> None:
    board = replace(busy().board(), holding=(HeldUp(Hold.HALTED, 2, 8.5), HeldUp(Hold.LAGGING, 1, None)))
    found = {s.labels["what"]: s.value for s in samples(board) if s.name == "pantau_state_held_up_partitions"}
    assert found == {**dict.fromkeys(map(str, Hold), 0), "halted": 2, "lagging": 1}


def test_queues_beyond_the_cap_are_left_out_and_counted() -> None:
    centre = Centre(RULES)
    for n in range(7):
        centre.tell(f"c{n}", queued(n, f"queue-{n}"))
    writer = exposition(max_queues=3)
    found = samples(centre.at(9).board(), writer=writer)
    assert {s.labels["queue"] for s in found if "queue" in s.labels} == {"queue-0", "queue-1", "queue-2"}
    assert writer.dropped == 4
    assert of(found, "pantau_state_open_contacts") == 7
    roomy = exposition(max_queues=7)
    samples(centre.board(), writer=roomy)
    assert roomy.dropped == 0


@pytest.mark.parametrize("name", [ODD, "\\", '"', "\\n", "\\\\", "a\nb", "}", "{", " ", "é" * 64])
@pytest.mark.parametrize("openmetrics", [False, True])
def test_any_name_of_a_queue_is_read_back_as_it_was(name: str, *, openmetrics: bool) -> None:
    centre = Centre(RULES).tell("c1", queued(0, name)).at(1)
    found = samples(centre.board(), openmetrics=openmetrics)
    assert {s.labels["queue"] for s in found if "queue" in s.labels} == {name}


# What is read again from the log.


def rebuilt(*, complete: bool) -> tuple[Board, dict[str, list[Sample]]]:
    """A busy board, and its samples by name, of which half of one partition has been read again."""
    centre = Centre().at(0).queued("c1", "billing").at(4).answered("c1")
    board = centre.at(10).board()
    part = PartitionState(Rebuild(100, 300, ms(0), 200, complete), lost=7)
    parts = {Partition("pantau.all", 0): part, Partition("pantau.all", 1): PartitionState()}
    board = replace(board, partitions=parts, rebuilding=rebuilding(parts.values()))
    text = Exposition("acme", RULES.wait_edges_ms, FILE.in_force).text(board)
    found: dict[str, list[Sample]] = defaultdict(list)
    for family in parse_text(text):
        for sample in family.samples:
            found[sample.name].append(sample)
    return board, found


def test_each_partition_tells_its_rebuild_and_only_who_has_one_tells_progress() -> None:
    _, found = rebuilt(complete=True)
    told = {
        (name, sample.labels["partition"]): sample.value
        for name, samples in found.items()
        if name.startswith("pantau_rebuild_")
        for sample in samples
    }
    assert told == {
        ("pantau_rebuild_in_progress", "0"): 1,
        ("pantau_rebuild_in_progress", "1"): 0,
        ("pantau_rebuild_progress_ratio", "0"): 0.5,
        ("pantau_rebuild_records_to_go", "0"): 100,
        ("pantau_rebuild_incomplete", "0"): 7,
        ("pantau_rebuild_incomplete", "1"): 0,
    }


def test_a_version_that_is_served_meanwhile_is_shown_as_ever() -> None:
    _, found = rebuilt(complete=True)
    assert found["pantau_queue_contacts_offered_total"][0].value == 1
    assert "pantau_queue_contacts_waiting" in found


def test_what_is_incomplete_is_left_out_and_what_is_configured_stays() -> None:
    _, found = rebuilt(complete=False)
    business = {name for name in found if not name.startswith(("pantau_rebuild_", "pantau_state_"))}
    assert business == {
        "pantau_queue_service_level_target_ratio",
        "pantau_queue_service_level_threshold_seconds",
        "pantau_queue_wait_limit_seconds",
        "pantau_queue_alert_min_contacts",
        "pantau_queue_open",
        *LIMITS,
        "pantau_queue_status",
        "pantau_centre_status",
        "pantau_status_severity",
        "pantau_queue_info",
        "pantau_service_level_formula_info",
    }
    assert "pantau_state_open_contacts" not in found
    assert "pantau_state_watermark_timestamp_seconds" in found


def test_heartbeats_are_told_by_partition_and_source_and_keep_quiet_numbers() -> None:
    centre = Centre(partitions=2).at(0).queued("c1").at(900).beat(0, 1).beat(1, source=ODD).at(901.5)
    place = {"topic": "pantau.all", "partition": "1"}
    for openmetrics in (False, True):
        found = samples(centre.board(), openmetrics=openmetrics)
        for source in ("/pantau/heartbeat", ODD):
            assert of(found, "pantau_heartbeat_age_seconds", **place, source=source) == 1.5
        assert of(found, "pantau_heartbeat_sources_dropped_total", **place) == 0
        waiting = {"queue": "billing", "media": "voice"}
        assert of(found, "pantau_queue_contacts_waiting", **waiting) == 1
        assert of(found, "pantau_state_watermark_timestamp_seconds") == ms(0) / 1000
        assert of(found, "pantau_state_current_timestamp_seconds") == ms(900) / 1000
    found = samples(centre.at(1201).board())
    assert of(found, "pantau_queue_contacts_waiting", **waiting) is None
    assert of(found, "pantau_heartbeat_age_seconds", **place, source=ODD) == 301
    for n in range(9):
        centre.beat(0, source=f"/{n}")
    dropped = {"topic": "pantau.all", "partition": "0"}
    assert of(samples(centre.board()), "pantau_heartbeat_sources_dropped_total", **dropped) == 2
