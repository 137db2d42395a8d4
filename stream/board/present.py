"""What is true of a queue at this instant, from who waits and who talks. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from stream.board.rows import QueueNow
from stream.domain.kpi import Kpis
from stream.domain.service_level import ratio
from stream.domain.staffing import busy_ratio


class Present(NamedTuple):
    """Since when each contact waits in, or talks after, a queue: ascending. `totals` since ever."""

    waiting: Sequence[int]
    talking: Sequence[int]
    totals: Kpis
    unanswered: Sequence[int] = ()


def queue_now(  # noqa: PLR0913 - what the present of a queue depends on, and no more
    present: Present,
    now_ms: int,
    *,
    target_of: Callable[[int], int],
    ghost_after_ms: int,
    agents: Mapping[str, int],
    is_open: bool,
    scheduled: bool,
) -> QueueNow:
    """The present of one queue; `ghost_after_ms` of 0 knows no ghosts, `target_of` is the target by instant.

    Who is to wait from later on is `scheduled` where that can be, else merely stamped ahead of our clock.
    """
    waiting, talking, totals, unanswered = present
    before_ms = now_ms - ghost_after_ms if ghost_after_ms else -1
    ghosts = bisect_left(waiting, before_ms)
    due = bisect_right(waiting, now_ms) if scheduled else len(waiting)
    silent = bisect_left(talking, before_ms)
    oldest_ms = waiting[ghosts] if ghosts < due else None
    return QueueNow(
        waiting=due - ghosts,
        waiting_over_target=sum(at_ms + target_of(at_ms) < now_ms for at_ms in waiting[ghosts:due]),
        oldest_queued_ms=oldest_ms,
        longest_wait_seconds=_age_seconds(oldest_ms, now_ms),
        active=len(talking) - silent,
        agents=dict(agents),
        open=is_open,
        longest_talk_seconds=_age_seconds(talking[silent] if silent < len(talking) else None, now_ms),
        mean_talk_seconds=_mean_age_seconds(talking[silent:], now_ms),
        busy_ratio=busy_ratio(agents),
        scheduled=len(waiting) - due,
        ghosts=ghosts + silent,
        residual=_unaccounted(totals) - len(waiting),
        unanswered=len(unanswered),
        oldest_unanswered_seconds=_age_seconds(unanswered[0] if unanswered else None, now_ms),
    )


def all_now(queues: Sequence[QueueNow], now_ms: int, agents: Mapping[str, int]) -> QueueNow:
    """The present of all queues together; `agents` by state, each once."""
    longest = [q.longest_talk_seconds for q in queues if q.longest_talk_seconds is not None]
    talked = sum((q.mean_talk_seconds or 0) * q.active for q in queues)
    oldest_ms = min((q.oldest_queued_ms for q in queues if q.oldest_queued_ms is not None), default=None)
    return QueueNow(
        waiting=sum(q.waiting for q in queues),
        waiting_over_target=sum(q.waiting_over_target for q in queues),
        oldest_queued_ms=oldest_ms,
        longest_wait_seconds=_age_seconds(oldest_ms, now_ms),
        active=sum(q.active for q in queues),
        agents=dict(agents),
        open=any(q.open for q in queues) if queues else None,
        longest_talk_seconds=max(longest, default=None),
        mean_talk_seconds=talked / active if (active := sum(q.active for q in queues)) else None,
        busy_ratio=busy_ratio(agents),
        scheduled=sum(q.scheduled for q in queues),
        ghosts=sum(q.ghosts for q in queues),
        residual=sum(q.residual for q in queues),
        unanswered=sum(q.unanswered for q in queues),
        oldest_unanswered_seconds=max(
            (q.oldest_unanswered_seconds for q in queues if q.oldest_unanswered_seconds is not None),
            default=None,
        ),
    )


def _unaccounted(totals: Kpis) -> int:
    """Offered less answered, abandoned and left by every reason: those who must be waiting still."""
    found: int = totals.offered - totals.answered - totals.abandoned - totals.left
    return found


def _mean_age_seconds(since: Sequence[int], now_ms: int) -> float | None:
    passed = since[: bisect_right(since, now_ms)]
    return ratio(now_ms * len(passed) - sum(passed), 1000 * len(since))


def _age_seconds(since_ms: int | None, now_ms: int) -> float | None:
    return None if since_ms is None else max(0, now_ms - since_ms) / 1000
