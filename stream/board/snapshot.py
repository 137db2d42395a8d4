"""One board: every KPI of every queue and team at one instant."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from stream.board.model import EVERY_QUEUE, EVERY_TEAM, Model, Series
from stream.board.stretch import MINUTE_MS, STALE_AFTER_MS, WINDOWS, Edges, Stretch, Stretches
from stream.domain.agent import NO_TEAM
from stream.domain.civil import Clock
from stream.domain.definition import Definition, Definitions
from stream.domain.kpi import Counted, Kpis, agents_before, counted, kpis, occupancy_ratio, total_kpis
from stream.domain.opening import Calendar
from stream.domain.reading import read
from stream.domain.service_level import Decided, add_decided
from stream.domain.tally import Tally
from stream.domain.timetable import Timetable

EXPIRED_AFTER_MS = 300_000
_NONE_DECIDED = Decided(0, 0, 0, 0, 0)
#: A queue's panes over the centre's stretch, where its own clock tells another.
_OF_CENTRE = " of the centre"


class Freshness(StrEnum):
    """How far the data lies behind the clock."""

    EMPTY = "empty"
    FRESH = "fresh"
    STALE = "stale"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class QueueNow:
    """What is true of a queue at this instant. All queues are open while any is; without one, None."""

    waiting: int
    waiting_over_target: int
    oldest_queued_ms: int | None
    longest_wait_seconds: float | None
    active: int
    agents: dict[str, int]
    open: bool | None


@dataclass(frozen=True, slots=True)
class QueueBoard:
    """One (queue, channel). `total` is its running total as a tally, `out` its visits that left.

    `windows` cover `stretches`.
    """

    queue: str
    channel: str | None
    definition: Definition
    now: QueueNow
    windows: dict[str, Kpis]
    stretches: Stretches
    totals: Kpis
    out: Decided
    total: Tally


@dataclass(frozen=True, slots=True)
class TeamBoard:
    """One team: its agents by state, and its occupancy by window; by the clock of the centre."""

    team: str
    agents: dict[str, int]
    occupancy: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Board:
    """All of it, at `now_ms`."""

    now_ms: int
    watermark_ms: int
    written_ms: int
    freshness: Freshness
    queues: list[QueueBoard]
    all: QueueBoard
    teams: list[TeamBoard]
    open_contacts: int

    @property
    def age_ms(self) -> int | None:
        """How old the newest event is; None before the first."""
        return max(0, self.now_ms - self.watermark_ms) if self.watermark_ms else None


class BoardBuilder:
    """Builds boards from a model; what did not change since the last board is not computed again."""

    def __init__(self, model: Model, definitions: Definitions, timetable: Timetable | None = None) -> None:
        self._model = model
        self._definitions = definitions
        self._timetable = timetable = timetable or Timetable()
        self._clocks = {timetable.centre.clock, *(at.clock for at in timetable.queues.values())}
        self._edges = Edges()
        self._open: dict[Calendar, tuple[int, bool]] = {}
        self._known: dict[tuple[str, str], tuple[tuple[int, int], Counted, Kpis]] = {}
        self._totals: dict[str, tuple[int, Kpis, Decided]] = {}

    def board(self, now_ms: int, windows: Sequence[str] = WINDOWS) -> Board:
        """The board at `now_ms` with these windows; `now_ms` must not go back from one call to the next."""
        model = self._model
        names = sorted(name for name in model.series if name.startswith("c") and name != EVERY_QUEUE)
        stretches = {
            clock: self._edges.stretches(clock, now_ms, model.completeness_ratio) for clock in self._clocks
        }
        centre = stretches[self._timetable.centre.clock]
        at = _Instant(now_ms, windows, stretches, centre, _agents_by_queue(model))
        queues = [self._queue(name, at) for name in names]
        waiting = [since for name in names for since in model.waiting.get(name, {}).values()]
        return Board(
            now_ms=now_ms,
            watermark_ms=model.watermark_ms,
            written_ms=model.written_ms,
            freshness=freshness(now_ms, model.watermark_ms),
            queues=queues,
            all=self._every(queues, waiting, at),
            teams=self._teams(at),
            open_contacts=sum(q.now.waiting + q.now.active for q in queues),
        )

    def _queue(self, name: str, at: "_Instant") -> QueueBoard:
        _, queue, channel = name.split("\t")
        series = self._model.series[name]
        definition = self._definitions.of(queue, channel)
        worktime = self._timetable.of(queue, channel)
        since = sorted(self._model.waiting.get(name, {}).values())
        own = at.stretches[worktime.clock]
        found: dict[str, Kpis] = {}
        for window in at.windows:
            stretch, shared = own[window], at.centre[window]
            count, found[window] = self._window(name, series, window, stretch, definition, since)
            if stretch != shared:
                other = f"{window}{_OF_CENTRE}"
                count, _ = self._window(name, series, other, shared, definition, since)
            known = at.levels.get(window)
            at.levels[window] = count if known is None else _add(known, count)
        totals, out = self._total(name, series, definition)
        agents, is_open = at.agents.get(queue, {}), self._is_open(worktime.calendar, at.now_ms)
        return QueueBoard(
            queue=queue,
            channel=channel,
            definition=definition,
            now=_now(since, definition.target_ms, at.now_ms, self._active(name), agents, is_open=is_open),
            windows=found,
            stretches=own,
            totals=totals,
            out=out,
            total=series.total,
        )

    def _window(  # noqa: PLR0913, PLR0917 - what a window's numbers depend on, and no more
        self,
        name: str,
        series: Series,
        window: str,
        stretch: Stretch,
        definition: Definition,
        since: list[int],
    ) -> tuple[Counted, Kpis]:
        found = self._model.window(series, window, stretch)
        target_ms = definition.target_ms
        late = 0
        if since:
            late = bisect_left(since, stretch.to_ms - target_ms) - bisect_left(
                since, found.low_ms - target_ms
            )
        state = (found.version, late)
        known = self._known.get((name, window))
        if known is None or known[0] != state:
            reading = read(found.tally)
            count = counted(found.tally, reading, definition, late)
            values = kpis(found.tally, reading, count, definition.rule)
            known = self._known[name, window] = (state, count, values)
        return known[1], known[2]

    def _is_open(self, calendar: Calendar | None, now_ms: int) -> bool:
        """A calendar is read once a minute."""
        if calendar is None:
            return True
        minute = now_ms // MINUTE_MS
        known = self._open.get(calendar)
        if known is None or known[0] != minute:
            known = self._open[calendar] = (minute, calendar.is_open(now_ms))
        return known[1]

    def _total(self, name: str, series: Series, definition: Definition) -> tuple[Kpis, Decided]:
        known = self._totals.get(name)
        if known is None or known[0] != series.total_version:
            known = self._totals[name] = (series.total_version, *total_kpis(series.total, definition))
        return known[1], known[2]

    def _every(self, queues: list[QueueBoard], waiting: list[int], at: "_Instant") -> QueueBoard:
        """All queues as one: counts are summed queue by queue, each by its own target."""
        definition, series = self._definitions.default, self._model.series.get(EVERY_QUEUE, Series())
        found: dict[str, Kpis] = {}
        for window in at.windows:
            tally = self._model.window(series, window, at.centre[window]).tally
            count = at.levels.get(window) or Counted(_NONE_DECIDED, _NONE_DECIDED)
            found[window] = kpis(tally, read(tally), count, definition.rule)
        out = _sum(queue.out for queue in queues)
        reading = read(series.total)
        agents = Counter(agent.state for agent in self._model.agents.values())
        active = sum(q.now.active for q in queues)
        is_open = any(queue.now.open for queue in queues) if queues else None
        now = _now(sorted(waiting), definition.target_ms, at.now_ms, active, agents, is_open=is_open)
        over = sum(queue.now.waiting_over_target for queue in queues)
        return QueueBoard(
            queue="all",
            channel=None,
            definition=definition,
            now=replace(now, waiting_over_target=over),
            windows=found,
            stretches=at.centre,
            totals=kpis(series.total, reading, Counted(out, out), definition.rule),
            out=out,
            total=series.total,
        )

    def _teams(self, at: "_Instant") -> list[TeamBoard]:
        by_team: dict[str, Counter[str]] = defaultdict(Counter)
        for agent in self._model.agents.values():
            by_team[agent.team or NO_TEAM][agent.state] += 1
        names = {name[2:] for name in self._model.series if name.startswith(EVERY_TEAM)} - {""}
        return [self._team(team, by_team[team], at) for team in sorted(names | set(by_team))]

    def _team(self, team: str, agents: Counter[str], at: "_Instant") -> TeamBoard:
        series = self._model.series.get(f"a\t{team}") or Series()
        occupancy = {
            window: self._occupancy(series, agents, window, at.centre[window]) for window in at.windows
        }
        return TeamBoard(team, dict(agents), occupancy)

    def _occupancy(
        self, series: Series, agents: Mapping[str, int], window: str, stretch: Stretch
    ) -> float | None:
        found = self._model.window(series, window, stretch)
        if stretch.has_passed:
            agents = agents_before(agents, self._model.since(series, window, stretch).tally)
        return occupancy_ratio(found.tally, agents, from_ms=found.low_ms, to_ms=stretch.to_ms)

    def _active(self, name: str) -> int:
        return len(self._model.talking.get(name, {}))


@dataclass(frozen=True, slots=True)
class _Instant:
    """What all rows of a board share; `levels` are the counts of the queues so far, over `centre`."""

    now_ms: int
    windows: Sequence[str]
    stretches: Mapping[Clock, Stretches]
    centre: Stretches
    agents: Mapping[str, Mapping[str, int]]
    levels: dict[str, Counted] = field(default_factory=dict)


def freshness(now_ms: int, watermark_ms: int) -> Freshness:
    """How the age of the newest event is called."""
    if not watermark_ms:
        return Freshness.EMPTY
    age_ms = now_ms - watermark_ms
    if age_ms <= STALE_AFTER_MS:
        return Freshness.FRESH
    return Freshness.STALE if age_ms <= EXPIRED_AFTER_MS else Freshness.EXPIRED


def _now(  # noqa: PLR0913 - one for each value that is shown
    since: list[int],
    target_ms: int,
    now_ms: int,
    active: int,
    agents: Mapping[str, int],
    *,
    is_open: bool | None,
) -> QueueNow:
    return QueueNow(
        waiting=len(since),
        waiting_over_target=bisect_left(since, now_ms - target_ms),
        oldest_queued_ms=since[0] if since else None,
        longest_wait_seconds=max(0, now_ms - since[0]) / 1000 if since else None,
        active=active,
        agents=dict(agents),
        open=is_open,
    )


def _agents_by_queue(model: Model) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for agent in model.agents.values():
        for queue in agent.queues:
            found[queue][agent.state] += 1
    return found


def _add(one: Counted, other: Counted) -> Counted:
    return Counted(add_decided(one.out, other.out), add_decided(one.decided, other.decided))


def _sum(counts: Iterable[Decided]) -> Decided:
    total = _NONE_DECIDED
    for count in counts:
        total = add_decided(total, count)
    return total
