"""One queue for each partition: its batches follow each other, those of different partitions overlap.

While one batch waits for the store, another is folded. A batch is acknowledged only once it is stored. An
idle queue is checked now and then, because the store may lose what it had while no batch comes.
"""

import asyncio
import logging
from typing import Any

import faust
from aiokafka.errors import IllegalStateError, KafkaError
from faust.types import TP

from stream.app.circuit_breaker import CircuitBreakers
from stream.store.lease import Verdict
from stream.store.partition import Partition
from stream.worker.reject_rate import Halted
from stream.worker.retrying_store import Stopping
from stream.worker.worker import Worker

log = logging.getLogger("pantau.engine")
#: Enough to fold some partitions while others wait for the store, and few enough to bound memory.
_MOST_AT_ONCE = 4


class PartitionQueues:
    """Processes Faust events, of which each is a batch."""

    def __init__(self, app: faust.App, worker: Worker) -> None:
        self._app = app
        self._worker = worker
        self._last: dict[Partition, asyncio.Task[None]] = {}
        self._fenced: dict[Partition, asyncio.Task[None]] = {}
        self._breakers = CircuitBreakers(app)
        self._slots = asyncio.Semaphore(_MOST_AT_ONCE)

    async def put(self, event: Any) -> None:
        """Process a batch after those before it of its partition; returns once there is room for more."""
        await self._slots.acquire()
        partition = event.value.partition
        self._last[partition] = asyncio.create_task(self._process(event, self._last.get(partition)))

    def check(self, partition: Partition) -> None:
        """Check that the store still has a partition, unless a batch is about to find that out."""
        last = self._last.get(partition)
        if (last is None or last.done()) and self._is_settled(partition) and not self._app.should_stop:
            self._last[partition] = asyncio.create_task(self._check(partition))

    async def _process(self, event: Any, before: asyncio.Task[None] | None) -> None:
        partition = event.value.partition
        try:
            if before is not None:
                await before
            verdict = await self._worker.processor.process(event.value)
            await self._react(partition, verdict)
            self._acknowledge(event, partition, verdict)
        except Halted as halted:
            self._app.consumer.give_up(event.message)
            self._breakers.halt(partition, halted)
        except Stopping:
            self._app.consumer.give_up(event.message)
            log.warning(
                "batch_given_up partition=%s:%d Redis does not answer and the worker stops; it is read again",
                *partition,
            )
        except Exception as failure:
            # Nobody knows what it did. The batch is not acknowledged, and a new process reads it from the
            # stored position.
            log.exception("worker_stops partition=%s:%d", *partition)
            await self._app.crash(failure)
        finally:
            self._slots.release()

    def _acknowledge(self, event: Any, partition: Partition, verdict: Verdict) -> None:
        """Let the batch be committed, but nothing behind the place where its partition was halted."""
        if verdict is Verdict.APPLIED:
            self._breakers.over(partition)
        if partition in self._breakers:
            self._app.consumer.give_up(event.message)
        else:
            event.ack()

    async def _check(self, partition: Partition) -> None:
        try:
            await self._react(partition, await self._worker.upkeep.check(partition))
        except Stopping:
            pass
        except (KafkaError, IllegalStateError) as failure:  # the next check finds it lost again
            log.warning("partition_waits partition=%s:%d for Kafka: %r", *partition, failure)
        except Exception as failure:
            log.exception("worker_stops partition=%s:%d", *partition)
            await self._app.crash(failure)

    async def _react(self, partition: Partition, verdict: Verdict) -> None:
        if verdict is Verdict.ELSEWHERE:
            await self._app.consumer.seek_stored({TP(*partition)})
        # Mostly a rebalance is on its way that gives it to the other. Where none comes within a session, it
        # is claimed back.
        elif verdict is Verdict.FENCED and partition not in self._fenced:
            self._fenced[partition] = asyncio.create_task(self._claim(partition))

    def _is_settled(self, partition: Partition) -> bool:
        """Whether the group assigns the partition to us, and no rebalance is on."""
        consumer = self._app.consumer
        calm = consumer.flow_active and not self._app.rebalancing
        return calm and TP(*partition) in consumer.assignment()

    async def _claim(self, partition: Partition) -> None:
        """Take back a partition that another worker took although the group assigns it to us.

        If the other were its rightful owner, the group would revoke it from us within a session. The claim
        goes on until we own it, because nothing else would notice: only what is owned is checked.
        """
        try:
            await asyncio.sleep(self._app.conf.broker_session_timeout)
            while self._is_settled(partition) and partition not in self._worker.ownership.positions():
                await self._reclaim(partition)
        finally:
            del self._fenced[partition]

    async def _reclaim(self, partition: Partition) -> None:
        log.warning("partition_reclaimed partition=%s:%d", *partition)
        try:
            await self._app.consumer.seek_stored({TP(*partition)})
        except IllegalStateError:  # taken away meanwhile after all
            self._worker.ownership.keep_only(self._worker.ownership.positions().keys() - {partition})
        except (KafkaError, Stopping) as failure:
            log.warning("partition_waits partition=%s:%d to be reclaimed: %r", *partition, failure)
        await asyncio.sleep(self._app.conf.broker_session_timeout)
