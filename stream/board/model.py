"""The reader's model: the merged state of all partitions, updated by changes. Pure: `now` is an argument."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self, TypeVar, cast

from stream.board.heartbeats import PathHeartbeat, path_heartbeat
from stream.board.holding import HeldUp, holding
from stream.board.interval import Interval
from stream.board.last_hour import LastHour, last_hour
from stream.board.memo import Memo
from stream.board.path import Path, Sight, path
from stream.board.rebuilding import PartitionState
from stream.domain.deltas import SHORT_PANE_MS
from stream.domain.entities import ENTITIES
from stream.domain.entity import Entities, Live, LiveIndex
from stream.domain.fold import LONG_PANE_MS, TOTAL, Cell
from stream.domain.instant import MINUTE_MS
from stream.domain.oddity import Oddities
from stream.domain.packed import PackedPanes, pack, unpack
from stream.domain.reading import Reading, read
from stream.domain.series import QueueSeries
from stream.domain.tally import Tally, merge
from stream.domain.window import Panes, Window
from stream.store.delta import Delta
from stream.store.partition import Partition
from stream.store.unreadable import Unreadable

#: How far back panes are needed: the longest day has 26 hours (in Antarctica).
HORIZON_MS = 26 * 60 * MINUTE_MS
#: How many cells and series are handled without a pause: about ten milliseconds.
_CELLS_AT_ONCE, _SERIES_AT_ONCE = 1_000, 100
EVERY_QUEUE = "c\t"
EVERY_TEAM = "a\t"
EVERY_REPEAT_VISIT = "k\t"
P = TypeVar("P", bound=LiveIndex)


@dataclass(slots=True)
class Series:
    """The panes, windows and running total of one (queue, channel) or team."""

    short: Panes = field(default_factory=lambda: Panes(SHORT_PANE_MS, PackedPanes()))
    long: Panes = field(default_factory=lambda: Panes(LONG_PANE_MS, PackedPanes()))
    total: Tally = field(default_factory=dict)
    total_version: int = 0

    @property
    def total_reading(self) -> Reading:
        """The running total, parsed at each call."""
        return read(self.total)

    @classmethod
    def of_every(cls) -> Self:
        """A series that sums others. Its panes have too many fields to be packed again after each change."""
        return cls(Panes(SHORT_PANE_MS), Panes(LONG_PANE_MS))


@dataclass(slots=True)
class _PartitionView:
    """The data last read from one partition. Its panes are in `Model.series`, under its `number`."""

    number: int = 0
    totals: dict[str, bytes] = field(default_factory=dict)
    live: dict[str, Live] = field(default_factory=dict)
    position: int = 0
    watermark_ms: int = 0
    written_ms: int = 0
    state: PartitionState = field(default_factory=PartitionState)
    heartbeats: Mapping[str, int] = field(default_factory=dict)
    dropped_sources: int = 0
    oddities: Oddities = field(default_factory=dict)
    unreadable: dict[str | Cell, Unreadable] = field(default_factory=dict)
    sight: Sight = field(default_factory=Sight)

    @property
    def read_ms(self) -> int:
        """Up to when it was read: its newest event, or a newer heartbeat."""
        return max(self.watermark_ms, *self.heartbeats.values(), 0)


class Model:
    """The merged state. `series` is keyed by series name; `now` gives what is live.

    `queues` are the series of all queues that a contact was in.
    """

    def __init__(self, entities: Entities = ENTITIES) -> None:
        self.series: dict[str, Series] = {}
        self.queues: list[QueueSeries] = []
        self._entities = entities
        self._indexes = {entity: entity.live_index() for entity in entities}
        self._now = {type(index): index for index in self._indexes.values()}
        self._partitions: dict[Partition, _PartitionView] = {}
        self._forgot_ms = 0
        self._memo = Memo()
        self._read_ms = 0

    @property
    def watermark_ms(self) -> int:
        """The newest event folded anywhere; 0 before the first."""
        return max((view.watermark_ms for view in self._partitions.values()), default=0)

    @property
    def slowest_ms(self) -> int | None:
        """Up to when the slowest partition with heartbeats was read; None without one."""
        return min((view.read_ms for view in self._partitions.values() if view.heartbeats), default=None)

    @property
    def positions(self) -> dict[Partition, int]:
        """The next offset of each partition: the state contains all records before it."""
        return {partition: view.position for partition, view in self._partitions.items()}

    @property
    def written_ms(self) -> int:
        """When a worker last stored anything; 0 if never."""
        return max((view.written_ms for view in self._partitions.values()), default=0)

    @property
    def states(self) -> dict[Partition, PartitionState]:
        """The state of each partition."""
        return {partition: view.state for partition, view in self._partitions.items()}

    @property
    def unreadable(self) -> list[Unreadable]:
        """The stored values that could not be read at the last look."""
        return [found for view in self._partitions.values() for found in view.unreadable.values()]

    def now(self, of: type[P]) -> P:
        """The index of live subjects of this type."""
        return cast("P", self._now[of])

    def of(self, name: str) -> Series:
        """The series of a name; an empty one if nothing was booked in it."""
        return self.series.get(name) or Series()

    def path_heartbeat(self, now_ms: int) -> PathHeartbeat:
        """The heartbeats of all partitions at `now_ms`."""
        views = self._partitions.items()
        dropped = {partition: view.dropped_sources for partition, view in views}
        return path_heartbeat({partition: view.heartbeats for partition, view in views}, dropped, now_ms)

    def last_hour(self, now_ms: int) -> LastHour:
        """The odd records of the last hour, summed once a minute and after changes."""
        return self._memo.get(
            "",
            "last hour",
            now_ms // MINUTE_MS,
            lambda: last_hour(
                {partition: view.oddities for partition, view in self._partitions.items()}, now_ms
            ),
        )

    def path(self, now_ms: int) -> Path:
        """The links between the sources and this reader that are away at `now_ms`."""
        sights = {partition: view.sight for partition, view in self._partitions.items()}
        return path(sights, self.watermark_ms, read_ms=self._read_ms, now_ms=now_ms)

    def holding(self, now_ms: int, *, store_is_full: bool = False) -> tuple[HeldUp, ...]:
        """The reasons at `now_ms` why partitions do not show everything in the log."""
        sights = {partition: view.sight for partition, view in self._partitions.items()}
        return holding(self.states, sights, store_is_full=store_is_full, now_ms=now_ms)

    def known_until(self, known: Mapping[Partition, int]) -> dict[str, int]:
        """The last known instant of every live subject in these partitions, by key."""
        return {
            entity: at_ms for partition, at_ms in known.items() for entity in self._partitions[partition].live
        }

    def has_read(self, now_ms: int) -> None:
        """Note that the whole store was read at `now_ms`."""
        self._read_ms = now_ms

    def take(self, partition: Partition, delta: Delta, *, now_ms: int) -> None:
        """Apply the changes of one partition."""
        for _ in self.taking(partition, delta, now_ms=now_ms):
            pass

    def taking(self, partition: Partition, delta: Delta, *, now_ms: int) -> Iterator[None]:
        """The same with pauses. Until the iterator ends, the model is between two states."""
        is_known = partition in self._partitions
        view = self._partitions.setdefault(partition, _PartitionView(len(self._partitions)))
        moved = (delta.position, delta.written_ms) != (view.position, view.written_ms)
        view.sight.take(delta.sign, delta.heartbeats, moved=moved, now_ms=now_ms)
        view.position, view.watermark_ms, view.written_ms = (
            delta.position,
            delta.watermark_ms,
            delta.written_ms,
        )
        view.state = PartitionState(delta.rebuild, delta.lost, delta.foreign, delta.unaccounted)
        view.heartbeats, view.dropped_sources = delta.heartbeats, delta.dropped_sources
        if delta.oddities is not None:
            view.oddities = delta.oddities
            self._memo.drop("", "last hour")
        if delta.full and is_known:
            yield from self._clearing(view)
        for number, (cell, tally) in enumerate(delta.cells.items(), 1):
            self._cell(view, cell, tally, now_ms)
            if not number % _CELLS_AT_ONCE:
                yield
        for entity, state in delta.live.items():
            self._live(view, entity, state)
        self._note_unreadable(view, delta)
        self._forget(now_ms)

    @staticmethod
    def _note_unreadable(view: _PartitionView, delta: Delta) -> None:
        if view.unreadable:
            readable: list[str | Cell] = [*delta.live, *delta.cells]
            for key in readable:
                view.unreadable.pop(key, None)
        view.unreadable.update((found.key, found) for found in delta.unreadable)

    def completeness_ratio(self, at_ms: int) -> float | None:
        """The share of partitions read up to `at_ms`, among those that ever had an event."""
        marks = [view.read_ms for view in self._partitions.values() if view.watermark_ms]
        return sum(mark >= at_ms for mark in marks) / len(marks) if marks else None

    def window(self, series: Series, name: str, interval: Interval) -> Window:
        """The sum of a series over an interval, kept under `name` so that the next call only moves it."""
        panes = series.short if interval.short_panes else series.long
        return panes.advance(name, low_ms=interval.from_ms, last_ms=interval.last_ms)

    def since(self, series: Series, name: str, interval: Interval) -> Window:
        """The sum of everything after an interval, including events stamped ahead of the clock."""
        return series.long.advance(
            f"since {name}", low_ms=interval.to_ms, last_ms=interval.to_ms + HORIZON_MS
        )

    def _clearing(self, view: _PartitionView) -> Iterator[None]:
        """Remove everything of a partition, with pauses."""
        for name in list(view.totals):
            self._total(view, name, {})
        for number, (name, series) in enumerate(list(self.series.items()), 1):
            if not number % _SERIES_AT_ONCE:
                yield
            if name != _every(name):
                for panes in (series.short, series.long):
                    for start_ms in panes.booked_by(view.number):
                        self._pane(view, Cell(panes.pane_ms, start_ms, name), {})
        for entity in list(view.live):
            self._live(view, entity, None)
        view.unreadable = {}

    def _cell(self, view: _PartitionView, cell: Cell, tally: Tally, now_ms: int) -> None:
        if cell.series == _every(cell.series):
            return  # no series has this name
        if cell.pane_ms == TOTAL:
            self._total(view, cell.series, tally)
        elif cell.start_ms >= now_ms - HORIZON_MS:
            self._pane(view, cell, tally)

    def _total(self, view: _PartitionView, name: str, tally: Tally) -> None:
        before, delta = view.totals.pop(name, None), dict(tally)
        merge(delta, {} if before is None else unpack(before), -1)
        if tally:
            view.totals[name] = pack(tally)
        for moved in (name, _every(name)) if delta else ():
            series = self._series(moved)
            merge(series.total, delta)
            series.total_version += 1

    def _pane(self, view: _PartitionView, cell: Cell, tally: Tally) -> None:
        short = cell.pane_ms == SHORT_PANE_MS
        own, every = self._series(cell.series), self._series(_every(cell.series))
        delta = (own.short if short else own.long).put(cell.start_ms, view.number, tally)
        if delta:
            (every.short if short else every.long).change(cell.start_ms, delta)

    def _series(self, name: str) -> Series:
        series = self.series.get(name)
        if series is None:
            series = self.series[name] = Series.of_every() if name == _every(name) else Series()
            if name.startswith(EVERY_QUEUE) and name != EVERY_QUEUE:
                self.queues.append(QueueSeries.named(name))
        return series

    def _live(self, view: _PartitionView, key: str, state: Live | None) -> None:
        before = view.live.pop(key, None)
        if state is not None:
            view.live[key] = state
        entity = self._entities.of_key(key)
        if entity is not None:
            for name in self._indexes[entity].move(key, before, state):
                self._series(name)

    def _forget(self, now_ms: int) -> None:
        """Once a minute, delete the panes that no window can cover any more."""
        if now_ms - self._forgot_ms < MINUTE_MS:
            return
        self._forgot_ms = now_ms
        for series in self.series.values():
            series.short.forget(now_ms - 61 * MINUTE_MS)
            series.long.forget(now_ms - HORIZON_MS)


def _every(name: str) -> str:
    """The name of the series that sums all series of the same kind."""
    return name[:2]
