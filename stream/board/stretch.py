"""The windows of the board, and the stretch of time that each covers at one instant."""

from collections.abc import Callable
from typing import NamedTuple

from stream.board.memo import Memo
from stream.domain.civil import Clock
from stream.domain.deltas import SHORT_PANE_MS

MINUTE_MS = 60_000
ROLLING = {"1m": 1, "5m": 5, "15m": 15, "30m": 30, "60m": 60}
TODAY = "today"
#: By the clock: the interval in progress, and the one before it.
INTERVALS = {"interval_15m": 15, "interval_30m": 30}
LAST = "_last"
WINDOWS = (*ROLLING, TODAY, *(f"{name}{which}" for name in INTERVALS for which in ("", LAST)))
STALE_AFTER_MS = 60_000


class Stretch(NamedTuple):
    """What a window covers: from `from_ms` to now, or up to and without `to_ms` when that `has_passed`.

    `completeness_ratio` is the share of partitions that have been read up to its end, where up to now
    means no more than `STALE_AFTER_MS` ago; None before the first event.
    """

    from_ms: int
    to_ms: int
    completeness_ratio: float | None
    has_passed: bool = False
    short_panes: bool = False

    @property
    def last_ms(self) -> int:
        """The last instant covered."""
        return self.to_ms - self.has_passed


Stretches = dict[str, Stretch]


class Edges:
    """Where windows begin and end by each clock; a clock is read once a minute."""

    def __init__(self, memo: Memo) -> None:
        self._memo = memo

    def stretches(
        self, clock: Clock, now_ms: int, completeness_ratio: Callable[[int], float | None]
    ) -> Stretches:
        """The stretches of all windows at `now_ms`."""
        up_to_now = completeness_ratio(now_ms - STALE_AFTER_MS)
        low_ms = now_ms - now_ms % SHORT_PANE_MS
        found = {
            name: Stretch(low_ms - minutes * MINUTE_MS, now_ms, up_to_now, short_panes=True)
            for name, minutes in ROLLING.items()
        }
        by_the_clock = self._memo.get(clock, "edges", now_ms // MINUTE_MS, lambda: _read(clock, now_ms))
        for name, (from_ms, to_ms) in by_the_clock.items():
            if to_ms is None:
                found[name] = Stretch(from_ms, now_ms, up_to_now)
            else:
                found[name] = Stretch(from_ms, to_ms, completeness_ratio(to_ms), has_passed=True)
        return found


def _read(clock: Clock, now_ms: int) -> dict[str, tuple[int, int | None]]:
    found: dict[str, tuple[int, int | None]] = {TODAY: (clock.day(now_ms).from_ms, None)}
    for name, minutes in INTERVALS.items():
        from_ms = clock.interval(now_ms, minutes).from_ms
        found[name] = (from_ms, None)
        found[f"{name}{LAST}"] = clock.interval(from_ms - 1, minutes)
    return found
