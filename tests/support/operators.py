"""What an operator does to Kafka behind the back of workers."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions


def move_offsets(address: str, *, group: str, to: Mapping[tuple[str, int], int]) -> None:
    """Commit these offsets for a group that has no members."""

    async def move() -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=address, group_id=group, enable_auto_commit=False)
        await consumer.start()
        try:
            consumer.assign([TopicPartition(*where) for where in to])
            await consumer.commit({TopicPartition(*where): at for where, at in to.items()})
        finally:
            await consumer.stop()

    asyncio.run(move())


def members(address: str, *, group: str) -> list[tuple[str, str]]:
    """The (member id, client id) of each member of a group."""
    described = asyncio.run(_with_admin(address, lambda admin: admin.describe_consumer_groups([group])))
    groups = [found for response in described for found in response.groups]
    return [(member[0], member[1]) for found in groups for member in found[5]]


def add_partitions(address: str, topic: str, *, total: int) -> None:
    """Give a topic more partitions."""
    asyncio.run(_with_admin(address, lambda admin: admin.create_partitions({topic: NewPartitions(total)})))


def send_in_transactions(
    address: str, topic: str, batches: Iterable[tuple[bool, list[tuple[str, bytes]]]]
) -> list[tuple[str, int, int, bool]]:
    """Send batches of (key, value), each in a transaction that is committed or aborted; where each went.

    The mark that ends the last is there on return: Kafka writes it when it has said that it is done.
    """
    return asyncio.run(_transact(address, topic, batches))


async def _transact(
    address: str, topic: str, batches: Iterable[tuple[bool, list[tuple[str, bytes]]]]
) -> list[tuple[str, int, int, bool]]:
    producer = AIOKafkaProducer(bootstrap_servers=address, transactional_id="source-1")
    await producer.start()
    placed = []
    try:
        for kept, records in batches:
            await producer.begin_transaction()
            for key, value in records:
                told = await producer.send_and_wait(topic, value, key=key.encode())
                placed.append((told.topic, told.partition, told.offset, kept))
            await (producer.commit_transaction() if kept else producer.abort_transaction())
    finally:
        await producer.stop()
    await _await_marks(address, {TopicPartition(topic, number): at for topic, number, at, _ in placed})
    return placed


async def _await_marks(address: str, last: Mapping[TopicPartition, int]) -> None:
    """Wait until each partition goes on behind the last record that was sent to it."""
    consumer = AIOKafkaConsumer(bootstrap_servers=address)
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            for place, at in last.items():
                while (await consumer.end_offsets([place]))[place] <= at + 1:  # noqa: ASYNC110 - it has no event
                    await asyncio.sleep(0.02)
    finally:
        await consumer.stop()


async def _with_admin(address: str, ask: Any) -> Any:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        return await ask(admin)
    finally:
        await admin.close()
