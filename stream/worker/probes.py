"""What a worker reports of itself, in the words of the domain; `metrics` turns it into series."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from stream.domain.oddity import Sighting
from stream.store.lease import Verdict
from stream.store.partition import Partition
from stream.store.unreadable import Unreadable


@dataclass(slots=True)
class BatchReport:
    """What happened to one batch: reported once per batch, never per event."""

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
    sightings: list[Sighting] = field(default_factory=list)
    delays_ms: list[int] = field(default_factory=list)
    decode_seconds: float = 0.0
    fold_seconds: float = 0.0
    store_seconds: float = 0.0
    calls: list[tuple[str, float]] = field(default_factory=list)

    def called(self, operation: str, seconds: float) -> None:
        """Add a call of the store and how long it took."""
        self.calls.append((operation, seconds))
        self.store_seconds += seconds


class Probe(Protocol):
    """Listens to a worker."""

    def batch(self, report: BatchReport) -> None:
        """A batch was applied."""
        ...

    def judged(self, partition: Partition, verdict: Verdict) -> None:
        """The store's verdict on a batch, or on a partition that a check has found lost."""
        ...

    def store_failed(self, operation: str) -> None:
        """A call of the store failed. It will be repeated."""
        ...

    def owned(self, partitions: set[Partition]) -> None:
        """Exactly these partitions are owned now."""
        ...

    def halted(self, partition: Partition, reason: str | None) -> None:
        """A partition stands still for `reason`; None: it moves on."""
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
