"""What is stored is read back equal, whatever it holds; and what is accepted from a store can be read on.

Through the text that every store holds. `contract/test_read_back.py` says the same of the stores themselves.
"""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.stored_values import (
    CELLS,
    ENTITIES,
    JUNK,
    NAMES,
    TALLIES,
    agent_facts,
    agent_lives,
    contact_facts,
    contact_lives,
    damaged,
    texts,
)

from stream.adapters.payload import data_of
from stream.domain.agent.state import AgentLive, details_of, details_text
from stream.domain.agent.timeline import Agent
from stream.domain.contact.contribution import Live
from stream.domain.contact.known import Contact
from stream.domain.definition import CHANNELS, definitions
from stream.domain.fact import Fact
from stream.domain.kinds import Kind
from stream.domain.tally import Tally
from stream.store.codec import (
    cell_of,
    cell_text,
    facts_of,
    live_of,
    live_text,
    name_of,
    name_text,
    tally_of,
    tally_text,
    text_of,
)
from stream.store.partition import Partition, partition_of, partition_text
from stream.store.unreadable import Unreadable

pytestmark = pytest.mark.pure

FACTS = st.tuples(st.just("c\tc1"), contact_facts()) | st.tuples(st.just("a\ta1"), agent_facts())


@given(FACTS)
def test_a_fact(told: tuple[str, Fact]) -> None:
    entity, fact = told
    assert facts_of(entity, {fact.uid: text_of(fact)}) == [fact]


@given(contact_lives())
def test_what_a_contact_is_doing(live: tuple[Live, ...]) -> None:
    assert live_of("c\tc1", live_text(live)) == live


@given(agent_lives())
def test_what_an_agent_is_doing(live: AgentLive) -> None:
    found = live_of("a\ta1", live_text(live))
    assert found == live
    assert isinstance(found, AgentLive)
    assert hash(found) == hash(live)


@given(TALLIES)
def test_a_tally(tally: Tally) -> None:
    assert tally_of(tally_text(tally)) == tally


@given(CELLS)
def test_the_name_of_a_cell(cell: Any) -> None:
    assert cell_of(cell_text(cell)) == cell


@given(NAMES)
def test_a_name_that_was_let_in(name: Any) -> None:
    assert name_of(name_text(name)) == name


@given(st.builds(Partition, texts(min_size=1), st.integers(0, 1_000)))
def test_the_name_of_a_partition(partition: Partition) -> None:
    assert partition_of(partition_text(partition)) == partition


@given(
    reason=texts(max_size=64, printable=True),
    queues=st.lists(texts(min_size=1, max_size=64, printable=True), max_size=4),
    slots=st.dictionaries(st.sampled_from(CHANNELS), st.integers(0, 100), max_size=3),
)
def test_what_the_text_of_a_state_says(reason: str, queues: list[str], slots: dict[str, int]) -> None:
    """Of names as decoders accept them: without control characters, so without tabs."""
    told = details_of(details_text(reason, queues, slots))
    assert (told.reason, told.queues, dict(told.slots)) == (reason, tuple(queues), slots)


def _read_contact(facts: list[Fact]) -> object:
    return Contact(facts, definitions()), list(map(data_of, facts))


def _read_agent(facts: list[Fact]) -> object:
    return Agent(facts).prune(1 << 62), list(map(data_of, facts))


_READERS: dict[str, Callable[[list[Fact]], object]] = {"c\tc1": _read_contact, "a\ta1": _read_agent}


@given(
    st.sampled_from(sorted(_READERS)),
    st.dictionaries(texts(max_size=5), damaged(contact_facts()) | damaged(agent_facts()) | JUNK, max_size=4),
)
@example("c\tc1", {"x": text_of(Fact(1, int(Kind.CONTACT_RETRACTED), "", 0, "y", "", "\t"))})
def test_what_is_accepted_from_a_store_can_be_read_on(entity: str, texts_: dict[str, str]) -> None:
    facts = facts_of(entity, texts_)
    if not isinstance(facts, Unreadable):
        _READERS[entity](facts)


@given(st.sampled_from(ENTITIES), JUNK)
def test_live_state_is_read_or_refused(entity: str, text: str) -> None:
    found = live_of(entity, text)
    assert isinstance(found, (tuple, Unreadable))
    str(found)


@given(JUNK, JUNK)
def test_a_cell_is_read_or_refused(name: str, text: str) -> None:
    for read, told in ((cell_of, name), (tally_of, text)):
        try:
            read(told)
        except ValueError:
            continue
