"""Ends a worker whose consumer has stopped without a word, so that it is started again.

Faust's consumer can stop silently. A thread of its own, with a client of its own, compares the stored
positions with the true ends of the logs: it sees what a blocked loop or a stuck fetcher would never tell.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from stream.access import Access
from stream.app.ending import end
from stream.app.membership import Membership
from stream.broker.connection import arguments, check
from stream.errors import BrokerUnavailable
from stream.store.base import Partition
from stream.worker.processor import Processor
from stream.worker.progress import Progress

log = logging.getLogger("pantau.watchdog")
_LOOKS = 10  # within the limit
_LONGEST_PAUSE_SECONDS = 2.0  # readers are told how long ago Kafka answered
_ANSWER_SECONDS = 10.0
#: A group that shares its partitions anew waits so long for its members, and a little.
_LEFT_OUT_SECONDS = 25.0
_STUCK = (
    "worker_stuck partition=%s:%d position=%d end=%d for_seconds=%.0f: Kafka and Redis answer and records "
    "wait, but the consumer stands still; exiting to be started again, nothing is lost"
)

_LEFT_OUT = (
    "worker_left_out for_seconds=%.0f: Kafka answers, but the consumer group does not take this worker in: "
    "%s; exiting to be started again, nothing is lost"
)
_UNTOLD = "it does not say why; look at its group.max.size, and at what is logged above"

Ends = Mapping[Partition, int]


class Watchdog:
    """Looks after the progress of a processor; `stopping` tells that the worker is ending anyway.

    `ends` tells where the logs ended at the last look: a consumer that is held back does not learn that.
    """

    def __init__(
        self,
        kafka: Access,
        processor: Processor,
        membership: Membership,
        *,
        limit_seconds: float,
        stopping: Callable[[], bool],
    ) -> None:
        self._kafka = kafka
        self._processor = processor
        self._stopping = stopping
        self._membership = membership
        self._left_out_limit_seconds = max(limit_seconds, _LEFT_OUT_SECONDS)
        self._left_out_since: float | None = None
        self._progress = Progress(limit_seconds)
        self._pause_seconds = min(limit_seconds / _LOOKS, _LONGEST_PAUSE_SECONDS)
        self._patience_seconds = limit_seconds + _ANSWER_SECONDS
        self._looked = self._answered = time.monotonic()
        self.ends: Ends = {}

    def start(self) -> None:
        """Look from now on, until the process ends."""
        threading.Thread(target=lambda: asyncio.run(self._watch()), name="watchdog", daemon=True).start()

    @property
    def healthy(self) -> bool:
        """Whether it still looks: what it finds wrong ends the process."""
        return time.monotonic() - self._looked < self._patience_seconds

    @property
    def silent_seconds(self) -> float:
        """For how long Kafka has not answered, of all that it was asked."""
        return time.monotonic() - self._answered

    async def _watch(self) -> None:
        while True:
            try:
                await self._watch_with_client()
            except (KafkaError, OSError, TimeoutError, BrokerUnavailable):
                self._forget()  # Kafka is away: waiting is right
            self._looked = time.monotonic()
            await asyncio.sleep(self._pause_seconds)

    async def _watch_with_client(self) -> None:
        client = AIOKafkaConsumer(**arguments(self._kafka), request_timeout_ms=5_000)
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await client.start()
            while True:
                await self.look(lambda partitions: _ends(client, partitions))
                self._looked = time.monotonic()
                await asyncio.sleep(self._pause_seconds)
        finally:
            await client.stop()

    async def look(self, ends: Callable[[list[Partition]], Awaitable[Ends]]) -> None:
        """Compare once; ends the process when a partition is stuck. Raises what `ends` raises."""
        positions = dict(self._processor.positions())
        known = self.ends = await ends(list(positions)) if positions else {}
        self._answered = time.monotonic()
        if self._stopping() or self._processor.waits_for_store:
            self._forget()
            return
        await self._look_at_membership()
        stuck = self._progress.stuck(time.monotonic(), positions, known, self._processor.halted())
        if stuck is not None:
            end(log, _STUCK, *stuck.partition, stuck.position, stuck.end, stuck.seconds)

    def _forget(self) -> None:
        self._progress.forget()
        self._left_out_since = None

    async def _look_at_membership(self) -> None:
        """End the process where the group has not taken it in for longer than the limit."""
        if self._membership.is_member:
            self._left_out_since = None
            return
        now = time.monotonic()
        since = self._left_out_since = self._left_out_since or now
        if now - since > self._left_out_limit_seconds:
            await check(self._kafka)
            end(log, _LEFT_OUT, now - since, await self._membership.refusal() or _UNTOLD)


async def _ends(client: AIOKafkaConsumer, partitions: list[Partition]) -> Ends:
    async with asyncio.timeout(_ANSWER_SECONDS):
        found = await client.end_offsets([TopicPartition(*partition) for partition in partitions])
    return {Partition(place.topic, place.partition): end for place, end in found.items()}
