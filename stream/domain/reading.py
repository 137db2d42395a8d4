"""A tally taken apart: its wait bands and the histograms that are shown, beside its plain counts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stream.domain.fields import ANSWER_WAITS, BANDS, FIRST_WAITS, LEFT, PLACES, SAID, Form
from stream.domain.tally import Tally

#: Histograms of other durations are shown to nobody.
_SHOWN = {ANSWER_WAITS, FIRST_WAITS}


@dataclass(slots=True)
class Reading:
    """Sums of tallies. Bands by family, then upper edge in ms (infinity above the last).

    `told` has counts by family, then by what was said; `plain` all other fields, by their names. The
    histograms are of answered waits and first replies: nobody is shown those of other durations.
    """

    plain: Tally = field(default_factory=dict)
    bands: dict[str, dict[float, int]] = field(default_factory=lambda: {family: {} for family in BANDS})
    answered_waits: dict[int, int] = field(default_factory=dict)
    first_replies: dict[int, int] = field(default_factory=dict)
    told: dict[str, dict[str, int]] = field(default_factory=lambda: {family: {} for family in SAID})
    _places: dict[str, dict[Any, int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._places = {
            ANSWER_WAITS: self.answered_waits,
            FIRST_WAITS: self.first_replies,
            **self.bands,
            **self.told,
        }

    @property
    def left(self) -> dict[str, int]:
        """Those who left otherwise, by reason."""
        return self.told[LEFT]

    def parts(self) -> Iterator[dict[Any, int]]:
        """All that it holds, always in the same order."""
        yield self.plain
        yield from self._places.values()

    def move(self, tally: Mapping[str, int], sign: int = 1) -> None:
        """Add (or subtract) every field of `tally`; what becomes 0 is dropped."""
        places, plain = self._places, self.plain
        for name, amount in tally.items():
            family, key = PLACES[name]
            if (counts := places.get(family.begins)) is not None:
                _add(counts, key, sign * amount)
            elif family.form is not Form.BUCKET:
                _add(plain, name, sign * amount)


def read(*tallies: Mapping[str, int]) -> Reading:
    """The sum of tallies; see `tally` for the names of their fields."""
    reading = Reading()
    for tally in tallies:
        reading.move(tally)
    return reading


def is_read(field: str) -> bool:
    """Whether a reading has a field at all."""
    family = PLACES[field].family
    return family.form is not Form.BUCKET or family.begins in _SHOWN


def together(readings: Iterable[Reading]) -> Reading:
    """The sum of readings."""
    total = Reading()
    for reading in readings:
        for place, counts in zip(total.parts(), reading.parts(), strict=True):
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
