"""How a queue is called in one word, decided here and nowhere else; see docs/definitions.md and ADR 0038.

Pure, and without memory: any number of readers of one store come to the same word. Of a table of rules the
first that holds decides.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

from stream.domain.kpi import Kpis

#: The window whose service level is judged; the one that ends a critical one before it has forgotten it.
JUDGED, RECENT = "30m", "15m"
WINDOWS = (RECENT, JUDGED)
#: How far above the critical line the recent window must lie to end it.
MARGIN_POINTS = 5
_TOLERANCE = 1e-9  # 0.8 - 0.2 is a little more than 0.6


class Status(StrEnum):
    """From what needs nobody to what needs somebody now: of all queues the last of these is told."""

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
    """What a queue may do before it is called low or critical.

    Points below its goal, of the service level; seconds that somebody waits.
    """

    low_points: float = 0
    critical_points: float = 20
    wait_limit_seconds: float = 120.0


class Trust(NamedTuple):
    """What the numbers are worth. `rebuilt_ratio`: how much was read again, None where nothing is.

    `because`: what keeps them from being current, where that is known. `age_seconds`: how old the newest is,
    None before the first event.
    """

    is_current: bool = True
    is_expired: bool = False
    rebuilt_ratio: float | None = None
    because: tuple[str, ...] = ()
    age_seconds: float | None = 0


class Seen(NamedTuple):
    """What a queue is judged by, at one instant. `staffed`: None where no agent is known to serve it."""

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
    """A status, and why in words."""

    status: Status
    reason: str


def status_of(seen: Seen) -> Called:
    """How a queue is called."""
    for status, holds, reason in _RULES:
        if holds(seen):
            return Called(status, reason(seen))
    return Called(Status.OK, _level(seen))


def level_status(kpis: Kpis, goal_ratio: float, tolerance: Tolerance) -> Status:
    """How the service level of any window stands to the goal, by itself."""
    level = kpis.service_level_ratio
    if level is None:
        return Status.QUIET
    if not kpis.enough:
        return Status.FEW
    if _is_below(level, goal_ratio, tolerance.critical_points):
        return Status.CRITICAL
    return Status.LOW if _is_below(level, goal_ratio, tolerance.low_points) else Status.OK


def status_of_all(queues: Iterable[tuple[str, Called]], trust: Trust) -> Called:
    """How all queues together are called: as the worst of them, each given with its name, the worst first."""
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


_NOBODY = Called(Status.QUIET, "no queue has been seen yet")


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
    """Below the line in the judged window, and not clearly above it by now."""
    if level_status(seen.judged, seen.goal_ratio, seen.tolerance) is not Status.CRITICAL:
        return False
    recent = seen.recent.service_level_ratio
    until = seen.tolerance.critical_points - MARGIN_POINTS
    return recent is None or _is_below(recent, seen.goal_ratio, until)


def _is_low(seen: Seen) -> bool:
    return level_status(seen.judged, seen.goal_ratio, seen.tolerance) in {Status.LOW, Status.CRITICAL}


def _rebuilding(trust: Trust) -> str:
    return f"read again from the log, {_percent(trust.rebuilt_ratio or 0)} so far"


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
    """Rounded down: what missed a goal never looks as if it met it."""
    return "nothing" if ratio is None else f"{int(100 * ratio + _TOLERANCE)} %"


def _duration(seconds: float) -> str:
    """`3:16`, `4h05` or `2d`, as on the wallboard."""
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 100:  # noqa: PLR2004 - three digits do not fit
        return f"{minutes}:{rest:02}"
    hours = minutes // 60
    return f"{hours}h{minutes % 60:02}" if hours < 100 else f"{hours // 24}d"  # noqa: PLR2004 - as above


#: In this order. A wait beyond the limit is a fact whatever its age: stale numbers take no alarm back until
#: they expire. A closed queue is nobody's task, whoever waits in it.
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
        lambda _: "no visit counts in 30 min, and nobody waits",
    ),
    (Status.FEW, lambda seen: not seen.judged.enough, _few),
)
