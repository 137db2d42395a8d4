"""Folds a whole log without servers, in memory that does not grow with the log.

What a contact contributed is in the cells. Its facts leave memory once others have been touched since, and
are loaded again when another event of it comes, as a worker loads them from its store.
"""

from collections.abc import Iterable
from itertools import islice

from stream.domain.agent.schedule import GRACE_MS
from stream.domain.cache import Room
from stream.domain.definition import Definitions
from stream.domain.deltas import SHORT_PANE_MS
from stream.domain.entity import Live
from stream.domain.fact import Event
from stream.domain.fold import TOTAL, Cell, PartitionFold, Retention
from stream.domain.tally import Tally
from stream.store.spill import Spill

_BATCH = 5_000
_ROOM = Room(20_000, 20_000, 50_000)
_PRUNED_EVERY_MS = 600_000


class WholeLog:
    """The cells of a log, and what is live. Its facts are in `spill`.

    `retention` decides which panes are kept, and which events are too late.
    """

    def __init__(
        self, definitions: Definitions, spill: Spill, retention: Retention, *, grace_ms: int = GRACE_MS
    ) -> None:
        self.events = 0
        self.cells: dict[Cell, Tally] = {}
        self.live: dict[str, Live] = {}
        self._spill, self._retention = spill, retention
        self._pruned_ms = 0
        self._fold = PartitionFold(
            definitions,
            retention=retention,
            grace_ms=grace_ms,
            room=_ROOM,
        )

    @property
    def watermark_ms(self) -> int:
        """The time of the newest event, in ms."""
        return self._fold.watermark_ms

    def fold(self, events: Iterable[Event]) -> None:
        """Fold all of `events`, batch by batch."""
        events = iter(events)
        while batch := list(islice(events, _BATCH)):
            self._fold_batch(batch)
            self.events += len(batch)

    def _fold_batch(self, batch: list[Event]) -> None:
        fold, cells = self._fold, self.cells
        missing = fold.fold(batch, self._spill.load(fold.missing_entities(batch)))
        changes = fold.settle({cell: cells[cell] for cell in missing if cell in cells})
        self._spill.keep(changes.facts)
        cells.update(changes.cells)
        for entity, live in changes.live.items():
            if live is None:
                self.live.pop(entity, None)
            else:
                self.live[entity] = live
        if self.watermark_ms - self._pruned_ms > _PRUNED_EVERY_MS:
            self._prune()

    def _prune(self) -> None:
        """Drop panes that no board shows."""
        self._pruned_ms = self.watermark_ms
        short_ms = self.watermark_ms - self._retention.short_panes_ms
        long_ms = self.watermark_ms - self._retention.long_panes_ms
        self.cells = {
            cell: tally
            for cell, tally in self.cells.items()
            if cell.pane_ms == TOTAL
            or cell.start_ms >= (short_ms if cell.pane_ms == SHORT_PANE_MS else long_ms)
        }
