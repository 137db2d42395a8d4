"""The topics as a test sees them: emptied, filled with any bytes, and read back."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple

import redis
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.partitioner import DefaultPartitioner
from support.processes import wait_until

from stream.access import Access
from stream.broker import topics
from stream.broker.publisher import Publisher
from stream.dev.simulator import SimulatedEvent
from stream.domain.fold import Retention
from stream.store import keys
from stream.store.partition import Partition, partition_of

PARTITIONS = 4
#: As the brokers themselves limit a record.
_LARGEST_BYTES = 1_040_000


class Placed(NamedTuple):
    """Where a record went."""

    topic: str
    partition: int
    offset: int


def fresh_topics(address: str) -> None:
    """Delete all that the topics hold."""
    asyncio.run(_fresh_topics(address))


def no_topics(address: str) -> None:
    """Delete the topics."""
    asyncio.run(_no_topics(address))


async def _fresh_topics(address: str) -> None:
    await _no_topics(address)
    await _until(lambda: _are_there(address))


async def _no_topics(address: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        present = set(await admin.list_topics()) & set(topics.ALL)
        if present:
            await admin.delete_topics(list(present))
        await _until(lambda: _are_gone(admin))
    finally:
        await admin.close()


async def _are_gone(admin: Any) -> bool:
    return not set(await admin.list_topics()) & set(topics.ALL)


async def _are_there(address: str) -> bool:
    return all(state.partitions for state in await topics.create(Access(address), partitions=PARTITIONS))


async def _until(happened: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await happened():  # noqa: ASYNC110 - a broker has no event to wait for
            await asyncio.sleep(0.05)


def publish(address: str, events: Iterable[SimulatedEvent]) -> None:
    """Send events as a source would, and return when all of them are safe."""
    asyncio.run(_publish(address, events))


async def _publish(address: str, events: Iterable[SimulatedEvent]) -> None:
    async with Publisher(Access(address)) as publisher:
        for event in events:
            await publisher.send(event.topic, event.key, event.value)


def send(
    address: str,
    records: Iterable[tuple[str, bytes | None, bytes | None]],
    *,
    timestamp_ms: int | None = None,
) -> list[Placed]:
    """Send any (topic, key, value) in their order, and tell where each went."""
    return asyncio.run(_send(address, records, timestamp_ms))


async def _send(
    address: str, records: Iterable[tuple[str, bytes | None, bytes | None]], timestamp_ms: int | None
) -> list[Placed]:
    partition_of = DefaultPartitioner()
    everywhere = list(range(PARTITIONS))
    producer = AIOKafkaProducer(bootstrap_servers=address, max_request_size=_LARGEST_BYTES)
    await producer.start()
    try:
        sent = [
            await producer.send(
                topic,
                value,
                key=key,
                partition=partition_of(key, everywhere, everywhere),
                timestamp_ms=timestamp_ms,
            )
            for topic, key, value in records
        ]
        return [Placed(at.topic, at.partition, at.offset) for at in await asyncio.gather(*sent)]
    finally:
        await producer.stop()


def forget(address: str, before: Mapping[TopicPartition, int]) -> None:
    """Have Kafka forget what lies before these offsets, as its retention does."""
    asyncio.run(_forget(address, before))


async def _forget(address: str, before: Mapping[TopicPartition, int]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        await admin.delete_records({place: RecordsToDelete(before_offset=at) for place, at in before.items()})
    finally:
        await admin.close()


def letters(address: str, *, count: int, seconds: float = 15) -> list[dict[str, Any]]:
    """Read so many dead letters, and all that follow them within a short while."""
    return [json.loads(value) for value in values(address, topics.DEAD_LETTERS, count=count, seconds=seconds)]


def values(address: str, topic: str, *, count: int, seconds: float = 15) -> list[bytes]:
    """Read so many records of a topic, and all that follow them within a short while."""
    return asyncio.run(_read(address, topic, count, seconds))


async def _read(address: str, topic: str, count: int, seconds: float) -> list[bytes]:
    values: list[bytes] = []

    async def read(consumer: Any) -> None:
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        while len(values) < count and clock() < until:
            await _poll(consumer, values)
        for _ in range(3):
            await _poll(consumer, values)

    await _with_consumer(address, read)
    return values


async def _poll(consumer: Any, values: list[bytes]) -> None:
    for found in (await consumer.getmany(timeout_ms=200)).values():
        values += [record.value for record in found]


async def _with_consumer(address: str, use: Callable[[Any], Awaitable[None]], **more: Any) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=address, enable_auto_commit=False, **more)
    await consumer.start()
    try:
        await use(consumer)
    finally:
        await consumer.stop()


def committed(address: str, *, group: str) -> dict[tuple[str, int], int]:
    """The offsets that a group has committed, where it has."""
    return asyncio.run(_committed(address, group))


async def _committed(address: str, group: str) -> dict[tuple[str, int], int]:
    found: dict[tuple[str, int], int] = {}

    async def ask(consumer: Any) -> None:
        for topic, number in ((topic, number) for topic in topics.FOLDED for number in range(PARTITIONS)):
            at = await consumer.committed(TopicPartition(topic, number))
            if at is not None:
                found[topic, number] = at

    await _with_consumer(address, ask, group_id=group)
    return found


def positions(redis_url: str) -> dict[tuple[str, int], int]:
    """The positions in the store, straight from its keys."""
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        found: dict[tuple[str, int], int] = {}
        for name in client.smembers(keys.PARTITIONS):
            partition = partition_of(name)
            at = client.hget(_meta(partition), "next")
            if at is not None:
                found[partition] = int(at)
        return found


def read_so_far(redis_url: str) -> int:
    """How many records in all have been folded: the topics began empty, and offsets have no holes."""
    return sum(positions(redis_url).values())


def _meta(partition: Partition) -> str:
    return keys.Keys(partition, Retention()).meta


def all_read(redis_url: str, records: int) -> Callable[[], bool]:
    """Whether so many records in all have been folded."""
    return lambda: read_so_far(redis_url) == records


def wait_until_read(redis_url: str, records: int, *, seconds: float = 40) -> None:
    """Wait until so many records in all have been folded."""
    done = wait_until(all_read(redis_url, records), seconds=seconds)
    assert done, f"{records} records were sent; after {seconds} s the positions are {positions(redis_url)}"
