"""Whether the path is alive: the latest heartbeats that came all the way to this reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from stream.board.stretch import MINUTE_MS
from stream.store.partition import Partition

#: A source that has been silent for so long was taken away, and is as if it had never been.
FORGOTTEN_AFTER_MS = 24 * 60 * MINUTE_MS
#: Heartbeats come no more often, as far as is asked of them, and no less.
_SHORTEST_GAP_MS, _LONGEST_GAP_MS = 5_000, 30_000
_SLACK_MS = 2_000


class Beat(NamedTuple):
    """The latest heartbeat of a source: when it came to the reader, and how long after the one before.

    `at_ms` is what its sender's clock said, and is compared with other heartbeats of the source only.
    """

    heard_ms: int
    at_ms: int
    gap_ms: int = _LONGEST_GAP_MS

    @property
    def patience_ms(self) -> int:
        """A source that is silent for longer has stopped: two heartbeats did not come."""
        return 2 * self.gap_ms + _SLACK_MS

    def then(self, at_ms: int, now_ms: int) -> "Beat":
        """Follow what a reader found at `now_ms`; of a first one only its sender knows how old it is."""
        if at_ms <= self.at_ms:
            return self
        if self is NEVER:
            return Beat(min(at_ms, now_ms), at_ms)
        gap_ms = max(_SHORTEST_GAP_MS, min(now_ms - self.heard_ms, _LONGEST_GAP_MS))
        return Beat(now_ms, at_ms, gap_ms)


#: Before the first.
NEVER = Beat(0, 0)


@dataclass(frozen=True, slots=True)
class PathHeartbeat:
    """The latest heartbeats in ms, by partition and source; a partition without any is there, and empty.

    `dropped_sources` counts those that gave way to others, by partition.
    """

    beats: Mapping[Partition, Mapping[str, int]] = field(default_factory=dict)
    dropped_sources: Mapping[Partition, int] = field(default_factory=dict)

    @property
    def worst_ms(self) -> int | None:
        """The latest heartbeat of the partition that is furthest behind; None where none has any."""
        return min((max(sources.values()) for sources in self.beats.values() if sources), default=None)

    @property
    def missing(self) -> list[Partition]:
        """The partitions without heartbeats."""
        return sorted(partition for partition, sources in self.beats.items() if not sources)

    @property
    def proven_ms(self) -> int:
        """Up to when all that was sent is known to be read, of every partition; 0 where that is not known."""
        return 0 if self.missing else self.worst_ms or 0


def path_heartbeat(
    beats: Mapping[Partition, Mapping[str, int]], dropped_sources: Mapping[Partition, int], now_ms: int
) -> PathHeartbeat:
    """The heartbeat of the path at `now_ms`."""
    kept_ms = now_ms - FORGOTTEN_AFTER_MS
    kept = {
        partition: {source: at_ms for source, at_ms in sources.items() if at_ms >= kept_ms}
        for partition, sources in beats.items()
    }
    return PathHeartbeat(kept, dropped_sources)
