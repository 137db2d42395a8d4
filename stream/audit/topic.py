"""Reads the raw log from Kafka, from the last position to given positions."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from aiokafka import TopicPartition

from stream.access import Access
from stream.broker.reader import fetched, reader
from stream.broker.rights import require_seen
from stream.errors import BrokerUnavailable

Positions = dict[tuple[str, int], int]
#: A function that takes records of a partition, and the number of partitions of its topic.
Take = Callable[[tuple[str, int], Sequence[Any], int], None]
_POLL_MS = 1_000
_AT_ONCE = 5_000
#: Polls without a record that mean the end: the embedded broker does not report the end of a log.
_MOST_SILENT = 8


class Topic:
    """The partitions of the board; each `read` continues where the last one ended."""

    def __init__(self, kafka: Access) -> None:
        self._kafka = kafka
        self._next: Positions = {}
        #: Whether every partition still had its first record.
        self.is_whole = True

    async def read(
        self, positions: Mapping[tuple[str, int], int], take: Take, advance: Callable[[int], None]
    ) -> None:
        """Pass the records before `positions` to `take`, and their number to `advance`.

        Raises `BrokerUnavailable`, also if the log ends before `positions` or may not be read.
        """
        if not self.left(positions):
            return
        before, self._next = self._next, dict(self._next)
        try:
            async with self._reader() as consumer:
                await self._begin(consumer, positions)
                await self._read(consumer, positions, take, advance)
            before = self._next
        finally:
            self._next = before  # after a failure, start over

    def left(self, positions: Mapping[tuple[str, int], int]) -> int:
        """The number of records still to be read."""
        return sum(max(0, at - self._next.get(partition, 0)) for partition, at in positions.items())

    def _reader(self) -> AbstractAsyncContextManager[Any]:
        return reader(
            self._kafka,
            "cannot be read",
            isolation_level="read_committed",  # as workers do: aborted records do not count
        )

    async def _begin(self, consumer: Any, positions: Mapping[tuple[str, int], int]) -> None:
        todo = [TopicPartition(*p) for p, at in positions.items() if self._next.get(p, 0) < at]
        require_seen(self._kafka, {partition.topic for partition in todo}, await consumer.topics())
        consumer.assign(todo)
        earliest = await consumer.beginning_offsets(todo) if todo else {}
        for partition in todo:
            first = earliest[partition]
            if tuple(partition) not in self._next and first > 0:
                self.is_whole = False
            at = self._next[partition.topic, partition.partition] = max(
                first, self._next.get(tuple(partition), 0)
            )
            consumer.seek(partition, at)

    async def _read(
        self,
        consumer: Any,
        positions: Mapping[tuple[str, int], int],
        take: Take,
        advance: Callable[[int], None],
    ) -> None:
        silent = 0
        while todo := [p for p in consumer.assignment() if self._next[tuple(p)] < positions[tuple(p)]]:
            consumer.pause(*(consumer.assignment() - set(todo)))
            found = await fetched(consumer, todo, most=_AT_ONCE, timeout_ms=_POLL_MS)
            silent = 0 if found else silent + 1
            if silent > _MOST_SILENT:
                raise BrokerUnavailable(_beyond(todo[0], self._next, positions))
            for partition, span in found.items():
                until = positions[tuple(partition)]
                partitions = len(consumer.partitions_for_topic(partition.topic) or ())
                records = [record for record in span.records if record.offset < until]
                take(tuple(partition), records, partitions)
                self._next[tuple(partition)] = min(until, span.end)
                advance(len(records))


def _beyond(partition: Any, found: Positions, positions: Mapping[tuple[str, int], int]) -> str:
    at = tuple(partition)
    return (
        f"{at[0]}:{at[1]} ends at {found[at]} and the board has read it to {positions[at]}; "
        "set PANTAU_KAFKA to the Kafka that its workers read"
    )
