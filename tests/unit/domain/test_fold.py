"""A partition's fold: what a batch changes, what it refuses, and what it does not need to remember."""

from typing import Any

import pytest
from support.factories import (
    T0,
    abandoned,
    answered,
    blocked,
    contact_ended,
    corrected,
    ended,
    fact,
    left,
    ms,
    of,
    offered,
    queued,
    retracted,
    state,
    state_retracted,
    wrapped_up,
)

from stream.domain.agent.entity import AGENT
from stream.domain.cache import FinishedFirst, Room
from stream.domain.contact.contribution import Live
from stream.domain.definition import definitions
from stream.domain.fact import Event, Fact
from stream.domain.fold import LONG_PANE_MS, TOTAL, Cell, Changes, PartitionFold, Retention
from stream.domain.kinds import Kind
from stream.domain.tally import Tally, merge

pytestmark = pytest.mark.pure

SHORT_PANE_MS = 10_000
BILLING = "c\tbilling\tvoice"
TOTALS = Cell(TOTAL, TOTAL, BILLING)


class Unwalked(FinishedFirst[str, Any]):
    """Held entities that may be looked up, and not be gone through."""

    def __iter__(self) -> Any:
        raise AssertionError("a batch goes through all that is held")

    keys = values = items = __iter__


def new(**more: Any) -> PartitionFold:
    return PartitionFold(definitions(), retention=Retention(contacts_ms=100_000, agents_ms=50_000), **more)


def folded(fold: PartitionFold, *events: Event) -> Changes:
    fold.fold(events, {})
    return fold.settle({})


def nonzero(tally: dict[str, int]) -> dict[str, int]:
    return {field: n for field, n in tally.items() if n}


def test_a_batch_changes_facts_cells_and_live_state() -> None:
    entry = queued(12)
    changes = folded(new(), *of("c1", entry))
    assert changes.facts == {"c\tc1": [entry]}
    assert changes.live == {"c\tc1": (Live(waiting=True, series=BILLING, since_ms=ms(12)),)}
    assert changes.forgotten == {}
    assert changes.cells == {
        TOTALS: {"offered": 1},
        Cell(SHORT_PANE_MS, ms(10), BILLING): {"offered": 1},
        Cell(LONG_PANE_MS, ms(0), BILLING): {"offered": 1},
    }


def test_offered_and_answered_are_booked_where_they_happen() -> None:
    # In at 7:28, answered at 7:32: the one belongs to the first half hour, the other to the second.
    entry, answer = 7 * 3600 + 28 * 60, 7 * 3600 + 32 * 60
    changes = folded(PartitionFold(definitions()), *of("c1", queued(entry), answered(answer)))
    half_past = ms(7.5 * 3600)
    before = [t for c, t in changes.cells.items() if c.pane_ms == LONG_PANE_MS and c.start_ms < half_past]
    after = [t for c, t in changes.cells.items() if c.pane_ms == LONG_PANE_MS and c.start_ms >= half_past]
    assert [nonzero(tally) for tally in before] == [{"offered": 1, "d.late": 1, "A300000": 1}]
    assert [tally["a300000"] for tally in after] == [1]


def test_a_batch_is_settled_once_however_many_facts_it_has() -> None:
    #  0 queued   5 answered   60 ended   90 wrapped up
    changes = folded(new(), *of("c1", queued(0), answered(5), ended(60), wrapped_up(90)))
    assert changes.cells[TOTALS] == {
        "offered": 1,
        "a5000": 1,
        "aw": 5_000,
        "d.in": 1,
        "A5000": 1,
        "handled": 1,
        "talk": 55_000,
        "hold": 0,
        "acw": 30_000,
        "h120000": 1,
    }
    assert changes.live == {}  # it neither waited nor talked when the batch was over


def test_a_later_batch_moves_what_an_earlier_one_had_booked() -> None:
    # Answered at 30 s, as it seemed, until the abandon of 8 s arrived.
    fold = new()
    folded(fold, *of("c1", queued(0), answered(30)))
    changes = folded(fold, *of("c1", abandoned(8)))
    assert nonzero(changes.cells[Cell(SHORT_PANE_MS, ms(0), BILLING)]) == {
        "offered": 1,
        "x10000": 1,
        "xw": 8_000,
        "xh509": 1,
        "d.abandoned": 1,
        "X10000": 1,
    }
    assert changes.cells[Cell(SHORT_PANE_MS, ms(20), BILLING)] == {}
    assert changes.cells[Cell(SHORT_PANE_MS, ms(30), BILLING)] == {}
    # What Prometheus has seen does not fall.
    assert (changes.cells[TOTALS]["a30000"], changes.cells[TOTALS]["^a30000"]) == (0, 1)


def test_a_duplicate_is_counted_and_changes_nothing() -> None:
    fold = new()
    events = of("c1", queued(0), answered(5))
    folded(fold, *events, *events)
    assert fold.duplicates == 2
    changes = folded(fold, *events)
    assert fold.duplicates == 2  # of this batch
    assert changes == Changes()


@pytest.mark.parametrize("order", [1, -1])
def test_of_one_identity_with_two_contents_the_greater_stays(order: int) -> None:
    fold = new()
    for event in of("c1", queued(0, uid="x"), queued(7, "sales", uid="x"))[::order]:
        folded(fold, event)
    found = {cell.series: nonzero(tally) for cell, tally in fold.cells() if cell.pane_ms == TOTAL}
    assert {series for series, tally in found.items() if tally.get("offered")} == {"c\tsales\tvoice"}


def test_the_end_of_a_contact_can_be_taken_back_like_any_fact() -> None:
    fold = new()
    end, entry = contact_ended(1)._replace(uid="/test\tx"), queued(2, uid="x")
    folded(fold, *of("c1", end))
    assert folded(fold, *of("c1", entry)).live == {
        "c\tc1": (Live(waiting=True, series=BILLING, since_ms=ms(2)),)
    }


# Loading on demand.


def test_what_is_not_in_memory_is_asked_for() -> None:
    fold = new()
    events = [*of("c1", queued(0)), *of("a1", state(0, "available")), *of("c2", queued(1), answered(2))]
    assert fold.missing_entities(events) == {"c\tc1", "c\tc2", "a\ta1"}
    missing = fold.fold(events, {})
    assert missing == {
        Cell(pane_ms, start_ms, series)
        for series in (BILLING, "a\tunassigned")
        for pane_ms, start_ms in ((TOTAL, TOTAL), (SHORT_PANE_MS, T0), (LONG_PANE_MS, T0))
    }
    fold.settle({})
    assert fold.missing_entities(events) == set()
    assert fold.fold(of("c3", queued(3)), {}) == set()


def test_a_contact_and_an_agent_may_share_a_name() -> None:
    fold = new()
    changes = folded(fold, *of("7", queued(0)), *of("7", state(0, "available")))
    assert set(changes.facts) == {"c\t7", "a\t7"}
    assert set(changes.live) == {"c\t7", "a\t7"}


def test_loaded_state_goes_on_where_it_was() -> None:
    before = of("c1", queued(0), answered(30))
    first = new()
    stored = folded(first, *before)
    second = new()
    loaded = {"c\tc1": [event.fact for event in before]}
    missing = second.fold(of("c1", abandoned(8)), loaded)
    changes = second.settle({cell: dict(stored.cells.get(cell, {})) for cell in missing})
    wanted = folded(first, *of("c1", abandoned(8)))
    assert changes.cells == wanted.cells
    assert changes.live == wanted.live


def test_a_fold_forgets_what_was_touched_longest_ago() -> None:
    fold = new(room=Room(2, 2, 4))
    folded(fold, *of("c1", queued(0)), *of("c2", queued(1)), *of("c3", queued(2)))
    assert fold.missing_entities(of("c1", queued(0))) == {"c\tc1"}
    assert fold.missing_entities([*of("c2", queued(0)), *of("c3", queued(0))]) == set()
    folded(fold, *of("c4", queued(40)))
    assert len(list(fold.cells())) == 4


# The watermark, and what comes too late.


def test_the_watermark_is_the_newest_event_and_never_falls() -> None:
    fold = new(watermark_ms=ms(5))
    folded(fold, *of("c1", queued(3)))
    assert fold.watermark_ms == ms(5)
    folded(fold, *of("c1", answered(9)), *of("c2", queued(8)))
    assert fold.watermark_ms == ms(9)


def test_a_heartbeat_of_no_known_agent_moves_the_watermark_and_no_number() -> None:
    fold = new()
    events = of("a1", fact(Kind.AGENT_HEARTBEAT, 60))
    assert fold.missing_entities(events) == {"a\ta1"}
    changes = folded(fold, *events)
    assert (changes.cells, changes.live) == ({}, {})
    assert (fold.watermark_ms, fold.late, fold.duplicates) == (ms(60), [], 0)


@pytest.mark.parametrize(("at", "late"), [(0.001, []), (0, []), (-0.001, [1])])
def test_an_event_is_late_when_it_lies_beyond_retention(at: float, late: list[int]) -> None:
    fold = new()  # contacts are kept for 100 s
    changes = folded(fold, *of("c1", queued(100)), *of("c2", queued(at)), *of("c3", queued(99)))
    assert fold.late == late
    assert ("c\tc2" in changes.facts) is not bool(late)
    assert "c\tc3" in changes.facts


def test_agents_have_a_retention_of_their_own() -> None:
    fold = new()  # agents are kept for 50 s
    folded(fold, *of("c1", queued(100)), *of("a1", state(49.999, "available")), *of("c2", queued(49.999)))
    assert fold.late == [1]


@pytest.mark.parametrize("behind", [-1, 0, 49.999, 50, 50.001, 99.999, 100, 100.001])
@pytest.mark.parametrize(
    "kind", [Kind.VISIT_QUEUED, Kind.CALLBACK_ATTEMPTED, Kind.AGENT_STATE, Kind.AGENT_HEARTBEAT]
)
def test_the_fold_is_late_where_retention_says_so(kind: Kind, behind: float) -> None:
    retention = Retention(contacts_ms=100_000, agents_ms=50_000)
    fold, told = PartitionFold(definitions(), retention=retention), fact(kind, 200 - behind)
    fold.fold([*of("c1", queued(200)), *of("x", told)], {})
    assert retention.is_late(told, ms(200)) == (fold.late == [1])


def test_lateness_is_judged_by_what_came_before_and_not_by_the_batch() -> None:
    old, newest = of("c1", queued(0)), of("c2", queued(150))
    together, the_other_way, one_by_one = new(), new(), new()
    folded(together, *old, *newest)
    assert together.late == []
    folded(the_other_way, *newest, *old)
    assert the_other_way.late == [1]
    folded(one_by_one, *newest)
    folded(one_by_one, *old)
    assert one_by_one.late == [0]


def test_a_late_event_leaves_no_trace() -> None:
    fold = new()
    folded(fold, *of("c1", queued(200)))
    changes = folded(fold, *of("c1", answered(10)), *of("a1", state(10, "available")))
    assert fold.late == [0, 1]
    assert changes == Changes()


# Panes live shorter than the facts that fill them.


def test_panes_are_written_as_long_as_they_are_kept() -> None:
    kept = Retention(short_panes_ms=60_000, long_panes_ms=120_000)
    fold = PartitionFold(definitions(), retention=kept)
    folded(fold, *of("now", queued(300)))

    def panes_of(at: float) -> set[int]:
        changes = folded(fold, *of(f"c{at}", queued(at)))
        return {cell.pane_ms for cell in changes.cells}

    assert panes_of(240) == {SHORT_PANE_MS, LONG_PANE_MS, TOTAL}
    assert panes_of(239.999) == {LONG_PANE_MS, TOTAL}
    assert panes_of(180) == {LONG_PANE_MS, TOTAL}
    assert panes_of(179.999) == {TOTAL}


def test_live_state_is_told_when_it_changes_and_only_then() -> None:
    fold = new()
    folded(fold, *of("c1", queued(0)))
    assert folded(fold, *of("c1", fact(Kind.OFFER_MADE, 1, text=("agent-1",)))).live == {}
    talking = {"c\tc1": (Live(waiting=False, series=BILLING, since_ms=ms(5)),)}
    assert folded(fold, *of("c1", answered(5))).live == talking
    assert folded(fold, *of("c1", ended(9))).live == {"c\tc1": None}
    assert folded(fold, *of("c1", wrapped_up(12))).live == {}


def test_facts_are_kept_even_when_they_say_nothing_yet() -> None:
    fold = new()
    early: list[Fact] = [answered(5), ended(9)]
    changes = folded(fold, *of("c1", *early))
    assert (changes.facts, changes.cells, changes.live) == ({"c\tc1": early}, {}, {})
    assert folded(fold, *of("c1", queued(0))).cells[TOTALS]["a5000"] == 1


# Corrections.


def totals(fold: PartitionFold, series: str = BILLING) -> dict[str, int]:
    found = {cell.series: tally for cell, tally in fold.cells() if cell.pane_ms == TOTAL}
    return {field: n for field, n in found.get(series, {}).items() if n and field[0] != "^"}


WRONG, RIGHT = answered(30), answered(8)


@pytest.mark.parametrize(
    "events",
    [
        [WRONG, corrected(60, WRONG, RIGHT)],
        [corrected(60, WRONG, RIGHT), WRONG],  # heard of before what it corrects
        [corrected(60, WRONG, RIGHT)],  # what it corrects never came
        [WRONG, corrected(60, WRONG, abandoned(3)), corrected(61, WRONG, RIGHT)],
        [corrected(61, WRONG, RIGHT), corrected(60, WRONG, abandoned(3)), WRONG],
        [WRONG, retracted(60, WRONG), corrected(61, WRONG, RIGHT)],
    ],
)
@pytest.mark.parametrize("batches", [1, 9])
def test_a_correction_moves_what_was_booked(events: list[Fact], batches: int) -> None:
    wanted, fold = new(), new()
    folded(wanted, *of("c1", queued(0), RIGHT))
    told = of("c1", queued(0), *events)
    for batch in [told] if batches == 1 else [[event] for event in told]:
        folded(fold, *batch)
    assert totals(fold) == totals(wanted)


def test_what_is_retracted_leaves_nothing_but_what_was_seen() -> None:
    fold = new()
    entry, answer = queued(0), answered(5, team="north")
    folded(fold, *of("c1", entry, answer))
    changes = folded(fold, *of("c1", retracted(60, answer)))
    assert totals(fold) == {"offered": 1}
    assert totals(fold, "a\tnorth") == {}
    assert changes.live == {"c\tc1": (Live(waiting=True, series=BILLING, since_ms=ms(0)),)}
    changes = folded(fold, *of("c1", retracted(60, entry)))
    assert totals(fold) == {}
    assert changes.live == {"c\tc1": None}
    assert changes.cells[TOTALS]["^offered"] == 1


def test_what_was_corrected_is_corrected_still_after_a_reload() -> None:
    told = [queued(0), WRONG, corrected(60, WRONG, RIGHT)]
    first, second = new(), new()
    stored = folded(first, *of("c1", *told))
    after = of("c1", ended(70), wrapped_up(80))
    missing = second.fold(after, {"c\tc1": told})
    second.settle({cell: dict(stored.cells.get(cell, {})) for cell in missing})
    folded(first, *after)
    assert totals(second) == totals(first)
    assert totals(second)["talk"] == 62_000


# Each contact once.


def test_a_contact_with_three_visits_counts_once() -> None:
    #  0 billing  25 overflows to sales  50 answered, passed on  80 support  90 answered
    fold = new()
    life = [queued(0), left(25), queued(25, "sales"), answered(50), ended(79), queued(80, "support")]
    folded(fold, *of("c1", *life, answered(90)))
    queues = ("billing", "sales", "support")
    every: Tally = {}
    for series in (*(f"c\t{queue}\tvoice" for queue in queues), "k\tvoice"):
        merge(every, totals(fold, series))
    assert [totals(fold, f"c\t{queue}\tvoice")["offered"] for queue in queues] == [1, 1, 1]
    once = {field: n for field, n in every.items() if field[0] not in "AF"}
    assert once == {"offered": 1, "left.overflow": 1, "f30000": 1, "d.late": 1}  # as its first visit was


def test_what_was_taken_away_is_given_back_when_a_visit_proves_wrong() -> None:
    fold = new()
    second = queued(40, "sales")
    folded(fold, *of("c1", queued(0), left(25), second, abandoned(50)))
    assert totals(fold, "k\tvoice") == {"offered": -1, "x10000": -1, "xw": -10_000, "d.abandoned": -1}
    folded(fold, *of("c1", retracted(60, second), retracted(60, abandoned(50))))
    assert totals(fold, "k\tvoice") == {}


# What came late is counted, apart from what it says.

LATE = "l\tbilling\tvoice"


def late_panes(*batches: list[Event]) -> dict[int, int]:
    fold = PartitionFold(definitions())
    for batch in batches:
        folded(fold, *batch)
    return {
        cell.start_ms: tally["late"]
        for cell, tally in fold.cells()
        if cell.series == LATE and cell.pane_ms == LONG_PANE_MS
    }


@pytest.mark.parametrize(("at", "counted"), [(40.001, 0), (40, 0), (39.999, 1), (0, 1)])
def test_a_fact_is_late_when_others_came_a_minute_ago(at: float, counted: int) -> None:
    found = late_panes(of("c1", queued(100)), of("c2", queued(at)))
    assert found == ({ms(0): 1} if counted else {})


def test_each_late_fact_counts_where_it_belongs() -> None:
    late = of("c2", queued(30), answered(70), ended(130))
    assert late_panes(of("c1", queued(300)), late) == {ms(0): 1, ms(60): 1, ms(120): 1}


def test_a_late_fact_that_was_known_does_not_count() -> None:
    late = of("c2", queued(0))
    assert late_panes(of("c1", queued(100)), late, late) == {ms(0): 1}


def test_a_batch_costs_nothing_for_what_it_does_not_touch() -> None:
    fold = new()
    held = {"_contacts": Unwalked(), "_agents": Unwalked()}
    for name, entities in held.items():
        setattr(fold, name, entities)
    events = [*of("c1", queued(0)), *of("c2", queued(1)), *of("a1", state(2, "available"))]
    assert fold.missing_entities(events) == {"c\tc1", "c\tc2", "a\ta1"}
    folded(fold, *events)
    assert fold.missing_entities([*events, *of("c3", queued(3))]) == {"c\tc3"}


def test_lateness_is_measured_from_before_the_batch() -> None:
    assert late_panes([*of("c1", queued(0)), *of("c2", queued(100)), *of("c3", queued(1))]) == {}


def test_a_late_fact_of_no_known_queue_is_not_counted() -> None:
    assert late_panes(of("c1", queued(100)), of("c2", contact_ended(0))) == {}


# Single facts.


def test_offers_and_blocked_demand_are_booked_once_however_often_they_are_told() -> None:
    fold = new()
    events = of("c1", blocked(0), queued(1), offered(2, team="north"), answered(5, team="north"))
    for _ in range(2):
        folded(fold, *events)
    assert totals(fold)["blocked.full"] == 1
    assert totals(fold, "a\tnorth") == {"offers.made": 1, "offers.answered": 1}


@pytest.mark.parametrize("order", [1, -1])
def test_an_offer_that_was_another_fact_all_along_counts_nothing(order: int) -> None:
    # One identity with two contents: what is kept does not depend on which came first, or on memory.
    fold = new()
    twin = fact(Kind.VISIT_BLOCKED, 3, text=("sales", "voice", "full"), uid="x")
    first = offered(2, team="north")._replace(uid=twin.uid)
    folded(fold, *of("c1", queued(0), answered(5, team="north")))
    for one in (first, twin)[::order]:
        folded(fold, *of("c1", one))
    assert totals(fold, "a\tnorth") == {}


# What stays in memory.


def test_who_is_finished_is_forgotten_before_who_waits() -> None:
    fold = new(room=Room(entities=10, finished=2, cells=100))
    folded(fold, *of("waits", queued(0)))
    for n in range(4):
        folded(fold, *of(f"c{n}", queued(n), abandoned(n + 1)))
    assert fold.missing_entities(of("waits", answered(9))) == set()
    left = [f"c{n}" for n in range(4) if fold.missing_entities(of(f"c{n}", queued(0)))]
    assert left == ["c0", "c1"]


def test_who_is_told_of_again_stays_and_who_begins_again_is_not_finished() -> None:
    fold = new(room=Room(entities=10, finished=2, cells=100))
    for n in range(2):
        folded(fold, *of(f"c{n}", queued(n), abandoned(n + 1)))
    folded(fold, *of("c0", queued(5)))
    folded(fold, *of("c2", queued(6), abandoned(7)), *of("c3", queued(6), abandoned(7)))
    assert fold.missing_entities([*of("c0", queued(0)), *of("c1", queued(0))]) == {"c\tc1"}


def test_those_who_wait_are_forgotten_too_where_they_are_too_many_and_come_back() -> None:
    small, large = new(room=Room(entities=3, finished=1, cells=100)), new()
    facts: dict[str, list[Fact]] = {}
    cells: dict[Cell, Tally] = {}
    for step in (queued, answered, ended):
        for n in range(8):
            events = of(f"c{n}", step(n + 10))
            missing = small.fold(events, {e: facts[e] for e in small.missing_entities(events) if e in facts})
            changes = small.settle({cell: dict(cells.get(cell, {})) for cell in missing})
            cells |= {cell: dict(tally) for cell, tally in changes.cells.items()}
            for entity, told in changes.facts.items():
                facts.setdefault(entity, []).extend(told)
            folded(large, *events)
    assert cells == {cell: dict(tally) for cell, tally in large.cells()}


def daily(seconds: float) -> PartitionFold:
    """A fold that has nothing in memory of what came until then."""
    return PartitionFold(definitions(), watermark_ms=ms(seconds))


def test_many_agents_are_loaded_a_few_at_a_time_and_keep_little_of_it() -> None:
    most, many = AGENT.at_once, 2 * AGENT.at_once + 1
    stored = {
        f"a\ta{n:03}": [state(at, "available", uid=f"{n}-{at}") for at in range(0, 36_000, 600)]
        for n in range(many)
    }
    events = [event for n in range(many) for event in of(f"a{n:03}", state(36_000, "talking", uid=f"{n}"))]
    fold, whole = daily(35_400), daily(35_400)
    pieces = list(fold.pieces(fold.missing_entities(events)))
    assert [len(piece) for piece in pieces] == [most, most, 1]
    for piece in pieces:
        fold.remember(piece, stored)
    assert fold.missing_entities(events) == set()
    assert {len(one.facts) for one in fold.known(AGENT).values()} == {1}
    assert not list(fold.pieces(fold.missing_entities(events)))
    assert fold.fold(events, {}) == whole.fold(events, stored)
    assert fold.settle({}) == whole.settle({})


def test_a_remembered_agent_is_loaded_whole_for_what_needs_it() -> None:
    stored = {"a\ta1": [state(at, "available", uid=f"{at}") for at in range(0, 6_000, 600)]}
    events = of("a1", state_retracted("1200", 6_000))
    fold, whole = daily(5_400), daily(5_400)
    fold.remember(["a\ta1"], stored)
    assert fold.missing_entities(events) == {"a\ta1"}
    assert fold.fold(events, stored) == whole.fold(events, stored)
    assert fold.settle({}) == whole.settle({})
