"""When what is open is told again, by whom, and what becomes of a failure."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from support.factories import CONTACTS, Record, batch, batch_of, ms, of, queued, records
from support.taking import log_of, processor

from stream.adapters.canonical import CanonicalDecoder
from stream.app import teller
from stream.app.teller import Teller
from stream.domain.fact import Event
from stream.domain.fold import Retention
from stream.errors import BrokerUnavailable, StoreUnavailable
from stream.store.base import Loaded, Partition
from stream.store.memory import MemoryStore
from stream.worker.decoding import RETOLD
from stream.worker.probes import SilentProbe
from stream.worker.record import DeadLetter
from stream.worker.retelling import Told

pytestmark = pytest.mark.pure

HOURS = 3600
OPEN = [event for n in range(5) for event in of(f"c{n}", queued(n, channel="email"))]


class Store(MemoryStore):
    """Fails as often as it is told to."""

    fails = 0

    async def retold_ms(self, partition: Partition) -> int:
        if self.fails:
            self.fails -= 1
            raise StoreUnavailable("Redis cannot be reached")
        return await super().retold_ms(partition)


class Bench(SilentProbe):
    """A worker that has read what is open, and what looks after it."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.now_ms = ms(30 * HOURS)
        self.store = store or Store()
        self.told: list[tuple[int, Told | None]] = []
        self.sent: list[tuple[Partition, str, bytes, list[tuple[str, bytes]]]] = []
        self.opened = self.refused = 0
        self.stops = False
        self.worker = processor(self.store, self, self, lambda: self.now_ms)
        self.teller = Teller(
            self.store,
            self.worker,
            self,
            self.log,
            retention=Retention(),
            stopping=lambda: self.stops,
            clock=lambda: self.now_ms,
        )

    async def own(self, events: Sequence[Event] = OPEN, *, end: int = 0) -> "Bench":
        await self.worker.acquire(CONTACTS, log_of(earliest=0, end=end))
        if events:
            await self.worker.process(batch(events))
        return self

    async def look(self, *, hours: float = 0) -> int:
        """Time passes, it looks; how many records it has sent by then."""
        self.now_ms += round(hours * HOURS * 1000)
        await self.teller.look()
        return len(self.sent)

    # What it is given.

    async def send(self, letters: list[DeadLetter]) -> None:
        raise AssertionError(letters)

    def retold(self, partition: Partition, at_ms: int, told: Told | None) -> None:
        assert partition == CONTACTS
        self.told.append((at_ms, told))

    @asynccontextmanager
    async def log(self) -> AsyncIterator["Bench"]:
        self.opened += 1
        yield self

    async def put(
        self, topic: str, partition: int, key: str, value: bytes, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        if self.refused:
            self.refused -= 1
            raise BrokerUnavailable("Kafka did not take a batch")
        self.sent.append((Partition(topic, partition), key, value, list(headers)))


async def test_what_is_open_is_told_into_its_partition_under_its_key_and_marked() -> None:
    bench = await Bench().own()
    assert await bench.look() == 5
    assert {(partition, key) for partition, key, *_ in bench.sent} == {
        (CONTACTS, event.subject) for event in OPEN
    }
    assert all(headers == [RETOLD] for *_, headers in bench.sent)
    values = [value for _, _, value, _ in sorted(bench.sent, key=lambda sent: sent[1])]
    assert [event for value in values for event in CanonicalDecoder().decode(value)] == OPEN
    assert bench.told == [(bench.now_ms, Told(5, 0))]


async def test_it_is_told_once_a_day() -> None:
    bench = await Bench().own()
    assert await bench.look() == 5
    assert await bench.look(hours=23.9) == 5
    assert await bench.look(hours=0.1) == 10


async def test_who_takes_over_does_not_tell_it_anew_and_says_when_it_was() -> None:
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
    assert bench.told == [(first_ms, Told(5, 0)), (first_ms, None)]


async def test_a_time_that_lies_ahead_is_none() -> None:
    bench = await Bench().own()
    await bench.store.note_retold(CONTACTS, bench.now_ms + 1)
    assert await bench.look() == 5


async def test_many_go_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teller, "_AT_ONCE", 2)
    asked: list[int] = []

    class Asked(Store):
        async def load(self, partition: Partition, **wanted: object) -> Loaded:
            asked.append(len(wanted["entities"]))  # type: ignore[arg-type] # a list
            return await super().load(partition, **wanted)  # type: ignore[arg-type] # as it came

    bench = await Bench(Asked()).own()
    asked.clear()
    assert await bench.look() == 5
    assert asked == [2, 2, 1]
    assert bench.opened == 1


async def test_where_nothing_is_to_tell_no_connection_is_made() -> None:
    bench = await Bench().own(of("c1", queued(29 * HOURS)))
    assert await bench.look() == 0
    assert (bench.opened, bench.told) == (0, [(bench.now_ms, Told(0, 0))])


async def test_what_lies_beyond_retention_is_counted_as_left_out() -> None:
    bench = await Bench().own()
    await bench.look(hours=15 * 24)
    assert bench.told == [(bench.now_ms, Told(0, 5))]


# Whose it is.


async def test_what_cannot_be_read_is_left_out_and_the_rest_is_told() -> None:
    bench = await Bench().own()
    held = bench.store._states[CONTACTS].written
    held.facts["c\tc1"] = dict.fromkeys(held.facts["c\tc1"], "junk")
    held.live["c\tc2"] = "junk"  # what it was is unknown, but its facts are not
    assert await bench.look() == 4
    assert {key for _, key, *_ in bench.sent} == {"c0", "c2", "c3", "c4"}
    assert bench.told == [(bench.now_ms, Told(4, 1))]


async def test_a_partition_that_is_being_read_again_is_not_told() -> None:
    bench = Bench()
    await bench.worker.acquire(CONTACTS, log_of(earliest=0, end=7))
    await bench.worker.process(batch(OPEN))
    assert bench.worker.settled() == {}
    assert await bench.look() == 0
    await bench.worker.process(batch(of("c9", queued(9), queued(10)), first=5))
    assert await bench.look() == 7


async def test_it_stops_where_another_has_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teller, "_AT_ONCE", 2)
    bench = await Bench().own()

    async def puts(*_: object) -> None:
        await Bench(bench.store).own([])

    monkeypatch.setattr(bench, "put", puts)
    await bench.look()
    assert bench.told == []
    assert await bench.store.retold_ms(CONTACTS) == 0


async def test_it_stops_with_the_worker() -> None:
    bench = await Bench().own()
    bench.stops = True
    assert await bench.look() == 0
    assert await bench.store.retold_ms(CONTACTS) == 0


async def test_a_partition_that_was_let_go_is_not_told() -> None:
    bench = await Bench().own()
    bench.worker.keep_only(set())
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
    caplog.set_level(logging.WARNING, "pantau.retelling")
    assert await bench.look() == 0
    assert await bench.look() == 0
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("retelling_waits partition=pantau.contacts:0 again_in_seconds=300: ")
    assert await bench.look(hours=0.1) == 0
    assert len(caplog.messages) == 1
    assert await bench.look(hours=0.1) == 5
    assert bench.told == [(bench.now_ms, Told(5, 0))]


async def test_what_it_sent_is_read_as_known_already() -> None:
    bench = await Bench().own()
    await bench.look()
    again = [
        Record(5 + n, bench.now_ms, value, tuple(headers), key.encode())
        for n, (_, key, value, headers) in enumerate(bench.sent)
    ]
    before = await bench.store.delta(CONTACTS, 0, since_ms=0)
    await bench.worker.process(batch_of(CONTACTS, 5, again))
    after = await bench.store.delta(CONTACTS, 0, since_ms=0)
    assert (after.cells, after.live) == (before.cells, before.live)
    assert after.position == before.position + len(records(OPEN))
