"""What is being read again from the log, partition by partition, and in one word for all."""

from collections.abc import Iterable
from dataclasses import dataclass

from stream.store.rebuild import Rebuild


@dataclass(frozen=True, slots=True)
class PartState:
    """How one partition stands; `lost` records were gone from the log when it was built last.

    Of `unaccounted` offsets nobody knows whether they hold a record.
    """

    rebuild: Rebuild | None = None
    lost: int = 0
    foreign: bool = False
    unaccounted: int = 0


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """All rebuilds together: done when the slowest is. `incomplete`: the board lacks more than the newest."""

    progress_ratio: float
    partitions: int
    records_to_go: int
    since_ms: int
    incomplete: bool


def rebuilding(parts: Iterable[PartState]) -> Rebuilding | None:
    """What is being rebuilt; None for nothing."""
    found = [part.rebuild for part in parts if part.rebuild is not None]
    if not found:
        return None
    return Rebuilding(
        progress_ratio=min(each.progress_ratio for each in found),
        partitions=len(found),
        records_to_go=sum(each.records_to_go for each in found),
        since_ms=min(each.since_ms for each in found),
        incomplete=not all(each.complete for each in found),
    )
