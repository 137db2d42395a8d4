"""Decodes records to rows of the log; the only module of the audit that knows the grammar of records.

It uses the decoder of the workers, which is tested separately (docs/adr/0026), and nothing else of theirs.
"""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet

from stream.adapters.canonical import CanonicalDecoder
from stream.audit.spool import NULL, Spool
from stream.domain.fact import Event, Fact, fact_of
from stream.domain.kinds import ROWS, Kind
from stream.store.partition import Partition
from stream.worker.decoding import decode_batch
from stream.worker.record import Record

#: Records of an unknown type are not refused but counted: newer sources may send them.
_UNKNOWN_TYPE = "unknown_type"
_CORRECTED = frozenset({int(Kind.CONTACT_CORRECTED), int(Kind.AGENT_CORRECTED)})
_NOTHING_ELSE = (NULL,) * 8


class RecordReader:
    """Reads records as a worker does. `clock` returns the time in ms; without it records come from a file.

    `own_names` are the queues and teams in the settings.
    """

    def __init__(
        self, clock: Callable[[], int] | None = None, own_names: AbstractSet[str] = frozenset()
    ) -> None:
        self._decoder = CanonicalDecoder(own_names)
        self._clock = clock

    def take(
        self, spool: Spool, partition: Partition, records: Sequence[Record], partitions: int = 1
    ) -> None:
        """Write the events of records of a topic with that many `partitions`, and count refusals."""
        now_ms = None if self._clock is None else self._clock()
        decoded = decode_batch(self._decoder, partition, records, now_ms=now_ms, partitions=partitions)
        for record, events in decoded.found:
            write(spool, (*partition, record.offset), record.timestamp, events)
        if decoded.heartbeats:
            spool.beats.append((*partition, max(decoded.beats), max(decoded.heartbeats.values())))
        spool.records += len(records)
        spool.refused.update(letter.reason for letter in decoded.dead_letters)
        if decoded.unknown:
            spool.refused[_UNKNOWN_TYPE] += decoded.unknown


def recalled_into(spool: Spool, partition: Partition, events: Sequence[Event]) -> None:
    """Write the events of a changelog, before the log."""
    for n, event in enumerate(events):
        write(spool, (*partition, n - len(events)), None, [event])
    spool.records += len(events)


def write(
    spool: Spool, place: tuple[str, int, int], received_ms: int | None, events: Iterable[Event]
) -> None:
    """Write the events of the record at `place`: topic, partition, offset."""
    received = NULL if received_ms is None else str(received_ms)
    topic, partition, offset = place
    for subject, fact in events:
        at_ms, kind, uid, *said = fact
        source, _, identity = uid.partition("\t")
        other = _instead(fact_of(fact.other, fact.instead)) if kind in _CORRECTED else _NOTHING_ELSE
        spool.write(
            (
                *(topic, str(partition), str(offset), received, source, identity, subject, ROWS[kind].type),
                *(str(at_ms), ROWS[kind].entity, str(int(kind))),
                *(*map(str, said), *other),
            )
        )


def _instead(fact: Fact) -> tuple[str, ...]:
    at_ms, kind, _, *said = fact
    return (str(at_ms), str(kind), ROWS[kind].type, *map(str, said))
