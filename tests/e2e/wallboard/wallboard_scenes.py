"""Board documents for the wallboard: one small centre, and the scenes a page must tell apart."""

import math
import time
from typing import Any, TypeAlias

from stream.domain.definition import Definition
from stream.domain.kpi import Counted, Kpis, kpis
from stream.domain.reading import Reading
from stream.domain.service_level import Counts, Share
from stream.domain.staffing import staffed
from stream.domain.status import (
    JUDGED,
    RECENT,
    Called,
    Seen,
    Tolerance,
    Trust,
    level_status,
    status_of,
    status_of_all,
)

Document: TypeAlias = dict[str, Any]

WINDOWS = ("1m", "5m", "15m", "30m", "60m", "today", "interval_30m")
SHARES = (0.03, 0.17, 0.5, 1, 2, 9, 0.6)
LEAST = 20
INTERVAL_MS = 1_800_000
HOSTILE = "<img src=x onerror=alert(1)>"


def queue(  # noqa: PLR0913 - each is a number that some scene turns
    name: str,
    service_level: float | None = 0.84,
    *,
    channel: str | None = "voice",
    goal: float = 0.8,
    waiting: int = 2,
    longest: float | None = 12.4,
    available: int = 3,
    offered: int = 64,
    target: float = 20.0,
    interval: float | None = None,
    today: float | None = None,
    late: int = 0,
    title: str = "",
    **now: Any,
) -> Document:
    """Give a queue whose 30m counts agree: 10 % abandoned, the rest answered or waiting.

    `interval` and `today` are service levels that differ from the one of 30 minutes.
    """
    levels = dict.fromkeys(WINDOWS, service_level)
    levels |= {"interval_30m": interval or service_level, "today": today or service_level}
    agents: dict[str, int] = now.pop("agents", {})
    abandoned = round(offered * 0.1)
    answered = max(0, offered - abandoned - waiting)
    told: Document = {
        "queue": name,
        "channel": channel,
        "display_name": title,
        "definition": f"SL({target:.0f}s, drop_short 5s, decided)",
        "goal_ratio": goal,
        "target_seconds": target,
        "short_abandon_seconds": 5.0,
        "now": {
            "waiting": waiting,
            "waiting_over_target": min(waiting, 1) if longest is not None and longest > target else 0,
            "longest_wait_seconds": longest if waiting else None,
            "active": 7,
            "agents": {
                "available": available,
                "ringing": 0,
                "talking": 5,
                "hold": 1,
                "wrapup": 1,
                "busy_other": 0,
                "not_ready": 2,
                "logged_out": 4,
                "unknown": 0,
                **agents,
            },
            "scheduled": 0,
            "stuck": 0,
            "reconciliation_difference": 0,
            "open": True,
            **now,
        },
        "windows": {
            window: _window(levels[window], answered=answered, abandoned=abandoned, share=share, late=late)
            for window, share in zip(WINDOWS, SHARES, strict=True)
        },
        "totals": {},
    }
    for window in told["windows"].values():
        window["service_level_status"] = level_status(_kpis(window), goal, Tolerance())
    return called(told, Trust())


def called(told: Document, trust: Trust) -> Document:
    """Give the same queue with what an exporter would call it."""
    now, windows, target = told["now"], told["windows"], told["target_seconds"]
    seen = Seen(
        judged=_kpis(windows[JUDGED]),
        recent=_kpis(windows[RECENT]),
        waiting=now["waiting"],
        waiting_over_target=now["waiting_over_target"],
        longest_wait_seconds=now["longest_wait_seconds"],
        staffed=staffed(now["agents"]),
        is_open=now["open"],
        goal_ratio=told["goal_ratio"],
        tolerance=Tolerance(wait_limit_seconds=max(120, 2 * target)),
        trust=trust,
    )
    return {**told, "status": _status(status_of(seen))}


def _status(found: Called) -> Document:
    return {"name": found.status, "severity": found.status.severity, "reason": found.reason}


def _kpis(window: Document) -> Kpis:
    ratio, counted = window["service_level_ratio"], window["service_level_counted"]
    share = Share(0, 0) if ratio is None else Share(ratio * counted, counted)  # type: ignore[arg-type] # of no whole visits
    return kpis(Reading(), Counted(Counts(), share), Definition(min_contacts=LEAST))


def _window(
    service_level: float | None, *, answered: int, abandoned: int, share: float, late: int
) -> Document:
    empty = service_level is None
    counted = 0 if service_level is None else round((answered + abandoned) * share)
    low, high = (None, None) if service_level is None else wilson(service_level, max(1, counted))
    return {
        "abandoned": round(abandoned * share),
        "late_corrections": late,
        "from_ms": int(time.time() * 1000) // INTERVAL_MS * INTERVAL_MS,
        "service_level_ratio": service_level,
        "service_level_counted": counted,
        "service_level_low_ratio": low,
        "service_level_high_ratio": high,
        "enough": counted >= LEAST,
        "abandoned_ratio": None if empty else 0.1,
    }


def wilson(ratio: float, counted: int) -> tuple[float, float]:
    """Give the bounds of the 95 % interval."""
    z = 1.959964
    middle = ratio + z * z / (2 * counted)
    half = z * math.sqrt(ratio * (1 - ratio) / counted + z * z / (4 * counted * counted))
    whole = 1 + z * z / counted
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


def board(  # noqa: PLR0913 - each is what some scene turns
    queues: list[Document],
    *,
    everything: Document | None = None,
    state: str = "fresh",
    age: float | None = 1.2,
    rebuilding: Document | None = None,
    away: list[Document] | None = None,
    behind: int = 0,
) -> Document:
    now_ms = int(time.time() * 1000)
    trust = Trust(
        is_current=state in {"fresh", "quiet", "empty"},
        is_expired=state == "expired",
        rebuilt_ratio=rebuilding and rebuilding["progress_ratio"],
        age_seconds=age,
    )
    queues = [called(told, trust) for told in queues]
    every = [
        (f"{told['queue']} ({told['channel']})", Called(told["status"]["name"], told["status"]["reason"]))
        for told in queues
    ]
    whole = everything or queue("all", channel=None, waiting=11, longest=41.2, offered=412, available=4)
    return {
        "schema": "pantau.board/1",
        "now": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_ms / 1000)),
        "now_ms": now_ms,
        "tenant": "default",
        "state": state,
        "age_seconds": age,
        "watermark_ms": None if age is None else now_ms - int(age * 1000),
        "rebuilding": rebuilding,
        "heartbeat": {"age_seconds": 3.0, "missing": []},
        "settings": {"fingerprint": "1d58b6ff2dd3", "differs": [], "waits": []},
        "positions": {f"pantau.contacts:{number}": 7 for number in range(4)},
        "away": away or [],
        "behind_records": behind,
        "queues": queues,
        "all": {**whole, "status": _status(status_of_all(every, trust))},
        "agents": [],
    }


CENTRE = (
    queue("billing", 0.69, waiting=3, longest=41.2, available=2),
    queue("sales", 0.86, waiting=1, longest=8.0, available=6, offered=121),
    queue("support", 0.77, waiting=4, longest=63.9, available=1, offered=210),
    queue("returns", 0.93, waiting=0, available=4, offered=12),
    queue("billing", 0.91, channel="chat", waiting=2, longest=15.0, offered=45),
    queue("support", 0.55, channel="email", goal=0.9, waiting=18, longest=21_873.0, target=14_400.0),
    queue("callback", None, channel="callback", waiting=0, offered=0),
    queue("priority-customers-north", 0.97, goal=0.95, waiting=0, offered=33),
    queue("technical", 0.71, waiting=5, longest=48.0, available=0, offered=77),
    queue("complaints", 0.64, waiting=2, longest=95.0, available=0, offered=18),
    queue("orders", 0.82, waiting=1, longest=4.0, offered=154),
    queue("social", 0.88, channel="social", goal=0.7, waiting=3, longest=301.0, target=600.0),
)


def fresh() -> Document:
    return board(list(CENTRE))


def differing() -> Document:
    """The exporter has a settings file of its own."""
    told = ["billing (voice): SL(3s, drop_short 3s, decided) instead of SL(20s, drop_short 5s, decided)"]
    return {**fresh(), "settings": {"fingerprint": "1d58b6ff2dd3", "differs": told, "waits": []}}


def awaiting() -> Document:
    """Workers follow a file that they cannot follow in all."""
    told = ["billing: service_level_by_target"]
    return {**fresh(), "settings": {"fingerprint": "1d58b6ff2dd3", "differs": [], "waits": told}}


def critical() -> Document:
    return board(
        list(CENTRE),
        everything=queue("all", 0.58, channel=None, waiting=47, longest=754.0, offered=1412, available=0),
    )


def lost() -> Document:
    """Give a queue that everybody has left, and whose service level was fine."""
    gone = {"not_ready": 3, "talking": 0, "hold": 0, "wrapup": 0}
    left = queue(
        "billing", 0.92, waiting=27, longest=196.0, available=0, agents=gone, title="Bills and payments"
    )
    return board(
        [left, *CENTRE[1:4], queue("night", 0.4, waiting=0, open=False)],
        everything=queue("all", 0.88, channel=None, waiting=32, longest=196.0, offered=412, available=11),
    )


def low() -> Document:
    return board(
        list(CENTRE), everything=queue("all", 0.796, channel=None, waiting=14, longest=62.0, offered=412)
    )


def stale() -> Document:
    return board(list(CENTRE), state="stale", age=75.4)


def silent() -> Document:
    """Nobody calls, and heartbeats prove it."""
    return board(list(CENTRE), state="quiet", age=720.0)


def away(
    what: str, seconds: float | None = 12.4, *, partitions: int = 4, sources: tuple[str, ...] = ()
) -> Document:
    return {
        "what": what,
        "seconds": seconds,
        "since_ms": None if seconds is None else 1_700_000_000_000,
        "partitions": partitions,
        "sources": list(sources),
    }


def cut() -> Document:
    """Nobody works on what comes."""
    return board(list(CENTRE), state="stale", age=12.9, away=[away("worker")])


def expired() -> Document:
    return board(list(CENTRE), state="expired", age=360.0)


def empty() -> Document:
    nothing = queue("all", None, channel=None, waiting=0, offered=0, available=0)
    return board([], everything=nothing, state="empty", age=None)


def quiet() -> Document:
    nothing = queue("all", None, channel=None, waiting=0, offered=0)
    return board([queue("billing", None, waiting=0, offered=0)], everything=nothing)


def many() -> Document:
    queues = [
        queue(f"team-{index:02}", 0.5 + index / 60, waiting=index % 5, longest=float(index))
        for index in range(30)
    ]
    return board(queues)


def honest() -> Document:
    """Give the centre's odd cases, one a queue, each to be told on the board."""
    queues = [
        queue("claims", 0.5, waiting=1, offered=13, today=0.71),
        queue("night", 0.4, waiting=0, open=False),
        queue("silent", 0.91, agents={"unknown": 2}),
        queue("lost", 0.88, reconciliation_difference=3, stuck=2, scheduled=4, late=5),
        queue("dropping", 0.86, interval=0.55, today=0.74, waiting=9, longest=62.0),
    ]
    everything = queue(
        "all", 0.85, channel=None, interval=0.78, today=0.6, waiting=12, longest=62.0, offered=260
    )
    return board(queues, everything=everything)


def uncertain() -> Document:
    """Give a small centre: all its service levels are of few visits, but today's."""
    small = queue(
        "all", 0.5, channel=None, waiting=1, offered=13, agents={"unknown": 2}, scheduled=4, stuck=1
    )
    return board([queue("claims", 0.5, waiting=1, offered=13)], everything=small)


def closed() -> Document:
    nobody = {"waiting": 0, "available": 0, "offered": 30, "open": False}
    return board([queue("claims", 0.5, **nobody)], everything=queue("all", 0.5, channel=None, **nobody))


def few() -> Document:
    return board(list(CENTRE[:3]))


def rebuild(*, incomplete: bool) -> Document:
    return {
        "progress_ratio": 0.428,
        "partitions": 3,
        "records_to_go": 1_204_311,
        "since_ms": int(time.time() * 1000) - 21_000,
        "incomplete": incomplete,
    }


def rebuilt() -> Document:
    """Give a centre whose state was lost: all there is to show grows while the log is read again."""
    return board(list(CENTRE), state="stale", age=200.0, rebuilding=rebuild(incomplete=True))


def replaced() -> Document:
    """Give a centre that shows what it had while it is rebuilt beside."""
    return board(list(CENTRE), state="stale", age=75.4, rebuilding=rebuild(incomplete=False))


SCENES = {
    scene.__name__: scene
    for scene in (
        fresh,
        critical,
        low,
        lost,
        stale,
        cut,
        silent,
        expired,
        empty,
        quiet,
        many,
        few,
        honest,
        uncertain,
        closed,
        rebuilt,
        replaced,
    )
}
