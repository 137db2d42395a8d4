"""A broker in memory: partitions whose offsets have holes, and a group that deals them out to its members."""

from bisect import bisect_left
from collections.abc import Callable
from random import Random

from aiokafka.errors import OffsetOutOfRangeError
from support.factories import Record

from stream.broker.fetching import Span
from stream.store.partition import Partition


class Log:
    """One partition. Now and then an offset holds no record, as after transactions: the last ones, too."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._offsets: list[int] = []
        self.records: list[Record] = []
        self._next = 0
        self.first = 0

    def append(self, timestamp_ms: int | None, key: str, value: bytes | None) -> int:
        offset, self._next = self._next, self._next + 1
        if self._rng.random() < 0.1:
            self._next += self._rng.randrange(1, 4)
        self._offsets.append(offset)
        self.records.append(Record(offset, timestamp_ms, value, (), key.encode()))
        return offset

    @property
    def end(self) -> int:
        """Where the next record will lie, as the broker tells."""
        return self._next

    @property
    def read(self) -> int:
        """The position of who has read every record, at least."""
        return self._offsets[-1] + 1 if self._offsets else 0

    def fetch(self, position: int, most: int) -> Span:
        """What lies from a position on; sometimes up to the next record, sometimes to behind the last."""
        if not self.first <= position <= self.end:
            return Span(0, 0, [], 0, OffsetOutOfRangeError())
        first = bisect_left(self._offsets, position)
        records = self.records[first : first + self._rng.choice([0, most, most])]
        after = bisect_left(self._offsets, records[-1].offset + 1) if records else first
        ends = [self._offsets[after] if after < len(self._offsets) else self.end]
        if records:
            ends.append(records[-1].offset + 1)
        end = self._rng.choice(ends)
        return Span(position, end, records, end - position - len(records))

    def forget(self, before: int) -> None:
        """Retention: have no record before an offset any more."""
        self.first = max(self.first, before)


class Group:
    """Deals every partition to exactly one member, anew with each generation; members hear of it late."""

    def __init__(self, rng: Random, partitions: list[Partition]) -> None:
        self._rng, self._partitions = rng, partitions
        self.members: dict[str, Callable[[int, set[Partition]], None]] = {}
        self.generation = 0
        self._holders: set[str] = set()

    def rebalance(self) -> dict[str, set[Partition]]:
        """Begin a generation: what each member is given."""
        self.generation += 1
        names = sorted(self.members)
        given: dict[str, set[Partition]] = {name: set() for name in names}
        self._rng.shuffle(names)
        for n, partition in enumerate(self._partitions):
            if names:
                given[names[n % len(names)]].add(partition)
        self._holders = {name for name, own in given.items() if own}
        return given

    @property
    def is_served(self) -> bool:
        """Whether every partition was given to a member that is still there."""
        return bool(self._holders) and self._holders <= self.members.keys()
