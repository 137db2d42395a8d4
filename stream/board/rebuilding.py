"""Rebuilds of partitions from the log, and their summary."""

from collections.abc import Iterable
from dataclasses import dataclass

from stream.store.rebuild import Rebuild


@dataclass(frozen=True, slots=True)
class PartitionState:
    """The state of one partition. `lost` records were gone from the log at its last build.

    For `unaccounted` offsets it is unknown whether they hold a record.
    """

    rebuild: Rebuild | None = None
    lost: int = 0
    foreign: bool = False
    unaccounted: int = 0


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """All rebuilds together; the slowest decides. `incomplete`: more than the newest records is missing."""

    progress_ratio: float
    partitions: int
    records_to_go: int
    since_ms: int
    incomplete: bool


def rebuilding(partitions: Iterable[PartitionState]) -> Rebuilding | None:
    """The summary of all rebuilds; None without one."""
    found = [each.rebuild for each in partitions if each.rebuild is not None]
    if not found:
        return None
    return Rebuilding(
        progress_ratio=min(each.progress_ratio for each in found),
        partitions=len(found),
        records_to_go=sum(each.records_to_go for each in found),
        since_ms=min(each.since_ms for each in found),
        incomplete=not all(each.complete for each in found),
    )
