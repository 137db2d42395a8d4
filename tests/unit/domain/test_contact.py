"""How facts are read as visits: every kind of fact in every state of a visit, and what clocks do to it."""

from collections.abc import Callable, Iterable
from itertools import permutations

import pytest
from support.factories import (
    abandoned,
    answered,
    callback,
    contact_ended,
    contact_started,
    corrected,
    ended,
    fact,
    held,
    left,
    ms,
    queued,
    resumed,
    retracted,
    wrapped_up,
)

from stream.domain.contact.visit import Visit, effective, visits
from stream.domain.fact import Fact
from stream.domain.kinds import Kind

pytestmark = pytest.mark.pure

UNKNOWN = -1

# The life so far, in steps of ten seconds; the next fact comes ten seconds later.
STATES: dict[str, list[Callable[..., Fact]]] = {
    "unseen": [],
    "waiting": [queued],
    "talking": [queued, answered],
    "hold": [queued, answered, held],
    "acw": [queued, answered, ended],
    "done": [queued, answered, ended, wrapped_up],
    "abandoned": [queued, abandoned],
    "left": [queued, left],
}
KINDS = (queued, answered, abandoned, left, held, resumed, ended, wrapped_up)

# What a visit is after a fact that names it. A fact that is impossible changes nothing, except that
# what belongs to an entry or an answer still to come (records arrive in any order) is kept for it.
TABLE = """
            queued     answered   abandoned  left       held       resumed    ended      wrapped_up
unseen      waiting    unseen     unseen     unseen     unseen     unseen     unseen     unseen
waiting     waiting    talking    abandoned  left       waiting    waiting    waiting    waiting
talking     talking    talking    talking    talking    hold       talking    acw        done
hold        hold       hold       hold       hold       hold       talking    acw        done
acw         acw        acw        acw        acw        acw        acw        acw        done
done        done       done       done       done       done       done       done       done
abandoned   abandoned  abandoned  abandoned  abandoned  abandoned  abandoned  abandoned  abandoned
left        left       left       left       left       left       left       left       left
"""


def cells() -> list[tuple[str, Callable[..., Fact], str]]:
    heading, *rows = (line.split() for line in TABLE.strip().splitlines())
    assert heading == [kind.__name__ for kind in KINDS]
    assert [row[0] for row in rows] == list(STATES)
    return [(row[0], kind, after) for row in rows for kind, after in zip(KINDS, row[1:], strict=True)]


def status(visit: Visit) -> str:
    if visit.queued_ms == UNKNOWN:
        return "unseen"
    match visit.exit_kind:
        case Kind.VISIT_ABANDONED:
            return "abandoned"
        case Kind.VISIT_LEFT:
            return "left"
        case Kind.VISIT_ANSWERED:
            return leg_status(visit)
    return "waiting"


def leg_status(visit: Visit) -> str:
    if visit.wrapped_up_ms != UNKNOWN:
        return "done"
    if visit.ended_ms != UNKNOWN:
        return "acw"
    return "talking" if visit.held_since_ms == UNKNOWN else "hold"


def life(state: str) -> list[Fact]:
    return [kind(10 * n, visit=1) for n, kind in enumerate(STATES[state])]


@pytest.mark.parametrize(("before", "kind", "after"), cells())
def test_every_fact_in_every_state(before: str, kind: Callable[..., Fact], after: str) -> None:
    facts = life(before)
    (visit,) = visits([*facts, kind(10 * len(facts), visit=1)])
    assert status(visit) == after


@pytest.mark.parametrize("state", [state for state in STATES if state != "unseen"])
def test_what_was_told_once_does_not_move_when_told_again_later(state: str) -> None:
    (visit,) = visits(life(state))
    (again,) = visits([*life(state), *(kind(1000, visit=1) for kind in STATES[state])])
    assert times(again) == times(visit)


def times(visit: Visit) -> tuple[int, ...]:
    return (visit.queued_ms, visit.exit_ms, visit.held_since_ms, visit.ended_ms, visit.wrapped_up_ms)


@pytest.mark.parametrize("kind", [k for k in Kind if k.name.startswith(("OFFER", "CONTACT"))])
def test_offers_and_the_frame_of_a_contact_make_no_visit(kind: Kind) -> None:
    assert visits([fact(kind, 5)]) == []
    before = [queued(0), answered(10)]
    (visit,) = visits([*before, fact(kind, 5, text=("agent-1", "no answer"))])
    assert (visit.queued_ms, visit.exit_ms, visit.agent) == (ms(0), ms(10), "")


def test_nothing_is_known_of_no_facts() -> None:
    assert visits([]) == []


def test_a_visit_tells_where_who_and_why() -> None:
    (visit,) = visits([queued(0, "sales", "chat"), answered(3, "agent-7")])
    assert (visit.number, visit.queue, visit.channel, visit.agent) == (1, "sales", "chat", "agent-7")
    (visit,) = visits([queued(0), left(3, "voicemail")])
    assert (visit.exit_kind, visit.reason) == (Kind.VISIT_LEFT, "voicemail")


def test_every_order_of_arrival_reads_the_same() -> None:
    facts = [queued(0), answered(7), held(20), resumed(25), ended(60), wrapped_up(90)]
    readings = {
        (v.queued_ms, v.exit_ms, v.exit_kind, v.hold_ms, v.ended_ms, v.wrapped_up_ms)
        for order in permutations(facts)
        for v in visits(order)
    }
    assert readings == {(ms(0), ms(7), Kind.VISIT_ANSWERED, 5000, ms(60), ms(90))}


# Transfers.


def test_without_numbers_each_queue_entry_begins_the_next_visit() -> None:
    #  0 queued billing   10 answered   40 ended   45 wrapped up   50 queued sales   55 abandoned
    first, second = visits(
        [
            queued(0, "billing"),
            answered(10, "a"),
            ended(40),
            wrapped_up(45),
            queued(50, "sales"),
            abandoned(55),
        ]
    )
    assert (first.number, first.queue, first.wait_ms, first.ended_ms) == (1, "billing", 10_000, ms(40))
    assert (second.number, second.queue, second.wait_ms) == (2, "sales", 5000)
    assert (first.exit_kind, second.exit_kind) == (Kind.VISIT_ANSWERED, Kind.VISIT_ABANDONED)


def test_an_exit_without_a_number_belongs_to_the_visit_that_had_begun_by_then() -> None:
    first, second = visits([queued(0), left(20), queued(30, "sales"), abandoned(35)])
    assert (first.exit_kind, first.wait_ms) == (Kind.VISIT_LEFT, 20_000)
    assert (second.exit_kind, second.wait_ms) == (Kind.VISIT_ABANDONED, 5_000)


@pytest.mark.parametrize("who", ["", "agent-1"])
def test_a_step_without_a_number_belongs_to_the_latest_leg_that_is_not_wrapped_up(who: str) -> None:
    # Without a number, the first agent ends and wraps up only after the contact was queued again.
    first, second = visits(
        [
            queued(0),
            answered(10, who),
            queued(30, "sales"),
            *by(who, held(31), resumed(33), ended(34), wrapped_up(35)),
        ]
    )
    assert (first.hold_ms, first.ended_ms, first.wrapped_up_ms) == (2_000, ms(34), ms(35))
    assert (status(first), status(second)) == ("done", "waiting")


def test_a_step_belongs_to_the_leg_of_its_agent() -> None:
    #   0 queued  5 answered by a  9 queued again  12 answered by b  20 a ended  25 a wrapped up  60 b ended
    first, second = visits(
        [
            *(queued(0), answered(5, "a"), queued(9, "sales"), answered(12, "b")),
            *(*by("a", ended(20), wrapped_up(25)), *by("b", ended(60))),
        ]
    )
    assert (first.agent, first.ended_ms, first.wrapped_up_ms) == ("a", ms(20), ms(25))
    assert (second.agent, second.ended_ms, second.wrapped_up_ms) == ("b", ms(60), UNKNOWN)


def test_after_the_wrap_up_a_step_of_nobody_belongs_to_the_latest_visit() -> None:
    # Nobody is on the line any more: the step is kept for the answer that is still to come.
    facts = [queued(0), answered(5), wrapped_up(9), queued(20), ended(50)]
    assert [visit.ended_ms for visit in visits(facts)] == [UNKNOWN, ms(50)]


def by(agent: str, *steps: Fact) -> list[Fact]:
    return [step._replace(a=agent) for step in steps]


def test_visits_that_begin_and_end_in_one_instant_all_end() -> None:
    at_once = [queued(0, "billing", uid="1"), queued(0, "sales", uid="2"), queued(0, "support", uid="3")]
    found = visits([*at_once, *(abandoned(0, uid=uid) for uid in "456")])
    assert [status(visit) for visit in found] == 3 * ["abandoned"]


def test_two_entries_of_one_instant_are_two_visits() -> None:
    assert len(visits([queued(0), queued(10, "sales"), queued(10, "support")])) == 3


def test_with_numbers_visits_may_overlap() -> None:
    # A warm transfer: the first leg ends after the contact has been queued and answered again.
    #  0 queued   10 answered   30 queued(2)   42 answered(2)   50 ended(1)   55 wrapped up(1)   90 ended(2)
    first, second = visits(
        [
            queued(0, "billing", visit=1),
            answered(10, visit=1),
            queued(30, "sales", visit=2),
            answered(42, visit=2),
            ended(50, visit=1),
            wrapped_up(55, visit=1),
            ended(90, visit=2),
        ]
    )
    assert (first.wait_ms, first.ended_ms, first.wrapped_up_ms) == (10_000, ms(50), ms(55))
    assert (second.wait_ms, second.ended_ms, second.wrapped_up_ms) == (12_000, ms(90), UNKNOWN)


def test_numbers_need_not_begin_at_one_nor_come_in_order() -> None:
    found = visits([queued(0, "sales", visit=7), abandoned(5, visit=7), queued(9, "billing", visit=3)])
    assert [(visit.number, visit.queue) for visit in found] == [(7, "sales"), (3, "billing")]


@pytest.mark.parametrize("leaves", [left, abandoned, answered])
def test_a_visit_that_is_left_as_the_next_begins_is_left(leaves: Callable[..., Fact]) -> None:
    # An overflow, stamped with one instant by a source that numbers no visits.
    first, second = visits([queued(0, "billing"), leaves(30), queued(30, "sales")])
    assert (first.queue, status(first)) == ("billing", status(visits([queued(0), leaves(30)])[0]))
    assert (second.queue, status(second)) == ("sales", "waiting")


def test_a_leg_that_ends_as_the_next_visit_begins_has_ended() -> None:
    first, second = visits([queued(0), answered(10), ended(30), wrapped_up(30), queued(30, "sales")])
    assert (status(first), status(second)) == ("done", "waiting")


# Clocks that differ.


@pytest.mark.parametrize("leaves", [answered, abandoned, left])
def test_an_exit_stamped_before_the_entry_makes_a_wait_of_nothing(leaves: Callable[..., Fact]) -> None:
    (visit,) = visits([queued(10), leaves(9.5)])
    assert visit.wait_ms == 0
    assert (visit.queued_ms, visit.exit_ms) == (ms(10), ms(9.5))


def test_a_wait_is_counted_to_the_millisecond() -> None:
    (visit,) = visits([queued(0.001), answered(20)])
    assert visit.wait_ms == 19_999


def test_an_entry_told_twice_counts_from_the_first() -> None:
    (visit,) = visits([queued(0, "billing", visit=1), queued(8, "sales", visit=1), answered(10, visit=1)])
    assert (visit.queue, visit.wait_ms) == ("billing", 10_000)


# Several outcomes of one visit: the earliest counts, whichever came first.


@pytest.mark.parametrize(("first", "then"), [*permutations([answered, abandoned, left], 2)])
def test_the_earliest_outcome_counts(first: Callable[..., Fact], then: Callable[..., Fact]) -> None:
    early, late = first(10), then(11)
    for order in permutations([queued(0), early, late]):
        (visit,) = visits(order)
        assert (visit.exit_kind, visit.exit_ms) == (early.kind, ms(10))


def test_of_two_outcomes_at_one_instant_the_answer_counts() -> None:
    (visit,) = visits([queued(0), abandoned(10), answered(10)])
    assert visit.exit_kind == Kind.VISIT_ANSWERED


# Hold.


def test_holds_add_up() -> None:
    #  10 answered   20 held   25 resumed   40 held   41.5 resumed   60 ended
    facts = [queued(0), answered(10), held(20), resumed(25), held(40), resumed(41.5), ended(60)]
    (visit,) = visits(facts)
    assert visit.hold_ms == 6500


@pytest.mark.parametrize(
    ("facts", "hold_ms"),
    [
        ([held(20), ended(32)], 12_000),  # hung up while on hold
        ([held(20)], 0),  # still on hold: nothing is over yet
        ([held(20), held(25), resumed(30)], 10_000),  # told twice
        ([resumed(30)], 0),  # never held
        ([held(20), resumed(30), resumed(40)], 10_000),
        ([ended(20), held(25), resumed(30)], 0),  # after the end
        ([held(20), resumed(20)], 0),  # no time at all
    ],
)
def test_a_hold_ends_once_and_lasts_until_then(facts: list[Fact], hold_ms: int) -> None:
    (visit,) = visits([queued(0), answered(10), *facts])
    assert visit.hold_ms == hold_ms


# The end of a contact ends what is open.


def ends_of(visit: Visit) -> tuple[str, int]:
    """How it stands, and when that came to be."""
    return status(visit), visit.ended_ms if visit.exit_kind == Kind.VISIT_ANSWERED else visit.exit_ms


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([queued(10), contact_ended(25)], ("abandoned", ms(25))),
        ([queued(10), contact_ended(10)], ("abandoned", ms(10))),
        ([queued(10), contact_ended(25), contact_ended(40)], ("abandoned", ms(25))),  # told twice
        ([queued(10), contact_ended(4), contact_ended(25)], ("abandoned", ms(25))),
        ([queued(10), left(12), contact_ended(25)], ("left", ms(12))),
        ([queued(10), abandoned(12), contact_ended(25)], ("abandoned", ms(12))),
        ([queued(10), abandoned(30), contact_ended(25)], ("abandoned", ms(30))),  # what is told counts
        ([queued(10), answered(12), contact_ended(25)], ("acw", ms(25))),
        ([queued(10), answered(12), contact_ended(11)], ("acw", ms(12))),
        ([queued(10), answered(12), ended(20), contact_ended(25)], ("acw", ms(20))),
        ([queued(10), answered(12), ended(40), contact_ended(25)], ("acw", ms(40))),
        ([queued(10), answered(12), wrapped_up(60), contact_ended(25)], ("done", ms(25))),
        ([queued(10), answered(12), wrapped_up(20), contact_ended(25)], ("done", ms(20))),
        ([queued(10), answered(12), wrapped_up(20), contact_ended(11)], ("done", ms(12))),
    ],
)
def test_the_end_of_a_contact_ends_what_is_open(facts: list[Fact], expected: tuple[str, int]) -> None:
    for order in permutations(facts):
        (visit,) = visits(order)
        assert ends_of(visit) == expected
        assert visit.wait_ms == max(0, visit.exit_ms - ms(10))


def test_the_end_of_a_contact_alone_is_no_visit() -> None:
    assert visits([contact_started(0), contact_ended(10)]) == []


def test_who_hangs_up_on_hold_was_held_up_to_then() -> None:
    (visit,) = visits([queued(0), answered(5), held(20), contact_ended(32)])
    assert (visit.hold_ms, visit.ended_ms) == (12_000, ms(32))


def test_all_that_is_open_ends_with_the_contact() -> None:
    #  0 queued(1)  5 answered(1)  10 queued(2)  12 queued(3)  20 the contact ends
    facts = [queued(0, visit=1), answered(5, visit=1), queued(10, "sales", visit=2)]
    facts += [queued(12, "support", visit=3), contact_ended(20)]
    assert [ends_of(visit) for visit in visits(facts)] == [
        ("acw", ms(20)),
        ("abandoned", ms(20)),
        ("abandoned", ms(20)),
    ]


def test_each_visit_is_ended_by_the_first_end_after_it_began() -> None:
    #  0 queued  10 the contact ends  20 started  21 queued  30 answered  50 the contact ends
    facts = [queued(0, visit=1), contact_ended(10), contact_started(20)]
    facts += [queued(21, visit=2), answered(30, visit=2)]
    first, second = visits(facts)
    assert (ends_of(first), status(second)) == (("abandoned", ms(10)), "talking")
    assert [ends_of(v) for v in visits([*facts, contact_ended(50)])] == [
        ("abandoned", ms(10)),
        ("acw", ms(50)),
    ]


@pytest.mark.parametrize("started", [None, 0, 10, 15, 30])
def test_a_queue_entry_after_the_end_is_the_beginning_of_something_new(started: float | None) -> None:
    facts = [contact_ended(10), queued(20)]
    facts += [] if started is None else [contact_started(started)]
    (visit,) = visits(facts)
    assert status(visit) == "waiting"


@pytest.mark.parametrize("entry", [0, 10])
def test_who_waited_when_the_contact_ended_has_abandoned_although_it_was_reopened(entry: float) -> None:
    (visit,) = visits([queued(entry), contact_ended(10), contact_started(20)])
    assert ends_of(visit) == ("abandoned", ms(10))


# Callbacks wait from when they are due.


@pytest.mark.parametrize(
    ("due", "leaves", "begun", "wait_ms"),
    [
        (600, 630, 600, 30_000),
        (600, 600, 600, 0),
        (600, 100, 600, 0),  # rung before it was due
        (0, 12, 0, 12_000),
        (-50, 12, 0, 12_000),  # due before it was asked for
    ],
)
@pytest.mark.parametrize("outcome", [answered, abandoned, left])
def test_a_callback_waits_from_when_it_is_due(
    outcome: Callable[..., Fact], due: float, leaves: float, begun: float, wait_ms: int
) -> None:
    (visit,) = visits([callback(0, due), outcome(leaves)])
    assert (visit.channel, visit.begun_ms, visit.wait_ms) == ("callback", ms(begun), wait_ms)
    assert (visit.queued_ms, visit.exit_ms) == (ms(0), ms(leaves))


def test_what_is_not_a_callback_waits_from_its_entry() -> None:
    (visit,) = visits([queued(3), answered(5)])
    assert (visit.due_ms, visit.begun_ms) == (UNKNOWN, ms(3))


# How a leg was passed on, and whose it was.


def test_a_leg_tells_how_it_was_passed_on_and_whose_team_it_was() -> None:
    (visit,) = visits([queued(0), answered(5, "a", team="north"), ended(20, transfer="warm")])
    assert (visit.team, visit.transfer, visit.ended_ms) == ("north", "warm", ms(20))
    (visit,) = visits([queued(0), answered(5), ended(20)])
    assert (visit.team, visit.transfer) == ("", "")


def test_the_first_end_of_a_leg_tells_how_it_was_passed_on() -> None:
    facts = [queued(0), answered(5), ended(20, transfer="blind"), ended(21, transfer="warm")]
    assert {v.transfer for order in permutations(facts) for v in visits(order)} == {"blind"}


def test_the_end_of_a_contact_passes_nothing_on() -> None:
    (visit,) = visits([queued(0), answered(5), contact_ended(20)])
    assert (visit.ended_ms, visit.transfer) == (ms(20), "")


# Corrections and retractions.

QUEUED, ANSWERED = queued(0, uid="q"), answered(9, uid="o")


def by_uid(facts: Iterable[Fact]) -> dict[str, Fact]:
    return {one.uid: one for one in facts}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([], {QUEUED, ANSWERED}),
        ([corrected(50, ANSWERED, answered(7))], {QUEUED, answered(7, uid="o")}),
        ([corrected(50, ANSWERED, abandoned(3))], {QUEUED, abandoned(3, uid="o")}),  # another kind
        ([retracted(50, ANSWERED)], {QUEUED}),
        (  # corrected twice: the later correction counts
            [corrected(50, ANSWERED, answered(7)), corrected(60, ANSWERED, answered(8))],
            {QUEUED, answered(8, uid="o")},
        ),
        (  # what was corrected is taken back
            [corrected(50, ANSWERED, answered(7)), retracted(60, ANSWERED)],
            {QUEUED},
        ),
        (  # what was taken back is told again
            [retracted(50, ANSWERED), corrected(60, ANSWERED, answered(7))],
            {QUEUED, answered(7, uid="o")},
        ),
        (  # of one instant, a retraction counts
            [corrected(50, ANSWERED, answered(7)), retracted(50, ANSWERED)],
            {QUEUED},
        ),
        (  # each of what it names
            [corrected(50, ANSWERED, answered(7)), retracted(50, QUEUED)],
            {answered(7, uid="o")},
        ),
        ([retracted(50, left(3, uid="nobody's"))], {QUEUED, ANSWERED}),  # of what never came
        ([corrected(50, left(3, uid="n"), left(4))], {QUEUED, ANSWERED, left(4, uid="n")}),
    ],
)
def test_what_facts_come_to_once_they_are_corrected(told: list[Fact], expected: set[Fact]) -> None:
    for order in permutations([QUEUED, ANSWERED, *told]):
        assert set(effective(by_uid(order))) == expected
        assert len(effective(by_uid(order))) == len(expected)


def test_a_correction_carries_all_that_a_fact_says() -> None:
    right = Fact(ms(4), Kind.VISIT_QUEUED, "ignored", 3, "Rückfragen 客服", "callback", "1\t2")
    (found,) = effective(by_uid([QUEUED, corrected(50, QUEUED, right)]))
    assert found == right._replace(uid=QUEUED.uid)


def test_a_correction_moves_a_visit() -> None:
    facts = by_uid([QUEUED, ANSWERED, corrected(50, QUEUED, queued(2, "sales"))])
    (visit,) = visits(effective(facts))
    assert (visit.queue, visit.wait_ms) == ("sales", 7_000)
