"""The status of a queue; see docs/definitions.md and ADR 0038.

Only this module decides it, from a table of rules of which the first that holds applies. It is pure and has
no memory, so all readers of one store show the same status.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

from stream.domain.kpi import Kpis

#: The window whose service level is judged, and the shorter window that can end a critical status early.
JUDGED, RECENT = "30m", "15m"
WINDOWS = (RECENT, JUDGED)
#: How many points above the critical line the recent window must be to end a critical status.
MARGIN_POINTS = 5
_TOLERANCE = 1e-9  # 0.8 - 0.2 is a little more than 0.6


class Status(StrEnum):
    """From least to most urgent; the most urgent status of any queue is the status of all."""

    CLOSED = "closed"
    QUIET = "quiet"
    FEW = "few"
    OK = "ok"
    LOW = "low"
    STALE = "stale"
    REBUILDING = "rebuilding"
    CRITICAL = "critical"

    @property
    def severity(self) -> int:
        """Its place in that order."""
        return _SEVERITY[self]


_SEVERITY = {status: place for place, status in enumerate(Status)}


class Tolerance(NamedTuple):
    """When a queue is low or critical: points of service level below the goal, and seconds of wait."""

    low_points: float = 0
    critical_points: float = 20
    wait_limit_seconds: float = 120.0


class Trust(NamedTuple):
    """How far the numbers can be trusted. `rebuilt_ratio` is the progress of a rebuild, None without one.

    `because` lists known reasons why the numbers are not current. `age_seconds` is the age of the newest
    data, None before the first event.
    """

    is_current: bool = True
    is_expired: bool = False
    rebuilt_ratio: float | None = None
    because: tuple[str, ...] = ()
    age_seconds: float | None = 0


class Seen(NamedTuple):
    """The inputs of a queue's status at one instant. `staffed` is None if no known agent serves it."""

    judged: Kpis
    recent: Kpis
    waiting: int
    waiting_over_target: int
    longest_wait_seconds: float | None
    staffed: int | None
    is_open: bool
    goal_ratio: float
    tolerance: Tolerance
    trust: Trust


class Called(NamedTuple):
    """A status, and the reason in words."""

    status: Status
    reason: str


def status_of(seen: Seen) -> Called:
    """The status of a queue."""
    for status, holds, reason in _RULES:
        if holds(seen):
            return Called(status, reason(seen))
    return Called(Status.OK, _level(seen))


def level_status(kpis: Kpis, goal_ratio: float, tolerance: Tolerance) -> Status:
    """The status of the service level of one window against the goal, by itself."""
    level = kpis.service_level_ratio
    if level is None:
        return Status.QUIET
    if not kpis.enough:
        return Status.FEW
    if _is_below(level, goal_ratio, tolerance.critical_points):
        return Status.CRITICAL
    return Status.LOW if _is_below(level, goal_ratio, tolerance.low_points) else Status.OK


def status_of_all(queues: Iterable[tuple[str, Called]], trust: Trust) -> Called:
    """The status of all queues together: that of the worst. `queues` come with their names."""
    found = list(queues)
    if trust.rebuilt_ratio is not None:
        return Called(Status.REBUILDING, _rebuilding(trust))
    name, worst = max(found, key=lambda each: each[1].status.severity, default=("", _NOBODY))
    if not trust.is_current and worst.status.severity <= Status.STALE.severity:
        return Called(Status.STALE, _stale(trust))
    counts = Counter(called.status for _, called in found)
    if worst.status.severity <= Status.OK.severity:
        return Called(worst.status, _counted(counts) or worst.reason)
    counts[worst.status] -= 1
    others = _counted(+Counter({s: n for s, n in counts.items() if s.severity > Status.OK.severity}))
    return Called(worst.status, f"{name}: {worst.reason}" + (f"; also {others}" if others else ""))


_NOBODY = Called(Status.QUIET, "no queue yet")


def _counted(counts: Counter[Status]) -> str:
    """`2 critical, 1 low`."""
    return ", ".join(f"{counts[status]} {status}" for status in reversed(Status) if counts[status])


def _is_below(level: float, goal_ratio: float, points: float) -> bool:
    return level < goal_ratio - points / 100 - _TOLERANCE


def _waits_too_long(seen: Seen) -> bool:
    longest = seen.longest_wait_seconds
    return longest is not None and longest > seen.tolerance.wait_limit_seconds


def _nobody_serves(seen: Seen) -> bool:
    return seen.staffed == 0 and seen.waiting > 0


def _is_critical(seen: Seen) -> bool:
    """Whether the judged window is below the critical line, and the recent one not clearly above it."""
    if level_status(seen.judged, seen.goal_ratio, seen.tolerance) is not Status.CRITICAL:
        return False
    recent = seen.recent.service_level_ratio
    until = seen.tolerance.critical_points - MARGIN_POINTS
    return recent is None or _is_below(recent, seen.goal_ratio, until)


def _is_low(seen: Seen) -> bool:
    return level_status(seen.judged, seen.goal_ratio, seen.tolerance) in {Status.LOW, Status.CRITICAL}


def _rebuilding(trust: Trust) -> str:
    return f"rebuilding from the log, {_percent(trust.rebuilt_ratio or 0)} done"


def _stale(trust: Trust) -> str:
    age = trust.age_seconds
    return ", ".join([*trust.because, "no event yet" if age is None else f"newest data {_duration(age)} old"])


def _waiting(seen: Seen) -> str:
    return f"{seen.waiting} {'waits' if seen.waiting == 1 else 'wait'}"


def _too_long(seen: Seen) -> str:
    limit = _duration(seen.tolerance.wait_limit_seconds)
    waits = f"longest wait {_duration(seen.longest_wait_seconds or 0)}, limit {limit}"
    return f"{_unserved(seen)}; {waits}" if _nobody_serves(seen) else waits


def _unserved(seen: Seen) -> str:
    return f"{_waiting(seen)}, nobody is staffed"


def _level(seen: Seen) -> str:
    return f"{_percent(seen.judged.service_level_ratio)} in 30 min, goal {_percent(seen.goal_ratio)}"


def _both_levels(seen: Seen) -> str:
    judged, recent = (_percent(of.service_level_ratio) for of in (seen.judged, seen.recent))
    return f"{judged} in 30 min, {recent} in 15, goal {_percent(seen.goal_ratio)}"


def _few(seen: Seen) -> str:
    count = seen.judged.service_level_counted
    return f"{count} {'visit counts' if count == 1 else 'visits count'} in 30 min: too few to judge"


def _percent(ratio: float | None) -> str:
    """A percentage, rounded down so that a missed goal never looks met."""
    return "nothing" if ratio is None else f"{int(100 * ratio + _TOLERANCE)} %"


def _duration(seconds: float) -> str:
    """`3:16`, `4h05` or `2d`, as on the wallboard."""
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 100:  # noqa: PLR2004 - three digits do not fit
        return f"{minutes}:{rest:02}"
    hours = minutes // 60
    return f"{hours}h{minutes % 60:02}" if hours < 100 else f"{hours // 24}d"  # noqa: PLR2004 - as above


#: The first rule that holds decides. A wait beyond the limit is critical even if the numbers are stale,
#: because stale numbers must not silence an alarm before they expire. A closed queue needs nobody, whoever
#: waits in it.
_RULES: tuple[tuple[Status, Callable[[Seen], bool], Callable[[Seen], str]], ...] = (
    (Status.REBUILDING, lambda seen: seen.trust.rebuilt_ratio is not None, lambda s: _rebuilding(s.trust)),
    (Status.STALE, lambda seen: seen.trust.is_expired, lambda seen: _stale(seen.trust)),
    (
        Status.CLOSED,
        lambda seen: not seen.is_open,
        lambda seen: "closed by its calendar" + (f"; {_waiting(seen)}" if seen.waiting else ""),
    ),
    (Status.CRITICAL, _waits_too_long, _too_long),
    (Status.CRITICAL, lambda seen: _nobody_serves(seen) and seen.waiting_over_target > 0, _unserved),
    (Status.CRITICAL, _is_critical, _both_levels),
    (Status.STALE, lambda seen: not seen.trust.is_current, lambda seen: _stale(seen.trust)),
    (Status.LOW, _nobody_serves, _unserved),
    (Status.LOW, _is_low, _level),
    (
        Status.QUIET,
        lambda seen: not seen.judged.service_level_counted and not seen.waiting,
        lambda _: "no visit in 30 min, and nobody waits",
    ),
    (Status.FEW, lambda seen: not seen.judged.enough, _few),
)
