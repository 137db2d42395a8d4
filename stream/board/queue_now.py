"""The current values of a queue, from its waits and talks. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from stream.domain.kpi import Kpis
from stream.domain.measures.now import Present
from stream.domain.service_level import ratio


class Open(NamedTuple):
    """The starts of the waits and talks of a queue, ascending, and its running totals."""

    waiting: Sequence[int]
    talking: Sequence[int]
    totals: Kpis
    unanswered: Sequence[int] = ()


def queue_present(  # noqa: PLR0913 - what the present of a queue depends on, and no more
    found: Open,
    now_ms: int,
    *,
    target_of: Callable[[int], int],
    stuck_after_ms: int,
    agents: Mapping[str, int],
    is_open: bool,
    scheduled: bool,
) -> Present:
    """The current values of one queue. `target_of` gives the target in ms at an instant.

    With `stuck_after_ms` 0 no contact is stuck. `scheduled` says that waits may begin in the future;
    otherwise a future start is only a source's clock ahead of ours.
    """
    waiting, talking, totals, unanswered = found
    before_ms = now_ms - stuck_after_ms if stuck_after_ms else -1
    stuck = bisect_left(waiting, before_ms)
    due = bisect_right(waiting, now_ms) if scheduled else len(waiting)
    silent = bisect_left(talking, before_ms)
    passed = talking[silent : bisect_right(talking, now_ms)]
    return Present(
        now_ms=now_ms,
        waiting=due - stuck,
        over_target=sum(at_ms + target_of(at_ms) < now_ms for at_ms in waiting[stuck:due]),
        waits_since_ms=waiting[stuck] if stuck < due else None,
        active=len(talking) - silent,
        talks_since_ms=talking[silent] if silent < len(talking) else None,
        mean_talk_seconds=ratio(now_ms * len(passed) - sum(passed), 1000 * (len(talking) - silent)),
        unanswered=len(unanswered),
        unanswered_since_ms=unanswered[0] if unanswered else None,
        scheduled=len(waiting) - due,
        stuck=stuck + silent,
        reconciliation_difference=_unaccounted(totals) - len(waiting),
        agents=agents,
        is_open=is_open,
    )


def _unaccounted(totals: Kpis) -> int:
    """Offered minus answered, abandoned and left: the visits that must still be waiting."""
    found: int = totals.offered - totals.answered - totals.abandoned - totals.left
    return found
