"""One board: every KPI of every queue and team at one instant."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from stream.board.model import EVERY_AGAIN, EVERY_QUEUE, EVERY_TEAM, ROLLING, TODAY, Model, Series
from stream.domain.definition import GHOST_AFTER_MS, Attribution, Definition, Definitions
from stream.domain.kpi import Counted, Kpis, counted, kpis, occupancy_ratio, total_kpis
from stream.domain.reading import count_of, read
from stream.domain.series import NO_TEAM
from stream.domain.service_level import Counts, Share, add_counts, decided, left, service_level
from stream.domain.tally import Tally, sum_of
from stream.domain.window import Window

WINDOWS = (*ROLLING, TODAY)
#: Where contacts are counted since the beginning.
TOTALS = "totals"
STALE_AFTER_MS = 60_000
EXPIRED_AFTER_MS = 300_000


class Freshness(StrEnum):
    """How far the data lies behind the clock."""

    EMPTY = "empty"
    FRESH = "fresh"
    STALE = "stale"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class QueueNow:
    """What is true of a queue at this instant.

    `scheduled` callbacks are not due yet. `ghosts` have been in one state for longer than their channel has:
    their end was lost, so nobody waits or talks. `residual` is offered less all that became of it: 0.
    """

    waiting: int
    waiting_over_target: int
    oldest_queued_ms: int | None
    longest_wait_seconds: float | None
    active: int
    agents: dict[str, int]
    scheduled: int = 0
    ghosts: int = 0
    residual: int = 0


@dataclass(frozen=True, slots=True)
class QueueBoard:
    """One (queue, channel). `total` is its running total as a tally, `out` its visits that left.

    `by_target`: of a queue with several targets, the share that met each, by window, then target in ms.
    `contacts`: of all queues together, each contact counted once, by its first visit and its exit.
    """

    queue: str
    channel: str | None
    definition: Definition
    now: QueueNow
    windows: dict[str, Kpis]
    totals: Kpis
    out: Counts
    total: Tally
    by_target: dict[str, dict[int, Share]] = field(default_factory=dict)
    contacts: dict[str, Kpis] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TeamBoard:
    """One team: its agents by state, and its occupancy by window."""

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

    def __init__(
        self, model: Model, definitions: Definitions, ghost_after_ms: Mapping[str, int] = GHOST_AFTER_MS
    ) -> None:
        self._model = model
        self._definitions = definitions
        self._ghost_after_ms = ghost_after_ms
        self._known: dict[tuple[str, str], tuple[tuple[int, int, int, Definition], Counted, Kpis]] = {}
        self._totals: dict[str, tuple[int, Definition, Kpis, Counts]] = {}

    def board(self, now_ms: int, windows: Sequence[str] = WINDOWS) -> Board:
        """The board at `now_ms` with these windows; `now_ms` must not go back from one call to the next."""
        model = self._model
        names = sorted(name for name in model.series if name.startswith("c") and name != EVERY_QUEUE)
        agents = _agents_by_queue(model)
        levels: dict[str, Counted] = {}
        queues = [self._queue(name, now_ms, windows, agents, levels) for name in names]
        return Board(
            now_ms=now_ms,
            watermark_ms=model.watermark_ms,
            written_ms=model.written_ms,
            freshness=freshness(now_ms, model.watermark_ms),
            queues=queues,
            all=self._every(queues, now_ms, windows, levels),
            teams=self._teams(now_ms, windows),
            open_contacts=sum(q.now.waiting + q.now.active for q in queues),
        )

    def _queue(
        self,
        name: str,
        now_ms: int,
        windows: Sequence[str],
        agents: Mapping[str, Mapping[str, int]],
        levels: dict[str, Counted],
    ) -> QueueBoard:
        _, queue, channel = name.split("\t")
        series = self._model.series[name]
        definition = self._definitions.of(queue, channel, now_ms)
        since = sorted(self._model.waiting.get(name, {}).values())
        found: dict[str, Kpis] = {}
        for window in windows:
            count, found[window] = self._window(name, series, window, now_ms, definition, since)
            known = levels.get(window)
            levels[window] = count if known is None else _add(known, count)
        totals, out = self._total(name, series, definition)
        return QueueBoard(
            queue=queue,
            channel=channel,
            definition=definition,
            now=self._now(name, now_ms, agents.get(queue, {})),
            windows=found,
            totals=totals,
            out=out,
            total=series.total,
            by_target=self._by_target(series, windows, now_ms, definition, since),
        )

    def _now(self, name: str, now_ms: int, agents: Mapping[str, int]) -> QueueNow:
        waiting = sorted(self._model.waiting.get(name, {}).values())
        talking = sorted(self._model.talking.get(name, {}).values())
        _, queue, channel = name.split("\t")
        ghost_after_ms = self._ghost_after_ms.get(channel, 0)
        before_ms = now_ms - ghost_after_ms if ghost_after_ms else -1
        ghosts = bisect_left(waiting, before_ms)
        due = bisect_right(waiting, now_ms) if channel == "callback" else len(waiting)
        silent = bisect_left(talking, before_ms)
        oldest_ms = waiting[ghosts] if ghosts < due else None
        return QueueNow(
            waiting=due - ghosts,
            waiting_over_target=self._over_target(queue, channel, waiting[ghosts:due], now_ms),
            oldest_queued_ms=oldest_ms,
            longest_wait_seconds=None if oldest_ms is None else max(0, now_ms - oldest_ms) / 1000,
            active=len(talking) - silent,
            agents=dict(agents),
            scheduled=len(waiting) - due,
            ghosts=ghosts + silent,
            residual=ledger(self._model.series[name].total) - len(waiting),
        )

    def _by_target(
        self,
        series: Series,
        windows: Sequence[str],
        now_ms: int,
        definition: Definition,
        since: list[int],
    ) -> dict[str, dict[int, Share]]:
        if not definition.all_targets_ms:
            return {}
        found: dict[str, dict[int, Share]] = {}
        for window in windows:
            panes = self._model.window(series, window, now_ms)
            found[window] = {
                target_ms: _share(panes, definition, target_ms, _late(since, target_ms, panes, now_ms))
                for target_ms in definition.all_targets_ms
            }
        return found

    def _over_target(self, queue: str, channel: str, since: list[int], now_ms: int) -> int:
        """How many have waited longer than their target; each by the definition it began under."""
        of = self._definitions.of
        if len(self._definitions.timeline(queue, channel)) == 1:
            return bisect_left(since, now_ms - of(queue, channel, now_ms).target_ms)
        return sum(at_ms + of(queue, channel, at_ms).target_ms < now_ms for at_ms in since)

    def _late_waiting(
        self, name: str, definition: Definition, since: list[int], panes: Window, now_ms: int
    ) -> int:
        """How many still wait past their target, and were decided in the window; each by its own target."""
        _, queue, channel = name.split("\t")
        timeline = self._definitions.timeline(queue, channel)
        if len(timeline) == 1:
            return _late(since, definition.target_ms, panes, now_ms)
        return sum(
            panes.low_ms <= at_ms + self._definitions.of(queue, channel, at_ms).target_ms < now_ms
            for at_ms in since
        )

    def _window(  # noqa: PLR0913, PLR0917 - what a window's numbers depend on, and no more
        self, name: str, series: Series, window: str, now_ms: int, definition: Definition, since: list[int]
    ) -> tuple[Counted, Kpis]:
        found = self._model.window(series, window, now_ms)
        late = self._late_waiting(name, definition, since, found, now_ms)
        corrected = self._corrections(name, window, now_ms)
        state = (found.version, late, corrected, definition)
        known = self._known.get((name, window))
        if known is None or known[0] != state:
            reading = read(found.tally)
            count = counted(found.tally, reading, definition, late)
            values = kpis(found.tally, reading, count, definition.min_contacts)
            if corrected:
                values = replace(values, late_corrections=corrected)
            known = self._known[name, window] = (state, count, values)
        return known[1], known[2]

    def _corrections(self, name: str, window: str, now_ms: int) -> int:
        series = self._model.series.get(f"l{name[1:]}")
        return self._model.window(series, window, now_ms).tally.get("late", 0) if series else 0

    def _total(self, name: str, series: Series, definition: Definition) -> tuple[Kpis, Counts]:
        known = self._totals.get(name)
        if known is None or known[:2] != (series.total_version, definition):
            values = total_kpis(series.total, definition)
            known = self._totals[name] = (series.total_version, definition, *values)
        return known[2], known[3]

    def _every(
        self,
        queues: list[QueueBoard],
        now_ms: int,
        windows: Sequence[str],
        levels: Mapping[str, Counted],
    ) -> QueueBoard:
        """All queues as one: counts are summed queue by queue, each by its own definition."""
        default, series = self._definitions.default, self._model.series.get(EVERY_QUEUE, Series())
        found: dict[str, Kpis] = {}
        for window in windows:
            tally = self._model.window(series, window, now_ms).tally
            count = levels.get(window) or Counted(Counts(), Share(0, 0))
            found[window] = replace(
                kpis(tally, read(tally), count, default.min_contacts),
                late_corrections=self._corrections(EVERY_QUEUE, window, now_ms),
            )
        out = add_counts([Counts(), *(queue.out for queue in queues)])
        total = Counted(out, service_level(out, default))
        return QueueBoard(
            queue="all",
            channel=None,
            definition=default,
            now=_sum_now([queue.now for queue in queues], now_ms, self._model),
            windows=found,
            totals=kpis(series.total, read(series.total), total, default.min_contacts),
            out=out,
            total=series.total,
            contacts={window: self._contacts(series, window, now_ms) for window in (*windows, TOTALS)},
        )

    def _contacts(self, series: Series, window: str, now_ms: int) -> Kpis:
        """Each contact once, by its first visit; see `again_series`."""
        again = self._model.series.get(EVERY_AGAIN) or Series()
        if window == TOTALS:
            parts = [series.total, again.total]
        else:
            parts = [self._model.window(part, window, now_ms).tally for part in (series, again)]
        tally, default = sum_of(parts), self._definitions.default
        reading = read(tally)
        out = left(reading, default, Attribution.EXITED)
        return kpis(tally, reading, Counted(out, service_level(out, default)), default.min_contacts)

    def _teams(self, now_ms: int, windows: Sequence[str]) -> list[TeamBoard]:
        by_team: dict[str, Counter[str]] = defaultdict(Counter)
        for agent in self._model.agents.values():
            by_team[agent.team or NO_TEAM][agent.state] += 1
        names = {name[2:] for name in self._model.series if name.startswith(EVERY_TEAM)} - {""}
        return [self._team(team, by_team[team], now_ms, windows) for team in sorted(names | set(by_team))]

    def _team(self, team: str, agents: Counter[str], now_ms: int, windows: Sequence[str]) -> TeamBoard:
        series = self._model.series.get(f"a\t{team}") or Series()
        occupancy = {}
        for window in windows:
            found = self._model.window(series, window, now_ms)
            occupancy[window] = occupancy_ratio(found.tally, agents, from_ms=found.low_ms, now_ms=now_ms)
        return TeamBoard(team, dict(agents), occupancy)


def freshness(now_ms: int, watermark_ms: int) -> Freshness:
    """How the age of the newest event is called."""
    if not watermark_ms:
        return Freshness.EMPTY
    age_ms = now_ms - watermark_ms
    if age_ms <= STALE_AFTER_MS:
        return Freshness.FRESH
    return Freshness.STALE if age_ms <= EXPIRED_AFTER_MS else Freshness.EXPIRED


def ledger(total: Mapping[str, int]) -> int:
    """Offered less answered, abandoned and left by every reason: those who must be waiting still."""
    reading = read(total)
    gone = count_of(reading.bands["a"]) + count_of(reading.bands["x"]) + sum(reading.left.values())
    return total.get("offered", 0) - gone


def _late(since: list[int], target_ms: int, panes: Window, now_ms: int) -> int:
    return bisect_left(since, now_ms - target_ms) - bisect_left(since, panes.low_ms - target_ms)


def _share(panes: Window, definition: Definition, target_ms: int, late: int) -> Share:
    if definition.booked is Attribution.DECIDED:
        counts = decided(panes.tally, late_waiting=late, target_ms=target_ms)
    else:
        counts = left(read(panes.tally), replace(definition, target_ms=target_ms))
    return service_level(counts, definition)


def _sum_now(queues: list[QueueNow], now_ms: int, model: Model) -> QueueNow:
    oldest_ms = min((q.oldest_queued_ms for q in queues if q.oldest_queued_ms is not None), default=None)
    return QueueNow(
        waiting=sum(q.waiting for q in queues),
        waiting_over_target=sum(q.waiting_over_target for q in queues),
        oldest_queued_ms=oldest_ms,
        longest_wait_seconds=None if oldest_ms is None else max(0, now_ms - oldest_ms) / 1000,
        active=sum(q.active for q in queues),
        agents=dict(Counter(agent.state for agent in model.agents.values())),
        scheduled=sum(q.scheduled for q in queues),
        ghosts=sum(q.ghosts for q in queues),
        residual=sum(q.residual for q in queues),
    )


def _agents_by_queue(model: Model) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for agent in model.agents.values():
        for queue in agent.queues:
            found[queue][agent.state] += 1
    return found


def _add(one: Counted, other: Counted) -> Counted:
    level = Share(one.level.met + other.level.met, one.level.of + other.level.of)
    return Counted(add_counts([one.out, other.out]), level)
