"""What is stored is read back equal, whatever it holds: by every store, on every way that leads back."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_rig import KEPT, STORES, Copy, Writer, memory_rig, raw_client
from support.effort import examples
from support.factories import CONTACTS
from support.stored_values import (
    CELLS,
    NAMES,
    TALLIES,
    agent_facts,
    agent_lives,
    contact_facts,
    contact_lives,
    texts,
)

from stream.domain.contact.entity import CONTACT
from stream.domain.fact import Fact
from stream.domain.fold import TOTAL, Changes
from stream.domain.limits import OPEN_CONTACTS
from stream.store.checkpoint import Checkpoint
from stream.store.lease import Verdict
from stream.store.ports import Store
from stream.store.redis import RedisStore

Fresh = Callable[[], Store]
_HOUR_MS = 3_600_000


@pytest.fixture(scope="module", params=STORES)
def fresh(request: pytest.FixtureRequest) -> Fresh:
    """A store that holds nothing."""
    if request.param == "memory":
        return lambda: memory_rig().store
    url = str(request.getfixturevalue(f"{request.param}_url"))

    def emptied() -> Store:
        with raw_client(request.param, url) as raw:
            raw.flushall()
        return RedisStore(url, retention=KEPT)

    return emptied


def of(letter: str, facts: Any, live: Any) -> Any:
    """Entities by their keys, each with facts of different identities and what it is doing."""
    by_uid = st.lists(facts, min_size=1, max_size=3, unique_by=lambda fact: fact.uid)
    return st.dictionaries(
        texts(min_size=1).map(lambda name: f"{letter}\t{name}"), st.tuples(by_uid, live), max_size=2
    )


ENTITIES = st.tuples(of("c", contact_facts(), contact_lives()), of("a", agent_facts(), agent_lives())).map(
    lambda found: found[0] | found[1]
)


@given(
    entities=ENTITIES,
    cells=st.dictionaries(CELLS, TALLIES, max_size=3),
    names=st.lists(NAMES, max_size=3, unique=True),
    beats=st.dictionaries(texts(), st.integers(1, 1 << 42), max_size=3),
)
@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_everything_is_read_back_as_it_was_written(
    fresh: Fresh, entities: Any, cells: Any, names: Any, beats: Any
) -> None:
    changes = Changes(
        facts={entity: facts for entity, (facts, _) in entities.items()},
        live={entity: live for entity, (_, live) in entities.items()},
        cells=cells,
        names=names,
    )
    asyncio.run(_read_back(fresh(), changes, beats))


async def _read_back(store: Store, changes: Changes, beats: dict[str, int]) -> None:
    newest_ms = max((cell.start_ms for cell in changes.cells), default=0)
    writer = await Writer(store).acquire()
    before = Copy()
    await before.follow(store)
    step = Checkpoint(0, 10, max(0, newest_ms), 1, changes, beats)
    assert await store.apply(CONTACTS, writer.token, step) is Verdict.APPLIED
    try:
        await _loaded(store, changes)
        await _followed(store, changes, beats, before, newest_ms)
        await _gone_through(store, changes)
    finally:
        await store.close()


async def _loaded(store: Store, changes: Changes) -> None:
    loaded = await store.load(CONTACTS, entities=changes.facts, cells=changes.cells)
    assert _by_uid(loaded.facts) == _by_uid(changes.facts)
    assert (loaded.cells, loaded.unreadable) == (changes.cells, [])
    held = (await store.acquire(CONTACTS)).held
    assert held.names == set(changes.names)
    assert held.open[OPEN_CONTACTS] == sum(entity.startswith("c") for entity in changes.live)


async def _followed(
    store: Store, changes: Changes, beats: dict[str, int], before: Copy, newest_ms: int
) -> None:
    """By one who has read all the while, and by one who comes now."""
    delta = await before.follow(store)
    assert (before.live, delta.unreadable, delta.heartbeats) == (changes.live, [], beats)
    kept = {cell: tally for cell, tally in changes.cells.items() if _is_kept(cell, newest_ms)}
    assert {cell: tally for cell, tally in before.cells.items() if _is_kept(cell, newest_ms)} == kept
    now = Copy()
    delta = await now.follow(store)
    assert (now.live, delta.unreadable, delta.heartbeats) == (changes.live, [], beats)
    assert {cell: tally for cell, tally in now.cells.items() if _is_kept(cell, newest_ms)} == kept


def _is_kept(cell: Any, newest_ms: int) -> bool:
    return cell.pane_ms == TOTAL or cell.start_ms > newest_ms - _HOUR_MS


async def _gone_through(store: Store, changes: Changes) -> None:
    contacts = {f"c\t{name}": facts async for name, facts in store.known(CONTACTS, CONTACT)}
    wanted = {entity: facts for entity, facts in changes.facts.items() if entity.startswith("c")}
    assert _by_uid(contacts) == _by_uid(wanted)
    live = {}
    async for some in store.live(CONTACTS):
        live |= some
    assert live == changes.live


def _by_uid(found: dict[str, Any]) -> dict[str, dict[str, Fact]]:
    return {entity: {fact.uid: fact for fact in facts} for entity, facts in found.items()}
