"""The changelogs: what has been open for long, one beside each topic (ADR 0035)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import TopicPartition

from stream.access import Access
from stream.broker.publisher import Publisher
from stream.broker.reader import reader, whole
from stream.broker.rights import unseen
from stream.broker.topics import CHANGELOGS, states
from stream.errors import BrokerRefused
from stream.store.partition import Partition

_FEWER = (
    "{} has {} partitions and {} has more; give it as many with kafka-topics.sh --alter, for what is open in "
    "the others is kept nowhere"
)


class Writing:
    """Where changes of entries go."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def put(self, partition: Partition, key: str, value: bytes | None) -> None:
        """Set an entry; None removes it. Raises `BrokerUnavailable`, perhaps for an earlier one."""
        await self._publisher.put(CHANGELOGS[partition.topic], partition.number, key, value)


class Changelog:
    """Entries by key, for each partition that workers fold; each entry is an event as canonical JSON."""

    def __init__(self, kafka: Access) -> None:
        self._kafka = kafka

    async def read(self, partition: Partition) -> dict[str, bytes]:
        """All entries of a partition. Raises `BrokerUnavailable`; `BrokerRefused` where it is not ours."""
        name = CHANGELOGS[partition.topic]
        found: dict[str, bytes] = {}
        partitions = {state.name: state.partitions for state in await states(self._kafka)}[name]
        if not partitions:
            raise BrokerRefused(str(unseen(name)))
        if partition.number >= partitions:
            raise BrokerRefused(_FEWER.format(name, partitions, partition.topic))
        async with reader(self._kafka, "cannot be read") as consumer:
            async for record in whole(consumer, [TopicPartition(name, partition.number)]):
                _set(found, (record.key or b"").decode(errors="replace"), record.value)
        return found

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Writing]:
        """A context that takes changes; all are safe once it is left."""
        async with Publisher(self._kafka) as publisher:
            yield Writing(publisher)


def _set(entries: dict[str, bytes], key: str, value: bytes | None) -> None:
    entries.pop(key, None)
    if value is not None:
        entries[key] = value
