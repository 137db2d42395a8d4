"""Faust's Kafka transport, handing agents one event per fetched batch of a partition.

Faust spends its time per message; given batches it does its other work (group, rebalance, flow control,
shutdown) at full speed. This leans on private names of the pinned Faust, kept to those below and watched
by a contract test: `_drain_messages`, `_wait_next_records`, `_to_message`, `_new_offset`, `_acked`,
`_acked_index`, `_unacked_messages`, `_new_consumer_thread`, `_ensure_consumer`, `_commit`,
`_create_worker_consumer`, `_thread`, and aiokafka's `_fetch_max_wait_ms` and `_isolation_level`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import aiokafka
from aiokafka.errors import IllegalStateError, KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from stream.clock import now_ms
from stream.store.base import Partition
from stream.worker.record import Batch
from stream.worker.recovery import Ask, Extent

log = logging.getLogger("pantau.transport")
#: A round that finds nothing takes a second.
_MOST_SECONDS_FOR_ROUNDS = 5.0

#: Takes partitions, and what tells of their log; answers where to read each from.
Acquire = Callable[[set[Partition], Ask], Awaitable[dict[Partition, int]]]


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """Waits as briefly as told, and takes a failed commit lightly: positions live in the store."""

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = self.transport.fetch_wait_ms  # noqa: SLF001 - no public setting in Faust
        consumer._isolation_level = "read_committed"  # noqa: SLF001 - Faust's setting has it with transactions
        return consumer

    async def extent(self, since_ms: int, partition: Partition) -> Extent:
        """What the log has of a partition; what is before `since_ms` matters only where there is no other."""
        found: Extent = await self.call_thread(self._extent, TP(*partition), since_ms)
        return found

    async def _extent(self, tp: TP, since_ms: int) -> Extent:
        consumer = self._ensure_consumer()
        earliest, ends, since, committed = await asyncio.gather(
            consumer.beginning_offsets([tp]),
            consumer.end_offsets([tp]),
            consumer.offsets_for_times({tp: since_ms}),
            consumer.committed(tp),
        )
        horizon = since[tp].offset if since[tp] is not None else earliest[tp]
        return Extent(earliest[tp], horizon, ends[tp], committed or 0)

    async def _commit(self, offsets: Any) -> bool:
        consumer = self._ensure_consumer()
        try:
            await consumer.commit({tp: at for tp, at in offsets.items() if tp in self.assignment()})
        except KafkaError as failure:
            log.warning("commit_failed offsets will follow later: %r", failure)
            return False
        return True


class BatchConsumer(driver.Consumer):
    """Reads from where the store says, and passes on what it fetched, a batch at a time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._next_offset: dict[TP, int] = {}
        self._seeking = self._seeks = self._rounds = 0

    def _new_consumer_thread(self) -> BatchConsumerThread:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Take over all assigned partitions and seek each to its stored position."""
        assigned = self.assignment()
        if assigned:
            await self.seek_stored(assigned)

    async def seek_stored(self, tps: set[TP]) -> None:
        """Take over `tps` and seek each to its stored position."""
        self._seeking += 1
        try:
            since_ms = now_ms() - self.transport.horizon_ms
            partitions = {Partition(tp.topic, tp.partition) for tp in tps}
            positions = await self.transport.acquire(partitions, partial(self._thread.extent, since_ms))
            self._next_offset.update({TP(*partition): at for partition, at in positions.items()})
            await self.seek_wait({tp: self._next_offset[tp] for tp in tps})
        finally:
            self._seeking -= 1
            self._seeks += 1

    async def hole(self, tp: TP) -> tuple[int, int] | None:
        """Offsets after all that was delivered of `tp` that hold no record, as first and end; None for none.

        Takes two rounds of delivery: what the client had handed out before has been passed on by then. None
        too where these take long: who delivers may wait for the very lane that asks.
        """
        seeks, last, at = self._seeks, self._rounds + 2, await self.position(tp)
        until = self.loop.time() + _MOST_SECONDS_FOR_ROUNDS
        while self._rounds < last and not self.should_stop:
            if self.loop.time() > until:
                return None
            await asyncio.sleep(self.transport.linger_seconds)
        first = self._next_offset.get(tp)
        if self._seeking or seeks != self._seeks or at is None or first is None or first >= at:
            return None
        return first, at

    def give_up(self, message: Any) -> None:
        """Wait no longer for `message`, and do not commit it: it will be read again."""
        self._unacked_messages.discard(message)

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust's stall detector counts messages one by one; our own progress is watched instead."""

    def _new_offset(self, tp: TP) -> int | None:
        acked = self._acked[tp]
        if not acked:
            return None
        newest: int = max(acked)
        acked.clear()
        self._acked_index[tp].clear()
        return newest + 1

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self.should_stop or fetcher.should_stop):
                seeks = self._seeks
                fetched, _ = await self._wait_next_records(timeout=1.0)
                records = fetched or {}
                if self._seeking or seeks != self._seeks:
                    await self._drop(records)
                else:
                    await self._deliver(records)
                self._rounds += 1
                few = sum(map(len, records.values())) < self.transport.batch_records // 32
                await asyncio.sleep(self.transport.linger_seconds if few else 0)
        except self.consumer_stopped_errors:
            if not self.transport.app.should_stop:
                raise

    async def _drop(self, fetched: dict[TP, list[Any]]) -> None:
        """Forget what was fetched around a seek: nobody can tell which side of it the records are from."""
        again = {tp: self._next_offset[tp] for tp in fetched if tp in self._next_offset}
        if again and self.flow_active:
            with suppress(IllegalStateError):  # no longer ours: whoever has it seeks for itself
                await self.seek_wait(again)

    async def _deliver(self, fetched: dict[TP, list[Any]]) -> None:
        generation, seeks, left = self.app.consumer_generation_id, self._seeks, dict(fetched)
        for tp, records in fetched.items():
            fresh = not self._seeking and seeks == self._seeks
            whole = fresh and await self._is_whole(tp, records[0].offset)
            if not self.flow_active or generation != self.app.consumer_generation_id:
                return  # a rebalance is on: it seeks all partitions to their stored positions
            if not whole or self._seeking or seeks != self._seeks:
                await self._drop(left)
                return
            del left[tp]
            from_offset = self._next_offset[tp]
            message = self._to_message(tp, records[-1])
            if records[0].offset < from_offset:
                records = [record for record in records if record.offset >= from_offset]  # noqa: PLW2901
            message.value = Batch(Partition(tp.topic, tp.partition), from_offset, records)
            if records:
                self._next_offset[tp] = message.offset + 1
                await self.wait_first(self.callback(message), self.suspend_flow.wait())

    async def _is_whole(self, tp: TP, first: int) -> bool:
        """Whether nothing was dropped between what was delivered last and `first`; else takes `tp` over anew.

        Where Kafka no longer has what comes next, its client goes on without a word, as it does where a
        transaction or a compaction left a gap.
        """
        offset = self._next_offset.get(tp, first)
        if first <= offset or not self.flow_active:
            return True
        try:
            if (await self._thread.earliest_offsets(tp))[tp] <= offset:
                return True
            await self.seek_stored({tp})
        except KafkaError as failure:
            log.warning("gap_unexplained partition=%s:%d offset=%d: %r", *tp, offset, failure)
        return False


class BatchTransport(driver.Transport):
    """The transport to set on a Faust app; give it `acquire` and the sizes before the app starts."""

    Consumer = BatchConsumer

    acquire: Acquire
    horizon_ms: int
    fetch_wait_ms: int = 50
    linger_seconds: float = 0.02
    batch_records: int = 32_000
