"""What an agent's facts say once corrections are heeded, and what of them is kept."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest
from support.factories import heartbeat, ms, of, schedule, state, state_corrected, state_retracted
from support.scenario import Centre

from stream.domain.agent.entity import AGENT
from stream.domain.agent.schedule import Segment
from stream.domain.agent.state import AgentLive
from stream.domain.agent.timeline import Agent
from stream.domain.definition import definitions
from stream.domain.deltas import Deltas
from stream.domain.fact import Fact
from stream.domain.fold import PartitionFold, Retention

pytestmark = pytest.mark.pure

KEPT = Retention(agents_ms=100_000)


def names(agent: Agent) -> list[tuple[str, int]]:
    return [(fact.a, (fact.at_ms - ms(0)) // 1000) for fact in agent.states]


def told(*facts: Fact) -> Agent:
    agent = Agent()
    agent.join(facts, Deltas())
    return agent


FIRST, SECOND = state(0, "available", uid="one"), state(10, "talking", uid="two")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_what_was_retracted_never_was(order: tuple[int, ...]) -> None:
    facts = [FIRST, SECOND, state_retracted("two", 500)]
    assert names(told(*(facts[n] for n in order))) == [("available", 0)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_correction_replaces_in_time_and_content(order: tuple[int, ...]) -> None:
    facts = [FIRST, SECOND, state_corrected("two", state(7, "wrapup"), 500)]
    assert names(told(*(facts[n] for n in order))) == [("available", 0), ("wrapup", 7)]


def test_a_correction_counts_even_if_the_original_never_comes() -> None:
    assert names(told(FIRST, state_corrected("lost", state(7, "wrapup"), 500))) == [
        ("available", 0),
        ("wrapup", 7),
    ]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_of_several_verdicts_the_latest_decides(order: tuple[int, ...]) -> None:
    verdicts = [
        state_corrected("one", state(1, "hold"), 100),
        state_retracted("one", 200),
        state_corrected("one", state(2, "ringing"), 300),
    ]
    assert names(told(FIRST, *(verdicts[n] for n in order))) == [("ringing", 2)]
    assert names(told(FIRST, *(verdicts[n] for n in order if n < 2))) == []


def test_who_has_no_state_left_is_gone_from_the_board() -> None:
    centre = Centre().at(0).tell("a1", FIRST).at(5)
    assert centre.board().staff.all.agents == {"available": 1}
    centre.at(20).tell("a1", state_retracted("one", 20))
    assert centre.board().staff.all.agents == {}
    assert centre.board().staff.all.windows["5m"].occupancy_ratio is None


def test_stored_facts_build_the_same_agent() -> None:
    facts = [
        FIRST,
        SECOND,
        state_corrected("two", state(7, "wrapup"), 500),
        schedule(0, 900, (0, 600, "productive")),
    ]
    agent = told(*facts)
    heard = agent.hear(ms(61))
    again = Agent([*facts, *heard])
    assert (again.states, again.heard_ms, again.now()) == (agent.states, agent.heard_ms, agent.now())
    assert again.now() is not None


def test_what_is_forgotten_goes_with_all_that_was_told_of_it() -> None:
    facts = [
        *(FIRST, SECOND, state(20, "hold", uid="three"), state(30, "wrapup", uid="four")),
        *(state_retracted("two", 40), state_corrected("three", state(25, "ringing"), 200)),
    ]
    agent = told(*facts)
    assert {fact.uid for fact in agent.prune(ms(100))} == {
        facts[0].uid,  # over, and not the last
        facts[1].uid,
        facts[4].uid,
    }
    # The correction may still be corrected; the last state before the limit lasts.
    assert names(agent) == [("ringing", 25), ("wrapup", 30)]
    assert names(Agent([facts[2], facts[3], facts[5]])) == names(agent)


class _LookedAt(list[Fact]):
    """States that count how many of them were looked at one by one."""

    count = 0

    def __iter__(self) -> Iterator[Fact]:
        self.count += len(self)
        return super().__iter__()

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        self.count += len(found) if isinstance(at, slice) else 0
        return found


def test_to_forget_one_state_is_not_to_look_at_all_that_stay() -> None:
    agent = told(*(state(n, "available", uid=f"s{n}") for n in range(500)), state_retracted("s400", 401))
    agent.states = looked_at = _LookedAt(agent.states)
    assert len(agent.prune(ms(3))) == 2
    assert agent.states is looked_at
    assert looked_at.count < 10


def test_a_retraction_outlives_what_it_retracts() -> None:
    fold = PartitionFold(definitions(), retention=KEPT)
    recent = state(150, "talking", uid="recent")
    for events in (
        of("a1", FIRST, state_retracted("recent", 60)),
        of("a1", recent),
        of("a1", state(180, "wrapup")),
    ):
        fold.fold(events, {})
        fold.settle({})
    (agent,) = fold.known(AGENT).values()
    assert isinstance(agent, Agent)
    assert names(agent) == [("available", 0), ("wrapup", 180)]
    assert not fold.late


# Heartbeats.


def live(*facts: Fact, beats: tuple[float, ...] = ()) -> AgentLive:
    agent = told(*facts)
    for at in beats:
        agent.hear(ms(at))
    now = agent.now()
    assert now is not None
    return now


@pytest.mark.parametrize(
    ("beats", "seen"),
    [((), None), ((70,), 60), ((59,), 0), ((70, 125.9), 120), ((125.9, 70), 120), ((3600, 3601), 3600)],
)
def test_a_sign_of_life_is_kept_to_the_minute(beats: tuple[float, ...], seen: float | None) -> None:
    assert live(FIRST, beats=beats).seen_ms == (0 if seen is None else ms(seen))


def test_a_state_is_a_sign_of_life_of_who_sends_heartbeats() -> None:
    assert live(FIRST, state(250, "talking"), beats=(70,)).seen_ms == ms(240)
    assert live(FIRST, state(250, "talking")).seen_ms == 0


def test_heartbeats_count_for_the_login_they_came_in() -> None:
    login = [state(600, "logged_out"), state(900, "available")]
    assert live(FIRST, login[0], beats=(70,)).seen_ms == 0
    assert live(FIRST, *login, beats=(70,)).seen_ms == 0
    assert live(FIRST, *login, beats=(70, 960)).seen_ms == ms(960)


def test_a_heartbeat_is_stored_once_a_minute_and_none_by_itself() -> None:
    fold = PartitionFold(definitions())
    fold.fold(of("a1", FIRST), {})
    fold.settle({})
    stored, lives = [], []
    for at in (61, 75, 100, 119, 120, 61):
        fold.fold(of("a1", heartbeat(at)), {})
        changes = fold.settle({})
        assert changes.cells == {}
        stored += [fact.at_ms for fact in changes.facts.get("a\ta1", [])]
        lives += [now.seen_ms for now in changes.live.values() if isinstance(now, AgentLive)]
        assert fold.duplicates == 0
    assert stored == lives == [ms(60), ms(120)]


# Schedules.


def test_a_later_publication_defines_its_interval_completely() -> None:
    agent = told(
        FIRST,
        schedule(0, 1000, (0, 1000, "productive"), at=0, team="north"),
        schedule(300, 500, (350, 400, "not_productive"), at=1, team="north"),
    )
    assert live_schedule(agent) == [
        (0, 300, "productive"),
        (300, 350, ""),
        (350, 400, "not_productive"),
        (400, 500, ""),
        (500, 1000, "productive"),
    ]


def test_the_same_activity_again_makes_no_edge() -> None:
    agent = told(FIRST, schedule(0, 1000, (0, 500, "productive"), (500, 1000, "productive")))
    assert live_schedule(agent) == [(0, 1000, "productive")]


def live_schedule(agent: Agent) -> list[tuple[int, int, str]]:
    now = agent.now()
    assert now is not None
    assert all(isinstance(segment, Segment) for segment in now.schedule)
    return [
        ((low - ms(0)) // 1000, (high - ms(0)) // 1000, activity) for low, high, activity, _ in now.schedule
    ]


def test_a_schedule_is_kept_until_it_is_over() -> None:
    plan = schedule(0, 1000, (0, 1000, "productive"), at=-500)
    agent = told(FIRST, plan, SECOND)
    assert agent.prune(ms(900)) == [FIRST]
    assert agent.prune(ms(1000.001)) == [plan]
    assert live_schedule(agent) == []
