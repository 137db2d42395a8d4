"""Keeps a current board: reads the store in the background, and no more often than needed."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from stream.board.agreement import Agreement, agreement
from stream.board.holding import HeldUp
from stream.board.interval import WINDOWS
from stream.board.model import Model
from stream.board.path import Link, Path
from stream.board.ranking import Ranked, ranking
from stream.board.reader import Reader
from stream.board.rebuilding import rebuilding
from stream.board.rows import Board
from stream.board.snapshot import BoardBuilder
from stream.clock import now_ms
from stream.domain.definition import Definitions
from stream.domain.instant import MINUTE_MS
from stream.domain.rulebook import Rulebook, Wanted
from stream.errors import StoreUnavailable
from stream.metrics.catalogue import METRIC_WINDOWS
from stream.metrics.own import ExporterMetrics
from stream.store.ports import BoardStore

log = logging.getLogger("pantau.exporter")

REFRESH_SECONDS = 0.5
#: How often an unreachable store is logged again.
_TELL_AGAIN_SECONDS = 30.0
#: How many unreadable values are logged at a time.
_MOST_NAMED = 10
#: Links without which nothing newer is known; a silent source may have nothing to send.
_CUTS = frozenset({Link.STORE, Link.WORKER, Link.BROKER})


#: Makes a builder with these definitions, and with the settings for everything else.
MakeBuilder = Callable[[Definitions], BoardBuilder]


class LiveBoard:
    """The latest board, at most half a second behind the store. It may follow the rulebook."""

    def __init__(
        self, store: BoardStore, model: Model, builder: BoardBuilder, metrics: ExporterMetrics
    ) -> None:
        self._store = store
        self._model = model
        self._reader = Reader(store, model)
        self._builder = builder
        self._metrics = metrics
        self._lock = asyncio.Lock()
        self._read_at = self._told_at = 0.0
        self._now_ms = 0
        self._foreign = self._store_is_full = False
        self._own: tuple[Wanted, MakeBuilder] | None = None
        self._book: Rulebook | None = None
        self._agreement: Agreement | None = None
        self._agreed_minute = 0
        self._unreadable: set[str] = set()
        self._made: set[tuple[str, ...]] = set()
        self.store_is_up = False

    @property
    def wait_edges_ms(self) -> tuple[int, ...] | None:
        """The wait bands of the rulebook; None before it is known."""
        return None if self._book is None else self._book.definitions.wait_edges_ms

    @property
    def filled(self) -> int:
        """How much of the state kept between boards exists: a number that grows a few times."""
        return int(self.store_is_up) + len(self._made)

    def follow_settings(self, wanted: Wanted, make: MakeBuilder) -> None:
        """Follow the rulebook from now on, or `wanted` while there is none."""
        self._own, self._agreed_minute = (wanted, make), 0
        self._builder = make(self._book.definitions if self._book else wanted.definitions)

    @property
    def unfit_because(self) -> str | None:
        """Why the numbers may be wrong or outdated; None if they are right as far as known."""
        if not self.store_is_up:
            return "Redis has not been read"
        if self._foreign:
            return "the stored state has another format; start a worker of this version"
        found = rebuilding(self._model.states.values())
        if found is not None and found.incomplete:
            return f"rebuilding from the log: {found.progress_ratio:.0%}"
        cut = sorted({away.link for away in self._path().away} & _CUTS)
        held = [found.hold.value for found in self._holding()]
        if cut or held:
            return f"the numbers are not current: {', '.join([*(f'{link} away' for link in cut), *held])}"
        return None

    def _path(self) -> Path:
        return self._model.path(self._tick())

    def _holding(self) -> tuple[HeldUp, ...]:
        return self._model.holding(self._tick(), store_is_full=self._store_is_full)

    @property
    def unreadable(self) -> int:
        """The number of stored values that could not be read and are left out."""
        return len(self._model.unreadable)

    @property
    def away(self) -> list[str]:
        """The links between the sources and the board that are away, by name."""
        return [away.link.value for away in self._path().away]

    async def board(self, windows: Sequence[str] = WINDOWS) -> Board:
        """The current board with these windows; from the last read if the store is unreachable."""
        await self.refresh(REFRESH_SECONDS / 2)
        async with self._lock:  # takes long with many queues: nothing is read meanwhile, and other tasks run
            tick, path, holding = self._tick(), self._path(), self._holding()
            started = time.perf_counter()
            board = await asyncio.to_thread(self._builder.board, tick, windows, path, holding)
        if self._agreement is not None:
            board = replace(board, agreement=self._agreement)
        self._made.add(tuple(windows))
        self._metrics.collect_duration.set(time.perf_counter() - started)
        return board

    async def ranking(self, window: str, min_offers: int) -> list[Ranked]:
        """Ranked agents in a window by the centre's clock. Raises KeyError for an unknown window."""
        await self.refresh(REFRESH_SECONDS / 2)
        async with self._lock:
            return self._ranking(window, min_offers)

    def _ranking(self, window: str, min_offers: int) -> list[Ranked]:
        return ranking(self._model, window, self._builder.centre(self._tick())[window], min_offers)

    async def refresh(self, older_than_seconds: float) -> None:
        """Read changes, unless the last read is younger than `older_than_seconds`."""
        async with self._lock:
            if time.monotonic() - self._read_at < older_than_seconds:
                return
            try:
                await self._follow_rulebook()
                await self._reader.refresh(self._tick())
            except StoreUnavailable as failure:
                self._say_that_it_is_away(failure)
                self.store_is_up = False
            else:
                if not self.store_is_up:
                    log.info("store_read following the partitions")
                self.store_is_up = True
                self._store_is_full = await self._is_full()
                self._see_formats()
                self._see_unreadable()
            self._metrics.redis_up.set(int(self.store_is_up))
            self._read_at = time.monotonic()

    def _say_that_it_is_away(self, failure: StoreUnavailable) -> None:
        """Log an unreachable store at once, and then at intervals."""
        now = time.monotonic()
        if self.store_is_up or not self._read_at or now - self._told_at > _TELL_AGAIN_SECONDS:
            log.warning("store_unavailable the board stands still: %s", failure)
            self._told_at = now

    async def _follow_rulebook(self) -> None:
        """Follow changes of the rulebook, and compare the settings with it."""
        if self._own is None:
            return
        wanted, make = self._own
        id_, minute = await self._store.rulebook_id(), self._tick() // MINUTE_MS
        if id_ != (self._book and self._book.id):
            self._book, self._agreed_minute = await self._store.rulebook(), 0
            self._builder = make(self._book.definitions if self._book else wanted.definitions)
        if self._agreed_minute != minute:
            self._agreed_minute = minute
            self._agree(None if self._book is None else agreement(self._book, wanted, self._tick()))

    async def _is_full(self) -> bool:
        """Whether the store is full. A full store accepts no signs of life, so workers seem away."""
        away = {away.link for away in self._path().away}
        return Link.WORKER in away and await self._store.is_full()

    def _agree(self, found: Agreement | None) -> None:
        if found != self._agreement and str(found or ""):
            log.warning("settings_differ fingerprint=%s %s", found.fingerprint if found else "", found)
        self._agreement = found

    def _see_formats(self) -> None:
        foreign = any(state.foreign for state in self._model.states.values())
        if foreign and not self._foreign:
            log.error(
                "format_unknown state of another version is not shown; a worker of this version rebuilds it"
            )
        self._foreign = foreign

    def _see_unreadable(self) -> None:
        found = self._model.unreadable
        if not found and not self._unreadable:
            return
        for one in [one for one in found if one.name not in self._unreadable][:_MOST_NAMED]:
            log.error("state_unreadable left out until `pantau rebuild` is run: %s", one)
        self._unreadable = {one.name for one in found}
        self._metrics.unreadable(found)

    async def follow(self) -> None:
        """Follow the store forever, so that a scrape has little to read and no windows to move."""
        while True:
            await self.refresh(0)
            async with self._lock:
                await asyncio.to_thread(self._builder.roll, self._tick(), METRIC_WINDOWS)
            await asyncio.sleep(REFRESH_SECONDS)

    def _tick(self) -> int:
        """The wall clock in ms, which never goes back here: windows only move forward."""
        self._now_ms = max(self._now_ms, now_ms())
        return self._now_ms
