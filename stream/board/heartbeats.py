"""Heartbeats of the whole path, as they arrive at this reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from stream.domain.instant import MINUTE_MS
from stream.store.partition import Partition

#: A source that is silent for longer is considered removed.
FORGOTTEN_AFTER_MS = 24 * 60 * MINUTE_MS
#: Bounds of the assumed gap between heartbeats.
_SHORTEST_GAP_MS, _LONGEST_GAP_MS = 5_000, 30_000
_SLACK_MS = 2_000


class Beat(NamedTuple):
    """The latest heartbeat of a source: when the reader got it, and the gap to the one before.

    `at_ms` is by the sender's clock and is compared only with other heartbeats of the same source.
    """

    heard_ms: int
    at_ms: int
    gap_ms: int = _LONGEST_GAP_MS

    @property
    def patience_ms(self) -> int:
        """The silence after which a source has stopped: two heartbeats are missing."""
        return 2 * self.gap_ms + _SLACK_MS

    def then(self, at_ms: int, now_ms: int) -> "Beat":
        """Follow a heartbeat read at `now_ms`. The age of a first heartbeat is known only from its sender."""
        if at_ms <= self.at_ms:
            return self
        if self is NEVER:
            return Beat(min(at_ms, now_ms), at_ms)
        gap_ms = max(_SHORTEST_GAP_MS, min(now_ms - self.heard_ms, _LONGEST_GAP_MS))
        return Beat(now_ms, at_ms, gap_ms)


#: The state before the first heartbeat.
NEVER = Beat(0, 0)


@dataclass(frozen=True, slots=True)
class PathHeartbeat:
    """The latest heartbeats in ms, by partition and source; a partition without heartbeats is empty.

    `dropped_sources` counts the sources dropped because there were too many, by partition.
    """

    beats: Mapping[Partition, Mapping[str, int]] = field(default_factory=dict)
    dropped_sources: Mapping[Partition, int] = field(default_factory=dict)

    @property
    def worst_ms(self) -> int | None:
        """The latest heartbeat of the partition furthest behind; None without heartbeats."""
        return min((max(sources.values()) for sources in self.beats.values() if sources), default=None)

    @property
    def missing(self) -> list[Partition]:
        """The partitions without heartbeats."""
        return sorted(partition for partition, sources in self.beats.items() if not sources)

    @property
    def proven_ms(self) -> int:
        """Up to when every partition is proven to be read; 0 if unknown."""
        return 0 if self.missing else self.worst_ms or 0


def path_heartbeat(
    beats: Mapping[Partition, Mapping[str, int]], dropped_sources: Mapping[Partition, int], now_ms: int
) -> PathHeartbeat:
    """The heartbeats of the path at `now_ms`."""
    kept_ms = now_ms - FORGOTTEN_AFTER_MS
    kept = {
        partition: {source: at_ms for source, at_ms in sources.items() if at_ms >= kept_ms}
        for partition, sources in beats.items()
    }
    return PathHeartbeat(kept, dropped_sources)
