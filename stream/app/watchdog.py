"""Ends a worker whose consumer has stopped silently, so that it is started again.

Faust's consumer can stop without an error. So a separate thread, with a Kafka client of its own, compares the
worker's positions with the ends of the logs: it notices a blocked event loop and a stuck fetcher alike.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from stream.access import Access
from stream.app.ending import end
from stream.app.membership import Membership
from stream.broker.connection import arguments, check
from stream.errors import BrokerUnavailable
from stream.store.partition import Partition
from stream.worker.worker import Worker

log = logging.getLogger("pantau.watchdog")
_LOOKS = 10  # within the limit
_LONGEST_PAUSE_SECONDS = 2.0  # signs of life say how long ago Kafka answered
_ANSWER_SECONDS = 10.0
#: Longer than a rebalance waits for its members.
_ADMISSION_SECONDS = 25.0
_STUCK = (
    "worker_stuck partition=%s:%d position=%d end=%d for_seconds=%.0f: Kafka and Redis answer and records "
    "wait, but the consumer stands still; exiting to be started again, nothing is lost"
)

_NOT_ADMITTED = (
    "worker_not_admitted for_seconds=%.0f: Kafka answers, but the consumer group does not admit this worker: "
    "%s; exiting to be started again, nothing is lost"
)
_NO_REASON = "it does not say why; look at its group.max.size, and at the log above"

Ends = Mapping[Partition, int]


class Stall(NamedTuple):
    """A partition that stands still although its log goes on to `end`, and for how long it has."""

    partition: Partition
    position: int
    end: int
    seconds: float


class StallDetector:
    """Compares positions with the ends of their logs now and then. Instants are seconds of one clock."""

    def __init__(self, limit_seconds: float) -> None:
        self._limit_seconds = limit_seconds
        self._since: dict[Partition, tuple[int, float]] = {}

    def forget(self) -> None:
        """Begin anew: nothing is known of the time before."""
        self._since.clear()

    def look(
        self,
        at_seconds: float,
        positions: Mapping[Partition, int],
        ends: Mapping[Partition, int],
        excused: AbstractSet[Partition] = frozenset(),
    ) -> Stall | None:
        """A partition whose position has been the same, with records waiting, for longer than the limit.

        Those that are `excused` stand still for a reason.
        """
        since = {
            partition: self._since.get(partition, (position, at_seconds))
            for partition, position in positions.items()
            if partition not in excused and position < ends.get(partition, position)
        }
        self._since = {
            partition: before if before[0] == positions[partition] else (positions[partition], at_seconds)
            for partition, before in since.items()
        }
        for partition, (position, from_seconds) in self._since.items():
            if at_seconds - from_seconds > self._limit_seconds:
                return Stall(partition, position, ends[partition], at_seconds - from_seconds)
        return None


class Watchdog:
    """Watches that a worker moves on. `stopping` says whether it is ending anyway.

    `ends` has the ends of the logs at the last look: a consumer that fetches nothing does not learn them.
    """

    def __init__(
        self,
        kafka: Access,
        worker: Worker,
        membership: Membership,
        *,
        limit_seconds: float,
        stopping: Callable[[], bool],
    ) -> None:
        self._kafka = kafka
        self._worker = worker
        self._stopping = stopping
        self._membership = membership
        self._admission_limit_seconds = max(limit_seconds, _ADMISSION_SECONDS)
        self._not_admitted_since: float | None = None
        self._stalls = StallDetector(limit_seconds)
        self._pause_seconds = min(limit_seconds / _LOOKS, _LONGEST_PAUSE_SECONDS)
        self._patience_seconds = limit_seconds + _ANSWER_SECONDS
        self._looked = self._answered = time.monotonic()
        self.ends: Ends = {}

    def start(self) -> None:
        """Watch from now on, until the process ends."""
        threading.Thread(target=lambda: asyncio.run(self._watch()), name="watchdog", daemon=True).start()

    @property
    def healthy(self) -> bool:
        """Whether the watchdog itself still looks; what it finds wrong ends the process."""
        return time.monotonic() - self._looked < self._patience_seconds

    @property
    def silent_seconds(self) -> float:
        """For how long Kafka has not answered the watchdog."""
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
        """Compare once, and end the process if a partition stands still. Raises what `ends` raises."""
        positions = dict(self._worker.ownership.positions())
        known = self.ends = await ends(list(positions)) if positions else {}
        self._answered = time.monotonic()
        if self._stopping() or self._worker.store.is_waiting:
            self._forget()
            return
        await self._look_at_membership()
        stall = self._stalls.look(time.monotonic(), positions, known, self._worker.ownership.halted())
        if stall is not None:
            end(log, _STUCK, *stall.partition, stall.position, stall.end, stall.seconds)

    def _forget(self) -> None:
        self._stalls.forget()
        self._not_admitted_since = None

    async def _look_at_membership(self) -> None:
        """End the process if the group has not admitted it for longer than the limit."""
        if self._membership.is_member:
            self._not_admitted_since = None
            return
        now = time.monotonic()
        since = self._not_admitted_since = self._not_admitted_since or now
        if now - since > self._admission_limit_seconds:
            await check(self._kafka)
            end(log, _NOT_ADMITTED, now - since, await self._membership.refusal() or _NO_REASON)


async def _ends(client: AIOKafkaConsumer, partitions: list[Partition]) -> Ends:
    async with asyncio.timeout(_ANSWER_SECONDS):
        found = await client.end_offsets([TopicPartition(*partition) for partition in partitions])
    return {Partition(place.topic, place.partition): end for place, end in found.items()}
