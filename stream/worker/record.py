"""Records as a worker sees them, and dead letters for those that it refuses."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from stream.errors import RejectReason
from stream.store.partition import Partition


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
    """What the log of a partition holds from `from_offset` up to before `next_offset`.

    `records` in order, and nothing at `gaps` offsets, as the log itself has shown: transaction markers,
    aborted records, or what was compacted away. `failure` is what keeps the client from reading on; such a
    batch covers no offset.
    """

    partition: Partition
    from_offset: int
    next_offset: int
    records: Sequence[Record]
    gaps: int
    failure: Exception | None = None

    @property
    def is_accounted(self) -> bool:
        """Whether each offset is a record, or known to hold none."""
        return self.next_offset - self.from_offset == len(self.records) + self.gaps

    def goes_on_at(self, position: int) -> bool:
        """Whether it holds something that comes next after `position` was reached."""
        if self.failure is not None:
            return position == self.next_offset
        return self.from_offset <= position < self.next_offset

    def since(self, position: int) -> "Batch":
        """The part from `position` on, which it covers: after a seek, records come once more."""
        if position == self.from_offset:
            return self
        rest = [record for record in self.records if record.offset >= position]
        before = len(self.records) - len(rest)
        gaps = self.gaps - (position - self.from_offset - before)
        return self._replace(from_offset=position, records=rest, gaps=gaps)


class DeadLetter(NamedTuple):
    """A refused record: where it lies, and why. Never its content."""

    partition: Partition
    offset: int
    reason: RejectReason
    detail: str
    size_bytes: int


class DeadLetters(Protocol):
    """Where dead letters go."""

    async def send(self, dead_letters: list[DeadLetter]) -> None:
        """Send some; returns once they are safe. Raises `BrokerUnavailable`."""
        ...
