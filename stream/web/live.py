"""Keeps a board at hand: reads the store in the background, and no more often than it is needed."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from stream.board.model import Model
from stream.board.reader import Reader
from stream.board.snapshot import Board, BoardBuilder
from stream.domain.definition import Definitions
from stream.domain.staffing import StaffingRules
from stream.errors import StoreUnavailable
from stream.metrics.own import ExporterMetrics
from stream.store.base import Store

log = logging.getLogger("pantau.exporter")

REFRESH_SECONDS = 0.5


class LiveBoard:
    """The latest board, at most half a second behind the store."""

    def __init__(
        self,
        store: Store,
        model: Model,
        definitions: Definitions,
        metrics: ExporterMetrics,
        rules: StaffingRules | None = None,
    ) -> None:
        self._model = model
        self._reader = Reader(store, model)
        self._builder = BoardBuilder(model, definitions, rules)
        self._metrics = metrics
        self._lock = asyncio.Lock()
        self._read_at = 0.0
        self._now_ms = 0
        self.store_is_up = False

    async def board(self) -> Board:
        """A board of this instant; over what was read last when the store does not answer."""
        await self.refresh(REFRESH_SECONDS / 2)
        started = time.perf_counter()
        board = self._builder.board(self._tick())
        self._metrics.collect_duration.set(time.perf_counter() - started)
        return board

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
            self._metrics.redis_up.set(int(self.store_is_up))
            self._read_at = time.monotonic()

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follow the store in the background, so that a scrape finds little left to read."""
        task = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _follow(self) -> None:
        while True:
            await self.refresh(0)
            await asyncio.sleep(REFRESH_SECONDS)

    def _tick(self) -> int:
        """The wall clock, never going back: windows only move forward."""
        self._now_ms = max(self._now_ms, time.time_ns() // 1_000_000)
        return self._now_ms
