"""When people (and bots) reply: first and average response time, through bots, hand-offs and reopenings."""

from itertools import permutations

import pytest
from support.factories import abandoned, answered, contact_ended, ended, fact, left, ms, queued, wrapped_up

from stream.domain.contact.conversation import Conversation, Reply, ReplyKind, Unanswered, conversation, posts
from stream.domain.fact import Fact
from stream.domain.histogram import bucket_of
from stream.domain.kinds import Kind

pytestmark = pytest.mark.pure

FIRST, NEXT, ANY = ReplyKind.FIRST, ReplyKind.NEXT, ReplyKind.ANY
BILLING, SALES = "c\tbilling\tchat", "c\tsales\tchat"
DAY = 86_400


def started(at: float) -> Fact:
    return fact(Kind.CONTACT_STARTED, at)


def entered(at: float, queue: str = "billing") -> Fact:
    return queued(at, queue, "chat")


def customer(at: float) -> Fact:
    return fact(Kind.MESSAGE_SENT, at, text=("", "customer"))


def agent(at: float, who: str = "a-1") -> Fact:
    return fact(Kind.MESSAGE_SENT, at, text=(who, "agent"))


def bot(at: float) -> Fact:
    return fact(Kind.MESSAGE_SENT, at, text=("", "bot"))


def waits(kind: ReplyKind, *facts: Fact) -> list[tuple[float, float]]:
    """When a clock stopped, and how long it ran, in seconds."""
    found = conversation(facts).replies
    return [((r.at_ms - ms(0)) / 1000, r.wait_ms / 1000) for r in found if r.kind == kind]


def unanswered(*facts: Fact) -> tuple[float, bool] | None:
    """Since which second a customer waits, and whether for the first time."""
    now = conversation(facts).open
    return now and ((now.since_ms - ms(0)) / 1000, now.first)


# The first reply.


def test_one_reply_stops_every_clock() -> None:
    facts = [started(0), entered(1), customer(5), answered(20), reply := agent(65)]
    assert conversation(facts) == Conversation(
        (
            Reply(ms(65), BILLING, FIRST, 65_000, reply.uid),
            Reply(ms(65), BILLING, NEXT, 60_000, reply.uid),
            Reply(ms(65), BILLING, ANY, 60_000, reply.uid),
        )
    )


@pytest.mark.parametrize(
    "before",
    [
        [started(0), customer(5)],
        [customer(0), started(5)],
        [customer(0)],
        [entered(0), customer(3)],
    ],
)
def test_the_first_reply_counts_from_the_first_trace_of_the_contact(before: list[Fact]) -> None:
    assert waits(FIRST, *before, entered(8), agent(30), customer(40), agent(60)) == [(30, 30)]


def test_the_first_reply_counts_once() -> None:
    facts = [entered(0), customer(1), agent(10, "a-1"), customer(20), agent(30, "a-2")]
    assert waits(FIRST, *facts) == [(10, 10)]


def test_after_a_bot_the_first_reply_counts_from_the_hand_off() -> None:
    #  0 customer   2 bot   60 queued   100 agent
    facts = [customer(0), bot(2), entered(60), agent(100)]
    assert waits(FIRST, *facts) == [(100, 40)]
    assert waits(NEXT, *facts) == [(100, 40)]
    assert waits(ANY, *facts) == [(2, 2)]


def test_without_a_bot_a_queue_entry_does_not_restart_the_clock() -> None:
    assert waits(FIRST, customer(0), entered(60), agent(100)) == [(100, 100)]


def test_an_overflow_does_not_restart_the_clock() -> None:
    facts = [customer(0), entered(0), left(600), entered(600, "sales"), agent(660)]
    assert waits(FIRST, *facts) == [(660, 660)]


def test_a_notice_of_a_bot_in_the_queue_is_no_reply_of_people() -> None:
    # "You are number three in line" does not make the overflow a hand-off, nor answer the customer.
    facts = [customer(0), entered(1), bot(2), left(600), entered(600, "sales"), bot(601), agent(660)]
    assert waits(FIRST, *facts) == [(660, 660)]
    assert waits(NEXT, *facts) == [(660, 660)]
    assert waits(ANY, *facts) == [(2, 2)]


def test_of_several_hand_offs_before_the_first_reply_the_latest_counts() -> None:
    facts = [customer(0), bot(1), entered(10), left(70), bot(71), entered(100, "sales"), agent(140)]
    assert waits(FIRST, *facts) == [(140, 40)]


def test_an_overflow_after_the_hand_off_does_not_restart_the_clock() -> None:
    facts = [customer(0), bot(1), entered(10), left(70), entered(70, "sales"), agent(100)]
    assert waits(FIRST, *facts) == [(100, 90)]


def test_an_agent_who_wrote_in_between_takes_the_contact_from_the_bot() -> None:
    assert waits(FIRST, bot(0), agent(1), entered(5), customer(8), agent(10)) == [(10, 2)]


@pytest.mark.parametrize(
    "visit",
    [
        [entered(0), answered(5), ended(20)],
        [entered(0), answered(5), wrapped_up(20)],
        [entered(0), left(20)],
        [entered(10), left(9.5)],  # clocks differ
    ],
)
def test_when_people_let_go_the_bot_may_take_over(visit: list[Fact]) -> None:
    assert waits(FIRST, customer(0), *visit, bot(30), entered(60, "sales"), agent(100)) == [(100, 40)]


def test_a_reply_without_a_hand_off_counts_the_time_of_the_bot_too() -> None:
    facts = [customer(0), bot(2), agent(100), entered(120)]
    assert waits(FIRST, *facts) == [(100, 100)]


# Every reply.


def test_several_messages_of_the_customer_count_once_from_the_first() -> None:
    facts = [entered(0), customer(0), customer(60), customer(120), agent(180)]
    assert waits(NEXT, *facts) == waits(ANY, *facts) == [(180, 180)]


def test_the_second_message_of_an_agent_in_a_row_is_no_reply() -> None:
    facts = [entered(0), customer(0), agent(10), agent(20), agent(30, "a-2"), customer(40), agent(45)]
    assert waits(NEXT, *facts) == waits(ANY, *facts) == [(10, 10), (45, 5)]


def test_what_the_bot_answered_is_not_unanswered() -> None:
    facts = [entered(0), customer(0), answered(5), agent(10), ended(20), customer(30), bot(31), agent(90)]
    assert waits(NEXT, *facts) == [(10, 10)]
    assert waits(ANY, *facts) == [(10, 10), (31, 1)]


@pytest.mark.parametrize("after", [[], [bot(3)], [bot(3), bot(4)]])
def test_what_the_bot_left_unanswered_counts_from_when_it_was_written(after: list[Fact]) -> None:
    #  0 customer   3 bot?   50 customer   60 queued   100 agent
    assert waits(NEXT, customer(0), *after, customer(50), entered(60), agent(100)) == [
        (100, 50 if after else 100)
    ]


def test_once_handed_over_again_the_time_with_the_bot_does_not_count() -> None:
    #  10 agent   20 talk ends   30 customer   31 bot   900 queued again   940 agent
    facts = [
        *(entered(0), customer(0), answered(5), agent(10), ended(20)),
        *(customer(30), bot(31), entered(900, "sales"), agent(940)),
    ]
    assert waits(NEXT, *facts) == [(10, 10), (940, 40)]
    assert waits(FIRST, *facts) == [(10, 10)]


def test_a_hand_off_of_nothing_written_since_is_no_question() -> None:
    facts = [entered(0), customer(0), answered(5), agent(10), ended(20), bot(21), entered(30), agent(40)]
    assert waits(NEXT, *facts) == [(10, 10)]


# Nobody asked.


@pytest.mark.parametrize("before", [[], [started(0)], [started(0), entered(1)], [bot(1), entered(2)]])
def test_who_writes_first_replies_to_nothing(before: list[Fact]) -> None:
    assert conversation([*before, agent(5), entered(9)]) == Conversation()


def test_after_an_unasked_message_the_first_reply_counts_from_the_customers_answer() -> None:
    facts = [started(0), agent(5), entered(6), started(7), customer(DAY), agent(DAY + 40)]
    assert waits(FIRST, *facts) == waits(NEXT, *facts) == [(DAY + 40, 40)]


def test_a_writer_of_no_known_side_is_passed_over() -> None:
    nobody = fact(Kind.MESSAGE_SENT, 2, text=("", "supervisor"))
    assert waits(NEXT, entered(0), customer(1), nobody, agent(4)) == [(4, 3)]


# Reopening.


@pytest.mark.parametrize("reopening", [started(5 * DAY), customer(5 * DAY), entered(5 * DAY, "sales")])
def test_reopened_the_clocks_begin_anew(reopening: Fact) -> None:
    old = [entered(0), customer(0), agent(10), contact_ended(60)]
    new = [reopening, customer(5 * DAY + 1), agent(5 * DAY + 30)]
    assert waits(FIRST, *old, *new) == [(10, 10), (5 * DAY + 30, 30)]


def test_what_was_unanswered_at_the_end_is_not_carried_into_the_reopening() -> None:
    facts = [entered(0), customer(0), contact_ended(60), customer(DAY), agent(DAY + 5)]
    assert waits(NEXT, *facts) == waits(FIRST, *facts) == [(DAY + 5, 5)]


def test_a_reopened_contact_is_booked_on_its_last_queue_unless_it_is_queued_anew() -> None:
    old = [entered(0), customer(0), agent(10), contact_ended(60), customer(DAY)]
    again = conversation([*old, agent(DAY + 5), entered(DAY + 9, "sales")]).replies
    assert [reply.series for reply in again if reply.kind == FIRST] == [BILLING, BILLING]
    anew = conversation([*old, entered(DAY + 2, "sales"), agent(DAY + 5)]).replies
    assert [reply.series for reply in anew if reply.kind == FIRST] == [BILLING, SALES]


def test_a_bot_of_before_makes_no_hand_off_after_the_reopening() -> None:
    facts = [customer(0), bot(1), contact_ended(2), customer(DAY), entered(DAY + 10), agent(DAY + 50)]
    assert waits(FIRST, *facts) == [(DAY + 50, 50)]


def test_visits_of_before_the_reopening_do_not_keep_the_bot_out() -> None:
    # The old visit was never told to be over.
    old = [entered(0), customer(0), contact_ended(60)]
    new = [customer(DAY), bot(DAY + 1), entered(DAY + 10), agent(DAY + 50)]
    assert waits(FIRST, *old, *new) == [(DAY + 50, 40)]


def test_a_reply_after_the_end_still_answers() -> None:
    assert waits(NEXT, entered(0), customer(5), contact_ended(30), agent(30)) == [(30, 25)]


def test_who_abandons_and_comes_back_waits_from_then_on() -> None:
    facts = [customer(0), entered(0), abandoned(60), customer(3600), entered(3610, "sales"), agent(3640)]
    assert waits(FIRST, *facts) == waits(NEXT, *facts) == [(3640, 40)]


def test_an_abandoned_visit_does_not_end_what_another_queue_still_holds() -> None:
    facts = [customer(0), entered(0), abandoned(60), entered(60, "sales"), agent(90)]
    assert waits(FIRST, *facts) == [(90, 90)]
    assert unanswered(*facts[:-1]) == (0, True)


def test_a_visit_of_before_the_reopening_ends_nothing_after_it() -> None:
    old = [queued(0, visit=1), customer(0), contact_ended(60)]
    assert unanswered(*old, customer(DAY), abandoned(DAY + 5, visit=1)) == (DAY, True)


# Where a reply is booked.


def test_a_reply_belongs_to_the_latest_visit_that_had_begun() -> None:
    facts = [entered(0), customer(0), left(5), entered(5, "sales"), agent(9), entered(20, "support")]
    assert {reply.series for reply in conversation(facts).replies} == {SALES}


def test_a_reply_before_any_visit_belongs_to_the_next_of_the_same_life() -> None:
    replies = conversation([customer(0), agent(9), entered(20), entered(30, "sales")]).replies
    assert [(reply.kind, reply.series) for reply in replies] == [
        (FIRST, BILLING),
        (NEXT, BILLING),
        (ANY, BILLING),
    ]


@pytest.mark.parametrize("other", [[], [contact_ended(10), entered(20)], [answered(5)]])
def test_a_reply_that_no_visit_claims_is_left_out(other: list[Fact]) -> None:
    assert conversation([customer(0), agent(9), *other]).replies == ()


# What is unanswered.


def test_nothing_is_unanswered_once_a_person_wrote() -> None:
    assert unanswered(entered(0), customer(1)) == (1, True)
    assert unanswered(entered(0), customer(1), customer(2), bot(3)) == (1, True)
    assert unanswered(entered(0), customer(1), agent(4)) is None
    assert unanswered(entered(0), customer(1), agent(4), customer(7), customer(8)) == (7, False)


def test_what_is_unanswered_belongs_to_the_latest_visit() -> None:
    facts = [customer(0), entered(1), left(5), entered(5, "sales")]
    assert conversation(facts).open == Unanswered(ms(0), SALES, first=True)
    assert unanswered(customer(0)) is None


def test_after_the_hand_off_the_customer_waits_for_people() -> None:
    assert unanswered(customer(0), bot(2)) is None
    assert unanswered(customer(0), bot(2), entered(60)) == (60, True)


@pytest.mark.parametrize("closing", [contact_ended(9), abandoned(9)])
def test_a_contact_that_is_over_leaves_nothing_unanswered(closing: Fact) -> None:
    assert unanswered(entered(0), customer(1), closing) is None
    assert unanswered(entered(0), customer(1), closing, customer(60)) == (60, True)


def test_a_leg_that_ends_after_the_contact_leaves_nothing_unanswered() -> None:
    assert unanswered(entered(0), customer(1), answered(2), contact_ended(9), ended(10)) is None


def test_what_a_survey_bot_was_told_is_not_unanswered() -> None:
    facts = [entered(0), customer(1), answered(2), agent(3), ended(9), bot(10), customer(12), bot(13)]
    assert unanswered(*facts) is None


# The set of the facts decides.


def test_any_order_reads_the_same() -> None:
    facts = [customer(0), bot(0), entered(10), agent(10), contact_ended(20), customer(20)]
    assert len({conversation(order) for order in permutations(facts)}) == 1


def test_clocks_that_differ_make_no_negative_wait() -> None:
    # The agent's clock is behind: the reply reads as unasked, and the customer as waiting.
    assert waits(NEXT, entered(0), customer(10), agent(9.5)) == []
    assert waits(NEXT, entered(0), customer(10), agent(10)) == [(10, 0)]


def test_without_messages_there_is_nothing_to_read() -> None:
    assert conversation([started(0), entered(1), answered(5), contact_ended(9)]) == Conversation()
    assert conversation([]) == Conversation()


# The fields.


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (FIRST, [("fr", 1), ("frw", 40_000), (f"fh{bucket_of(40_000)}", 1)]),
        (NEXT, [("rs", 1), ("rsw", 40_000), (f"rh{bucket_of(40_000)}", 1)]),
        (ANY, [("rb", 1), ("rbw", 40_000)]),
    ],
)
def test_what_a_reply_adds(kind: ReplyKind, fields: list[tuple[str, int]]) -> None:
    assert posts(Reply(ms(40), BILLING, kind, 40_000, "u")) == fields
