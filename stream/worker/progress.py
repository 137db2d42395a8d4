"""Whether partitions that have records waiting move on, and since when those wait."""

from collections import deque
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from stream.store.base import Partition

#: Ends that are kept of a log; with more, every second one is forgotten.
_MOST_SEEN = 512


class Stuck(NamedTuple):
    """A partition that stands still: where, where its log ends, and for how long with records waiting."""

    partition: Partition
    position: int
    end: int
    seconds: float


class Backlog(NamedTuple):
    """Records of a partition that are to be read: how many, and for how long the oldest has been there.

    `is_held`: they cannot be read yet, for a transaction before them is open.
    """

    records: int = 0
    waiting_ms: int = 0
    is_held: bool = False


class Waiting:
    """Since when there have been records behind a position: at least, by when logs were seen to end where.

    Instants are seconds of one clock.
    """

    def __init__(self) -> None:
        self._seen: dict[Partition, deque[tuple[int, float]]] = {}

    def look(self, at_seconds: float, ends: Mapping[Partition, int]) -> None:
        """The logs end there now; of others nothing is known any more."""
        self._seen = {partition: self._seen.get(partition, deque()) for partition in ends}
        for partition, end in ends.items():
            seen = self._seen[partition]
            if seen and seen[-1][0] > end:  # another log, or one that lost its tail
                seen.clear()
            if not seen or seen[-1][0] < end:
                seen.append((end, at_seconds))
            if len(seen) > _MOST_SEEN:
                self._seen[partition] = deque([*seen][::2])

    def seconds(self, at_seconds: float, partition: Partition, position: int) -> float:
        """For how long records have been waiting behind a position."""
        seen = self._seen.get(partition, deque())
        while seen and seen[0][0] <= position:
            seen.popleft()
        return at_seconds - seen[0][1] if seen else 0.0


class Progress:
    """Compares positions with the ends of their logs from time to time; instants are seconds of one clock."""

    def __init__(self, limit_seconds: float) -> None:
        self._limit_seconds = limit_seconds
        self._since: dict[Partition, tuple[int, float]] = {}

    def forget(self) -> None:
        """Begin anew: nothing can be said of the time until now."""
        self._since.clear()

    def stuck(
        self,
        at_seconds: float,
        positions: Mapping[Partition, int],
        ends: Mapping[Partition, int],
        excused: AbstractSet[Partition] = frozenset(),
    ) -> Stuck | None:
        """A partition with records waiting whose position has been the same for longer than the limit."""
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
                return Stuck(partition, position, ends[partition], at_seconds - from_seconds)
        return None
