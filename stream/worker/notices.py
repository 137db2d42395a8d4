"""What was odd, in the log: of a partition and kind one line a minute at most, whatever comes in."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from stream.domain.instant import MINUTE_MS
from stream.domain.oddity import MISPLACED, UNKNOWN, Sighting
from stream.store.base import Partition

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
    """What was not told yet of a partition and kind, and when something was told last."""

    told_ms: int | None = None
    records: int = 0
    latest: Sighting | None = None
    names: dict[str, None] = field(default_factory=dict)

    def add(self, sighting: Sighting) -> None:
        self.records += sighting.records
        self.latest = sighting
        if len(self.names) < _MOST_TYPES:
            self.names[sighting.sort.name] = None


class Notices:
    """What is to be told, and when it was told last. Instants are ms of one clock."""

    def __init__(self) -> None:
        self._pending: dict[Partition, dict[str, _Pending]] = {}

    def take(self, partition: Partition, seen: Iterable[Sighting], now_ms: int) -> None:
        """Tell of these, or keep them until a minute has passed since the last line of their kind."""
        for sighting in seen:
            kinds = self._pending.setdefault(partition, {})
            kinds.setdefault(sighting.sort.kind, _Pending()).add(sighting)
        self.tell(partition, now_ms)

    def tell(self, partition: Partition, now_ms: int) -> None:
        """Tell what may be told by now."""
        for kind, pending in self._pending.get(partition, {}).items():
            if pending.told_ms is None or not pending.told_ms <= now_ms < pending.told_ms + MINUTE_MS:
                self._say(partition, kind, pending)
                self._pending[partition][kind] = _Pending(now_ms)

    def let_go(self, partition: Partition) -> None:
        """Tell what is left to tell of a partition that another owns from now on."""
        for kind, pending in self._pending.pop(partition, {}).items():
            self._say(partition, kind, pending)

    @staticmethod
    def _say(partition: Partition, kind: str, pending: _Pending) -> None:
        if pending.latest is None:
            return
        (_, name), offset, _, detail, _ = pending.latest
        if kind == UNKNOWN:
            log.warning(_UNKNOWN, *partition, offset, ",".join(pending.names), pending.records)
        elif kind == MISPLACED:
            log.warning(_MISPLACED, *partition, offset, name, pending.records)
        else:
            shown = detail if detail.isprintable() else ascii(detail)
            log.warning(_REFUSED, *partition, offset, kind, name or "unknown", pending.records, shown)
