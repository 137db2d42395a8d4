"""Sends a heartbeat to every partition that workers fold."""

from collections.abc import Callable

from stream.access import Access
from stream.adapters.heartbeat import heartbeat_record
from stream.broker.publisher import Publisher
from stream.broker.topics import FOLDED
from stream.store.partition import Partition, partition_text


async def beat(kafka: Access, source: str, clock: Callable[[], int]) -> int:
    """Send one to each partition, and return their number. Raises `BrokerUnavailable`.

    Each call has its own connection: one that was cut would deliver what it still holds late.
    """
    async with Publisher(kafka) as publisher:
        partitions = [
            Partition(topic, number) for topic in FOLDED for number in range(await publisher.count(topic))
        ]
        for partition in partitions:
            name = partition_text(partition)
            await publisher.put(*partition, name, heartbeat_record(source, name, clock()))
    return len(partitions)
