"""Records of a partition that wait to be read: how many, and for how long the oldest has been there."""

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from stream.store.partition import Partition

#: Ends of a log that are kept; with more, every second one is forgotten.
_MOST_SEEN = 512


class Backlog(NamedTuple):
    """How many records wait, and for how long the oldest has.

    `in_transaction`: they cannot be read yet, because a transaction before them is open.
    """

    records: int = 0
    waiting_ms: int = 0
    in_transaction: bool = False


class BacklogAge:
    """For how long there have been records behind a position, at least: by when a log was seen to end where.

    Instants are seconds of one clock.
    """

    def __init__(self) -> None:
        self._seen: dict[Partition, deque[tuple[int, float]]] = {}

    def look(self, at_seconds: float, ends: Mapping[Partition, int]) -> None:
        """Note where the logs end now; what was known of others is forgotten."""
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
        """For how long records have been behind a position; 0 where there are none."""
        seen = self._seen.get(partition, deque())
        while seen and seen[0][0] <= position:
            seen.popleft()
        return at_seconds - seen[0][1] if seen else 0.0
