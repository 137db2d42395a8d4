"""Keeps a board at hand: reads the store in the background, and no more often than it is needed."""

import asyncio
import logging
import time
from collections.abc import Sequence

from stream.board.model import Model
from stream.board.ranking import Ranked, ranking
from stream.board.reader import Reader
from stream.board.rebuilding import rebuilding
from stream.board.rows import Board
from stream.board.snapshot import BoardBuilder
from stream.board.stretch import WINDOWS
from stream.clock import now_ms
from stream.errors import StoreUnavailable
from stream.metrics.catalogue import METRIC_WINDOWS
from stream.metrics.own import ExporterMetrics
from stream.store.base import Store

log = logging.getLogger("pantau.exporter")

REFRESH_SECONDS = 0.5


class LiveBoard:
    """The latest board, at most half a second behind the store."""

    def __init__(self, store: Store, model: Model, builder: BoardBuilder, metrics: ExporterMetrics) -> None:
        self._model = model
        self._reader = Reader(store, model)
        self._builder = builder
        self._metrics = metrics
        self._lock = asyncio.Lock()
        self._read_at = 0.0
        self._now_ms = 0
        self._foreign = False
        self.store_is_up = False

    @property
    def unfit_because(self) -> str | None:
        """Why no number can be shown that is right; None when all are, if maybe of some time ago."""
        if not self.store_is_up:
            return "Redis has not been read"
        if self._foreign:
            return "what is stored has another format; start a worker of this version"
        found = rebuilding(self._model.states.values())
        if found is not None and found.incomplete:
            return f"rebuilding from the log: {found.progress_ratio:.0%}"
        return None

    @property
    def away(self) -> list[str]:
        """What of the way from the sources to the board is away, in a word each."""
        return [away.link.value for away in self._model.path(self._tick()).away]

    async def board(self, windows: Sequence[str] = WINDOWS) -> Board:
        """A board of this instant with these windows; of what was read last if the store is silent."""
        await self.refresh(REFRESH_SECONDS / 2)
        started = time.perf_counter()
        tick = self._tick()
        board = self._builder.board(tick, windows, self._model.path(tick))
        self._metrics.collect_duration.set(time.perf_counter() - started)
        return board

    async def ranking(self, window: str, min_offers: int) -> list[Ranked]:
        """Agents ranked in a window, by the clock of the centre; raises KeyError for an unknown window."""
        await self.refresh(REFRESH_SECONDS / 2)
        return ranking(self._model, window, self._builder.centre(self._tick())[window], min_offers)

    async def refresh(self, older_than_seconds: float) -> None:
        """Read what changed, unless that was done a moment ago."""
        async with self._lock:
            if time.monotonic() - self._read_at < older_than_seconds:
                return
            try:
                await self._reader.refresh(self._tick())
            except StoreUnavailable as failure:
                if self.store_is_up or not self._read_at:
                    log.warning("store_unavailable the board stands still: %s", failure)
                self.store_is_up = False
            else:
                if not self.store_is_up:
                    log.info("store_read partitions are being followed")
                self.store_is_up = True
                self._see_formats()
            self._metrics.redis_up.set(int(self.store_is_up))
            self._read_at = time.monotonic()

    def _see_formats(self) -> None:
        foreign = any(part.foreign for part in self._model.states.values())
        if foreign and not self._foreign:
            log.error(
                "format_unknown what another version stored is not shown; a worker of this one rebuilds it"
            )
        self._foreign = foreign

    async def follow(self) -> None:
        """Follow the store for ever, so that a scrape finds little left to read, and no windows to move."""
        while True:
            await self.refresh(0)
            self._builder.roll(self._tick(), METRIC_WINDOWS)
            await asyncio.sleep(REFRESH_SECONDS)

    def _tick(self) -> int:
        """The wall clock, never going back: windows only move forward."""
        self._now_ms = max(self._now_ms, now_ms())
        return self._now_ms
