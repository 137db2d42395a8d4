"""What a worker tells of itself, by domain name; the metrics behind it are declared in `metrics`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from stream.domain.oddity import Sighting
from stream.store.base import Partition, Verdict
from stream.store.unreadable import Unreadable


@dataclass(slots=True)
class BatchReport:
    """What happened to one batch, told once per batch and never per event."""

    partition: Partition
    records: int = 0
    by_type: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    late: int = 0
    misplaced: int = 0
    position: int = 0
    watermark_ms: int = 0
    used: dict[str, int] = field(default_factory=dict)
    odd: list[Sighting] = field(default_factory=list)
    delays_ms: list[int] = field(default_factory=list)
    decode_seconds: float = 0.0
    fold_seconds: float = 0.0
    store_seconds: float = 0.0
    calls: list[tuple[str, float]] = field(default_factory=list)

    def called(self, operation: str, seconds: float) -> None:
        """Add a call of the store."""
        self.calls.append((operation, seconds))
        self.store_seconds += seconds


class Probe(Protocol):
    """Listens to a worker."""

    def batch(self, report: BatchReport) -> None:
        """A batch was applied."""
        ...

    def judged(self, partition: Partition, verdict: Verdict) -> None:
        """The store said what became of a batch, or that a partition without one is lost."""
        ...

    def store_failed(self, operation: str) -> None:
        """A call of the store failed and will be repeated."""
        ...

    def owned(self, partitions: set[Partition]) -> None:
        """These partitions, and no others, are owned now."""
        ...

    def halted(self, partition: Partition, reason: str | None) -> None:
        """A partition stands still because most of it is refused for `reason`; None: it moves on."""
        ...

    def unreadable(self, partition: Partition, found: Sequence[Unreadable]) -> None:
        """Something stored could not be read."""
        ...


class SilentProbe:
    """Listens to nothing."""

    def batch(self, report: BatchReport) -> None:
        """See `Probe`."""

    def judged(self, partition: Partition, verdict: Verdict) -> None:
        """See `Probe`."""

    def store_failed(self, operation: str) -> None:
        """See `Probe`."""

    def owned(self, partitions: set[Partition]) -> None:
        """See `Probe`."""

    def halted(self, partition: Partition, reason: str | None) -> None:
        """See `Probe`."""

    def unreadable(self, partition: Partition, found: Sequence[Unreadable]) -> None:
        """See `Probe`."""
