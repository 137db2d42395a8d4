"""The windows of the board, and the interval that each covers at one instant."""

from collections.abc import Callable
from typing import NamedTuple

from stream.board.memo import Memo
from stream.domain.civil import Clock
from stream.domain.deltas import SHORT_PANE_MS
from stream.domain.instant import MINUTE_MS

ROLLING = {"1m": 1, "5m": 5, "15m": 15, "30m": 30, "60m": 60}
TODAY = "today"
#: Windows by the clock: the interval in progress and, with `LAST`, the one before it; in minutes.
BY_THE_CLOCK = {"interval_15m": 15, "interval_30m": 30}
LAST = "_last"
WINDOWS = (*ROLLING, TODAY, *(f"{name}{which}" for name in BY_THE_CLOCK for which in ("", LAST)))
STALE_AFTER_MS = 60_000


class Interval(NamedTuple):
    """The interval of a window: from `from_ms` to now, or to `to_ms` exclusive if it `has_passed`.

    `completeness_ratio` is the share of partitions read up to its end; for an interval in progress, up to
    `STALE_AFTER_MS` ago. None before the first event.
    """

    from_ms: int
    to_ms: int
    completeness_ratio: float | None
    has_passed: bool = False
    short_panes: bool = False

    @property
    def last_ms(self) -> int:
        """The last instant of the interval."""
        return self.to_ms - self.has_passed


Intervals = dict[str, Interval]


class Edges:
    """The edges of windows by each clock; each clock is read once a minute."""

    def __init__(self, memo: Memo) -> None:
        self._memo = memo

    def intervals(
        self, clock: Clock, now_ms: int, completeness_ratio: Callable[[int], float | None]
    ) -> Intervals:
        """The intervals of all windows at `now_ms`."""
        up_to_now = completeness_ratio(now_ms - STALE_AFTER_MS)
        low_ms = now_ms - now_ms % SHORT_PANE_MS
        found = {
            name: Interval(low_ms - minutes * MINUTE_MS, now_ms, up_to_now, short_panes=True)
            for name, minutes in ROLLING.items()
        }
        by_the_clock = self._memo.get(clock, "edges", now_ms // MINUTE_MS, lambda: _read(clock, now_ms))
        for name, (from_ms, to_ms) in by_the_clock.items():
            if to_ms is None:
                found[name] = Interval(from_ms, now_ms, up_to_now)
            else:
                found[name] = Interval(from_ms, to_ms, completeness_ratio(to_ms), has_passed=True)
        return found


def _read(clock: Clock, now_ms: int) -> dict[str, tuple[int, int | None]]:
    found: dict[str, tuple[int, int | None]] = {TODAY: (clock.day(now_ms).from_ms, None)}
    for name, minutes in BY_THE_CLOCK.items():
        from_ms = clock.interval(now_ms, minutes).from_ms
        found[name] = (from_ms, None)
        found[f"{name}{LAST}"] = clock.interval(from_ms - 1, minutes)
    return found
