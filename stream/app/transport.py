"""Faust's Kafka transport, which hands agents one event for each fetched batch of a partition.

Faust's cost is per message. Given batches, it does its other work (group, rebalance, flow control, shutdown)
at full speed. This leans on private names of the pinned Faust, kept to those below and watched
by a contract test: `_drain_messages`, `_wait_next_records`, `_fetch_records`, `_to_message`, `_new_offset`,
`_acked`, `_acked_index`, `_unacked_messages`, `_new_consumer_thread`, `_ensure_consumer`, `_commit`,
`_create_worker_consumer`, `_thread`, and aiokafka's `_fetch_max_wait_ms`, `_isolation_level` and `_closed`.

Seeks, rebalances and stalls all move the client's positions. So a batch is passed on only if what was fetched
shows the log from the due offset on (`fetching.Span`): nothing else proves that no record lies in between.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import aiokafka
from aiokafka.errors import (
    ConsumerStoppedError,
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    TopicAuthorizationFailedError,
)
from aiokafka.structs import ConsumerRecord, TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from stream.access import Access
from stream.broker.fetching import Span, fetched_spans
from stream.broker.reader import end_of, reader
from stream.clock import now_ms
from stream.errors import BrokerUnavailable
from stream.store.partition import Partition
from stream.worker.record import Batch
from stream.worker.recovery import Ask, Extent
from stream.worker.retrying_store import Stopping

log = logging.getLogger("pantau.transport")
_GONE = (OffsetOutOfRangeError, NoOffsetForPartitionError)
_END_SECONDS = 10.0

#: Acquires partitions, and gives the offset to read each from; `Ask` tells what Kafka has of one.
Acquire = Callable[[set[Partition], Ask], Awaitable[dict[Partition, int]]]


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """Fetches spans, with a short wait, and lets a commit fail: positions live in the store."""

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = self.transport.fetch_wait_ms  # noqa: SLF001 - no public setting in Faust
        consumer._isolation_level = "read_committed"  # noqa: SLF001 - Faust's setting has it with transactions
        return consumer

    async def _fetch_records(
        self,
        consumer: aiokafka.AIOKafkaConsumer,
        active_partitions: set[TP],
        timeout: float | None = None,  # noqa: ASYNC109 - Faust's
        max_records: int | None = None,
    ) -> dict[TP, Span]:
        """What was fetched of each partition, with what it shows of the log."""
        if not self.consumer.flow_active:
            return {}
        if consumer._closed:  # noqa: SLF001 - see the module
            raise ConsumerStoppedError
        return await fetched_spans(consumer, active_partitions, most=max_records or 1, seconds=timeout or 0)

    def topic_partitions(self, topic: str) -> int | None:
        """How many partitions a topic has; None while unknown.

        Faust's own method knows that only in the leader of the group.
        """
        return len(self._ensure_consumer().partitions_for_topic(topic) or ()) or None

    def stable_end(self, tp: TP) -> int:
        """See `BatchConsumer`."""
        try:
            return int(self._ensure_consumer().last_stable_offset(tp) or 0)
        except AssertionError:  # aiokafka's way of saying that it was revoked meanwhile
            return 0

    async def extent(self, since_ms: int, partition: Partition, reached: int) -> Extent:
        """What Kafka has of a partition, see `Ask`. What is older than `since_ms` no longer matters."""
        found: Extent = await self.call_thread(self._extent, TP(*partition), since_ms)
        if found.end >= reached:
            return found
        return found._replace(end=await self._read_end(partition, found))

    async def _read_end(self, partition: Partition, found: Extent) -> int:
        """The end that a read before the reported one shows. A broker may answer with an end of before.

        Tansu does, for good, after concurrent writes. Where Kafka does not answer, the reported end.
        """
        kafka, place = self.transport.kafka, TopicPartition(*partition)
        with suppress(BrokerUnavailable, TimeoutError):
            async with (
                asyncio.timeout(_END_SECONDS),
                reader(kafka, "did not tell the end of a log", isolation_level="read_committed") as consumer,
            ):
                consumer.assign([place])
                return await end_of(consumer, place, found.earliest)
        return found.end

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
        # Kafka's committed offset only follows the stored position, for lag monitors and as a hint in
        # `recovery`. A failed commit loses nothing, and must not stop the worker.
        consumer = self._ensure_consumer()
        try:
            await consumer.commit({tp: at for tp, at in offsets.items() if tp in self.assignment()})
        except KafkaError as failure:
            log.warning("commit_failed offsets will follow later: %r", failure)
            return False
        return True


class BatchConsumer(driver.Consumer):
    """Reads from the stored positions, and passes on what it fetches, a batch at a time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._next_offset: dict[TP, int] = {}
        self._takes_over = asyncio.Lock()

    def _new_consumer_thread(self) -> BatchConsumerThread:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Acquire all assigned partitions and seek each to its stored position."""
        assigned = self.assignment()
        if assigned:
            await self.seek_stored(assigned)

    async def seek_stored(self, tps: set[TP]) -> None:
        """Acquire `tps` and seek each to its stored position. Calls wait for each other.

        Each acquisition fences the one before. Of two at once, the seek of the first could come last, and
        the client would read from a position whose lease is gone.
        """
        async with self._takes_over:
            since_ms = now_ms() - self.transport.horizon_ms
            partitions = {Partition(tp.topic, tp.partition) for tp in tps}
            positions = await self.transport.acquire(partitions, partial(self._thread.extent, since_ms))
            self._next_offset.update({TP(*partition): at for partition, at in positions.items()})
            await self.seek_wait({tp: self._next_offset[tp] for tp in tps})

    def stable_end(self, tp: TP) -> int:
        """The end of what Kafka gives: before the first open transaction. 0 where it is not known."""
        return int(self._thread.stable_end(tp))

    def give_up(self, message: Any) -> None:
        """Wait no longer for a message that will be read again, and do not commit it."""
        self._unacked_messages.discard(message)

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Do nothing: Faust's stall detector counts single messages. `Watchdog` looks instead."""

    def _new_offset(self, tp: TP) -> int | None:
        # Faust commits up to the first gap among acknowledged offsets, one message each. A batch is
        # acknowledged at its last offset, so there are gaps everywhere; and batches of a partition are
        # processed in order, so the newest acknowledged offset is the one.
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
                spans, _ = await self._wait_next_records(timeout=1.0)
                await self._deliver(spans or {})
                # Each batch costs a call of the store, whatever its size. So after a small fetch this
                # lingers, and the next one is larger; with much to read it goes on at once.
                found = sum(len(span.records) for span in (spans or {}).values())
                is_small = found < self.transport.batch_records // 32
                await asyncio.sleep(self.transport.linger_seconds if is_small else 0)
        except self.consumer_stopped_errors:
            if not self.transport.app.should_stop:
                raise

    async def _deliver(self, spans: dict[TP, Span]) -> None:
        generation = self.app.consumer_generation_id
        for tp, span in spans.items():
            if not self.flow_active or generation != self.app.consumer_generation_id:
                return  # a rebalance is on: it seeks all partitions to their stored positions
            due = self._next_offset.get(tp)
            if due is None:  # it is about to be acquired
                continue
            if isinstance(span.failure, _GONE):
                await self._acquire_again(tp, due)
            elif span.first > due:
                await self._rewind(tp, due)
            else:
                await self._pass_on(tp, span, due)

    async def _pass_on(self, tp: TP, span: Span, due: int) -> None:
        """Pass on what a span shows from the due offset on, then what keeps the client from reading on."""
        partition = Partition(tp.topic, tp.partition)
        if span.end > due:
            batch = Batch(partition, span.first, span.end, span.records, span.gaps).since(due)
            self._next_offset[tp] = span.end
            await self._send(tp, batch)
        if isinstance(span.failure, TopicAuthorizationFailedError):
            raise span.failure
        at = self._next_offset[tp]
        if span.failure is not None and span.end in {at, 0}:  # 0: the client does not say where
            await self._send(tp, Batch(partition, at, at, (), 0, span.failure))

    async def _send(self, tp: TP, batch: Batch) -> None:
        """Send a batch as one message of Faust's, at the last offset that it covers."""
        last = ConsumerRecord(*tp, batch.next_offset - 1, None, 0, None, None, None, -1, -1, ())
        message = self._to_message(tp, last)
        message.value = batch
        # The callback waits for room in the queue of the agent: not once a rebalance has suspended the flow.
        await self.wait_first(self.callback(message), self.suspend_flow.wait())

    async def _rewind(self, tp: TP, due: int) -> None:
        """Fetch from the due offset on: nothing that was fetched shows what lies there."""
        with suppress(IllegalStateError):  # revoked meanwhile: its owner seeks for itself
            await self.seek_wait({tp: due})

    async def _acquire_again(self, tp: TP, due: int) -> None:
        """Decide anew what to read: the log no longer has the due offset, or does not have it yet."""
        try:
            await self.seek_stored({tp})
        except (KafkaError, Stopping) as failure:
            log.warning("partition_waits partition=%s:%d offset=%d: %r", *tp, due, failure)


class BatchTransport(driver.Transport):
    """The transport of a Faust app. Set `acquire` and the sizes before the app starts."""

    Consumer = BatchConsumer

    acquire: Acquire
    kafka: Access
    horizon_ms: int
    fetch_wait_ms: int = 50
    linger_seconds: float = 0.02
    batch_records: int = 32_000
