"""Builds boards: every KPI of every queue and team at one instant."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import starmap

from stream.board.agents_by_queue import AgentsByQueue
from stream.board.ages import Ages
from stream.board.holding import HeldUp
from stream.board.interval import WINDOWS, Edges, Interval, Intervals
from stream.board.judging import Judge, all_called, called, worth_of
from stream.board.memo import Memo
from stream.board.model import EVERY_QUEUE, EVERY_REPEAT_VISIT, Model, Series
from stream.board.path import Path
from stream.board.queue_now import Open, queue_present
from stream.board.rebuilding import rebuilding
from stream.board.rows import TOTALS, Board, QueueBoard, QueueNow
from stream.board.split import split
from stream.board.staff import staff
from stream.domain.agent.now import AgentsNow
from stream.domain.civil import Clock
from stream.domain.contact.now import ContactsNow
from stream.domain.definition import STUCK_AFTER_MS, Attribution, Definition, Definitions
from stream.domain.deltas import SHORT_PANE_MS
from stream.domain.fields import CAME_LATE
from stream.domain.kpi import Counted, Kpis, counted, kpis, total_kpis
from stream.domain.measures.now import Present, together
from stream.domain.naming import Naming
from stream.domain.reading import Reading
from stream.domain.reading import together as sum_of
from stream.domain.series import QueueSeries, late_series
from stream.domain.service_level import (
    Counts,
    Part,
    Share,
    add_counts,
    add_shares,
    as_now,
    left,
    service_level,
)
from stream.domain.staffing import StaffingRules, shown_state
from stream.domain.status import WINDOWS as JUDGED_WINDOWS
from stream.domain.status import Tolerance, Trust
from stream.domain.timetable import Timetable
from stream.domain.window import Window

#: Suffix of a queue's window over the centre's interval, where the queue's clock differs.
_OF_CENTRE = " of the centre"


@dataclass(frozen=True, slots=True)
class _Instant:
    """The data that all rows of a board share.

    `levels` and `presents` collect the queues so far, over `centre`. `known` has the last known instant of
    each contact that is not followed.
    """

    now_ms: int
    windows: Sequence[str]
    intervals: Mapping[Clock, Intervals]
    centre: Intervals
    trust: Trust
    known: Mapping[str, int] = field(default_factory=dict)
    levels: dict[str, list[Counted]] = field(default_factory=lambda: defaultdict(list))
    presents: list[Present] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Queue:
    """One queue, as its windows read it."""

    name: QueueSeries
    series: Series
    corrections: Series | None
    definition: Definition
    waits: Ages


class BoardBuilder:
    """Builds boards from a model. What did not change since the last board is not computed again."""

    def __init__(  # noqa: PLR0913 - all that a board depends on
        self,
        model: Model,
        definitions: Definitions,
        timetable: Timetable | None = None,
        stuck_after_ms: Mapping[str, int] = STUCK_AFTER_MS,
        rules: StaffingRules | None = None,
        *,
        naming: Naming | None = None,
        tolerance: Callable[[str, str], Tolerance] | None = None,
    ) -> None:
        self._model = model
        self._naming = naming or Naming()
        self._rules = rules or StaffingRules()
        self._definitions = definitions
        self._timetable = timetable = timetable or Timetable()
        self._stuck_after_ms = stuck_after_ms
        self._clocks = {timetable.centre.clock, *(at.clock for at in timetable.queues.values())}
        self._memo = memo = Memo()
        self._edges = Edges(memo)
        self._judge = Judge(tolerance, memo)
        self._agents_by_queue = AgentsByQueue()
        self._awaited: dict[QueueSeries, Series] = {}
        self._rolled = 0

    def board(
        self,
        now_ms: int,
        windows: Sequence[str] = WINDOWS,
        path: Path | None = None,
        holding: tuple[HeldUp, ...] = (),
    ) -> Board:
        """The board at `now_ms` with these windows; `now_ms` must not go back between calls.

        Waits and talks stop growing in partitions that are not followed: see `path`.
        """
        model, path = self._model, path or Path()
        partitions = model.states
        intervals = self._by_clock(now_ms)
        centre = intervals[self._timetable.centre.clock]
        stale_ms, agents = self._rules.stale_after_ms, model.now(AgentsNow).agents
        states = {key: shown_state(agent, now_ms, stale_ms) for key, agent in agents.items()}
        self._agents_by_queue.follow(agents, states)
        state, worth = worth_of(model, now_ms, path, holding)
        shown = tuple(dict.fromkeys((*windows, *JUDGED_WINDOWS)))
        at = _Instant(now_ms, shown, intervals, centre, worth, model.known_until(path.known))
        queues = [self._queue(name, at) for name in self._queues()]
        return Board(
            now_ms=now_ms,
            watermark_ms=model.watermark_ms,
            written_ms=model.written_ms,
            freshness=state,
            queues=queues,
            all=self._every(queues, at, Counter(states.values()), path),
            staff=staff(model, self._rules, centre, windows, states),
            open_contacts=sum(q.now.waiting + q.now.active for q in queues),
            heartbeat=model.path_heartbeat(now_ms),
            rebuilding=rebuilding(partitions.values()),
            partitions=partitions,
            time_zone=str(self._timetable.centre.clock.zone),
            positions=model.positions,
            last_hour=model.last_hour(now_ms),
            unreadable=len(model.unreadable),
            path=path,
            holding=holding,
        )

    def roll(self, now_ms: int, windows: Sequence[str]) -> None:
        """Move the windows of all queues to `now_ms`, once per pane, ahead of the next board."""
        if now_ms // SHORT_PANE_MS == self._rolled:
            return
        self._rolled = now_ms // SHORT_PANE_MS
        intervals = self._by_clock(now_ms)
        for name in self._queues():
            series, own = self._series(name), intervals[self._timetable.of(name.queue, name.channel).clock]
            for window in windows:
                self._model.window(series, window, own[window])

    def centre(self, now_ms: int) -> Intervals:
        """The intervals of all windows at `now_ms` by the clock of the centre."""
        return self._intervals(self._timetable.centre.clock, now_ms)

    def _by_clock(self, now_ms: int) -> dict[Clock, Intervals]:
        return {clock: self._intervals(clock, now_ms) for clock in self._clocks}

    def _intervals(self, clock: Clock, now_ms: int) -> Intervals:
        return self._edges.intervals(clock, now_ms, self._model.completeness_ratio)

    def _queue(self, name: QueueSeries, at: _Instant) -> QueueBoard:
        text, queue, channel = name
        model, clock = self._model, self._timetable.of(queue, channel).clock
        definition = self._definitions.of(queue, channel, at.now_ms)
        waits = Ages.of(model.now(ContactsNow).waiting.get(text, {}), at.known)
        of = _Queue(name, self._series(name), model.series.get(late_series(text)), definition, waits)
        own = at.intervals[clock]
        windows = {window: self._shown(of, window, own[window], at) for window in at.windows}
        totals, out = self._total(of)
        at.presents.append(self._present(of, totals, at))
        now = QueueNow.reckoned(at.presents[-1])
        tolerance = self._judge.tolerance(queue, channel)
        return QueueBoard(
            queue=queue,
            channel=channel,
            definition=definition,
            now=now,
            windows=windows,
            intervals=own,
            totals=totals,
            out=out,
            total=of.series.total,
            status=called(now, windows, definition, tolerance, at.trust),
            tolerance=tolerance,
            by_target=self._by_targets(of, own, at) if definition.all_targets_ms else {},
            display_name=self._naming.title(queue, channel),
        )

    def _present(self, of: _Queue, totals: Kpis, at: _Instant) -> Present:
        name, queue, channel = of.name
        contacts = self._model.now(ContactsNow)
        talks = Ages.of(contacts.talking.get(name, {}), at.known)
        unanswered = Ages.of(contacts.unanswered.get(name, {}), at.known)
        return queue_present(
            Open(of.waits.shown(at.now_ms), talks.shown(at.now_ms), totals, unanswered.shown(at.now_ms)),
            at.now_ms,
            target_of=lambda at_ms: self._definitions.of(queue, channel, at_ms).target_ms,
            stuck_after_ms=self._stuck_after_ms.get(channel, 0),
            agents=self._agents_by_queue.by_queue.get(queue, {}),
            is_open=self._judge.is_open(self._timetable.of(queue, channel).calendar, at.now_ms),
            scheduled=channel == "callback",
        )

    def _shown(self, of: _Queue, window: str, interval: Interval, at: _Instant) -> Kpis:
        """A queue's window. Its counts over the centre's interval are collected for all queues."""
        shared = at.centre[window]
        count, values = self._window(of, window, interval)
        if interval != shared:
            count, _ = self._window(of, f"{window}{_OF_CENTRE}", shared)
        at.levels[window].append(count)
        return values

    def _window(self, of: _Queue, window: str, interval: Interval) -> tuple[Counted, Kpis]:
        found = self._model.window(of.series, window, interval)
        late = self._late_waiting(of, found, interval) if of.waits else 0
        corrected = self._corrections(of.corrections, window, interval)
        if not (found.tally or late or corrected):
            self._memo.drop(of.name, window)
            return self._memo.get("idle", of.definition, None, lambda: _idle(of.definition))

        def compute() -> tuple[Counted, Kpis]:
            parts, reading = self._parts(of, window, found, interval), found.reading
            count = counted(reading, of.definition, late, parts)
            return count, kpis(reading, count, of.definition, corrected)

        return self._memo.get(of.name, window, (found.version, late, corrected, of.definition), compute)

    def _late_waiting(self, of: _Queue, panes: Window, interval: Interval) -> int:
        """How many still wait and passed their target in the window, each by its own target."""
        _, queue, channel = of.name
        if len(self._definitions.timeline(queue, channel)) == 1:
            return of.waits.late(of.definition.target_ms, panes, interval)
        return sum(
            panes.low_ms
            <= since + self._definitions.of(queue, channel, since).target_ms
            < min(interval.to_ms, until)
            for since, until in of.waits.each()
        )

    def _parts(self, of: _Queue, window: str, panes: Window, interval: Interval) -> list[Part]:
        """The window cut where the definition changed; empty unless visits count by entry."""
        _, queue, channel = of.name
        steps = self._definitions.timeline(queue, channel)
        if len(steps) == 1 or of.definition.booked is not Attribution.OFFERED:
            return []
        return split(self._model, of.series, window, panes, interval, steps)

    def _by_targets(self, of: _Queue, own: Intervals, at: _Instant) -> dict[str, dict[int, Share]]:
        """The share that met each target, by window and since the beginning."""
        series, definition, targets_ms = of.series, of.definition, of.definition.all_targets_ms

        def in_window(window: str) -> dict[int, Share]:
            panes = self._model.window(series, window, own[window])
            late = {ms: of.waits.late(ms, panes, own[window]) for ms in targets_ms}
            state = (panes.version, late, definition)
            key = ("by target", window)
            return self._memo.get(of.name, key, state, lambda: _by_target(panes.reading, definition, late))

        exits = replace(definition, attribution=Attribution.EXITED)
        in_total = self._memo.get(
            of.name,
            ("by target", TOTALS),
            (series.total_version, exits),
            lambda: _by_target(series.total_reading, exits, dict.fromkeys(targets_ms, 0)),
        )
        return {**{window: in_window(window) for window in at.windows}, TOTALS: in_total}

    def _corrections(self, series: Series | None, window: str, interval: Interval) -> int:
        return self._model.window(series, window, interval).tally.get(CAME_LATE, 0) if series else 0

    def _total(self, of: _Queue) -> tuple[Kpis, Counts]:
        series, definition = of.series, of.definition
        state = (series.total_version, definition)
        return self._memo.get(of.name, TOTALS, state, lambda: total_kpis(series.total_reading, definition))

    def _every(
        self, queues: list[QueueBoard], at: _Instant, agents: Mapping[str, int], path: Path
    ) -> QueueBoard:
        """All queues as one row: counts are summed over queues, each by its own definition."""
        default, series = (
            self._definitions.default_at(at.now_ms),
            self._model.series.get(EVERY_QUEUE, Series()),
        )
        corrections = self._model.series.get(late_series(EVERY_QUEUE))
        found: dict[str, Kpis] = {}
        for window in at.windows:
            interval = at.centre[window]
            reading = self._model.window(series, window, interval).reading
            corrected = self._corrections(corrections, window, interval)
            found[window] = kpis(reading, _sum(at.levels[window]), default, corrected)
        out = add_counts([Counts(), *(queue.out for queue in queues)])
        return QueueBoard(
            queue="all",
            channel=None,
            definition=default,
            now=QueueNow.reckoned(together(at.presents, at.now_ms, agents)),
            windows=found,
            intervals=at.centre,
            totals=kpis(
                series.total_reading,
                Counted(out, add_shares(service_level(queue.out, queue.definition) for queue in queues)),
                default,
            ),
            out=out,
            total=series.total,
            status=all_called(queues, at.trust, path),
            tolerance=self._judge.tolerance("", ""),
            contacts=self._contacts(series, at),
        )

    def _contacts(self, series: Series, at: _Instant) -> dict[str, Kpis]:
        """Each contact once, by its first visit and at its exit; see `repeat_visit_series`."""
        model, default = self._model, self._definitions.default_at(at.now_ms)
        both = (series, model.series.get(EVERY_REPEAT_VISIT) or Series())
        readings = {
            window: sum_of(model.window(each, window, at.centre[window]).reading for each in both)
            for window in at.windows
        }
        readings[TOTALS] = sum_of(each.total_reading for each in both)
        return {
            window: _kpis_of(reading, left(reading, default, Attribution.EXITED), default)
            for window, reading in readings.items()
        }

    def _queues(self) -> list[QueueSeries]:
        """All queues by name: those that had a contact, which stay, and those that are awaited."""
        served = self._agents_by_queue.queues
        return self._memo.get("", "queues", (len(self._model.queues), served), self._list_queues)

    def _list_queues(self) -> list[QueueSeries]:
        by_queue: dict[str, set[str]] = defaultdict(set)
        for _, queue, channel in self._model.queues:
            by_queue[queue].add(channel)
        awaited = starmap(QueueSeries.of, self._naming.awaited(by_queue, self._agents_by_queue.queues))
        before = self._awaited
        self._awaited = {name: before.get(name) or Series() for name in awaited}
        for name in before.keys() - self._awaited.keys():
            self._memo.forget(name)  # it was computed from an empty series that stood for the queue
        return sorted([*self._model.queues, *self._awaited])

    def _series(self, name: QueueSeries) -> Series:
        """What is known of a queue; an empty series for one without a contact."""
        return self._awaited.get(name) or self._model.series[name.name]


def _by_target(reading: Reading, definition: Definition, late_waiting: Mapping[int, int]) -> dict[int, Share]:
    """The same visits by each of several targets; `late_waiting` still wait past each."""
    found = {ms: replace(definition, target_ms=ms) for ms in late_waiting}
    return {
        ms: service_level(as_now(reading, by, late_waiting=late_waiting[ms]), by) for ms, by in found.items()
    }


def _idle(definition: Definition) -> tuple[Counted, Kpis]:
    """The KPIs of a window in which nothing happened; shared, as most of thousands of queues are idle."""
    reading = Reading()
    count = counted(reading, definition, 0)
    return count, kpis(reading, count, definition)


def _kpis_of(reading: Reading, out: Counts, definition: Definition) -> Kpis:
    count = Counted(out, service_level(out, definition))
    return kpis(reading, count, definition)


def _sum(every: list[Counted]) -> Counted:
    out = add_counts([Counts(), *(one.out for one in every)])
    return Counted(out, add_shares(one.level for one in every))
