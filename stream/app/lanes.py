"""One lane for each partition: batches of one follow each other, those of several overlap.

While one waits for the store, another is folded. A batch is acknowledged only once it is stored.
"""

import asyncio
import logging
from typing import Any

import faust
from faust.types import TP

from stream.store.base import Partition, Verdict
from stream.worker.processor import Processor
from stream.worker.record import Batch

log = logging.getLogger("pantau.engine")
_MOST_AT_ONCE = 8


class Lanes:
    """Processes Faust events that hold batches."""

    def __init__(self, app: faust.App, processor: Processor) -> None:
        self._app = app
        self._processor = processor
        self._last: dict[Partition, asyncio.Task[None]] = {}
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
        except Exception as failure:
            log.exception("worker_stops partition=%s:%d", *event.value.partition)
            await self._app.crash(failure)
        finally:
            self._slots.release()

    async def _fold(self, batch: Batch) -> None:
        verdict = await self._processor.process(batch)
        if verdict is Verdict.ELSEWHERE:
            await self._app.consumer.seek_stored({TP(*batch.partition)})
