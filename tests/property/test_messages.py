"""Replies of random conversations equal a recomputation, in whatever order their facts are told."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.effort import examples
from support.factories import T0
from support.naive_messages import answers

from stream.domain.contact.conversation import ReplyKind, conversation
from stream.domain.fact import Fact
from stream.domain.kinds import Kind

pytestmark = pytest.mark.pure

gaps = st.one_of(st.sampled_from([0, 0, 1, 40_000]), st.integers(1, 900_000), st.just(432_000_000))
#: Ends are rare: each forgets what came before it.
steps = st.sampled_from(
    [
        *(3 * ["customer", "agent", "bot", "queued"]),
        *(2 * ["answered", "left", "leg_ended"]),
        *("wrapped_up", "abandoned", "started", "ended"),
    ]
)
queues = st.sampled_from(["billing", "sales", "support"])
channels = st.sampled_from(["chat", "mail"])


@st.composite
def contacts(draw: st.DrawFn) -> list[Fact]:
    """One contact: messages, visits one after the other or (with numbers) at once, ends and new starts.

    Identities are drawn, so that facts of one millisecond come in any order.
    """
    numbered = draw(st.booleans())
    told = draw(
        st.lists(
            st.tuples(gaps, steps, queues, channels), min_size=draw(st.sampled_from([1, 10, 16])), max_size=24
        )
    )
    names = draw(st.permutations(range(len(told))))
    at_ms, visits = T0, 0
    facts: list[Fact] = []
    for (gap_ms, what, queue, channel), name in zip(told, names, strict=True):
        at_ms += gap_ms
        visits += what == "queued"
        number = 0
        if numbered:
            number = visits if what == "queued" else draw(st.integers(1, max(1, visits)))
        facts.extend(_spelled(what, at_ms, f"/p\t{name:02}", number, (queue, channel)))
    return facts


def _spelled(what: str, at_ms: int, uid: str, number: int, place: tuple[str, str]) -> Iterator[Fact]:
    if what in {"customer", "agent", "bot"}:
        yield Fact(at_ms, Kind.MESSAGE_SENT, uid, 0, "a-1" if what == "agent" else "", what)
    elif what == "queued":
        yield Fact(at_ms, Kind.VISIT_QUEUED, uid, number, *place)
    elif what in {"started", "ended"}:
        yield Fact(at_ms, Kind[f"CONTACT_{what.upper()}"], uid, 0, "", place[1])
    else:
        name = what.upper() if what == "leg_ended" else f"VISIT_{what.upper()}"
        kind = Kind.LEG_WRAPPED_UP if what == "wrapped_up" else Kind[name]
        yield Fact(at_ms, kind, uid, number)


@settings(max_examples=examples(600))
@given(contacts(), st.randoms(use_true_random=False))
def test_replies_equal_a_recomputation_in_any_order(facts: list[Fact], chance: object) -> None:
    shuffled = list(facts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined] # a Random that hypothesis controls
    replies, unanswered = conversation(shuffled)
    expected, expected_open = answers(facts)
    assert [(*r[:2], r.kind.name.lower(), *r[3:]) for r in replies] == [tuple(a) for a in expected]
    assert (unanswered and tuple(unanswered)) == (expected_open and tuple(expected_open))


@settings(max_examples=examples(200))
@given(contacts())
def test_replies_obey_their_definitions(facts: list[Fact]) -> None:
    replies, unanswered = conversation(facts)
    sent = {fact.uid: fact for fact in facts if fact.kind == Kind.MESSAGE_SENT}
    asked = {fact.at_ms for fact in sent.values() if fact.b == "customer"}
    entered = {fact.at_ms for fact in facts if fact.kind == Kind.VISIT_QUEUED}
    assert all(reply.wait_ms >= 0 and reply.series for reply in replies)
    assert len({(reply.uid, reply.kind) for reply in replies}) == len(replies)
    for reply in replies:
        assert sent[reply.uid].b in ({"agent", "bot"} if reply.kind == ReplyKind.ANY else {"agent"})
        if reply.kind != ReplyKind.FIRST:
            since = reply.at_ms - reply.wait_ms
            assert since in (asked if reply.kind == ReplyKind.ANY else asked | entered)
    if unanswered is not None:
        assert unanswered.since_ms in asked | entered
