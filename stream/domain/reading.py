"""A parsed tally: plain counts, wait bands, labelled counts and the histograms that are shown."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stream.domain.fields import ANSWER_WAITS, BANDS, FIRST_WAITS, LABELLED, LEFT, PARSED, Form
from stream.domain.tally import Tally

#: The other histograms are not shown.
_SHOWN = {ANSWER_WAITS, FIRST_WAITS}


@dataclass(slots=True)
class Reading:
    """The sum of tallies. `bands` are by family, then by upper edge in ms (infinity above the last).

    `labelled` has counts by family, then by label. `plain` has all other fields by name. Only the histograms
    of answered waits and first replies are kept; no others are shown.
    """

    plain: Tally = field(default_factory=dict)
    bands: dict[str, dict[float, int]] = field(default_factory=lambda: {family: {} for family in BANDS})
    answered_waits: dict[int, int] = field(default_factory=dict)
    first_replies: dict[int, int] = field(default_factory=dict)
    labelled: dict[str, dict[str, int]] = field(default_factory=lambda: {family: {} for family in LABELLED})
    _places: dict[str, dict[Any, int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._places = {
            ANSWER_WAITS: self.answered_waits,
            FIRST_WAITS: self.first_replies,
            **self.bands,
            **self.labelled,
        }

    @property
    def left(self) -> dict[str, int]:
        """Visits that left otherwise, by reason."""
        return self.labelled[LEFT]

    def parts(self) -> Iterator[dict[Any, int]]:
        """All its mappings, always in the same order."""
        yield self.plain
        yield from self._places.values()

    def move(self, tally: Mapping[str, int], sign: int = 1) -> None:
        """Add (or subtract) every field of `tally`; fields that become 0 are dropped."""
        places, plain = self._places, self.plain
        for name, amount in tally.items():
            family, key = PARSED[name]
            if (counts := places.get(family.begins)) is not None:
                _add(counts, key, sign * amount)
            elif family.form is not Form.BUCKET:
                _add(plain, name, sign * amount)


def read(*tallies: Mapping[str, int]) -> Reading:
    """The sum of tallies."""
    reading = Reading()
    for tally in tallies:
        reading.move(tally)
    return reading


def is_read(field: str) -> bool:
    """Whether a reading keeps a field."""
    family = PARSED[field].family
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
    """The count over all bands."""
    return sum(counts.values())


def up_to(counts: Mapping[float, int], edge_ms: int) -> int:
    """The count of the bands whose upper edge is at most `edge_ms`."""
    return sum(count for edge, count in counts.items() if edge <= edge_ms)
