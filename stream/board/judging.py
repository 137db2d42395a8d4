"""The status of each queue of a board and of all together: collects the inputs of `domain.status`."""

from collections.abc import Callable, Mapping, Sequence

from stream.board.holding import HeldUp
from stream.board.memo import Memo
from stream.board.model import Model
from stream.board.path import Link, Path
from stream.board.rebuilding import rebuilding
from stream.board.rows import Freshness, QueueBoard, QueueNow, current_ms, freshness
from stream.domain.definition import Definition
from stream.domain.instant import MINUTE_MS
from stream.domain.kpi import Kpis
from stream.domain.opening import Calendar
from stream.domain.staffing import staffed
from stream.domain.status import JUDGED, RECENT, Called, Seen, Tolerance, Trust, status_of, status_of_all

_CURRENT = frozenset({Freshness.FRESH, Freshness.QUIET})


class Judge:
    """Judges queues by the `tolerance` of each queue and channel, which is asked for once."""

    def __init__(self, tolerance: Callable[[str, str], Tolerance] | None, memo: Memo) -> None:
        self._tolerance = tolerance or (lambda *_: Tolerance())
        self._memo = memo

    def tolerance(self, queue: str, channel: str) -> Tolerance:
        """The tolerance of a queue; the default for ""."""
        return self._memo.get("tolerance", (queue, channel), None, lambda: self._tolerance(queue, channel))

    def is_open(self, calendar: Calendar | None, now_ms: int) -> bool:
        """Whether a queue with this calendar is open at `now_ms`, looked up once a minute."""
        if calendar is None:
            return True
        return self._memo.get(calendar, "open", now_ms // MINUTE_MS, lambda: calendar.is_open(now_ms))


def called(
    now: QueueNow, windows: Mapping[str, Kpis], definition: Definition, tolerance: Tolerance, trust: Trust
) -> Called:
    """The status of one queue; `windows` include those of `status.WINDOWS`."""
    return status_of(
        Seen(
            judged=windows[JUDGED],
            recent=windows[RECENT],
            waiting=now.waiting,
            waiting_over_target=now.waiting_over_target,
            longest_wait_seconds=now.longest_wait_seconds,
            staffed=staffed(now.agents) if now.agents else None,
            is_open=bool(now.open),
            goal_ratio=definition.goal_ratio,
            tolerance=tolerance,
            trust=trust,
        )
    )


def all_called(queues: Sequence[QueueBoard], trust: Trust, path: Path) -> Called:
    """The status of all queues. A silent source makes it stale, as nobody knows which queues it feeds.

    Among queues with the same status, the one with the longest wait gives the reason.
    """
    longest = sorted(queues, key=lambda queue: -(queue.now.longest_wait_seconds or 0))
    silent = [source for away in path.away if away.link is Link.SOURCE for source in away.sources]
    if silent and trust.is_current:
        trust = trust._replace(is_current=False, because=(f"nothing comes from {', '.join(silent)}",))
    return status_of_all([(_title(queue), queue.status) for queue in longest], trust)


def worth_of(model: Model, now_ms: int, path: Path, holding: Sequence[HeldUp]) -> tuple[Freshness, Trust]:
    """How far the numbers of a model can be trusted. An empty model is current if nothing is missing."""
    watermark_ms, proven_ms = model.watermark_ms, model.path_heartbeat(now_ms).proven_ms
    slowest_ms, followed = model.slowest_ms, not (path.known or holding)
    state = freshness(now_ms, watermark_ms, proven_ms, slowest_ms=slowest_ms, followed=followed)
    away = [f"{away.link} away" for away in path.away if away.link is not Link.SOURCE]
    because = (*away, *(held.hold.replace("_", " ") for held in holding))
    rebuilt, right_ms = rebuilding(model.states.values()), current_ms(watermark_ms, proven_ms)
    return state, Trust(
        is_current=state in _CURRENT or (state is Freshness.EMPTY and not because),
        is_expired=state is Freshness.EXPIRED,
        rebuilt_ratio=None if rebuilt is None else rebuilt.progress_ratio,
        because=because,
        age_seconds=(now_ms - right_ms) / 1000 if right_ms else None,
    )


def _title(queue: QueueBoard) -> str:
    return f"{queue.display_name or queue.queue} ({queue.channel})"
