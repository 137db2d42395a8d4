"""The order in which facts of one instant, and of two clocks, are read."""

from itertools import permutations

import pytest
from support.factories import (
    abandoned,
    answered,
    contact_ended,
    contact_started,
    declined,
    ended,
    fact,
    held,
    left,
    offered,
    queued,
    resumed,
    state,
    wrapped_up,
)

from stream.domain.fact import Fact
from stream.domain.kinds import Kind
from stream.domain.order import arranged, in_order

pytestmark = pytest.mark.pure


def message(at: float, by: str) -> Fact:
    return fact(Kind.MESSAGE_SENT, at, text=("", by))


def over(at: float, agent: str) -> Fact:
    return fact(Kind.LEG_ENDED, at, text=(agent,))


def numbered(told: Fact, sequence: str, source: str = "/pbx") -> Fact:
    return told._replace(uid=f"{source}\t{told.uid}", sequence=sequence)


def by(source: str, told: Fact) -> Fact:
    return told._replace(uid=f"{source}\t{told.uid}")


STORIES = {
    "a whole call": [
        *(contact_started(0), queued(0), offered(0, "ana"), answered(0, "ana"), held(0), resumed(0)),
        *(ended(0), wrapped_up(0), contact_ended(0)),
    ],
    "overflow": [queued(0, "a"), left(9), queued(9, "b"), answered(9, "ana"), ended(9), contact_ended(9)],
    "a loop": [queued(0, "a"), left(9), queued(9, "a"), left(18), queued(18, "a"), abandoned(25)],
    "a transfer": [
        *(queued(0, "a"), answered(5, "ana"), over(9, "ana"), queued(9, "b"), answered(9, "ben")),
        *(over(20, "ben"), contact_ended(20)),
    ],
    "an answer, then another queue": [queued(0, "a"), answered(9, "ana"), queued(9, "b")],
    "a question, its answer, and the end": [
        *(queued(0), answered(3), message(9, "customer"), message(9, "bot"), message(9, "agent")),
        contact_ended(9),
    ],
    "held once more": [queued(0), answered(3), held(5), resumed(9), held(9), resumed(15)],
    "declined, and offered to another": [
        *(queued(0), offered(1, "ana"), declined(9, "ana"), offered(9, "ben"), answered(9, "ben")),
    ],
    "a race": [queued(0), offered(1, "ana"), offered(1, "ben"), answered(9, "ben"), declined(9, "ana")],
    "hung up while it rang": [queued(0), offered(1, "ana"), abandoned(9), declined(9, "ana")],
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_of_one_instant_facts_are_read_by_what_they_mean(story: list[Fact]) -> None:
    several = [told for told in story if sum(other.at_ms == told.at_ms for other in story) > 1]
    others = [told for told in story if told not in several]
    for order in list(permutations(several))[:5_040]:
        assert in_order([*order, *others]) == story


@pytest.mark.parametrize("name", ["left", "queued", "answered"])
def test_how_an_id_is_spelled_decides_nothing(name: str) -> None:
    story = [queued(0, "a"), left(9), queued(9, "b"), answered(9)]
    kinds = {"left": Kind.VISIT_LEFT, "queued": Kind.VISIT_QUEUED, "answered": Kind.VISIT_ANSWERED}
    for spelled in ("0", "9", "10", "zz"):
        told = [f._replace(uid=f"/p\t{spelled}") if f.kind == kinds[name] else f for f in story]
        assert [f.kind for f in in_order(told)] == [f.kind for f in story]


def test_a_sequence_orders_what_one_source_tells_of_one_instant() -> None:
    entry = numbered(queued(0), "0011")
    goodbye, end = numbered(message(9, "customer"), "0013"), numbered(contact_ended(9), "0012")
    assert in_order([goodbye, entry, end]) == [entry, end, goodbye]
    other = numbered(message(9, "customer"), "0010", "/chat")
    assert in_order([other, entry, end]) == [entry, other, end]


def test_a_fact_that_makes_no_sense_waits_for_what_another_source_tells_within_a_second() -> None:
    entry, answer = by("/acd", queued(10)), by("/desk", answered(9.5, "ana"))
    assert in_order([answer, entry]) == [entry, answer]
    first, second, out = by("/acd", queued(0, "a")), by("/acd", queued(9.5, "b")), by("/pbx", left(10))
    assert in_order([first, second, out]) == [first, out, second]


@pytest.mark.parametrize(
    ("early", "late"),
    [
        (by("/acd", answered(9.5)), by("/acd", queued(10))),  # one clock
        (by("/desk", answered(8.9)), by("/acd", queued(10))),  # longer than a second
        (by("/desk", message(9.5, "customer")), by("/acd", queued(10))),  # it makes sense where it stands
    ],
)
def test_else_time_decides(early: Fact, late: Fact) -> None:
    assert in_order([late, early]) == [early, late]


def states(*names: str, at: float = 60) -> list[Fact]:
    return [state(at, name) for name in names]


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("talking", ["wrapup", "available"]),
        ("available", ["ringing", "talking", "wrapup", "available"]),
        ("wrapup", ["available", "ringing"]),
        ("not_ready", ["available", "not_ready"]),
        ("logged_out", ["not_ready", "available"]),
    ],
)
def test_states_of_one_instant_go_along_the_cycle_of_work(before: str, told: list[str]) -> None:
    first = state(0, before)
    for order in permutations(states(*told)):
        assert [fact.a for fact in arranged([first, *order])] == [before, *told]


def test_states_in_a_sequence_need_not() -> None:
    told = [numbered(state(60, name), f"{n:03}") for n, name in enumerate(("available", "wrapup"))]
    assert list(arranged([state(0, "talking"), *reversed(told)]))[1:] == told
