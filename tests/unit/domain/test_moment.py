"""What visits contribute: each is decided once, at the earliest of its exit and its entry plus the target."""

from collections.abc import Callable

import pytest
from support.factories import (
    abandoned,
    answered,
    ended,
    held,
    left,
    ms,
    queued,
    resumed,
    wrapped_up,
)

from stream.domain.contact import visits
from stream.domain.definition import Definition, definitions
from stream.domain.fact import Fact
from stream.domain.moment import Live, Moment, Tag, live, moments

pytestmark = pytest.mark.pure

DEFAULT = definitions()  # target 20 s, short abandon 5 s
BILLING = "c\tbilling\tvoice"
OUTCOMES = {Tag.ANSWERED: answered, Tag.ABANDONED: abandoned, Tag.LEFT: left}


def booked(*facts: Fact) -> dict[int, Moment]:
    """The moments of one visit by tag; no tag is booked twice."""
    found = moments(visits(facts), DEFAULT)
    by_tag = {moment.tag: moment for moment in found}
    assert len(by_tag) == len(found)
    return by_tag


def test_an_entry_is_booked_when_it_happens() -> None:
    assert booked(queued(3)) == {Tag.OFFERED: Moment(ms(3), BILLING, 1, Tag.OFFERED)}


def test_without_an_entry_nothing_is_booked() -> None:
    assert booked(answered(5), ended(10), wrapped_up(11)) == {}


@pytest.mark.parametrize("tag", OUTCOMES)
@pytest.mark.parametrize(
    ("wait", "within", "short"),
    [
        (0, True, True),
        (5, True, True),  # the limits themselves are inside
        (5.001, True, False),
        (20, True, False),
        (20.001, False, False),
        (700, False, False),
    ],
)
def test_a_visit_is_decided_at_its_exit_or_at_the_target(
    tag: Tag, wait: float, *, within: bool, short: bool
) -> None:
    #    queued          target           exit
    #    |-----------------|................|      late: the miss is booked at the target
    #    |---------|       |                       in time: at the exit, and no miss
    found = booked(queued(100), OUTCOMES[tag](100 + wait))
    out = found[tag]
    assert (out.at_ms, out.x, bool(out.y)) == (ms(100 + wait), round(wait * 1000), within)
    if tag is Tag.ABANDONED:
        assert bool(out.z) is short
    assert set(found) == {Tag.OFFERED, tag} | (set() if within else {Tag.LATE})
    if not within:
        assert found[Tag.LATE] == Moment(ms(120), BILLING, 1, Tag.LATE)


def test_each_queue_has_its_own_target() -> None:
    rules = definitions({("sales", ""): Definition(target_ms=60_000)}, {"chat": Definition(target_ms=7_000)})
    facts = [queued(0, "sales"), answered(60), queued(100, "billing", "chat"), answered(107.001)]
    late = [moment for moment in moments(visits(facts), rules) if moment.tag == Tag.LATE]
    assert late == [Moment(ms(107), "c\tbilling\tchat", 2, Tag.LATE)]


def test_a_wait_of_nothing_is_booked_where_the_exit_was_stamped() -> None:
    found = booked(queued(10), answered(9.5))
    assert (found[Tag.OFFERED].at_ms, found[Tag.ANSWERED].at_ms) == (ms(10), ms(9.5))
    assert (found[Tag.ANSWERED].x, bool(found[Tag.ANSWERED].y)) == (0, True)


def test_why_a_visit_left_is_told() -> None:
    assert booked(queued(0), left(3, "callback"))[Tag.LEFT].reason == "callback"


# Handle time: talk, hold and ACW, booked when the leg is wrapped up.


@pytest.mark.parametrize(
    ("facts", "talk_hold_acw"),
    [
        ([ended(70), wrapped_up(100)], (60_000, 0, 30_000)),
        ([held(20), resumed(35), ended(70), wrapped_up(100)], (45_000, 15_000, 30_000)),
        ([held(20), ended(70), wrapped_up(70)], (10_000, 50_000, 0)),
        ([wrapped_up(100)], (90_000, 0, 0)),  # the end was never told
        ([ended(70), wrapped_up(69)], (60_000, 0, 0)),  # clocks differ: no ACW below nothing
        ([ended(9), wrapped_up(30)], (0, 0, 21_000)),  # ended before it began
        ([held(2), resumed(9), ended(12), wrapped_up(12)], (0, 2_000, 0)),  # no more hold than connection
    ],
)
def test_handle_time(facts: list[Fact], talk_hold_acw: tuple[int, int, int]) -> None:
    handled = booked(queued(0), answered(10), *facts)[Tag.HANDLED]
    assert (handled.x, handled.y, handled.z) == talk_hold_acw
    assert handled.at_ms == facts[-1].at_ms


@pytest.mark.parametrize(
    "facts", [[answered(10), ended(70)], [abandoned(10), wrapped_up(20)], [left(10), wrapped_up(20)]]
)
def test_only_an_answered_leg_that_was_wrapped_up_is_handled(facts: list[Fact]) -> None:
    assert Tag.HANDLED not in booked(queued(0), *facts)


# Live state: what is still open.


def now(*facts: Fact, over: bool = False) -> Live | None:
    return live(visits(facts), ended=over)


def test_who_waits_and_who_talks() -> None:
    assert now() is None
    assert now(answered(5)) is None
    assert now(queued(3)) == Live(waiting=True, series=BILLING, since_ms=ms(3))
    assert now(queued(3), answered(9)) == Live(waiting=False, series=BILLING, since_ms=ms(9))
    assert now(queued(3), answered(9), held(12)) == Live(waiting=False, series=BILLING, since_ms=ms(9))


@pytest.mark.parametrize("last", [ended, wrapped_up])
def test_a_leg_is_over_when_it_ended_or_was_wrapped_up(last: Callable[..., Fact]) -> None:
    assert now(queued(3), answered(9), last(20)) is None


@pytest.mark.parametrize("leaves", [abandoned, left])
def test_who_left_is_gone(leaves: Callable[..., Fact]) -> None:
    assert now(queued(3), leaves(9)) is None


@pytest.mark.parametrize("facts", [[queued(0)], [queued(0), answered(5)]])
def test_the_end_of_the_contact_ends_waiting_and_talking(facts: list[Fact]) -> None:
    assert now(*facts, over=True) is None


def test_after_a_transfer_the_contact_waits_again() -> None:
    found = now(queued(0), answered(5), ended(30), queued(31, "sales"))
    assert found == Live(waiting=True, series="c\tsales\tvoice", since_ms=ms(31))


def test_who_waits_in_a_second_queue_while_the_first_agent_stays_on_the_line_waits() -> None:
    # A warm transfer, or a vendor that lost the end of the first leg: nobody sees this contact wait.
    found = now(queued(0, visit=1), answered(5, visit=1), queued(60, "sales", visit=2))
    assert found is not None
    assert found.waiting
