"""Circuit breakers of partitions: one that is mostly refused, or cannot be read, halts and is retried.

Nothing is passed over: once the source or the worker is mended, every record is still to be read.
"""

import asyncio
import logging

import faust
from aiokafka.errors import IllegalStateError, KafkaError
from faust.types import TP

from stream.backoff import Backoff
from stream.store.partition import Partition
from stream.worker.reject_rate import Halted
from stream.worker.retrying_store import Stopping

log = logging.getLogger("pantau.engine")
_FIRST_PAUSE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 60.0
_HALTED = "partition_halted partition=%s:%d again_in_seconds=%.0f: %s"


class CircuitBreakers:
    """The halted partitions of an app. Each is retried after a pause that grows."""

    def __init__(self, app: faust.App, first_pause_seconds: float = _FIRST_PAUSE_SECONDS) -> None:
        self._app = app
        self._first_pause_seconds = first_pause_seconds
        self._backoffs: dict[Partition, Backoff] = {}
        self._waiting: dict[Partition, asyncio.Task[None]] = {}

    def __contains__(self, partition: Partition) -> bool:
        """Whether it is halted and not being retried at the moment."""
        return partition in self._waiting

    def halt(self, partition: Partition, why: Halted) -> None:
        """Fetch nothing of a partition for a while."""
        # A rebalance lets a paused partition flow again. So its batches may come before the pause is over,
        # are refused once more, and halt it again; the pause that is already running stays the one that
        # ends it.
        self._app.consumer.pause_partitions({TP(*partition)})
        if partition in self._waiting:
            return
        fresh = Backoff(self._first_pause_seconds, _LONGEST_PAUSE_SECONDS)
        pause = self._backoffs.setdefault(partition, fresh).pause_seconds()
        log.error(_HALTED, *partition, pause, why)
        self._waiting[partition] = asyncio.create_task(self._again(partition, pause))

    def over(self, partition: Partition) -> None:
        """Note that a batch of the partition was stored: it is no longer halted."""
        if partition not in self._waiting and self._backoffs.pop(partition, None) is not None:
            log.warning("partition_resumed partition=%s:%d", *partition)

    async def _again(self, partition: Partition, pause: float) -> None:
        """Read it from its stored position again; another owner, if there is one by now, does so itself."""
        tp, consumer = TP(*partition), self._app.consumer
        try:
            await asyncio.sleep(pause)
            if not self._app.should_stop and tp in consumer.assignment():
                await consumer.seek_stored({tp})
                consumer.resume_partitions({tp})
        except IllegalStateError:
            pass  # taken away meanwhile
        except (KafkaError, Stopping) as failure:
            log.warning("partition_waits partition=%s:%d: %r", *partition, failure)
            self._waiting[partition] = asyncio.create_task(self._again(partition, pause))
            return
        self._waiting.pop(partition, None)
