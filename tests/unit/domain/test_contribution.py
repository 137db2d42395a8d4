"""What visits contribute: each is decided once, at the earliest of its exit and its entry plus the target."""

from collections.abc import Callable

import pytest
from support.factories import (
    abandoned,
    answered,
    callback,
    contact_ended,
    ended,
    held,
    left,
    ms,
    queued,
    resumed,
    wrapped_up,
)

from stream.domain.contact.contribution import Contribution, Live, Tag, contributions, live, stop_clocks
from stream.domain.contact.visit import visits
from stream.domain.definition import ClockStop, Definition, definitions
from stream.domain.fact import Fact

pytestmark = pytest.mark.pure

DEFAULT = definitions()  # target 20 s, short abandon 5 s
BILLING = "c\tbilling\tvoice"
BY_ENTRY = {Tag.ANSWERED: "A", Tag.ABANDONED: "X", Tag.LEFT: "F"}
OUTCOMES = {Tag.ANSWERED: answered, Tag.ABANDONED: abandoned, Tag.LEFT: left}


def booked(*facts: Fact) -> dict[int, Contribution]:
    """The contributions of one visit by tag; no tag is booked twice."""
    found = contributions(visits(facts), DEFAULT)
    by_tag = {moment.tag: moment for moment in found}
    assert len(by_tag) == len(found)
    return by_tag


def test_an_entry_is_booked_when_it_happens() -> None:
    assert booked(queued(3)) == {Tag.OFFERED: Contribution(ms(3), BILLING, 1, Tag.OFFERED)}


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
    assert set(found) == {Tag.OFFERED, Tag.BY_ENTRY, tag} | (set() if within else {Tag.LATE})
    wait_ms = round(wait * 1000)
    assert found[Tag.BY_ENTRY] == Contribution(
        ms(100), BILLING, 1, Tag.BY_ENTRY, wait_ms, reason=BY_ENTRY[tag]
    )
    if not within:
        assert found[Tag.LATE] == Contribution(ms(120), BILLING, 1, Tag.LATE)


def test_each_queue_has_its_own_target() -> None:
    rules = definitions({("sales", ""): Definition(target_ms=60_000)}, {"chat": Definition(target_ms=7_000)})
    facts = [queued(0, "sales"), answered(60), queued(100, "billing", "chat"), answered(107.001)]
    late = [moment for moment in contributions(visits(facts), rules) if moment.tag == Tag.LATE]
    assert late[:1] == [Contribution(ms(107), "c\tbilling\tchat", 2, Tag.LATE)]
    assert [moment.series for moment in late[1:]] == ["k\tvoice"]


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
        ([held(2), resumed(9), ended(12), wrapped_up(12)], (2_000, 0, 0)),  # no hold before the answer
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


# What each visit is booked as where it was offered, and to every target.


@pytest.mark.parametrize(
    ("reason", "letter"),
    [("overflow", "F"), ("timeout", "F"), ("transfer", "F"), ("callback", "K"), ("error", None)],
)
@pytest.mark.parametrize("wait", [3, 99])
def test_who_left_is_booked_where_offered_but_an_error_is_nobodys(
    reason: str, letter: str | None, wait: int
) -> None:
    found = booked(queued(0), left(wait, reason))
    if letter is None:
        assert Tag.BY_ENTRY not in found
    else:
        assert found[Tag.BY_ENTRY] == Contribution(
            ms(0), BILLING, 1, Tag.BY_ENTRY, wait * 1000, reason=letter
        )


@pytest.mark.parametrize(
    ("leaves", "verdict"),
    [
        (answered(16), "in"),
        (abandoned(16), "abandoned"),
        (left(16), "flowed_out"),
        (left(16, "callback"), "callback"),
        (left(16, "error"), "error"),
    ],
)
def test_of_several_targets_each_decides_for_itself(leaves: Fact, verdict: str) -> None:
    #   0 queued    10 first target    16 out    20 and 60: two more targets
    several = definitions(default=Definition(20_000, 5_000, all_targets_ms=(10_000, 20_000, 60_000)))
    found = [m for m in contributions(visits([queued(0), leaves]), several) if m.tag == Tag.DECIDED]
    assert found == [
        Contribution(ms(10), BILLING, 1, Tag.DECIDED, 10_000, reason="late"),
        Contribution(ms(16), BILLING, 1, Tag.DECIDED, 20_000, reason=verdict),
        Contribution(ms(16), BILLING, 1, Tag.DECIDED, 60_000, reason=verdict),
    ]


@pytest.mark.parametrize(("wait", "verdict"), [(5, "short"), (5.001, "abandoned"), (20.001, "late")])
def test_a_short_abandon_is_one_to_every_target(wait: float, verdict: str) -> None:
    several = definitions(default=Definition(all_targets_ms=(20_000,)))
    (found,) = [
        m for m in contributions(visits([queued(0), abandoned(wait)]), several) if m.tag == Tag.DECIDED
    ]
    assert (found.x, found.reason) == (20_000, verdict)


def test_without_other_targets_none_is_decided() -> None:
    assert Tag.DECIDED not in booked(queued(0), answered(5))


# Definitions that change.

STRICT, LAX = Definition(target_ms=10_000), Definition(target_ms=60_000, short_abandon_ms=9_000)
MIDNIGHT = 14 * 3600  # T0 is ten in the morning
CHANGING = definitions({("billing", ""): ((0, STRICT), (ms(MIDNIGHT), LAX))})


@pytest.mark.parametrize(
    ("entry", "target"),
    [(MIDNIGHT - 5, 10), (MIDNIGHT - 0.001, 10), (MIDNIGHT, 60), (MIDNIGHT + 5, 60)],
)
def test_a_visit_is_read_by_the_definition_under_which_it_began(entry: float, target: float) -> None:
    # Decided and left after midnight, all of them.
    def late(wait: float) -> list[Contribution]:
        found = contributions(visits([queued(entry), answered(entry + wait)]), CHANGING)
        return [moment for moment in found if moment.tag == Tag.LATE]

    assert late(target) == []
    assert late(target + 0.001) == [Contribution(ms(entry + target), BILLING, 1, Tag.LATE)]


@pytest.mark.parametrize(("entry", "short"), [(MIDNIGHT - 1, False), (MIDNIGHT, True)])
def test_what_is_short_follows_the_same_definition(entry: float, *, short: bool) -> None:
    found = contributions(visits([queued(entry), abandoned(entry + 9)]), CHANGING)
    (out,) = [moment for moment in found if moment.tag == Tag.ABANDONED]
    assert bool(out.z) is short


def test_a_callback_is_read_by_the_definition_under_which_it_is_due() -> None:
    # Asked for before midnight and due after it: who waits is read the same way while still waiting.
    facts = [callback(MIDNIGHT - 600, MIDNIGHT + 600), answered(MIDNIGHT + 661)]
    (late,) = [m for m in contributions(visits(facts), CHANGING) if m.tag == Tag.LATE]
    assert late.at_ms == ms(MIDNIGHT + 660)


def test_a_callback_that_stands_otherwise_by_a_later_promise_is_moved_where_it_was_offered() -> None:
    before, after = Definition(20_000, 5_000), Definition(30_000, 0)
    rules = definitions({("billing", ""): ((0, before), (ms(MIDNIGHT), after))})

    def moved(fate: Fact, due: float = MIDNIGHT + 60) -> list[tuple[int, int, str]]:
        found = contributions(visits([callback(MIDNIGHT - 60, due), fate]), rules)
        return [(m.at_ms, m.x, m.reason) for m in found if m.tag == Tag.MOVED]

    there, due = ms(MIDNIGHT - 60), MIDNIGHT + 60
    assert moved(answered(due + 25)) == [(there, -1, "late_answered"), (there, 1, "answered_in")]
    assert moved(abandoned(due + 3)) == [(there, -1, "short_abandoned"), (there, 1, "abandoned_in")]
    assert moved(left(due + 25)) == [(there, -1, "late_flowed_out"), (there, 1, "flowed_out_in")]
    assert moved(left(due + 25, "callback")) == [(there, -1, "late_callback"), (there, 1, "callback_in")]
    for same in (answered(due + 9), answered(due + 40), left(due + 25, "error")):
        assert moved(same) == []
    assert moved(answered(MIDNIGHT - 5), due=MIDNIGHT - 30) == []


# Callbacks.


def test_a_callback_is_decided_by_its_target_from_when_it_is_due() -> None:
    found = booked(callback(0, 600), answered(625))
    assert (found[Tag.OFFERED].at_ms, found[Tag.ANSWERED].x, found[Tag.LATE].at_ms) == (
        ms(0),
        25_000,
        ms(620),
    )


def test_every_target_of_a_callback_runs_from_when_it_is_due() -> None:
    several = definitions(default=Definition(all_targets_ms=(20_000, 60_000)))
    found = contributions(visits([callback(0, 600), answered(625)]), several)
    assert [(m.at_ms, m.x, m.reason) for m in found if m.tag == Tag.DECIDED] == [
        (ms(620), 20_000, "late"),
        (ms(625), 60_000, "in"),
    ]


PROMISED_BY = [queued(0, visit=1), left(30, "callback", visit=1), callback(31, 600, visit=2)]


def test_a_promised_callback_has_been_waited_for_since_the_first_entry() -> None:
    found = contributions(visits([*PROMISED_BY, answered(660, visit=2)]), DEFAULT)
    (promised,) = [moment for moment in found if moment.tag == Tag.PROMISED]
    assert promised == Contribution(ms(660), "c\tbilling\tcallback", 2, Tag.PROMISED, 660_000)


def test_a_second_promise_is_waited_for_since_the_entry_that_led_to_it() -> None:
    kept = [*PROMISED_BY, answered(660, visit=2), ended(700, visit=2)]
    again = [queued(1000, visit=3), left(1030, "callback", visit=3), callback(1031, 1600, visit=4)]
    found = contributions(visits([*kept, *again, answered(1650, visit=4)]), DEFAULT)
    assert [(m.number, m.x) for m in found if m.tag == Tag.PROMISED] == [(2, 660_000), (4, 650_000)]


@pytest.mark.parametrize(
    "facts",
    [
        PROMISED_BY,  # still waited for
        [*PROMISED_BY, abandoned(660, visit=2)],
        [*PROMISED_BY[:1], left(30, "overflow", visit=1), PROMISED_BY[2], answered(660, visit=2)],
        [callback(31, 600, visit=2), answered(660, visit=2)],  # nobody asked, as far as is known
        [*PROMISED_BY[:2], queued(31, "billing", "voice", visit=2), answered(660, visit=2)],
    ],
)
def test_only_an_answered_callback_that_was_asked_for_ends_a_promise(facts: list[Fact]) -> None:
    assert [m for m in contributions(visits(facts), DEFAULT) if m.tag == Tag.PROMISED] == []


# Legs: how they were passed on, and the teams that had them.


@pytest.mark.parametrize("how", ["blind", "warm"])
def test_a_leg_that_was_passed_on_is_booked_when_it_ended(how: str) -> None:
    found = booked(queued(0), answered(5), ended(20, transfer=how))
    assert found[Tag.TRANSFERRED] == Contribution(ms(20), BILLING, 1, Tag.TRANSFERRED, reason=how)
    assert Tag.TRANSFERRED not in booked(queued(0), answered(5), ended(20))
    assert Tag.TRANSFERRED not in booked(queued(0), abandoned(5), ended(20, transfer=how))


@pytest.mark.parametrize(
    ("facts", "end"),
    [
        ([], None),
        ([ended(20)], 20),
        ([ended(20), wrapped_up(50)], 20),
        ([wrapped_up(50)], 50),
        ([contact_ended(30)], 30),
        ([ended(3)], 5),  # clocks differ: it did not end before it began
    ],
)
def test_a_team_has_a_leg_from_the_answer_to_its_end(facts: list[Fact], end: float | None) -> None:
    found = booked(queued(0), answered(5, team="north"), *facts)
    assert found[Tag.LEG_BEGAN] == Contribution(ms(5), "a\tnorth", 1, Tag.LEG_BEGAN, reason="voice")
    if end is None:
        assert Tag.LEG_ENDED not in found
    else:
        assert found[Tag.LEG_ENDED] == Contribution(ms(end), "a\tnorth", 1, Tag.LEG_ENDED, reason="voice")


def test_without_a_team_no_leg_is_booked() -> None:
    assert not {Tag.LEG_BEGAN, Tag.LEG_ENDED} & set(booked(queued(0), answered(5), ended(20)))


# Each contact once.


def test_later_visits_are_booked_once_more_to_be_taken_away() -> None:
    #  0 queued billing  25 left  25 queued sales (chat)  50 answered  90 queued support  92 abandoned
    facts = [queued(0), left(25), queued(26, "sales", "chat"), answered(50), ended(80), wrapped_up(85)]
    facts += [queued(90, "support"), abandoned(92)]
    found = contributions(visits(facts), definitions())
    again = [moment for moment in found if moment.series.startswith("k")]
    assert {moment.series for moment in again} == {"k\tvoice"}  # the channel of the first visit
    assert [(m.number, m.tag) for m in again] == [
        (2, Tag.OFFERED),
        (2, Tag.ANSWERED),
        (2, Tag.LATE),
        (3, Tag.OFFERED),
        (3, Tag.ABANDONED),
    ]
    originals = [m for m in found if m.number > 1 and m.series.startswith("c") and m.tag in ONCE]
    assert [m._replace(series="") for m in again] == [m._replace(series="") for m in originals]


def test_the_first_visit_is_the_one_that_was_queued_first() -> None:
    facts = [queued(9, "sales", visit=1), queued(3, "billing", visit=2)]
    again = [m for m in contributions(visits(facts), DEFAULT) if m.series.startswith("k")]
    assert [(m.number, m.at_ms) for m in again] == [(1, ms(9))]


def test_a_contact_with_one_visit_is_not_taken_away_from() -> None:
    found = contributions(visits([queued(0), answered(5), ended(9)]), DEFAULT)
    assert [m for m in found if m.series.startswith("k")] == []


ONCE = {Tag.OFFERED, Tag.ANSWERED, Tag.ABANDONED, Tag.LEFT, Tag.LATE}


# A wait that ends when an agent accepts.

ACCEPTED = Definition(clock_stop=ClockStop.ACCEPTED)


def stopped(*facts: Fact, by: Definition = ACCEPTED) -> dict[int, Contribution]:
    """The contributions of one visit by tag, its clock stopped by a definition."""
    rules = definitions(default=by)
    found = visits(facts)
    stop_clocks(found, rules)
    return {moment.tag: moment for moment in contributions(found, rules) if moment.tag != Tag.DECIDED}


def test_a_wait_may_end_when_an_agent_accepts() -> None:
    facts = [queued(0), answered(25, team="north", accepted=18), ended(65), wrapped_up(70)]
    found = stopped(*facts)
    assert found[Tag.ANSWERED][:7] == (ms(18), BILLING, 1, Tag.ANSWERED, 18_000, True, False)
    assert Tag.LATE not in found
    assert found[Tag.BY_ENTRY].x == 18_000
    # What lies between is neither wait nor talk: the leg begins with the connection.
    assert found[Tag.HANDLED][4:7] == (40_000, 0, 5_000)
    assert found[Tag.LEG_BEGAN].at_ms == ms(25)
    plain = stopped(*facts, by=Definition())
    assert plain[Tag.ANSWERED][:7] == (ms(25), BILLING, 1, Tag.ANSWERED, 25_000, False, False)
    assert plain[Tag.LATE].at_ms == ms(20)
    assert plain[Tag.HANDLED] == found[Tag.HANDLED]


@pytest.mark.parametrize(
    ("entry", "accepted", "wait_ms"),
    [
        (queued(0), None, 25_000),
        (queued(0), 0, 0),
        (queued(0), -0.001, 25_000),  # before the queue entry: ignored
        (queued(0), 25, 25_000),
        (queued(0), 25.001, 25_000),  # after the connection: ignored
        (callback(0, 10), 5, 0),  # before it was due, the callback did not wait
        (callback(0, 10), 15, 5_000),
    ],
)
def test_an_acceptance_counts_from_the_queue_entry_to_the_connection(
    entry: Fact, accepted: float | None, wait_ms: int
) -> None:
    assert stopped(entry, answered(25, accepted=accepted))[Tag.ANSWERED].x == wait_ms


def test_a_visit_waits_by_the_clock_in_force_when_it_began_to_wait() -> None:
    rules = definitions({("billing", ""): ((0, Definition()), (ms(5), ACCEPTED))})
    for entry, left_ms in ((queued(4.999), ms(25)), (queued(5), ms(18))):
        found = visits([entry, answered(25, accepted=18)])
        stop_clocks(found, rules)
        assert found[0].exit_ms == left_ms


def test_talk_of_who_was_accepted_begins_with_the_connection() -> None:
    found = visits([queued(0), answered(25, accepted=18)])
    stop_clocks(found, definitions(default=ACCEPTED))
    assert live(found) == (Live(waiting=False, series=BILLING, since_ms=ms(25)),)


# Live state: all that is still open.


def now(*facts: Fact) -> tuple[Live, ...]:
    return live(visits(facts))


def test_who_waits_and_who_talks() -> None:
    assert now() == ()
    assert now(answered(5)) == ()
    assert now(queued(3)) == (Live(waiting=True, series=BILLING, since_ms=ms(3)),)
    talks = Live(waiting=False, series=BILLING, since_ms=ms(9))
    assert now(queued(3), answered(9)) == (talks,)
    assert now(queued(3), answered(9), held(12)) == (talks,)
    assert now(queued(3), answered(9, team="north")) == (talks._replace(team="north"),)


@pytest.mark.parametrize("last", [ended, wrapped_up])
def test_a_leg_is_over_when_it_ended_or_was_wrapped_up(last: Callable[..., Fact]) -> None:
    assert now(queued(3), answered(9), last(20)) == ()


@pytest.mark.parametrize("leaves", [abandoned, left])
def test_who_left_is_gone(leaves: Callable[..., Fact]) -> None:
    assert now(queued(3), leaves(9)) == ()


@pytest.mark.parametrize("facts", [[queued(0)], [queued(0), answered(5)]])
def test_the_end_of_the_contact_ends_waiting_and_talking(facts: list[Fact]) -> None:
    assert now(*facts) != ()
    assert now(*facts, contact_ended(20)) == ()


def test_a_callback_waits_from_the_instant_it_is_due() -> None:
    assert now(callback(0, 600)) == (Live(waiting=True, series="c\tbilling\tcallback", since_ms=ms(600)),)


def test_after_a_transfer_the_contact_waits_again() -> None:
    found = now(queued(0), answered(5), ended(30), queued(31, "sales"))
    assert found == (Live(waiting=True, series="c\tsales\tvoice", since_ms=ms(31)),)


def test_who_waits_in_two_queues_while_an_agent_stays_on_the_line_does_all_of_it() -> None:
    # A warm transfer to whichever of two queues is quicker.
    facts = [queued(0, visit=1), answered(5, team="north", visit=1)]
    facts += [queued(60, "sales", visit=2), queued(61, "support", visit=3)]
    assert now(*facts) == (
        Live(waiting=False, series=BILLING, since_ms=ms(5), team="north"),
        Live(waiting=True, series="c\tsales\tvoice", since_ms=ms(60)),
        Live(waiting=True, series="c\tsupport\tvoice", since_ms=ms(61)),
    )
    assert [doing.series for doing in now(*facts, answered(70, visit=3), ended(71, visit=1))] == [
        "c\tsales\tvoice",
        "c\tsupport\tvoice",
    ]
