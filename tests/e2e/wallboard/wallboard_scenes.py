"""Board documents for the wallboard: one small centre, and the scenes a page must tell apart."""

import time
from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]

WINDOWS = ("1m", "5m", "15m", "30m", "60m", "today")
HOSTILE = "<img src=x onerror=alert(1)>"


def queue(  # noqa: PLR0913 - each is a number that some scene turns
    name: str,
    service_level: float | None = 0.84,
    *,
    channel: str | None = "voice",
    goal: float | None = 0.8,
    waiting: int = 2,
    longest: float | None = 12.4,
    available: int = 3,
    offered: int = 64,
    target: float | None = 20.0,
) -> Document:
    """Give a queue whose 30m counts agree with each other: 15 % abandoned, the rest answered or waiting."""
    abandoned = round(offered * 0.1)
    answered = max(0, offered - abandoned - waiting)
    return {
        "queue": name,
        "channel": channel,
        "definition": f"SL({target:.0f}s, drop_short 5s, decided)" if target is not None else None,
        "goal_ratio": goal,
        "target_seconds": target,
        "short_abandon_seconds": 5.0,
        "now": {
            "waiting": waiting,
            "waiting_over_target": min(waiting, 1) if longest is not None and longest > (target or 0) else 0,
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
            },
        },
        "windows": {
            window: _window(
                service_level, offered=offered, answered=answered, abandoned=abandoned, share=share
            )
            for window, share in zip(WINDOWS, (0.03, 0.17, 0.5, 1, 2, 9), strict=True)
        },
        "totals": {},
    }


def _window(
    service_level: float | None, *, offered: int, answered: int, abandoned: int, share: float
) -> Document:
    empty = service_level is None
    return {
        "offered": round(offered * share),
        "answered": round(answered * share),
        "answered_in_target": round(answered * share * (service_level or 0)),
        "abandoned": round(abandoned * share),
        "short_abandoned": 0,
        "left": 0,
        "handled": round(answered * share),
        "service_level_ratio": service_level,
        "abandoned_ratio": None if empty else 0.1,
        "asa_seconds": None if empty else 14.2,
        "aht_seconds": None if empty else 233.0,
        "wait_p50_seconds": None if empty else 9.1,
        "wait_p90_seconds": None if empty else 30.2,
        "wait_p95_seconds": None if empty else 41.0,
    }


def board(
    queues: list[Document],
    *,
    everything: Document | None = None,
    state: str = "fresh",
    age: float | None = 1.2,
) -> Document:
    now_ms = int(time.time() * 1000)
    return {
        "schema": "pantau.board/1",
        "now": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_ms / 1000)),
        "now_ms": now_ms,
        "tenant": "default",
        "state": state,
        "age_seconds": age,
        "watermark_ms": None if age is None else now_ms - int(age * 1000),
        "queues": queues,
        "all": everything or queue("all", channel=None, waiting=11, longest=41.2, offered=412, available=4),
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


def critical() -> Document:
    return board(
        list(CENTRE),
        everything=queue("all", 0.58, channel=None, waiting=47, longest=754.0, offered=1412, available=0),
    )


def low() -> Document:
    return board(
        list(CENTRE), everything=queue("all", 0.796, channel=None, waiting=14, longest=62.0, offered=412)
    )


def stale() -> Document:
    return board(list(CENTRE), state="stale", age=75.4)


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


def few() -> Document:
    return board(list(CENTRE[:3]))


SCENES = {scene.__name__: scene for scene in (fresh, critical, low, stale, expired, empty, quiet, many, few)}
