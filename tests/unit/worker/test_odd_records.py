"""Odd records on their way through a worker: counted with the state, once, whatever happens to the batch."""

import json
from typing import Any

import pytest
from support.factories import CONTACTS, Record, batch, batch_of, ms, of, queued
from support.taking import log_of, new_worker

from stream.domain.fold import Retention
from stream.domain.instant import MINUTE_MS
from stream.domain.oddity import MISPLACED, UNKNOWN, Odd, Sort
from stream.errors import StoreUnavailable
from stream.store.checkpoint import Checkpoint
from stream.store.lease import Verdict
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.worker.probes import SilentProbe
from stream.worker.record import Batch, DeadLetter
from stream.worker.worker import Worker

pytestmark = pytest.mark.pure

NOW_MS = ms(7200)
MINUTE = ms(3600) // MINUTE_MS


class Letters:
    """Where refused records go."""

    async def send(self, letters: list[DeadLetter]) -> None:
        del letters


class Once(MemoryStore):
    """Stores the first checkpoint and says that it could not."""

    fails = True

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        verdict = await super().apply(partition, token, checkpoint)
        if self.fails:
            self.fails = False
            raise StoreUnavailable("the answer was lost")
        return verdict


async def worker(store: MemoryStore, *, end: int = 0) -> Worker:
    made = new_worker(store, Letters(), SilentProbe(), lambda: NOW_MS, retention=Retention())
    await made.ownership.acquire(CONTACTS, log_of(earliest=0, end=end))
    return made


def event(**more: object) -> bytes:
    document: dict[str, Any] = {
        "specversion": "1.0",
        "id": "1",
        "source": "/pbx",
        "type": "visit.queued",
        "subject": "c1",
        "time": "2026-11-21T11:00:00Z",
        "data": {"queue": "billing"},
    }
    return json.dumps(document | more).encode()


def odd_batch(first: int = 0) -> Batch:
    """Two that are refused, one of a type that is not known, one misplaced, one that is well."""
    values = [b"{", event(data={}), event(type="visit.teleported"), event(), event()]
    keys = [b"c1", b"c1", b"c1", b"call-7", b"c1"]
    records = [
        Record(first + n, ms(3600) + n, value, (), key)
        for n, (value, key) in enumerate(zip(values, keys, strict=True))
    ]
    return batch_of(CONTACTS, first, records)


EXPECTED = {
    MINUTE: {
        Sort("json", ""): Odd(1, 0),
        Sort("schema", "/pbx"): Odd(1, 1),
        Sort(UNKNOWN, "visit.teleported"): Odd(1, 2),
        Sort(MISPLACED, "/pbx"): Odd(1, 3),
    }
}


async def stored(store: MemoryStore) -> object:
    return (await store.delta(CONTACTS, 0, since_ms=0)).oddities


async def test_odd_records_are_counted_by_sort_with_their_place() -> None:
    store = MemoryStore()
    await (await worker(store)).processor.process(odd_batch())
    assert await stored(store) == EXPECTED


async def test_a_lost_answer_counts_nothing_twice() -> None:
    store = Once()
    assert await (await worker(store)).processor.process(odd_batch()) is Verdict.REPEAT
    assert await stored(store) == EXPECTED


async def test_the_next_owner_goes_on_counting() -> None:
    store = MemoryStore()
    await (await worker(store)).processor.process(odd_batch())
    await (await worker(store, end=5)).processor.process(odd_batch(first=5))
    assert await stored(store) == {
        MINUTE: {sort: Odd(2, odd.offset + 5) for sort, odd in EXPECTED[MINUTE].items()}
    }


async def test_what_is_well_counts_nothing_and_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryStore()
    await (await worker(store)).processor.process(batch(of("c1", queued(0))))
    assert await stored(store) == {}
    assert caplog.messages == []


async def test_each_kind_is_told_in_the_log_once_stored(caplog: pytest.LogCaptureFixture) -> None:
    await (await worker(MemoryStore())).processor.process(odd_batch())
    begins = [" ".join(message.split(": ")[0].split()) for message in caplog.messages]
    assert begins == [
        "type_unknown at=pantau.contacts:0:2 types=visit.teleported since_last=1",
        "record_misplaced at=pantau.contacts:0:3 source=/pbx since_last=1",
        "record_refused at=pantau.contacts:0:0 reason=json source=unknown since_last=1",
        "record_refused at=pantau.contacts:0:1 reason=schema source=/pbx since_last=1",
    ]


async def test_a_phone_number_is_told_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    store, number = MemoryStore(), "+49 30 1234567"
    odd = [event(source=number), event(type=number), event(subject=number)]
    records = [Record(n, ms(3600), value, (), b"k") for n, value in enumerate(odd)]
    await (await worker(store)).processor.process(batch_of(CONTACTS, 0, records))
    assert number not in str(await stored(store))
    assert len(caplog.messages) == 2
    assert number not in caplog.text


async def test_those_that_are_too_late_are_counted_too() -> None:
    store = MemoryStore()
    made = new_worker(store, Letters(), SilentProbe(), lambda: NOW_MS, retention=Retention(contacts_ms=1_000))
    await made.ownership.acquire(CONTACTS, log_of(earliest=0))
    await made.processor.process(batch(of("c1", queued(3700))))
    await made.processor.process(batch_of(CONTACTS, 1, [Record(1, ms(3600), event(id="2"), (), b"c1")]))
    assert await stored(store) == {MINUTE: {Sort("late", "/pbx"): Odd(1, 1)}}
