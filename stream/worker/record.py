"""Records as a worker sees them, and the letters about those it refused."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from stream.errors import RejectReason
from stream.store.base import Partition


class Record(Protocol):
    """One record of a partition, as the Kafka client gives it."""

    @property
    def offset(self) -> int:
        """Where it lies in its partition."""

    @property
    def timestamp(self) -> int | None:
        """When it was recorded, in ms, by producer or broker; None if unknown."""

    @property
    def key(self) -> bytes | None:
        """What chose its partition: the subject of its event; None where something else did."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """Its headers; those beginning with `ce_` make it a CloudEvent in binary mode."""

    @property
    def value(self) -> bytes | None:
        """Its content; None for a tombstone."""


class Batch(NamedTuple):
    """Records of one partition, fetched from `from_offset` on; offsets that are missing hold no record."""

    partition: Partition
    from_offset: int
    records: Sequence[Record]


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
