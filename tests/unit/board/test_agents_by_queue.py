"""Who serves a queue, from one look at the board to the next."""

import pytest

from stream.board.agents_by_queue import AgentsByQueue
from stream.domain.agent.state import AgentLive

pytestmark = pytest.mark.pure


def agent(*queues: str) -> AgentLive:
    return AgentLive("available", 0, "north", queues, 1)


def looks(*told: dict[str, tuple[str, AgentLive]]) -> dict[str, dict[str, int]]:
    """The agents of queues that anybody serves, after these looks at states and agents."""
    serving = AgentsByQueue()
    for look in told:
        states = {entity: state for entity, (state, _) in look.items()}
        serving.follow({entity: agent for entity, (_, agent) in look.items()}, states)
    return {queue: counts for queue, counts in serving.by_queue.items() if counts}


ANN, BEN = ("available", agent("billing", "sales")), ("talking", agent("billing"))
BOTH = {"billing": {"available": 1, "talking": 1}, "sales": {"available": 1}}


def test_who_serves_two_queues_counts_in_each() -> None:
    assert looks({"ann": ANN, "ben": BEN}) == BOTH


def test_who_is_seen_again_unchanged_counts_once() -> None:
    assert looks({"ann": ANN}, {"ann": ANN, "ben": BEN}, {"ben": BEN, "ann": ANN}) == BOTH


def test_another_state_takes_the_place_of_the_one_before() -> None:
    found = looks({"ann": ANN, "ben": BEN}, {"ann": ("unknown", ANN[1]), "ben": BEN})
    assert found == {"billing": {"unknown": 1, "talking": 1}, "sales": {"unknown": 1}}


def test_who_is_given_another_queue_leaves_the_one_before() -> None:
    assert looks({"ben": BEN}, {"ben": ("talking", agent("sales"))}) == {"sales": {"talking": 1}}


def test_who_is_gone_serves_nothing() -> None:
    assert looks({"ann": ANN, "ben": BEN}, {"ben": BEN}) == {"billing": {"talking": 1}}
    assert looks({"ann": ANN}, {}) == {}
