"""Records read by the grammar, as rows of the log: the only module of the audit that knows what records say.

What a record says, and whether it is accepted, is decided by the very code that workers decide it by, and
tested separately (docs/adr/0026). Nothing else of theirs is used here.
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

#: What is refused by nobody, and counted: newer sources may send more than we know.
_UNKNOWN_TYPE = "unknown_type"
_CORRECTED = frozenset({int(Kind.CONTACT_CORRECTED), int(Kind.AGENT_CORRECTED)})
_NOTHING_ELSE = (NULL,) * 8


class Reading:
    """Reads records as a worker does that is told the time by `clock`, in ms; without one, as of a file.

    `own_names` are those of queues and teams that the settings name.
    """

    def __init__(
        self, clock: Callable[[], int] | None = None, own_names: AbstractSet[str] = frozenset()
    ) -> None:
        self._decoder = CanonicalDecoder(own_names)
        self._clock = clock

    def take(
        self, spool: Spool, partition: Partition, records: Sequence[Record], partitions: int = 1
    ) -> None:
        """Write what records of one of so many `partitions` say, and count what was refused of them."""
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
    """Write events of a changelog: before all of the log."""
    for n, event in enumerate(events):
        write(spool, (*partition, n - len(events)), None, [event])
    spool.records += len(events)


def write(
    spool: Spool, place: tuple[str, int, int], received_ms: int | None, events: Iterable[Event]
) -> None:
    """Write the events of the record that lies at `place`: topic, partition, offset."""
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
