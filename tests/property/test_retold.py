"""What is told again changes no number; and alone, it restores what is open."""

import asyncio
from collections.abc import Awaitable, Sequence
from types import TracebackType
from typing import Self

import pytest
from agent_histories import agents
from histories import HOUR_MS, Told, histories, messy
from hypothesis import given, settings
from hypothesis import strategies as st
from support.audited import readable, written
from support.effort import examples
from support.factories import CONTACTS, T0, Record, batch_of, queued
from support.taking import log_of, processor

from stream.adapters.base import MAX_AHEAD_MS
from stream.adapters.canonical import encode
from stream.app.teller import Teller
from stream.domain.agent import AgentLive
from stream.domain.fact import Event
from stream.domain.fold import Cell, Retention
from stream.domain.tally import Tally
from stream.errors import RejectReason
from stream.store.base import Delta, Verdict
from stream.store.memory import MemoryStore
from stream.worker import retelling
from stream.worker.probes import BatchReport, SilentProbe
from stream.worker.record import DeadLetter

pytestmark = pytest.mark.pure

#: Facts of the histories lie between `T0` and some hours later; panes outlive them.
KEPT = Retention(long_panes_ms=80 * HOUR_MS)


class Centre(SilentProbe):
    """One partition with its log, a worker, and all that listens to it."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms
        self.log: list[Record] = []
        self.again: list[Record] = []
        self.letters: list[DeadLetter] = []
        self.reports: list[BatchReport] = []
        self.told: retelling.Told | None = None
        self.store = MemoryStore(retention=KEPT)
        self.worker = processor(self.store, self, self, lambda: self.now_ms, retention=KEPT)

    # What listens.

    def batch(self, report: BatchReport) -> None:
        self.reports.append(report)

    async def send(self, letters: list[DeadLetter]) -> None:
        self.letters += letters

    def retold(self, _: object, at_ms: int, told: retelling.Told | None) -> None:
        assert at_ms == self.now_ms
        self.told = told

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def put(
        self, topic: str, partition: int, key: str, value: bytes, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        assert (topic, partition) == CONTACTS
        self.again.append(Record(0, self.now_ms, value, tuple(headers), key.encode()))

    # What happens.

    async def read(self, records: Sequence[Record], *, size: int = 1000) -> None:
        if not self.log:
            await self.worker.acquire(CONTACTS, log_of(earliest=0))
        for first in range(0, len(records), size):
            start = len(self.log)
            some = [
                record._replace(offset=start + n) for n, record in enumerate(records[first : first + size])
            ]
            self.log += some
            assert await self.worker.process(batch_of(CONTACTS, start, some)) is Verdict.APPLIED

    async def tell_again(self) -> list[Record]:
        await Teller(
            self.store, self.worker, self, lambda: self, retention=KEPT, clock=lambda: self.now_ms
        ).look()
        return self.again

    async def state(self) -> Delta:
        return await self.store.delta(CONTACTS, 0, since_ms=-(1 << 60))


def records(events: Sequence[Event]) -> list[Record]:
    return [
        Record(n, event.fact.at_ms + 1, encode(event), (), event.subject.encode())
        for n, event in enumerate(events)
    ]


def newest(now_ms: int) -> Record:
    """The latest event that there may be by now: nothing that is told again may be too late after it."""
    (record,) = records([Event("ahead", queued(0)._replace(at_ms=now_ms + MAX_AHEAD_MS))])
    return record._replace(timestamp=now_ms)


def numbers(delta: Delta) -> tuple[dict[Cell, Tally], dict[str, object]]:
    return {cell: tally for cell, tally in delta.cells.items() if any(tally.values())}, dict(delta.live)


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    """What a log may hold of contacts and agents, in any order, with repeats and twins."""
    writes = draw(st.booleans())
    history: list[Told] = draw(histories(writes=writes))
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
def test_what_is_told_again_changes_nothing(events: list[Event], hours: int, size: int) -> None:
    async def body() -> None:
        centre = Centre(T0 + hours * HOUR_MS)
        await centre.read(records(events))
        told = await centre.tell_again()
        await centre.read([newest(centre.now_ms)])
        before, letters, reports = await centre.state(), len(centre.letters), len(centre.reports)
        await centre.read(told, size=size)
        after = await centre.state()
        assert numbers(after) == numbers(before)
        assert after.watermark_ms == before.watermark_ms
        assert len(centre.letters) == letters
        of_told = centre.reports[reports:]
        assert sum(report.duplicates for report in of_told) == len(told)
        assert not any(report.late or report.rejected or report.misplaced for report in of_told)
        assert all(report.delays_ms == [] for report in of_told)
        assert centre.told is not None
        assert centre.told.events == len(told)

    run(body())


@settings(max_examples=examples(50))
@given(logs())
def test_alone_it_restores_all_that_is_open(events: list[Event]) -> None:
    async def body() -> None:
        centre = Centre(T0 + 30 * HOUR_MS)
        await centre.read(records(events))
        told = await centre.tell_again()
        other = Centre(centre.now_ms)
        await other.read([newest(centre.now_ms)])
        await other.read(told)
        before, after = await centre.state(), await other.state()
        open_ = {entity: state for entity, state in before.live.items() if state and is_open(state)}
        expected = {entity: without_heartbeats(state) for entity, state in open_.items()}
        assert {**after.live, "c\tahead": None} == {**expected, "c\tahead": None}
        assert not other.letters
        late = [cell for cell in after.cells if cell.series.startswith("l")]
        assert late == []  # what is told again is no correction, though it was not known

    run(body())


def is_open(state: object) -> bool:
    return not isinstance(state, AgentLive) or state.state != "logged_out"


def without_heartbeats(state: object) -> object:
    return state._replace(seen_ms=0) if isinstance(state, AgentLive) else state


def test_what_would_be_too_late_is_not_told_and_would_have_been_a_letter() -> None:
    """The rule that leaves facts out stands between a retelling and dead letters."""

    async def body() -> None:
        centre = Centre(T0 + KEPT.contacts_ms)
        await centre.read(records([Event("c1", queued(0))]))
        assert await centre.tell_again() == []
        assert centre.told == retelling.Told(0, 1)
        await centre.read([newest(centre.now_ms), *records([Event("c1", queued(0))])])
        assert [letter.reason for letter in centre.letters] == [RejectReason.LATE]

    run(body())
