"""Odd records of batches: refused, misplaced, or of an unknown type. They are counted, and logged.

Of a partition and kind the log has one line a minute at most, whatever comes in.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from stream.adapters.origin import shown, shown_type, source_of
from stream.domain.instant import MINUTE_MS
from stream.domain.oddity import MISPLACED, UNKNOWN, Sighting, Sort
from stream.store.partition import Partition
from stream.worker.decoding import Decoded
from stream.worker.record import DeadLetter, Record

log = logging.getLogger("pantau.worker")
_REFUSED = "record_refused at=%s:%d:%d reason=%s source=%s since_last=%d: %s"
_MISPLACED = (
    "record_misplaced at=%s:%d:%d source=%s since_last=%d: its key is not its subject, so it may lie apart "
    "from the rest of its contact or agent; key every record by its subject"
)
_UNKNOWN = (
    "type_unknown at=%s:%d:%d types=%s since_last=%d: passed over; misspelt, or newer than this version"
)
_MOST_TYPES = 8


@dataclass(slots=True)
class _Pending:
    """Sightings of a partition and kind since its last line in the log, which was at `logged_ms`."""

    logged_ms: int | None = None
    records: int = 0
    latest: Sighting | None = None
    names: dict[str, None] = field(default_factory=dict)

    def add(self, sighting: Sighting) -> None:
        self.records += sighting.records
        self.latest = sighting
        if len(self.names) < _MOST_TYPES:
            self.names[sighting.sort.name] = None


class Notices:
    """Logs sightings, each kind of a partition at most once a minute. Instants are ms of one clock."""

    def __init__(self) -> None:
        self._pending: dict[Partition, dict[str, _Pending]] = {}

    def take(self, partition: Partition, seen: Iterable[Sighting], now_ms: int) -> None:
        """Log these, or keep them until a minute has passed since the last line of their kind."""
        for sighting in seen:
            kinds = self._pending.setdefault(partition, {})
            kinds.setdefault(sighting.sort.kind, _Pending()).add(sighting)
        self.log_due(partition, now_ms)

    def log_due(self, partition: Partition, now_ms: int) -> None:
        """Log what has been kept for long enough."""
        for kind, pending in self._pending.get(partition, {}).items():
            if pending.logged_ms is None or not pending.logged_ms <= now_ms < pending.logged_ms + MINUTE_MS:
                self._log(partition, kind, pending)
                self._pending[partition][kind] = _Pending(now_ms)

    def revoke(self, partition: Partition) -> None:
        """Log all that is left of a partition that is no longer owned."""
        for kind, pending in self._pending.pop(partition, {}).items():
            self._log(partition, kind, pending)

    @staticmethod
    def _log(partition: Partition, kind: str, pending: _Pending) -> None:
        if pending.latest is None:
            return
        (_, name), offset, _, detail, _ = pending.latest
        if kind == UNKNOWN:
            log.warning(_UNKNOWN, *partition, offset, ",".join(pending.names), pending.records)
        elif kind == MISPLACED:
            log.warning(_MISPLACED, *partition, offset, name, pending.records)
        else:
            printable = detail if detail.isprintable() else ascii(detail)
            log.warning(_REFUSED, *partition, offset, kind, name or "unknown", pending.records, printable)


def sightings(
    records: Sequence[Record], decoded: Decoded, dead_letters: Iterable[DeadLetter], *, now_ms: int
) -> list[Sighting]:
    """The odd records of a batch, with those of `dead_letters`. None counts as received after now.

    Misplaced records, which may be all of the batch, are one sighting: that of the latest.
    """
    seen = [
        Sighting(Sort(UNKNOWN, shown_type(type_)), *_where(record, now_ms))
        for type_, record in decoded.unknown_types
    ]
    if decoded.latest_misplaced is not None:
        source, record = decoded.latest_misplaced
        sort = Sort(MISPLACED, shown(source.partition("\t")[0]))
        seen.append(Sighting(sort, *_where(record, now_ms), records=decoded.misplaced))
    return [*seen, *_refused(records, dead_letters, now_ms)]


def _refused(
    records: Sequence[Record], dead_letters: Iterable[DeadLetter], now_ms: int
) -> Iterator[Sighting]:
    why = {letter.offset: letter for letter in dead_letters}
    for record in records if why else ():
        if letter := why.get(record.offset):
            sort = Sort(letter.reason.value, shown(source_of(record.headers, record.value)))
            yield Sighting(sort, *_where(record, now_ms), letter.detail)


def _where(record: Record, now_ms: int) -> tuple[int, int]:
    stamped_ms = record.timestamp
    return record.offset, now_ms if stamped_ms is None else min(stamped_ms, now_ms)
