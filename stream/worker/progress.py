"""Whether partitions that have records waiting move on."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from stream.store.base import Partition


class Stuck(NamedTuple):
    """A partition that stands still: where, where its log ends, and for how long with records waiting."""

    partition: Partition
    position: int
    end: int
    seconds: float


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
