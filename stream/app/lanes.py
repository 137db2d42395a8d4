"""One lane for each partition: batches of one follow each other, those of several overlap.

While one waits for the store, another is folded. A batch is acknowledged only once it is stored.
"""

import asyncio
import logging
from typing import Any

import faust
from aiokafka.errors import IllegalStateError
from faust.types import TP

from stream.store.base import Partition, Verdict
from stream.worker.processor import Processor, Stopping
from stream.worker.record import Batch

log = logging.getLogger("pantau.engine")
_MOST_AT_ONCE = 8


class Lanes:
    """Processes Faust events that hold batches."""

    def __init__(self, app: faust.App, processor: Processor) -> None:
        self._app = app
        self._processor = processor
        self._last: dict[Partition, asyncio.Task[None]] = {}
        self._fenced: dict[Partition, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(_MOST_AT_ONCE)

    async def put(self, event: Any) -> None:
        """Process the batch of `event` after those of its partition; returns once there is room for more."""
        await self._slots.acquire()
        partition = event.value.partition
        self._last[partition] = asyncio.create_task(self._process(event, self._last.get(partition)))

    async def _process(self, event: Any, before: asyncio.Task[None] | None) -> None:
        try:
            if before is not None:
                await before
            await self._fold(event.value)
            event.ack()
        except Stopping:
            self._app.consumer.give_up(event.message)
            log.warning("batch_left partition=%s:%d its store is away", *event.value.partition)
        except Exception as failure:
            log.exception("worker_stops partition=%s:%d", *event.value.partition)
            await self._app.crash(failure)
        finally:
            self._slots.release()

    async def _fold(self, batch: Batch) -> None:
        verdict = await self._processor.process(batch)
        if verdict is Verdict.ELSEWHERE:
            await self._app.consumer.seek_stored({TP(*batch.partition)})
        elif verdict is Verdict.FENCED and batch.partition not in self._fenced:
            self._fenced[batch.partition] = asyncio.create_task(self._claim(batch.partition))

    async def _claim(self, partition: Partition) -> None:
        """Take a partition back that another took although the group gives it to us.

        Were the other the rightful owner, the group would have told so within a session.
        """
        try:
            await asyncio.sleep(self._app.conf.broker_session_timeout)
            tp = TP(*partition)
            consumer = self._app.consumer
            settled = consumer.flow_active and not self._app.rebalancing
            if settled and tp in consumer.assignment() and partition not in self._processor.positions():
                log.warning("partition_reclaimed partition=%s:%d", *partition)
                await consumer.seek_stored({tp})
        except IllegalStateError:  # taken away meanwhile after all
            self._processor.keep_only(self._processor.positions().keys() - {partition})
        finally:
            del self._fenced[partition]
