"""One board: every KPI of every queue and team at one instant."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from stream.board.model import EVERY_QUEUE, ROLLING, TODAY, Model, Series
from stream.board.staff import Staff, staff
from stream.domain.agent import AgentLive
from stream.domain.definition import Definition, Definitions
from stream.domain.kpi import Counted, Kpis, counted, kpis, total_kpis
from stream.domain.reading import read
from stream.domain.service_level import Decided, add_decided, ratio
from stream.domain.staffing import StaffingRules, busy_ratio, shown_state
from stream.domain.tally import Tally

WINDOWS = (*ROLLING, TODAY)
STALE_AFTER_MS = 60_000
EXPIRED_AFTER_MS = 300_000
_NONE_DECIDED = Decided(0, 0, 0, 0, 0)


class Freshness(StrEnum):
    """How far the data lies behind the clock."""

    EMPTY = "empty"
    FRESH = "fresh"
    STALE = "stale"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class QueueNow:
    """What is true of a queue at this instant.

    `active`: contacts that talk, with the longest and the mean time since their answer. `busy_ratio`: of the
    agents staffed who serve the queue, the share at work; they may work for another queue.
    """

    waiting: int
    waiting_over_target: int
    oldest_queued_ms: int | None
    longest_wait_seconds: float | None
    active: int
    longest_talk_seconds: float | None
    mean_talk_seconds: float | None
    agents: dict[str, int]
    busy_ratio: float | None


@dataclass(frozen=True, slots=True)
class QueueBoard:
    """One (queue, channel). `total` is its running total as a tally, `out` its visits that left."""

    queue: str
    channel: str | None
    definition: Definition
    now: QueueNow
    windows: dict[str, Kpis]
    totals: Kpis
    out: Decided
    total: Tally


@dataclass(frozen=True, slots=True)
class Board:
    """All of it, at `now_ms`."""

    now_ms: int
    watermark_ms: int
    written_ms: int
    freshness: Freshness
    queues: list[QueueBoard]
    all: QueueBoard
    staff: Staff
    open_contacts: int

    @property
    def age_ms(self) -> int | None:
        """How old the newest event is; None before the first."""
        return max(0, self.now_ms - self.watermark_ms) if self.watermark_ms else None


class BoardBuilder:
    """Builds boards from a model; what did not change since the last board is not computed again."""

    def __init__(self, model: Model, definitions: Definitions, rules: StaffingRules | None = None) -> None:
        self._model = model
        self._rules = rules or StaffingRules()
        self._definitions = definitions
        self._known: dict[tuple[str, str], tuple[tuple[int, int], Counted, Kpis]] = {}
        self._totals: dict[str, tuple[int, Kpis, Decided]] = {}

    def board(self, now_ms: int, windows: Sequence[str] = WINDOWS) -> Board:
        """The board at `now_ms` with these windows; `now_ms` must not go back from one call to the next."""
        model = self._model
        names = sorted(name for name in model.series if name.startswith("c") and name != EVERY_QUEUE)
        agents = self._agents_by_queue(now_ms)
        levels: dict[str, Counted] = {}
        queues = [self._queue(name, now_ms, windows, agents, levels) for name in names]
        waiting = [since for name in names for since in model.waiting.get(name, {}).values()]
        return Board(
            now_ms=now_ms,
            watermark_ms=model.watermark_ms,
            written_ms=model.written_ms,
            freshness=freshness(now_ms, model.watermark_ms),
            queues=queues,
            all=self._every(queues, waiting, now_ms, windows, levels),
            staff=staff(model, self._rules, now_ms, windows),
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
        definition = self._definitions.of(queue, channel)
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
            now=_now(since, definition.target_ms, now_ms, self._talking(name), agents.get(queue, {})),
            windows=found,
            totals=totals,
            out=out,
            total=series.total,
        )

    def _window(  # noqa: PLR0913, PLR0917 - what a window's numbers depend on, and no more
        self, name: str, series: Series, window: str, now_ms: int, definition: Definition, since: list[int]
    ) -> tuple[Counted, Kpis]:
        found = self._model.window(series, window, now_ms)
        target_ms = definition.target_ms
        late = bisect_left(since, now_ms - target_ms) - bisect_left(since, found.low_ms - target_ms)
        state = (found.version, late)
        known = self._known.get((name, window))
        if known is None or known[0] != state:
            reading = read(found.tally)
            count = counted(found.tally, reading, definition, late)
            values = kpis(found.tally, reading, count, definition.rule)
            known = self._known[name, window] = (state, count, values)
        return known[1], known[2]

    def _total(self, name: str, series: Series, definition: Definition) -> tuple[Kpis, Decided]:
        known = self._totals.get(name)
        if known is None or known[0] != series.total_version:
            known = self._totals[name] = (series.total_version, *total_kpis(series.total, definition))
        return known[1], known[2]

    def _every(
        self,
        queues: list[QueueBoard],
        waiting: list[int],
        now_ms: int,
        windows: Sequence[str],
        levels: Mapping[str, Counted],
    ) -> QueueBoard:
        """All queues as one: counts are summed queue by queue, each by its own target."""
        definition, series = self._definitions.default, self._model.series.get(EVERY_QUEUE, Series())
        found: dict[str, Kpis] = {}
        for window in windows:
            tally = self._model.window(series, window, now_ms).tally
            count = levels.get(window) or Counted(_NONE_DECIDED, _NONE_DECIDED)
            found[window] = kpis(tally, read(tally), count, definition.rule)
        out = _sum(queue.out for queue in queues)
        reading = read(series.total)
        agents = Counter(self._shown(agent, now_ms) for agent in self._model.agents.values())
        talking = [since for legs in self._model.talking.values() for since in legs.values()]
        now = _now(sorted(waiting), definition.target_ms, now_ms, talking, agents)
        over = sum(queue.now.waiting_over_target for queue in queues)
        return QueueBoard(
            queue="all",
            channel=None,
            definition=definition,
            now=replace(now, waiting_over_target=over),
            windows=found,
            totals=kpis(series.total, reading, Counted(out, out), definition.rule),
            out=out,
            total=series.total,
        )

    def _talking(self, name: str) -> Collection[int]:
        return self._model.talking.get(name, {}).values()

    def _shown(self, agent: AgentLive, now_ms: int) -> str:
        return shown_state(agent, now_ms, self._rules.stale_after_ms)

    def _agents_by_queue(self, now_ms: int) -> dict[str, Counter[str]]:
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for agent in self._model.agents.values():
            state = self._shown(agent, now_ms)
            for queue in agent.queues:
                found[queue][state] += 1
        return found


def freshness(now_ms: int, watermark_ms: int) -> Freshness:
    """How the age of the newest event is called."""
    if not watermark_ms:
        return Freshness.EMPTY
    age_ms = now_ms - watermark_ms
    if age_ms <= STALE_AFTER_MS:
        return Freshness.FRESH
    return Freshness.STALE if age_ms <= EXPIRED_AFTER_MS else Freshness.EXPIRED


def _now(
    since: list[int], target_ms: int, now_ms: int, talking: Collection[int], agents: Mapping[str, int]
) -> QueueNow:
    return QueueNow(
        waiting=len(since),
        waiting_over_target=bisect_left(since, now_ms - target_ms),
        oldest_queued_ms=since[0] if since else None,
        longest_wait_seconds=max(0, now_ms - since[0]) / 1000 if since else None,
        active=len(talking),
        longest_talk_seconds=max(0, now_ms - min(talking)) / 1000 if talking else None,
        mean_talk_seconds=ratio(sum(max(0, now_ms - at_ms) for at_ms in talking), 1000 * len(talking)),
        agents=dict(agents),
        busy_ratio=busy_ratio(agents),
    )


def _add(one: Counted, other: Counted) -> Counted:
    return Counted(add_decided(one.out, other.out), add_decided(one.decided, other.decided))


def _sum(counts: Iterable[Decided]) -> Decided:
    total = _NONE_DECIDED
    for count in counts:
        total = add_decided(total, count)
    return total
