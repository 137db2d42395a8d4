"""Whether the path is alive: the latest heartbeats that came all the way to this reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from stream.board.stretch import MINUTE_MS
from stream.store.base import Partition

#: A source that has been silent for so long was taken away, and is as if it had never been.
FORGOTTEN_AFTER_MS = 24 * 60 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Pulse:
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


def pulse(
    beats: Mapping[Partition, Mapping[str, int]], dropped_sources: Mapping[Partition, int], now_ms: int
) -> Pulse:
    """The pulse at `now_ms`."""
    kept_ms = now_ms - FORGOTTEN_AFTER_MS
    kept = {
        partition: {source: at_ms for source, at_ms in sources.items() if at_ms >= kept_ms}
        for partition, sources in beats.items()
    }
    return Pulse(kept, dropped_sources)
