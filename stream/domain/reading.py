"""A tally taken apart: its wait bands and the histograms that are shown, beside its plain counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from stream.domain.tally import Tally

#: The letters of bands; see `tally`.
BANDS = "axfkAXFKh"
#: Counts whose field says more after a dot.
TOLD = ("left", "blocked", "transferred", "attempts")
_PLAIN = ""
_MOST_LEARNT = 16_384


@dataclass(slots=True)
class Reading:
    """Sums of tallies. Bands by letter, then upper edge in ms (infinity above the last).

    `told` has the counts of `TOLD`, then by what each says; `plain` all other fields, by their names. The
    histograms are of answered waits and first replies: nobody is shown those of other durations.
    """

    plain: Tally = field(default_factory=dict)
    bands: dict[str, dict[float, int]] = field(default_factory=lambda: {letter: {} for letter in BANDS})
    answered_waits: dict[int, int] = field(default_factory=dict)
    first_replies: dict[int, int] = field(default_factory=dict)
    told: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in TOLD})
    _places: dict[str, dict[Any, int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._places = {  # of `_KINDS`
            _PLAIN: self.plain,
            "ah": self.answered_waits,
            "fh": self.first_replies,
            **self.bands,
            **self.told,
        }

    @property
    def left(self) -> dict[str, int]:
        """Those who left otherwise, by reason."""
        return self.told["left"]

    def move(self, tally: Mapping[str, int], sign: int = 1) -> None:
        """Add (or subtract) every field of `tally`; what becomes 0 is dropped."""
        places = self._places
        for name, amount in tally.items():
            kind, key = _PLACES[name]
            if (counts := places.get(kind)) is not None:
                _add(counts, key, sign * amount)


def read(*tallies: Mapping[str, int]) -> Reading:
    """The sum of tallies; see `tally` for the names of their fields."""
    reading = Reading()
    for tally in tallies:
        reading.move(tally)
    return reading


def is_read(field: str) -> bool:
    """Whether a reading has a field at all."""
    return _PLACES[field][0] in _KINDS


def together(readings: Iterable[Reading]) -> Reading:
    """The sum of readings."""
    total = Reading()
    for reading in readings:
        for kind, counts in reading._places.items():  # noqa: SLF001 - of its own kind
            place = total._places[kind]  # noqa: SLF001
            for key, count in counts.items():
                _add(place, key, count)
    return total


def _add(counts: dict[Any, int], key: Any, amount: int) -> None:
    total = counts.get(key, 0) + amount
    if total:
        counts[key] = total
    else:
        counts.pop(key, None)


def count_of(counts: Mapping[float, int]) -> int:
    """How many lie in any band."""
    return sum(counts.values())


def up_to(counts: Mapping[float, int], edge_ms: int) -> int:
    """How many lie in bands whose upper edge is at most `edge_ms`."""
    return sum(count for edge, count in counts.items() if edge <= edge_ms)


class _Places(dict[str, tuple[str, Any]]):
    """Where a field is read to, learnt once: a board looks up as many as a million."""

    def __missing__(self, name: str) -> tuple[str, Any]:
        if len(self) >= _MOST_LEARNT:
            self.clear()
        self[name] = place = _place(name)
        return place


_PLACES = _Places()
_KINDS = {_PLAIN, "ah", "fh", *BANDS, *TOLD}


def _place(name: str) -> tuple[str, Any]:
    """The kind of a field, and what tells it from others of its kind."""
    told, dot, says = name.partition(".")
    if dot:
        return (told, says) if told in TOLD else (_PLAIN, name)
    if name[1:2] == "h" and name[2:].isdigit():
        return name[:2], int(name[2:])
    letter, edge = name[:1], name[1:]
    if letter in BANDS and (edge == "+" or edge.isdigit()):
        return letter, inf if edge == "+" else int(edge)
    return _PLAIN, name
