"""Publishes in bulk: whole batches per partition, so a log replays as fast as the broker accepts it."""

import asyncio
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError
from aiokafka.partitioner import murmur2

from stream.access import Access
from stream.broker.connection import arguments, check, connecting
from stream.broker.rights import forbidden, named, unsaid, unseen
from stream.errors import BrokerUnavailable

_BATCH_BYTES = 256 << 10
_MOST_IN_FLIGHT = 16
#: A topic that stays unseen for so long does not exist: a new one is seen sooner.
_UNSEEN_SECONDS = 4.0


class Publisher:
    """Sends records to the partitions that any Kafka client would choose. Leaving its context flushes.

    Raises `BrokerUnavailable` when a batch cannot be delivered. How much arrived before is not known.
    """

    def __init__(self, kafka: Access) -> None:
        self._kafka = kafka
        self._partitions: dict[str, int] = {}
        self._open: dict[tuple[str, int], Any] = {}
        self._in_flight: set[asyncio.Future[Any]] = set()

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(
            **arguments(self._kafka), max_batch_size=_BATCH_BYTES, linger_ms=0, acks="all"
        )
        try:
            with connecting(self._kafka):
                await self._producer.start()
        except BrokerUnavailable:
            await self._producer.stop()
            raise
        return self

    async def __aexit__(self, failed: object, *_: object) -> None:
        try:
            if failed is None:
                await self.flush()
        finally:
            await self._producer.stop()
            _failures(future for future in self._in_flight if future.done())

    async def send(self, topic: str, key: str, value: bytes) -> None:
        """Add a record to the batch of its partition; full batches are sent."""
        partitions = self._partitions.get(topic) or await self.count(topic)
        await self.put(topic, partition_of(key, partitions), key, value)

    async def put(self, topic: str, partition: int, key: str, value: bytes | None) -> None:
        """Add a record to the batch of a given partition, whatever its key; None as value is a tombstone."""
        place = (topic, partition)
        builder = self._open.get(place)
        if builder is None:
            builder = self._open[place] = self._producer.create_batch()
        if builder.append(key=key.encode(), value=value, timestamp=None) is None:
            await self._dispatch(place)
            await self.put(topic, partition, key, value)

    async def flush(self) -> None:
        """Return once all records sent so far are safe."""
        for place in list(self._open):
            await self._dispatch(place)
        while self._in_flight:
            await self._settle()

    async def count(self, topic: str) -> int:
        """The number of partitions of a topic. Raises `BrokerUnavailable` where we see no such topic."""
        try:
            with unsaid():
                partitions = await asyncio.wait_for(self._producer.partitions_for(topic), _UNSEEN_SECONDS)
        except TopicAuthorizationFailedError:
            raise forbidden(self._kafka, f"write {topic}") from None
        except TimeoutError:
            await check(self._kafka)
            raise unseen(topic) from None
        except KafkaError as failure:
            raise BrokerUnavailable(
                f"topic {topic} cannot be used: {failure}; create it with `pantau topics --create`"
            ) from None
        self._partitions[topic] = len(partitions)
        return len(partitions)

    async def _dispatch(self, place: tuple[str, int]) -> None:
        builder = self._open.pop(place)
        if builder.record_count() == 0:
            raise ValueError("a record does not fit into a batch")
        while len(self._in_flight) >= _MOST_IN_FLIGHT:
            await self._settle()
        topic, partition = place
        self._in_flight.add(await self._producer.send_batch(builder, topic, partition=partition))

    async def _settle(self) -> None:
        done, self._in_flight = await asyncio.wait(self._in_flight, return_when=asyncio.FIRST_COMPLETED)
        for failure in _failures(done):
            if isinstance(failure, TopicAuthorizationFailedError):
                raise forbidden(self._kafka, f"write {named(failure)}") from failure
            raise BrokerUnavailable(f"Kafka did not take a batch: {failure}") from failure


def _failures(done: Iterable[asyncio.Future[Any]]) -> list[BaseException]:
    """The exceptions of futures. Each must be retrieved, or asyncio logs a stack trace for it."""
    found = [future.exception() for future in done if not future.cancelled()]
    return [failure for failure in found if failure is not None]


def partition_of(key: str, partitions: int) -> int:
    """The partition, of so many, that any Kafka client chooses for a key."""
    return _hash(key) % partitions


@lru_cache(maxsize=65_536)
def _hash(key: str) -> int:
    return int(murmur2(key.encode())) & 0x7FFFFFFF
