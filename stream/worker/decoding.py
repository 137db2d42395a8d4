"""A batch of records to events, with every refusal accounted for."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from stream.adapters.base import Decoder, SkippedRecord
from stream.adapters.canonical import UnknownType
from stream.domain.fact import Event
from stream.errors import BadRecord, RejectReason
from stream.store.base import Partition
from stream.worker.record import DeadLetter, Record

UNKNOWN = "unknown"


@dataclass(slots=True)
class Decoded:
    """What a batch of records held. `positions[i]` is the record that event i came from."""

    events: list[Event] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    unknown: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


def decode_batch(decoder: Decoder, partition: Partition, records: Sequence[Record]) -> Decoded:
    """Decode every record; a bad one becomes a dead letter and stops nothing."""
    result = Decoded()
    decode, events, positions = decoder.decode, result.events, result.positions
    for position, (offset, timestamp_ms, value) in enumerate(records):
        try:
            found = decode(value or b"", received_ms=timestamp_ms)
        except BadRecord as bad:
            size = len(value or b"")
            result.letters.append(DeadLetter(partition, offset, bad.reason, bad.detail, size))
        except UnknownType:
            result.unknown += 1
        except SkippedRecord as skipped:
            result.skipped[skipped.reason] += 1
        else:
            events += found
            positions += [position] * len(found)
    return result


def too_late(partition: Partition, record: Record) -> DeadLetter:
    """The letter about an event that lies beyond retention."""
    detail = "older than the retention of its partition; raise it in [retention] before such a backfill"
    return DeadLetter(partition, record.offset, RejectReason.LATE, detail, len(record.value or b""))
