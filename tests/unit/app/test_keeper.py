"""When what is open is kept in the changelog, by whom, what becomes of a failure, and what is recalled."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from support.factories import AGENTS, CONTACTS, abandoned, batch, ms, of, queued, state
from support.taking import log_of, new_worker

from stream.adapters.canonical import CanonicalDecoder
from stream.app import keeper
from stream.app.keeper import Keeper, recall
from stream.domain.fact import Event
from stream.domain.fold import Retention
from stream.errors import BrokerRefused, BrokerUnavailable, StoreUnavailable
from stream.store.checkpoint import Loaded
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.worker.long_open import Entries, Kept, entries_of
from stream.worker.probes import SilentProbe
from stream.worker.record import DeadLetter
from stream.worker.retrying_store import Stopping

pytestmark = pytest.mark.pure

HOURS = 3600
OPEN = [event for n in range(5) for event in of(f"c{n}", queued(n, channel="email"))]


class Store(MemoryStore):
    """Fails as often as it is told to."""

    fails = 0

    async def kept_ms(self, partition: Partition) -> int:
        if self.fails:
            self.fails -= 1
            raise StoreUnavailable("Redis cannot be reached")
        return await super().kept_ms(partition)


class Bench(SilentProbe):
    """A worker that has read what is open, its changelog, and what looks after it."""

    def __init__(self, store: MemoryStore | None = None, entries: Entries | None = None) -> None:
        self.now_ms = ms(30 * HOURS)
        self.store = store or Store()
        self.told: list[tuple[int, Kept | None]] = []
        self.entries: Entries = {} if entries is None else entries
        self.puts: list[str] = []
        self.refused = self.away = 0
        self.stops = False
        self.worker = new_worker(self.store, self, self, lambda: self.now_ms)
        self.keeper = Keeper(
            self.store,
            self.worker.ownership,
            self,
            self,
            retention=Retention(),
            stopping=lambda: self.stops,
            clock=lambda: self.now_ms,
        )

    async def own(self, events: Sequence[Event] = OPEN, *, end: int = 0, first: int = 0) -> "Bench":
        await self.worker.ownership.acquire(CONTACTS, log_of(earliest=0, end=end))
        if events:
            await self.worker.processor.process(batch(events, first=first))
        return self

    async def look(self, *, hours: float = 0) -> int:
        """Time passes, it looks; how many entries there are by then."""
        self.now_ms += round(hours * HOURS * 1000)
        await self.keeper.look()
        return len(self.entries)

    # What it is given.

    async def send(self, letters: list[DeadLetter]) -> None:
        raise AssertionError(letters)

    def kept(self, partition: Partition, at_ms: int, done: Kept | None) -> None:
        assert partition == CONTACTS
        self.told.append((at_ms, done))

    async def read(self, partition: Partition) -> Entries:
        assert partition == CONTACTS
        if self.away:
            self.away -= 1
            raise BrokerUnavailable("Kafka does not answer")
        return dict(self.entries)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator["Bench"]:
        yield self

    async def put(self, partition: Partition, key: str, value: bytes | None) -> None:
        if self.refused:
            self.refused -= 1
            raise BrokerUnavailable("Kafka did not take a batch")
        assert partition == CONTACTS
        self.puts.append(key)
        self.entries.pop(key, None)
        if value is not None:
            self.entries[key] = value


async def test_what_is_open_is_kept_under_its_entity_and_identity() -> None:
    bench = await Bench().own()
    assert await bench.look() == 5
    assert {*bench.entries} == {f"c\t{event.subject}\t{event.fact.uid}" for event in OPEN}
    found = [event for value in bench.entries.values() for event in CanonicalDecoder().decode(value)]
    assert sorted(found) == sorted(OPEN)
    assert bench.told == [(bench.now_ms, Kept(5, 0))]


async def test_it_is_looked_at_once_a_day_and_only_what_is_new_is_written() -> None:
    bench = await Bench().own()
    await bench.look()
    await bench.worker.processor.process(
        batch(of("c1", queued(9 * HOURS, "sales", channel="email")), first=5)
    )
    await bench.look(hours=23.9)
    assert len(bench.puts) == 5
    assert await bench.look(hours=0.1) == 6
    assert len(bench.puts) == 6
    assert bench.told[-1] == (bench.now_ms, Kept(1, 0))


async def test_what_ended_is_kept_with_its_end_and_removed_once_the_store_forgets_it() -> None:
    bench = await Bench().own()
    await bench.look()
    await bench.worker.processor.process(batch(of("c1", abandoned(30 * HOURS)), first=5))
    assert await bench.look(hours=24) == 6
    held = bench.store._states[CONTACTS].written
    del held.facts["c\tc1"]
    assert await bench.look(hours=24) == 6  # an older copy may not have read it yet
    bench.now_ms += 16 * 24 * HOURS * 1000
    await bench.worker.processor.process(batch(of("c9", queued(19 * 24 * HOURS)), first=6))
    assert await bench.look() == 4
    assert bench.told[-1] == (bench.now_ms, Kept(2, 0))


async def test_who_takes_over_does_not_keep_it_anew_and_says_when_it_was() -> None:
    bench = await Bench().own()
    await bench.look()
    other = await Bench(bench.store).own([], end=5)
    assert await other.look(hours=1) == 0
    assert other.told == [(bench.now_ms, None)]
    assert await other.look(hours=23) == 5


async def test_who_takes_it_over_again_says_anew_when_it_was() -> None:
    bench = await Bench().own()
    await bench.look()
    first_ms = bench.now_ms
    await bench.own([])
    assert await bench.look(hours=1) == 5
    assert bench.told == [(first_ms, Kept(5, 0)), (first_ms, None)]


async def test_a_time_that_lies_ahead_is_none() -> None:
    bench = await Bench().own()
    await bench.store.note_kept(CONTACTS, bench.now_ms + 1)
    assert await bench.look() == 5


async def test_many_go_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "_AT_ONCE", 2)
    asked: list[int] = []

    class Asked(Store):
        async def load(self, partition: Partition, **wanted: object) -> Loaded:
            asked.append(len(wanted["entities"]))  # type: ignore[arg-type] # a list
            return await super().load(partition, **wanted)  # type: ignore[arg-type] # as it came

    bench = await Bench(Asked()).own()
    asked.clear()
    assert await bench.look() == 5
    assert asked == [2, 2, 1]


async def test_what_is_not_long_open_is_not_kept() -> None:
    bench = await Bench().own(of("c1", queued(29 * HOURS)))
    assert await bench.look() == 0
    assert bench.told == [(bench.now_ms, Kept(0, 0))]


# Whose it is.


async def test_what_cannot_be_read_stays_as_it_was_kept_and_the_rest_is_kept() -> None:
    bench = await Bench(entries={"c\tc1\t/old\t1": b"as it was"}).own()
    held = bench.store._states[CONTACTS].written
    held.facts["c\tc1"] = dict.fromkeys(held.facts["c\tc1"], "junk")
    held.live["c\tc2"] = "junk"  # what it was is unknown, but its facts are not
    assert await bench.look() == 5
    assert {key.split("\t")[1] for key in bench.puts} == {"c0", "c2", "c3", "c4"}
    assert bench.entries["c\tc1\t/old\t1"] == b"as it was"
    assert bench.told == [(bench.now_ms, Kept(4, 1))]


async def test_a_partition_that_is_being_read_again_is_not_kept() -> None:
    bench = Bench(entries={"c\tc77\t/old\t1": b"not known again yet"})
    await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0, end=7))
    await bench.worker.processor.process(batch(OPEN))
    assert bench.worker.ownership.settled() == {}
    await bench.look()
    assert bench.puts == []
    await bench.worker.processor.process(batch(of("c9", queued(9), queued(10)), first=5))
    assert await bench.look() == 7


async def test_it_stops_where_another_has_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "_AT_ONCE", 2)
    bench = await Bench().own()

    async def puts(*_: object) -> None:
        await Bench(bench.store).own([])

    monkeypatch.setattr(bench, "put", puts)
    await bench.look()
    assert bench.told == []
    assert await bench.store.kept_ms(CONTACTS) == 0


async def test_it_stops_with_the_worker() -> None:
    bench = await Bench().own()
    bench.stops = True
    assert await bench.look() == 0
    assert await bench.store.kept_ms(CONTACTS) == 0


async def test_a_partition_that_was_let_go_is_not_kept() -> None:
    bench = await Bench().own()
    bench.worker.ownership.keep_only(set())
    assert await bench.look() == 0


# Failures.


@pytest.mark.parametrize("of_kafka", [True, False])
async def test_a_failure_is_said_once_and_tried_again_later(
    caplog: pytest.LogCaptureFixture, *, of_kafka: bool
) -> None:
    store = Store()
    bench = await Bench(store).own()
    if of_kafka:
        bench.refused = 2
    else:
        store.fails = 2
    caplog.set_level(logging.WARNING, "pantau.changelog")
    assert await bench.look() == 0
    assert await bench.look() == 0
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("changelog_waits partition=pantau.contacts:0 again_in_seconds=300: ")
    assert await bench.look(hours=0.1) == 0
    assert len(caplog.messages) == 1
    assert await bench.look(hours=0.1) == 5
    assert bench.told == [(bench.now_ms, Kept(5, 0))]


# What is recalled.


async def test_a_rebuild_waits_for_a_kafka_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "_AGAIN_SECONDS", 0)
    bench = Bench(entries={"key": b"value"})
    bench.away = 3
    assert await recall(bench, lambda: False, CONTACTS) == {"key": b"value"}


async def test_a_worker_that_stops_neither_waits_nor_goes_on_without() -> None:
    bench = Bench(entries={"key": b"value"})
    bench.away = 1
    with pytest.raises(Stopping):
        await recall(bench, lambda: True, CONTACTS)


async def test_where_it_may_not_be_read_that_is_said_and_the_rest_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Refused(Bench):
        async def read(self, partition: Partition) -> Entries:
            raise BrokerRefused(f"no right to {partition.topic}")

    assert await recall(Refused(), lambda: False, AGENTS) == {}
    (line,) = caplog.messages
    assert line.startswith("changelog_unread partition=pantau.agents:")
    assert line.endswith("no right to pantau.agents")


async def test_a_version_begins_with_what_was_open_before_the_log() -> None:
    bench = await Bench().own(of("c1", queued(0, channel="email")))
    await bench.look()
    assert len(bench.entries) == 1
    after = Bench(entries=bench.entries)
    after.worker = new_worker(after.store, after, after, lambda: after.now_ms, recall=after.read)
    assert await after.worker.ownership.acquire(CONTACTS, log_of(earliest=7, end=8)) == 7
    assert (await after.store.delta(CONTACTS, 0, since_ms=0)).watermark_ms == 0
    await after.worker.processor.process(batch(of("c9", queued(29 * HOURS)), first=7))
    served = await after.store.delta(CONTACTS, 0, since_ms=-(1 << 60))
    assert "c\tc1" in served.live
    assert served.watermark_ms == ms(29 * HOURS)
    assert not [cell for cell in served.cells if cell.series.startswith("l")]  # it is no correction


async def test_of_a_log_that_has_its_first_record_nothing_is_recalled() -> None:
    bench = Bench(entries={"c\tc1\t/old\t1": b"of another log"})

    async def never(partition: Partition) -> Entries:
        raise AssertionError(partition)

    bench.worker = new_worker(bench.store, bench, bench, lambda: bench.now_ms, recall=never)
    await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0, end=5))


async def test_what_the_log_has_is_not_late_by_what_was_recalled() -> None:
    bench = Bench()
    bench.now_ms = ms(99 * HOURS)
    old, new = of("c1", queued(40 * HOURS, channel="email"), queued(98 * HOURS, "sales", channel="email"))
    await (await bench.own([old, new])).look()
    after = Bench(entries=bench.entries)
    after.now_ms = bench.now_ms
    after.worker = new_worker(after.store, after, after, lambda: after.now_ms, recall=after.read)
    await after.worker.ownership.acquire(CONTACTS, log_of(earliest=1, end=3))
    there = [*of("a1", state(10 * HOURS, "available")), new]  # 88 hours before what was recalled
    await after.worker.processor.process(batch(there, first=1))
    served = await after.store.delta(CONTACTS, 0, since_ms=-(1 << 60))
    assert served.live.keys() == {"c\tc1", "a\ta1"}
    assert served.watermark_ms == ms(98 * HOURS)


async def test_what_an_older_copy_has_yet_to_read_stays_kept() -> None:
    day = [state(0, "available"), state(26 * HOURS, "not_ready"), state(27 * HOURS, "talking")]
    bench = await Bench().own([*OPEN, *of("a1", *day[:1])])
    assert await bench.look() == 6
    newer = entries_of("a\ta1", day[1:], CanonicalDecoder(), bench.now_ms) or {}
    unknown = entries_of("a\ta2", day, CanonicalDecoder(), bench.now_ms) or {}
    bench.entries |= newer | unknown
    assert await bench.look(hours=24) == 11
    bench.now_ms += 60 * HOURS * 1000
    await bench.worker.processor.process(batch(of("c9", queued(90 * HOURS)), first=6))
    assert await bench.look() == 7  # by now it has read all that lies within retention
