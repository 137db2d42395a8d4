"""A batch of records to events, with every refusal accounted for."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from stream.adapters.base import Decoder, Heartbeat, Passed, Unknown
from stream.adapters.modes import structured
from stream.domain.fact import Event
from stream.errors import BadRecord, RejectReason
from stream.store.partition import Partition, partition_text
from stream.worker.record import DeadLetter, Record


@dataclass(slots=True)
class Decoded:
    """What a batch of records holds: `found` are the records with events, each with its events.

    `misplaced` counts records whose key is not the subject of their event: such an event may lie in another
    partition than the rest of its contact or agent. `latest_misplaced` is the latest of them, after its
    source (or the uid that begins with it). `heartbeats` are the latest in ms by source, `beats` the offsets
    of all; one that names another partition is misplaced, and proves nothing here. `unknown` counts records
    of unknown types, and `unknown_types` has them, each after its type.
    """

    found: list[tuple[Record, Sequence[Event]]] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    unknown: int = 0
    misplaced: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    heartbeats: dict[str, int] = field(default_factory=dict)
    beats: set[int] = field(default_factory=set)
    latest_misplaced: tuple[str, Record] | None = None
    unknown_types: list[tuple[str, Record]] = field(default_factory=list)

    def events(self) -> list[Event]:
        """All events, in the order of their records."""
        return [event for _, events in self.found for event in events]

    def source_of(self, position: int) -> Record:
        """The record that held the event at `position` among all."""
        for record, events in self.found:
            if position < len(events):
                return record
            position -= len(events)
        raise IndexError(position)

    def without_event(self, partition: Partition, record: Record, found: Sequence[Event]) -> None:
        """Note a record of `partition` that has no event, and need not have one."""
        match found:
            case Unknown():
                self.unknown += 1
                self.unknown_types.append((found.type, record))
            case Heartbeat():
                self._beat(partition, record, found)
            case Passed():
                self.skipped[found.reason] += 1

    def _beat(self, partition: Partition, record: Record, found: Heartbeat) -> None:
        self.beats.add(record.offset)
        if found.subject != partition_text(partition):
            self.misplaced += 1
            self.latest_misplaced = (found.source, record)
        elif found.at_ms > self.heartbeats.get(found.source, 0):
            self.heartbeats[found.source] = found.at_ms


def decode_batch(
    decoder: Decoder,
    partition: Partition,
    records: Iterable[Record],
    *,
    now_ms: int | None,
    partitions: int = 1,
) -> Decoded:
    """Decode every record; a bad one becomes a dead letter. None counts as received after `now_ms`.

    This alone decides what a record says and whether it is accepted: for workers, `redrive` and the audit
    alike. Now only grows, so what was accepted once is accepted whenever the log is read again; it is None
    where records are as old as they say. In a topic of several `partitions` an event needs a key.
    """
    result = Decoded()
    decode, found = decoder.decode, result.found.append
    for record in records:
        try:
            value = structured(record.headers, record.value) if record.headers else record.value
            stamped_ms = record.timestamp
            received_ms = (
                now_ms if stamped_ms is None or (now_ms is not None and stamped_ms > now_ms) else stamped_ms
            )
            events = decode(value or b"", received_ms)
        except BadRecord as bad:
            size = len(record.value or b"")
            result.dead_letters.append(DeadLetter(partition, record.offset, bad.reason, bad.detail, size))
            continue
        key = record.key
        if not events:
            result.without_event(partition, record, events)
        elif not key and partitions > 1:
            result.dead_letters.append(_unkeyed(partition, record, partitions))
        else:
            found((record, events))
            if key and key != events[0].subject.encode():
                result.misplaced += 1
                result.latest_misplaced = (events[0].fact.uid, record)
    return result


def _unkeyed(partition: Partition, record: Record, partitions: int) -> DeadLetter:
    """Refuses an event that may lie in another partition than the rest of its contact."""
    detail = f"no key, in a topic of {partitions} partitions; send the subject as the key, then redrive"
    return DeadLetter(partition, record.offset, RejectReason.UNKEYED, detail, len(record.value or b""))


def too_late(partition: Partition, record: Record) -> DeadLetter:
    """Refuses an event that lies beyond retention."""
    detail = "older than the retention of its partition; raise it in [retention] before such a backfill"
    return DeadLetter(partition, record.offset, RejectReason.LATE, detail, len(record.value or b""))


def too_many(partition: Partition, record: Record, kind: str, most: int) -> DeadLetter:
    """Refuses an event that brings one name, fact or open contact too many."""
    place = kind.removesuffix("_facts") if kind.endswith("_facts") else "partition"
    detail = f"more than {most} {kind} in its {place}; raise {kind} in [limits], then redrive"
    return DeadLetter(partition, record.offset, RejectReason.TOO_MANY, detail, len(record.value or b""))
