"""Time in a state is a clock integral: exact however long a state lasts and however late a fact comes."""

from itertools import permutations

import pytest
from support.factories import ms, of, state

from stream.domain.agent.state import AgentLive
from stream.domain.definition import definitions
from stream.domain.fact import Event, Fact
from stream.domain.fold import TOTAL, Cell, Changes, PartitionFold, Retention

pytestmark = pytest.mark.pure

HOUR = 3600
SHORT_PANE_MS = 10_000
LONG = Retention(contacts_ms=1 << 50, agents_ms=1 << 50, short_panes_ms=1 << 50, long_panes_ms=1 << 50)


class Floor:
    """Agents folded batch by batch."""

    def __init__(self, *events: Event, kept: Retention = LONG) -> None:
        self.fold = PartitionFold(definitions(), retention=kept)
        self.changes = Changes()
        self.tell(*events)

    def tell(self, *events: Event) -> "Floor":
        self.fold.fold(events, {})
        self.changes = self.fold.settle({})
        return self

    def seconds(self, name: str, from_s: float, to_s: float, *, team: str = "unassigned") -> float:
        """Agent seconds in a state between two pane edges, from the panes alone."""
        from_ms, to_ms = ms(from_s), ms(to_s)
        panes = {
            cell.start_ms: tally
            for cell, tally in self.fold.cells()
            if cell.pane_ms == SHORT_PANE_MS and cell.series == f"a\t{team}"
        }
        inside = [tally for start_ms, tally in panes.items() if from_ms <= start_ms < to_ms]
        entered = sum(tally.get(f"n.{name}", 0) for start, tally in panes.items() if start < to_ms)
        weighted = sum(tally.get(f"t.{name}", 0) for tally in inside)
        moved = sum(tally.get(f"n.{name}", 0) for tally in inside)
        return (entered * (to_ms - from_ms) - (weighted - from_ms * moved)) / 1000

    def cells(self) -> dict[Cell, dict[str, int]]:
        """Cells without zeros."""
        found = {cell: {f: n for f, n in tally.items() if n} for cell, tally in self.fold.cells()}
        return {cell: tally for cell, tally in found.items() if tally}


def day(*facts: Fact) -> Floor:
    return Floor(*of("a1", *facts))


def test_an_agent_idle_for_two_hours_touches_one_pane() -> None:
    #     0 available -------------------------------------------- 7200 talking
    floor = day(state(0, "available"))
    assert [cell for cell in floor.cells() if cell.pane_ms == SHORT_PANE_MS] == [
        (SHORT_PANE_MS, ms(0), "a\tunassigned")
    ]
    assert floor.seconds("available", 0, 2 * HOUR) == 2 * HOUR
    assert floor.seconds("available", 3600, 3660) == 60
    assert floor.seconds("available", -60, 60) == 60
    assert floor.seconds("talking", 0, 2 * HOUR) == 0


def test_a_state_is_cut_at_the_edges_of_intervals() -> None:
    # Amazon's example: on contact from 05:23 to 06:15 is 7, 30 and 15 minutes of the half hours.
    start, end = 5 * HOUR + 23 * 60, 6 * HOUR + 15 * 60
    floor = day(state(start, "talking"), state(end, "available"))
    half_hours = [5 * HOUR, 5.5 * HOUR, 6 * HOUR]
    assert [floor.seconds("talking", at, at + HOUR / 2) for at in half_hours] == [7 * 60, 30 * 60, 15 * 60]


def test_states_of_a_few_milliseconds_are_not_lost() -> None:
    floor = day(state(0.001, "ringing"), state(0.003, "talking"), state(9.999, "available"))
    assert floor.seconds("ringing", 0, 10) == 0.002
    assert floor.seconds("talking", 0, 10) == 9.996
    assert floor.seconds("available", 0, 10) == 0.001


def test_several_agents_add_up() -> None:
    floor = Floor(
        *of("a1", state(0, "talking")), *of("a2", state(30, "talking")), *of("a3", state(0, "hold"))
    )
    assert floor.seconds("talking", 0, 60) == 90
    assert floor.seconds("hold", 0, 60) == 60


def test_a_late_fact_between_two_takes_its_time_from_the_one_before() -> None:
    #  known:   0 available ------------------ 100 talking
    #  late:             40 wrapup
    floor = day(state(0, "available"), state(100, "talking"))
    assert floor.seconds("available", 0, 120) == 100
    floor.tell(*of("a1", state(40, "wrapup")))
    assert floor.seconds("available", 0, 120) == 40
    assert floor.seconds("wrapup", 0, 120) == 60
    assert floor.seconds("talking", 0, 120) == 20


def test_a_late_fact_before_all_others_begins_the_shift() -> None:
    floor = day(state(100, "talking")).tell(*of("a1", state(40, "available")))
    assert floor.seconds("available", 0, 120) == 60
    assert floor.seconds("talking", 0, 120) == 20


def test_every_order_gives_the_same_cells() -> None:
    facts = [state(0, "available"), state(5, "talking"), state(65, "hold"), state(90, "logged_out")]
    orders = [of("a1", *order) for order in permutations(facts)]
    wanted = Floor(*orders[0]).cells()
    for order in orders:
        one_by_one = Floor()
        for event in order:
            one_by_one.tell(event)
        assert one_by_one.cells() == wanted


def test_a_duplicate_changes_nothing() -> None:
    facts = of("a1", state(0, "available"), state(50, "talking"))
    floor = Floor(*facts)
    before = {cell: dict(tally) for cell, tally in floor.cells().items()}
    floor.tell(*facts)
    assert floor.fold.duplicates == 2
    assert floor.cells() == before
    assert (floor.changes.facts, floor.changes.cells, floor.changes.live) == ({}, {}, {})


@pytest.mark.parametrize("order", [1, -1])
def test_of_one_identity_with_two_contents_the_greater_stays(order: int) -> None:
    told = [state(50, "talking", uid="x"), state(70, "talking", uid="x")][::order]
    floor = day(state(0, "available"), *told)
    assert floor.seconds("available", 0, 100) == 70
    assert floor.seconds("talking", 0, 100) == 30


def test_who_logged_out_spends_no_time() -> None:
    floor = day(state(0, "available"), state(60, "logged_out"), state(120, "available"))
    assert floor.seconds("available", 0, 180) == 120
    fields = {field for tally in floor.cells().values() for field in tally}
    assert fields == {"n.available", "t.available", "n.capacity", "t.capacity"}


def test_time_belongs_to_the_team_of_the_moment() -> None:
    floor = day(state(0, "talking", team="north"), state(60, "talking", team="south"))
    assert floor.seconds("talking", 0, 100, team="north") == 60
    assert floor.seconds("talking", 0, 100, team="south") == 40


def test_two_facts_of_one_instant_are_read_in_the_order_of_their_identity() -> None:
    floor = day(state(0, "available", uid="a"), state(0, "talking", uid="b"))
    assert (floor.seconds("available", 0, 60), floor.seconds("talking", 0, 60)) == (0, 60)


# Live state.


def test_the_latest_fact_tells_the_state_of_now() -> None:
    floor = day(state(0, "available", team="north", queues=("billing", "sales")))
    assert floor.changes.live == {"a\ta1": AgentLive("available", ms(0), "north", ("billing", "sales"), 1)}
    floor.tell(*of("a1", state(-60, "talking")))
    assert floor.changes.live == {}  # older: changes the past, not the present
    floor.tell(*of("a1", state(9, "logged_out")))
    assert floor.changes.live == {"a\ta1": AgentLive("logged_out", ms(9), "unassigned", (), 1)}


# Facts are kept as long as they can still be corrected, and the one before, which the next one follows.

KEPT = Retention(agents_ms=100_000)


def test_old_facts_are_forgotten_but_the_last_of_them() -> None:
    old = [state(0, "available"), state(10, "talking"), state(20, "wrapup")]
    floor = Floor(*of("a1", *old), kept=KEPT)
    assert floor.changes.forgotten == {}
    floor.tell(*of("a1", state(121, "available")))
    assert floor.changes.forgotten == {"a\ta1": old[:2]}


def test_a_fact_right_at_the_limit_is_kept() -> None:
    old = [state(0, "available"), state(10, "talking"), state(20, "wrapup")]
    floor = Floor(*of("a1", *old, state(120, "available")), kept=KEPT)
    assert floor.changes.forgotten == {"a\ta1": old[:1]}


def test_after_forgetting_a_state_that_lasted_still_ends() -> None:
    floor = Floor(*of("a1", state(0, "available"), state(10, "talking")), kept=KEPT)
    floor.tell(*of("a2", state(1000, "available")))
    floor.tell(*of("a1", state(1000, "wrapup")))
    assert floor.seconds("talking", 0, 1010) == 990
    # What comes late, but not too late, still finds what went before it.
    floor.tell(*of("a1", state(950, "hold")))
    assert floor.seconds("talking", 0, 1010) == 940
    assert floor.seconds("hold", 0, 1010) == 50


def test_totals_are_the_sum_of_the_panes() -> None:
    floor = day(state(0, "available"), state(12, "talking"), state(95, "logged_out"))
    total = {field: 0 for cell, tally in floor.cells().items() for field in tally}
    for cell, tally in floor.cells().items():
        if cell.pane_ms == SHORT_PANE_MS:
            for field, amount in tally.items():
                total[field] += amount
    (shown,) = [tally for cell, tally in floor.cells().items() if cell.pane_ms == TOTAL]
    assert shown == {field: n for field, n in total.items() if n}
    assert shown == {"t.available": -12_000, "t.talking": -83_000, "t.capacity": -95_000}
