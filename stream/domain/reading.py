"""A tally read once: its wait bands and its histogram taken apart from its plain counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf


@dataclass(slots=True)
class Reading:
    """Bands by upper edge in ms (infinity above the last), a histogram of waits, and those who left."""

    answered: dict[float, int] = field(default_factory=dict)
    abandoned: dict[float, int] = field(default_factory=dict)
    answered_waits: dict[int, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)


def read(tally: Mapping[str, int]) -> Reading:
    """Take the fields of `tally` apart; see `tally` for their names."""
    reading = Reading()
    for name, count in tally.items():
        kind, key = _parse(name)
        if kind == "a":
            reading.answered[key] = count
        elif kind == "ah":
            reading.answered_waits[key] = count
        elif kind == "x":
            reading.abandoned[key] = count
        elif kind == "left":
            reading.left[name[5:]] = count
    return reading


def bands(tally: Mapping[str, int], prefix: str) -> dict[float, int]:
    """The bands kept under `prefix` (`a`, `x`, `h`) by upper edge in ms."""
    return {key: n for name, n in tally.items() for kind, key in (_parse(name),) if kind == prefix}


def up_to(counts: Mapping[float, int], edge_ms: int) -> int:
    """How many lie in bands whose upper edge is at most `edge_ms`."""
    return sum(count for edge, count in counts.items() if edge <= edge_ms)


@lru_cache(maxsize=16_384)
def _parse(name: str) -> tuple[str, int]:
    if name.startswith("left."):
        return "left", 0
    for prefix in ("ah", "xh", "hh", "a", "x", "h"):
        if name.startswith(prefix) and name[len(prefix) :].isdigit():
            return prefix, int(name[len(prefix) :])
    if name in {"a+", "x+", "h+"}:
        return name[0], inf  # type: ignore[return-value] # the open band has no edge but infinity
    return "", 0
