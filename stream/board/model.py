"""What a reader knows: the merged state of all partitions, moved by what changed. Pure: `now` is given."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self, TypeVar, cast

from stream.board.heartbeats import PathHeartbeat, path_heartbeat
from stream.board.holding import Held, holding
from stream.board.last_hour import LastHour, last_hour
from stream.board.memo import Memo
from stream.board.path import Path, Sight, path
from stream.board.rebuilding import PartState
from stream.board.stretch import MINUTE_MS, Stretch
from stream.domain.deltas import SHORT_PANE_MS
from stream.domain.entities import ENTITIES
from stream.domain.entity import Entities, Live, Present
from stream.domain.fold import LONG_PANE_MS, TOTAL, Cell
from stream.domain.oddity import Oddities
from stream.domain.packed import PackedPanes, pack, unpack
from stream.domain.reading import Reading, read
from stream.domain.series import QueueSeries
from stream.domain.tally import Tally, merge
from stream.domain.window import Panes, Window
from stream.store.base import Delta, Partition
from stream.store.unreadable import Unreadable

#: How far back panes are of use: the longest day has 26 hours, in Antarctica.
HORIZON_MS = 26 * 60 * MINUTE_MS
#: So many cells are taken, and series cleared, without a pause: some ten milliseconds.
_CELLS_AT_ONCE, _SERIES_AT_ONCE = 1_000, 100
EVERY_QUEUE = "c\t"
EVERY_TEAM = "a\t"
EVERY_AGAIN = "k\t"
P = TypeVar("P", bound=Present)


@dataclass(slots=True)
class Series:
    """The panes, windows and running total of one (queue, channel) or team."""

    short: Panes = field(default_factory=lambda: Panes(SHORT_PANE_MS, PackedPanes()))
    long: Panes = field(default_factory=lambda: Panes(LONG_PANE_MS, PackedPanes()))
    total: Tally = field(default_factory=dict)
    total_version: int = 0

    @property
    def total_reading(self) -> Reading:
        """The running total, taken apart anew each time."""
        return read(self.total)

    @classmethod
    def of_every(cls) -> Self:
        """One that sums others up: its panes hold too many fields to be packed anew with each change."""
        return cls(Panes(SHORT_PANE_MS), Panes(LONG_PANE_MS))


@dataclass(slots=True)
class _Part:
    """What was last read of one partition; its panes are with those of all others, by its `number`."""

    number: int = 0
    totals: dict[str, bytes] = field(default_factory=dict)
    live: dict[str, Live] = field(default_factory=dict)
    position: int = 0
    watermark_ms: int = 0
    written_ms: int = 0
    state: PartState = field(default_factory=PartState)
    heartbeats: Mapping[str, int] = field(default_factory=dict)
    dropped_sources: int = 0
    oddities: Oddities = field(default_factory=dict)
    unreadable: dict[str | Cell, Unreadable] = field(default_factory=dict)
    sight: Sight = field(default_factory=Sight)

    @property
    def read_ms(self) -> int:
        """Up to when it has been read: its newest event, or the newest heartbeat behind that."""
        return max(self.watermark_ms, *self.heartbeats.values(), 0)


class Model:
    """The merged state. `series` is keyed by series name; what is live now is told by `now`.

    `queues` are the series of all queues that a contact was in.
    """

    def __init__(self, entities: Entities = ENTITIES) -> None:
        self.series: dict[str, Series] = {}
        self.queues: list[QueueSeries] = []
        self._entities = entities
        self._present = {entity: entity.present() for entity in entities}
        self._now = {type(present): present for present in self._present.values()}
        self._parts: dict[Partition, _Part] = {}
        self._forgot_ms = 0
        self._memo = Memo()
        self._read_ms = 0

    @property
    def watermark_ms(self) -> int:
        """The newest event folded anywhere; 0 before the first."""
        return max((part.watermark_ms for part in self._parts.values()), default=0)

    @property
    def slowest_ms(self) -> int | None:
        """Up to when the partition furthest behind was read, of those with heartbeats; None for none."""
        return min((part.read_ms for part in self._parts.values() if part.heartbeats), default=None)

    @property
    def positions(self) -> dict[Partition, int]:
        """The next offset to be read of each partition: what this state is the state of."""
        return {partition: part.position for partition, part in self._parts.items()}

    @property
    def written_ms(self) -> int:
        """When a worker last stored anything; 0 if never."""
        return max((part.written_ms for part in self._parts.values()), default=0)

    @property
    def states(self) -> dict[Partition, PartState]:
        """How each partition stands."""
        return {partition: part.state for partition, part in self._parts.items()}

    @property
    def unreadable(self) -> list[Unreadable]:
        """What of all that is stored could not be read when it was last looked at."""
        return [found for part in self._parts.values() for found in part.unreadable.values()]

    def now(self, of: type[P]) -> P:
        """What is known of those of an entity that are live, as that tells it."""
        return cast("P", self._now[of])

    def of(self, name: str) -> Series:
        """What is known of a series; of one that nothing has been booked in, nothing."""
        return self.series.get(name) or Series()

    def path_heartbeat(self, now_ms: int) -> PathHeartbeat:
        """The heartbeats of all partitions at `now_ms`."""
        parts = self._parts.items()
        dropped = {partition: part.dropped_sources for partition, part in parts}
        return path_heartbeat({partition: part.heartbeats for partition, part in parts}, dropped, now_ms)

    def last_hour(self, now_ms: int) -> LastHour:
        """The odd records of the last hour at `now_ms`, added up once a minute, and when they change."""
        return self._memo.get(
            "",
            "last hour",
            now_ms // MINUTE_MS,
            lambda: last_hour({partition: part.oddities for partition, part in self._parts.items()}, now_ms),
        )

    def path(self, now_ms: int) -> Path:
        """What of the way from the sources is away at `now_ms`."""
        sights = {partition: part.sight for partition, part in self._parts.items()}
        return path(sights, self.watermark_ms, read_ms=self._read_ms, now_ms=now_ms)

    def holding(self, now_ms: int, *, store_is_full: bool = False) -> tuple[Held, ...]:
        """What keeps partitions from showing at `now_ms` what their log holds."""
        sights = {partition: part.sight for partition, part in self._parts.items()}
        return holding(self.states, sights, store_is_full=store_is_full, now_ms=now_ms)

    def known_until(self, known: Mapping[Partition, int]) -> dict[str, int]:
        """Up to when the present is known of all that is live in these partitions, by its key."""
        return {entity: at_ms for partition, at_ms in known.items() for entity in self._parts[partition].live}

    def has_read(self, now_ms: int) -> None:
        """The whole store was read at `now_ms`."""
        self._read_ms = now_ms

    def take(self, partition: Partition, delta: Delta, *, now_ms: int) -> None:
        """Move by what changed in one partition."""
        for _ in self.taking(partition, delta, now_ms=now_ms):
            pass

    def taking(self, partition: Partition, delta: Delta, *, now_ms: int) -> Iterator[None]:
        """The same, and a pause now and then: until it ends the model is of no instant."""
        is_known = partition in self._parts
        part = self._parts.setdefault(partition, _Part(len(self._parts)))
        moved = (delta.position, delta.written_ms) != (part.position, part.written_ms)
        part.sight.take(delta.sign, delta.heartbeats, moved=moved, now_ms=now_ms)
        part.position, part.watermark_ms, part.written_ms = (
            delta.position,
            delta.watermark_ms,
            delta.written_ms,
        )
        part.state = PartState(delta.rebuild, delta.lost, delta.foreign, delta.unaccounted)
        part.heartbeats, part.dropped_sources = delta.heartbeats, delta.dropped_sources
        if delta.oddities is not None:
            part.oddities = delta.oddities
            self._memo.drop("", "last hour")
        if delta.full and is_known:
            yield from self._clearing(part)
        for number, (cell, tally) in enumerate(delta.cells.items(), 1):
            self._cell(part, cell, tally, now_ms)
            if not number % _CELLS_AT_ONCE:
                yield
        for entity, state in delta.live.items():
            self._live(part, entity, state)
        self._note_unreadable(part, delta)
        self._forget(now_ms)

    @staticmethod
    def _note_unreadable(part: _Part, delta: Delta) -> None:
        if part.unreadable:
            readable: list[str | Cell] = [*delta.live, *delta.cells]
            for key in readable:
                part.unreadable.pop(key, None)
        part.unreadable.update((found.key, found) for found in delta.unreadable)

    def completeness_ratio(self, at_ms: int) -> float | None:
        """The share of partitions that have been read up to `at_ms`, of those that ever had an event."""
        marks = [part.read_ms for part in self._parts.values() if part.watermark_ms]
        return sum(mark >= at_ms for mark in marks) / len(marks) if marks else None

    def window(self, series: Series, name: str, stretch: Stretch) -> Window:
        """The sum of a series over a stretch, kept under `name` to be moved on from there."""
        panes = series.short if stretch.short_panes else series.long
        return panes.advance(name, low_ms=stretch.from_ms, last_ms=stretch.last_ms)

    def since(self, series: Series, name: str, stretch: Stretch) -> Window:
        """The sum of all that came after a stretch, what is stamped ahead of the clock included."""
        return series.long.advance(f"since {name}", low_ms=stretch.to_ms, last_ms=stretch.to_ms + HORIZON_MS)

    def _clearing(self, part: _Part) -> Iterator[None]:
        """Forget all that was read of a partition, with pauses."""
        for name in list(part.totals):
            self._total(part, name, {})
        for number, (name, series) in enumerate(list(self.series.items()), 1):
            if not number % _SERIES_AT_ONCE:
                yield
            if name != _every(name):
                for panes in (series.short, series.long):
                    for start_ms in panes.booked_by(part.number):
                        self._pane(part, Cell(panes.pane_ms, start_ms, name), {})
        for entity in list(part.live):
            self._live(part, entity, None)
        part.unreadable = {}

    def _cell(self, part: _Part, cell: Cell, tally: Tally, now_ms: int) -> None:
        if cell.series == _every(cell.series):
            return  # the name of nobody's series
        if cell.pane_ms == TOTAL:
            self._total(part, cell.series, tally)
        elif cell.start_ms >= now_ms - HORIZON_MS:
            self._pane(part, cell, tally)

    def _total(self, part: _Part, name: str, tally: Tally) -> None:
        before, delta = part.totals.pop(name, None), dict(tally)
        merge(delta, {} if before is None else unpack(before), -1)
        if tally:
            part.totals[name] = pack(tally)
        for moved in (name, _every(name)) if delta else ():
            series = self._series(moved)
            merge(series.total, delta)
            series.total_version += 1

    def _pane(self, part: _Part, cell: Cell, tally: Tally) -> None:
        short = cell.pane_ms == SHORT_PANE_MS
        own, every = self._series(cell.series), self._series(_every(cell.series))
        delta = (own.short if short else own.long).put(cell.start_ms, part.number, tally)
        if delta:
            (every.short if short else every.long).change(cell.start_ms, delta)

    def _series(self, name: str) -> Series:
        series = self.series.get(name)
        if series is None:
            series = self.series[name] = Series.of_every() if name == _every(name) else Series()
            if name.startswith(EVERY_QUEUE) and name != EVERY_QUEUE:
                self.queues.append(QueueSeries.named(name))
        return series

    def _live(self, part: _Part, key: str, state: Live | None) -> None:
        before = part.live.pop(key, None)
        if state is not None:
            part.live[key] = state
        entity = self._entities.of_key(key)
        if entity is not None:
            for name in self._present[entity].move(key, before, state):
                self._series(name)

    def _forget(self, now_ms: int) -> None:
        """Once a minute, drop the panes that no window can cover any more."""
        if now_ms - self._forgot_ms < MINUTE_MS:
            return
        self._forgot_ms = now_ms
        for series in self.series.values():
            series.short.forget(now_ms - 61 * MINUTE_MS)
            series.long.forget(now_ms - HORIZON_MS)


def _every(name: str) -> str:
    """The series that sums up all of its kind."""
    return name[:2]
