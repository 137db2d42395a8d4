"""Records as a worker sees them, and the letters about those it refused."""

from typing import NamedTuple, Protocol

from stream.errors import RejectReason
from stream.store.base import Partition


class Record(NamedTuple):
    """One record of a partition. `timestamp_ms` is the broker's or producer's, None if unknown."""

    offset: int
    timestamp_ms: int | None
    value: bytes | None


class Batch(NamedTuple):
    """Records of one partition, fetched from `from_offset` on; offsets that are missing hold no record."""

    partition: Partition
    from_offset: int
    records: list[Record]


class DeadLetter(NamedTuple):
    """A refused record: where it lies, and why. Never its content."""

    partition: Partition
    offset: int
    reason: RejectReason
    detail: str
    size_bytes: int


class DeadLetters(Protocol):
    """Where refused records are reported."""

    async def send(self, letters: list[DeadLetter]) -> None:
        """Hand over letters; returns once they are safe. Raises `BrokerUnavailable`."""
        ...
