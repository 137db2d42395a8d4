"""How a visit stands: the same visits added up one by one are what panes count together."""

import pytest
from support.factories import abandoned, answered, fact, left, ms, queued

from stream.domain.contact.outcome import Standing, Verdict, counts_of, outcome, read_by, standing, verdict
from stream.domain.contact.visit import Visit, visits
from stream.domain.definition import Attribution, Definition, definitions
from stream.domain.fact import Fact
from stream.domain.kinds import Kind
from stream.domain.service_level import Counts

pytestmark = pytest.mark.pure


def visit(*facts: Fact) -> Visit:
    (found,) = visits([queued(0), *facts])
    return found


OUTCOMES = {
    "waiting": (),
    "answered": (answered(5),),
    "abandoned": (abandoned(5),),
    "callback": (left(5, "callback"),),
    "error": (left(5, "error"),),
    "flowed_out": (left(5, "timeout"),),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_visit_has_one_outcome(name: str) -> None:
    assert outcome(visit(*OUTCOMES[name])) == name


def test_a_target_passes_one_millisecond_after_it() -> None:
    decided = Definition()
    assert standing(visit(), decided, ms(20)) == Standing(ms(20), "")
    assert standing(visit(), decided, ms(20) + 1) == Standing(ms(20), "late")
    assert standing(visit(answered(20)), decided, ms(99)) == Standing(ms(20), "answered_in")
    assert standing(visit(answered(20.001)), decided, ms(99)) == Standing(ms(20), "late")


def test_a_limit_of_nothing_makes_no_short_abandon() -> None:
    none = Definition(short_abandon_ms=0)
    assert standing(visit(abandoned(0)), none, ms(99)).name == "abandoned_in"
    assert standing(visit(abandoned(5)), Definition(), ms(99)).name == "short_abandoned"
    assert standing(visit(abandoned(5.001)), Definition(), ms(99)).name == "abandoned_in"


def test_what_has_left_is_told_apart_by_outcome_when_it_is_late() -> None:
    exited = Definition(attribution=Attribution.EXITED)
    ends = (answered(30), abandoned(30), left(30), left(30, "callback"), left(30, "error"))
    names = [standing(visit(end), exited, ms(99)).name for end in ends]
    assert names == ["late_answered", "late_abandoned", "late_flowed_out", "late_callback", ""]


def test_a_callback_waits_from_the_instant_it_is_due() -> None:
    (due,) = visits([fact(Kind.VISIT_QUEUED, 0, text=("billing", "callback", str(ms(600))))])
    assert standing(due, Definition(), ms(620)).name == ""
    assert standing(due, Definition(), ms(621)) == Standing(ms(620), "late")


def test_an_error_is_left_out_and_who_waits_is_open() -> None:
    assert verdict(visit(left(5, "error")), "", Definition()) is Verdict.OUT
    assert verdict(visit(), "", Definition()) is Verdict.OPEN
    assert verdict(visit(), "late", Definition()) is Verdict.MISS


def test_standings_add_up() -> None:
    assert counts_of(["late", "", "answered_in", "late"]) == Counts(answered_in=1, late=2)


def test_a_callback_is_read_by_what_is_in_force_when_it_is_due_as_panes_are() -> None:
    before, after = Definition(20_000), Definition(60_000)
    timeline = definitions({("billing", "callback"): ((0, before), (ms(300), after))})
    (due,) = visits([fact(Kind.VISIT_QUEUED, 0, text=("billing", "callback", str(ms(600))))])
    assert read_by(due, after, timeline).target_ms == 60_000
    assert (
        read_by(visit(), after, definitions({("billing", "voice"): ((0, before), (ms(300), after))}))
        == before
    )
