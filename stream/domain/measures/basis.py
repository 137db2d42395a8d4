"""The inputs of the measures of queues, and formulas that several share."""

from collections.abc import Callable, Mapping

from stream.domain import fields
from stream.domain.definition import Definition
from stream.domain.histogram import Ranks
from stream.domain.measures.measure import Place
from stream.domain.reading import Reading, count_of
from stream.domain.service_level import Counts, Share, ratio
from stream.domain.wilson import wilson

#: The events that begin a visit, and those that may end it.
OF_A_VISIT = ("visit.queued", "visit.answered", "visit.abandoned", "visit.left")
EVERYWHERE = frozenset({Place.WINDOW, Place.TOTALS, Place.CONTACTS})
WINDOWS_AND_TOTALS = frozenset({Place.WINDOW, Place.TOTALS})


class Basis:
    """The sums of a window, or since the beginning, under one definition.

    `out` are the visits that left in it, `level` those that met the target and those that count, `bounds`
    are those of their ratio at 95 %. `corrections` are the facts that came late and moved it.
    """

    __slots__ = (
        *("abandoned", "answered", "bounds", "corrections", "definition", "level", "out", "plain"),
        *("reading", "waits"),
    )

    def __init__(
        self, reading: Reading, out: Counts, level: Share, definition: Definition, corrections: int = 0
    ) -> None:
        self.reading, self.plain = reading, reading.plain
        self.out, self.level, self.definition, self.corrections = out, level, definition, corrections
        self.answered = count_of(reading.bands[fields.ANSWERED])
        self.abandoned = count_of(reading.bands[fields.ABANDONED])
        self.waits = Ranks(reading.answered_waits)
        self.bounds = wilson(*level) or (None, None)


def count(field: str) -> Callable[[Basis], int]:
    """The count in a field."""
    return lambda of: of.plain.get(field, 0)


def labelled(family: str) -> Callable[[Basis], int]:
    """The count over all labels of a family."""
    return lambda of: sum(of.reading.labelled[family].values())


def mean(total_ms: str, over: str) -> Callable[[Basis], float | None]:
    """The mean in seconds of a sum in ms over a count."""
    return lambda of: ratio(of.plain.get(total_ms, 0), of.plain.get(over, 0) * 1000)


def waited(percent: int) -> Callable[[Basis], float | None]:
    """A percentile of the waits of answered visits in seconds, by nearest rank."""
    return lambda of: of.waits.seconds(percent)


def handle_ms(tally: Mapping[str, int]) -> int:
    """Talk + hold + ACW."""
    return tally.get(fields.TALK, 0) + tally.get(fields.HOLD, 0) + tally.get(fields.ACW, 0)
