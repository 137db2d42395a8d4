"""What is recalled from a changelog changes no number; and alone, it restores what is open."""

import asyncio
from collections.abc import Awaitable, Sequence
from types import TracebackType
from typing import Self

import pytest
from agent_histories import agents
from histories import HOUR_MS, Arrival, histories, messy
from hypothesis import given, settings
from hypothesis import strategies as st
from support.audited import readable, written
from support.effort import examples
from support.factories import CONTACTS, T0, Record, batch_of, ended, queued
from support.taking import log_of, new_worker

from stream.adapters.base import MAX_AHEAD_MS
from stream.adapters.canonical import encode
from stream.app.keeper import Keeper
from stream.domain.agent.state import AgentLive
from stream.domain.fact import Event
from stream.domain.fold import Cell, Retention
from stream.domain.tally import Tally
from stream.store.delta import Delta
from stream.store.lease import Verdict
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.worker.long_open import Entries, Kept, entity_of
from stream.worker.probes import SilentProbe
from stream.worker.record import DeadLetter

pytestmark = pytest.mark.pure

#: Facts of the histories lie between `T0` and some hours later; panes outlive them.
KEPT = Retention(long_panes_ms=80 * HOUR_MS)


class Centre(SilentProbe):
    """One partition, a worker, its changelog, and all that listens to it."""

    def __init__(self, now_ms: int, entries: Entries | None = None) -> None:
        self.now_ms = now_ms
        self.entries: Entries = {} if entries is None else dict(entries)
        self.letters: list[DeadLetter] = []
        self.store = MemoryStore(retention=KEPT)
        self.worker = new_worker(
            self.store, self, self, lambda: self.now_ms, retention=KEPT, recall=self.changelog
        )

    # What listens, and the changelog.

    async def send(self, letters: list[DeadLetter]) -> None:
        self.letters += letters

    def kept(self, _: object, at_ms: int, done: Kept | None) -> None:
        assert at_ms == self.now_ms
        assert done is not None
        assert done.left_out == 0

    async def changelog(self, _: Partition) -> Entries:
        return dict(self.entries)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def put(self, partition: Partition, key: str, value: bytes | None) -> None:
        assert partition == CONTACTS
        assert value is not None
        self.entries[key] = value

    # What happens.

    async def acquire(self, *, first: int) -> None:
        """Take over a log that has its records from `first` on."""
        await self.worker.ownership.acquire(CONTACTS, log_of(earliest=first, end=first))

    async def read(self, log: Sequence[Record], *, first: int = 0, size: int = 1000) -> None:
        """Fold a log that has no records before `first`."""
        await self.acquire(first=first)
        for start in range(0, len(log), size):
            some = [
                record._replace(offset=first + start + n)
                for n, record in enumerate(log[start : start + size])
            ]
            assert (
                await self.worker.processor.process(batch_of(CONTACTS, first + start, some))
                is Verdict.APPLIED
            )

    async def keep(self, log: Sequence[Record], *, size: int = 1000) -> Self:
        """Fold a log, and have what is open of it kept."""
        await self.read(log, size=size)
        await Keeper(
            self.store,
            self.worker.ownership,
            self,
            _Changelog(self),
            retention=KEPT,
            clock=lambda: self.now_ms,
        ).look()
        return self

    async def state(self) -> Delta:
        return await self.store.delta(CONTACTS, 0, since_ms=-(1 << 60))


class _Changelog:
    """That of a centre."""

    def __init__(self, centre: Centre) -> None:
        self.read, self._centre = centre.changelog, centre

    def writing(self) -> Centre:
        return self._centre


def records(events: Sequence[Event]) -> list[Record]:
    return [
        Record(n, event.fact.at_ms + 1, encode(event), (), event.subject.encode())
        for n, event in enumerate(events)
    ]


def newest(now_ms: int) -> Record:
    """The latest event that there may be by now: so much the watermark may be ahead."""
    (record,) = records([Event("ahead", queued(0)._replace(at_ms=now_ms + MAX_AHEAD_MS))])
    return record._replace(timestamp=now_ms)


def numbers(delta: Delta) -> tuple[dict[Cell, Tally], dict[str, object]]:
    """But for how late facts came, and for peaks, which depend on how batches were cut."""
    cells = {
        cell: {name: n for name, n in tally.items() if n and name[0] != "^"}
        for cell, tally in delta.cells.items()
        if not cell.series.startswith("l")
    }
    keep_from_ms = delta.watermark_ms - KEPT.agents_ms
    return {cell: tally for cell, tally in cells.items() if tally}, {
        entity: since(state, keep_from_ms) for entity, state in delta.live.items() if state
    }


def since(state: object, keep_from_ms: int) -> object:
    """Without what was planned for before: it is forgotten with the next event of its agent."""
    if not isinstance(state, AgentLive):
        return state
    planned = (segment for segment in state.schedule if segment.to_ms >= keep_from_ms)
    return state._replace(
        schedule=tuple(each._replace(from_ms=max(each.from_ms, keep_from_ms)) for each in planned)
    )


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    """What a log may hold of contacts and agents, in any order, with repeats and twins."""
    writes = draw(st.booleans())
    history: list[Arrival] = draw(histories(writes=writes))
    people = [event._replace(subject=f"b-{event.subject}") for event in draw(agents(most=2))]
    found = draw(messy([told.event for told in history] + people))
    return readable(written(draw(st.permutations(found))))


def run(body: Awaitable[None]) -> None:
    asyncio.run(body)  # type: ignore[arg-type] # a coroutine is one


@settings(max_examples=examples(20))
@given(logs())
def test_what_was_read_is_written_and_read_the_same(events: list[Event]) -> None:
    assert readable(written(events)) == events


@settings(max_examples=examples(50))
@given(logs(), st.integers(24, 64), st.sampled_from([1, 7, 1000]))
def test_what_is_recalled_changes_nothing_where_the_log_has_it_too(
    events: list[Event], hours: int, size: int
) -> None:
    async def body() -> None:
        log = [*records([Event("gone", ended(0))]), *records(events), newest(T0 + hours * HOUR_MS)]
        centre = await Centre(T0 + hours * HOUR_MS).keep(log, size=size)
        other = Centre(centre.now_ms, centre.entries)
        await other.read(log[1:], first=1, size=size)
        before, after = await centre.state(), await other.state()
        assert numbers(after) == numbers(before)
        assert after.watermark_ms == before.watermark_ms
        assert other.letters == centre.letters

    run(body())


@settings(max_examples=examples(50))
@given(logs())
def test_alone_it_restores_all_that_is_open(events: list[Event]) -> None:
    async def body() -> None:
        centre = await Centre(T0 + 30 * HOUR_MS).keep(records(events))
        other = Centre(centre.now_ms, centre.entries)
        await other.read([newest(centre.now_ms)], first=1)
        before, after = await centre.state(), await other.state()
        due = {
            entity: state for entity, state in before.live.items() if state and is_long_open(centre, entity)
        }
        found = {entity: state for entity, state in after.live.items() if state and entity != "c\tahead"}
        assert found == {entity: without_heartbeats(state) for entity, state in due.items()}
        assert not other.letters
        late = [cell for cell in after.cells if cell.series.startswith("l")]
        assert late == []  # what is recalled is no correction, though it was not known

    run(body())


@settings(max_examples=examples(50))
@given(logs(), st.data())
def test_a_recall_that_is_done_twice_is_done_once(events: list[Event], data: st.DataObject) -> None:
    async def body() -> None:
        centre = await Centre(T0 + 30 * HOUR_MS).keep(records(events))
        other = Centre(centre.now_ms, centre.entries)
        for _ in range(data.draw(st.integers(1, 3))):  # each time it was taken over before the log went on
            await other.acquire(first=1)
        await other.read([newest(centre.now_ms)], first=1)
        once = Centre(centre.now_ms, centre.entries)
        await once.read([newest(centre.now_ms)], first=1)
        assert numbers(await other.state()) == numbers(await once.state())

    run(body())


def is_long_open(centre: Centre, entity: str) -> bool:
    """Whether it was kept, which is tested elsewhere."""
    return any(entity_of(key) == entity for key in centre.entries)


def without_heartbeats(state: object) -> object:
    return state._replace(seen_ms=0) if isinstance(state, AgentLive) else state
