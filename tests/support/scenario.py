"""A contact centre as a score: what happens when, and what the board shows. No server, no clock.

centre = Centre()
centre.at(0).queued("c1", "billing").at(4).answered("c1")
assert centre.at(60).service_level("billing") == 1.0
"""

from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from support import factories
from support.factories import ms
from support.taking import take

from stream.board.model import Model
from stream.board.reader import Reader
from stream.board.rows import Board, QueueBoard
from stream.board.snapshot import BoardBuilder
from stream.domain.cache import Room
from stream.domain.civil import Clock
from stream.domain.definition import Definitions, definitions
from stream.domain.fact import Event, Fact
from stream.domain.fold import Changes, PartitionFold, Retention
from stream.domain.naming import Naming
from stream.domain.staffing import StaffingRules
from stream.domain.tally import Tally
from stream.domain.timetable import Timetable, Worktime
from stream.store.checkpoint import Checkpoint
from stream.store.lease import Verdict
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.store.ports import Store

T = TypeVar("T")


def finished(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that waits for nothing; it may let others have turns."""
    try:
        while coroutine.send(None) is None:
            pass
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return] # that is what StopIteration carries
    coroutine.close()
    raise AssertionError("it waits for something")


class Line:
    """One partition: batches folded into a store, loading on demand, as a worker does."""

    def __init__(
        self,
        store: Store,
        partition: Partition,
        rules: Definitions,
        *,
        retention: Retention | None = None,
        room: Room | None = None,
    ) -> None:
        self.fold: PartitionFold
        self._store, self._partition, self._rules = store, partition, rules
        self._retention, self._room = retention, room
        self._written_ms = 0
        self.crash()

    def crash(self) -> None:
        """Lose all that was in memory, and take the partition over again."""
        lease = finished(take(self._store, self._partition))
        self._token, self._position = lease.token, lease.position or 0
        self.fold = PartitionFold(
            self._rules, retention=self._retention, watermark_ms=lease.watermark_ms, room=self._room
        )

    def batch(self, events: Sequence[Event]) -> None:
        """Fold and store a batch."""
        fold, load = self.fold, self._store.load
        loaded = finished(load(self._partition, entities=fold.missing_entities(events), cells=()))
        missing = fold.fold(events, loaded.facts)
        loaded = finished(load(self._partition, entities=(), cells=missing))
        after = self._position + len(events)
        self._written_ms = max(self._written_ms, fold.watermark_ms)
        step = Checkpoint(
            *(self._position, after, fold.watermark_ms, self._written_ms, fold.settle(loaded.cells)),
            records=len(events),
        )
        assert finished(self._store.apply(self._partition, self._token, step)) is Verdict.APPLIED
        self._position = after

    def beat(self, source: str, at_ms: int) -> None:
        """Store a heartbeat."""
        after = self._position + 1
        self._written_ms = max(self._written_ms, at_ms)
        beats = {source: at_ms}
        told = (self._position, after, self.fold.watermark_ms, self._written_ms, Changes(), beats)
        step = Checkpoint(*told, records=1)
        assert finished(self._store.apply(self._partition, self._token, step)) is Verdict.APPLIED
        self._position = after


def clocked(zone: str, day_start: int = 0) -> Timetable:
    """The timetable of a centre all of whose queues go by one clock."""
    return Timetable(Worktime(Clock(ZoneInfo(zone), day_start)))


class Centre:
    """A centre whose events are folded when somebody looks at its board."""

    def __init__(  # noqa: PLR0913 - what a board depends on
        self,
        rules: Definitions | None = None,
        timetable: Timetable | None = None,
        *,
        partitions: int = 1,
        staffing: StaffingRules | None = None,
        retention: Retention | None = None,
        naming: Naming | None = None,
    ) -> None:
        self.now_ms = ms(0)
        self.store = MemoryStore()
        self.model = Model()
        rules = rules or definitions()
        self._lines = [
            Line(self.store, Partition("pantau.all", n), rules, retention=retention)
            for n in range(partitions)
        ]
        self._reader = Reader(self.store, self.model)
        self._builder = BoardBuilder(self.model, rules, timetable, rules=staffing, naming=naming)
        self._told: list[Event] = []

    def at(self, seconds: float) -> Self:
        """From here on it is `seconds` after the beginning."""
        self.now_ms = ms(seconds)
        return self

    def queued(self, contact: str, queue: str = "billing", channel: str = "voice", *, visit: int = 0) -> Self:
        return self.tell(contact, factories.queued(self._now, queue, channel, visit=visit))

    def answered(self, contact: str, agent: str = "", *, visit: int = 0) -> Self:
        return self.tell(contact, factories.answered(self._now, agent, visit=visit))

    def abandoned(self, contact: str) -> Self:
        return self.tell(contact, factories.abandoned(self._now))

    def left(self, contact: str, reason: str = "overflow") -> Self:
        return self.tell(contact, factories.left(self._now, reason))

    def blocked(self, contact: str, reason: str = "full") -> Self:
        return self.tell(contact, factories.blocked(self._now, reason))

    def callback(self, contact: str, due: float, queue: str = "billing") -> Self:
        """A callback is promised for `due` seconds after the beginning."""
        return self.tell(contact, factories.callback(self._now, due, queue))

    def leg_ended(self, contact: str) -> Self:
        return self.tell(contact, factories.ended(self._now))

    def wrapped_up(self, contact: str) -> Self:
        return self.tell(contact, factories.wrapped_up(self._now))

    def contact_ended(self, contact: str) -> Self:
        return self.tell(contact, factories.contact_ended(self._now))

    def agent(self, name: str, state: str, *, team: str = "", queues: Sequence[str] = ()) -> Self:
        return self.tell(name, factories.state(self._now, state, team=team, queues=queues))

    def beat(self, *partitions: int, source: str = "/pantau/heartbeat") -> Self:
        """Heartbeats come through these partitions; without any named, through all."""
        for number in partitions or range(len(self._lines)):
            self._lines[number].beat(source, self.now_ms)
        return self

    def tell(self, subject: str, *facts: Fact) -> Self:
        """Facts of a contact or agent, whenever they happened."""
        self._told += factories.of(subject, *facts)
        return self

    def tell_all(self, events: Iterable[Event]) -> Self:
        """Events, whenever they happened."""
        self._told += events
        return self

    def crash(self) -> Self:
        """Every worker loses its memory."""
        self._fold()
        for line in self._lines:
            line.crash()
        return self

    def board(self) -> Board:
        """What the board shows now."""
        self._fold()
        finished(self._reader.refresh(self.now_ms))
        return self._builder.board(self.now_ms)

    def queue(self, name: str = "billing", channel: str = "voice") -> QueueBoard:
        """The row of one queue."""
        found = [q for q in self.board().queues if (q.queue, q.channel) == (name, channel)]
        assert len(found) == 1, f"{len(found)} rows of {name}"
        return found[0]

    def service_level(self, queue: str = "billing", window: str = "60m") -> float | None:
        return self.queue(queue).windows[window].service_level_ratio

    def pane(self, series: str, seconds: float) -> Tally:
        """What the pane of one minute that begins `seconds` after the beginning holds."""
        self.board()
        return self.model.series[series].long.panes.get(ms(seconds), {})

    @property
    def _now(self) -> float:
        return (self.now_ms - ms(0)) / 1000

    def _fold(self) -> None:
        told, self._told = self._told, []
        for n, line in enumerate(self._lines):
            own = [e for e in told if sum(e.subject.encode()) % len(self._lines) == n]
            if own:
                line.batch(own)
