"""A tally read once: its wait bands and its histogram taken apart from its plain counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf
from typing import Any

#: The letters of wait bands; see `tally`.
BANDS = "axfkAXFK"
#: Counts whose field says more after a dot.
TOLD = ("left", "blocked", "transferred", "attempts")
_READ = {"ah", "fh", *BANDS, *TOLD}
_MOST_LEARNT = 16_384


@dataclass(slots=True)
class Reading:
    """Bands by letter, then upper edge in ms (infinity above the last); a histogram of waits.

    `told` has the counts of `TOLD`, then by what each says.
    """

    bands: dict[str, dict[float, int]] = field(default_factory=lambda: {letter: {} for letter in BANDS})
    answered_waits: dict[int, int] = field(default_factory=dict)
    first_replies: dict[int, int] = field(default_factory=dict)
    told: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in TOLD})

    @property
    def left(self) -> dict[str, int]:
        """Those who left otherwise, by reason."""
        return self.told["left"]


def read(tally: Mapping[str, int]) -> Reading:
    """Take the fields of `tally` apart; see `tally` for their names."""
    reading = Reading()
    places: dict[str, dict[Any, int]] = {
        "ah": reading.answered_waits,
        "fh": reading.first_replies,
        **reading.bands,
        **reading.told,
    }
    for name, count in tally.items():
        place = _PLACES[name]
        if place is not None:
            places[place[0]][place[1]] = count
    return reading


def count_of(counts: Mapping[float, int]) -> int:
    """How many lie in any band."""
    return sum(counts.values())


def bands(tally: Mapping[str, int], prefix: str) -> dict[float, int]:
    """The bands kept under `prefix` (`h`, or one of `BANDS`) by upper edge in ms."""
    return {key: n for name, n in tally.items() for kind, key in (_parse(name),) if kind == prefix}


def up_to(counts: Mapping[float, int], edge_ms: int) -> int:
    """How many lie in bands whose upper edge is at most `edge_ms`."""
    return sum(count for edge, count in counts.items() if edge <= edge_ms)


class _Places(dict[str, tuple[str, Any] | None]):
    """Where a field is read to, if anywhere, learnt once: a board looks up as many as a million."""

    def __missing__(self, name: str) -> tuple[str, Any] | None:
        if len(self) >= _MOST_LEARNT:
            self.clear()
        found = _parse(name)
        self[name] = place = found if found[0] in _READ else None
        return place


_PLACES = _Places()


@lru_cache(maxsize=_MOST_LEARNT)
def _parse(name: str) -> tuple[str, Any]:
    """The kind of a field, and what tells it from others of its kind."""
    told, dot, says = name.partition(".")
    if dot:
        return told, says
    for prefix in ("ah", "xh", "hh", "fh", "h", *BANDS):
        if name.startswith(prefix) and name[len(prefix) :].isdigit():
            return prefix, int(name[len(prefix) :])
    if name[1:] == "+":
        return name[0], inf
    return "", 0
