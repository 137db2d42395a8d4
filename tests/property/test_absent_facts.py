"""An agent of whom memory has the latest states books what one does of whom it has everything."""

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from support.effort import examples
from support.factories import heartbeat, schedule, state, state_corrected, state_retracted

from stream.domain.agent.timeline import Agent
from stream.domain.entity import Batch
from stream.domain.fact import Fact

pytestmark = pytest.mark.pure

STATES = ("available", "talking", "wrapup", "not_ready", "logged_out")
WAYS = (*("state",) * 12, "late", "twin", "beat", "old beat", "plan", "correct", "retract")


@st.composite
def arrivals(draw: st.DrawFn) -> list[list[Fact]]:
    """Batches of facts of one agent, mostly a new state; the rest refers to what may be long ago."""
    chance = draw(st.randoms(use_true_random=False))
    told = list(_told(chance, draw(st.integers(3, 60)), draw(st.sampled_from([20, 400, 4_000]))))
    batches: list[list[Fact]] = [[]]
    for fact in told:
        batches[-1].append(fact)
        if chance.random() < 0.6:
            batches.append([])
    return batches


def _told(chance: Random, count: int, pause: int) -> Iterator[Fact]:
    now, uids = 0.0, ["s0"]
    for n in range(count):
        now += chance.choice((0, chance.randrange(pause)))
        ago = max(0.0, now - chance.randrange(12 * pause))
        uid = chance.choice((chance.choice(uids), chance.choice(uids[-4:]), f"s{n + chance.randrange(3)}"))
        what = state(now, chance.choice(STATES), uid=f"s{n}")
        match chance.choice(WAYS):
            case "late":
                what = what._replace(at_ms=state(ago, "available").at_ms)
            case "twin":
                what = what._replace(uid=f"/test\t{uid}")
            case "beat":
                what = heartbeat(now)
            case "old beat":
                what = heartbeat(ago)
            case "plan":
                what = schedule(ago, now + pause, (ago, now, "productive"), uid=f"p{n % 3}")
            case "correct":
                instead = state(chance.choice((ago, now)), chance.choice(STATES))
                what = state_corrected(uid, instead, now, by=f"v{n % 5}")
            case "retract":
                what = state_retracted(uid, now, by=f"v{n % 5}")
        uids.append(what.uid.removeprefix("/test\t"))
        yield what


@settings(max_examples=examples(1_000))
@given(arrivals(), st.sampled_from([0, 10_000, 300_000, 3_600_000]))
def test_one_of_whom_memory_has_the_latest_states_books_the_same(
    batches: list[list[Fact]], states_ms: int
) -> None:
    whole, recent, stored = Agent(), Agent(), dict[str, Fact]()
    for facts in batches:
        if any(recent.lacks(fact, 0) for fact in facts):
            event("loaded again")
            recent = Agent(stored.values())
        told, told_recent = Batch(), Batch(states_ms=states_ms)
        new, _ = whole.take(facts, told)
        assert recent.take(facts, told_recent)[0] == new
        assert told_recent.deltas == told.deltas
        assert told_recent.duplicates == told.duplicates
        assert recent.live == whole.live
        stored |= {fact.uid: fact for fact in new}


@settings(max_examples=examples(200))
@given(st.integers(1, 6), st.integers(60, 3_600), st.sampled_from([0, 600_000, 3_600_000]))
def test_what_is_beyond_retention_is_forgotten_within_hours(hours: int, pause: int, states_ms: int) -> None:
    """Also of one who is loaded for nothing else, and no more often than that."""
    kept_ms, agent, stored, loads = hours * 3_600_000, Agent(), dict[str, Fact](), 0
    days = 3
    for at in range(0, days * 86_400, pause):
        one = state(at, STATES[at // pause % len(STATES)])
        keep_from_ms = one.at_ms - kept_ms
        if agent.lacks(one, keep_from_ms):
            agent, loads = Agent(stored.values()), loads + 1
        new, gone = agent.take([one], Batch(keep_from_ms=keep_from_ms, states_ms=states_ms))
        stored |= {fact.uid: fact for fact in new}
        for fact in gone:
            del stored[fact.uid]
        in_time = [fact for fact in stored.values() if fact.at_ms >= keep_from_ms - 9 * 3_600_000]
        assert len(stored) <= len(in_time) + 2
        assert len(agent.facts) * pause * 1000 <= max(kept_ms, 2 * states_ms) + 2 * pause * 1000
    assert loads <= days * 8
