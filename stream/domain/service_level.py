"""Service level under the six rules in use, from counts; see `ServiceLevelRule`.

The counts are those decided in a window (`decided`), or those that left the queue in it (`exited`).
"""

from collections.abc import Mapping
from typing import NamedTuple

from stream.domain.definition import Definition, ServiceLevelRule
from stream.domain.reading import Reading, up_to


class Decided(NamedTuple):
    """Visits by how they stand to the target. `late_answered` is the answered part of `late`, where known."""

    answered_in: int
    short_abandoned: int
    abandoned_in: int
    late: int
    late_answered: int


def ratio(part: int, whole: int) -> float | None:
    """The only division; no data is None, never 0 and never 100 %."""
    return part / whole if whole > 0 else None


def service_level(counts: Decided, rule: ServiceLevelRule) -> float | None:
    """The share of visits that met the target, by `rule`."""
    met, short, abandoned, late, late_answered = counts
    match rule:
        case ServiceLevelRule.COUNT_ABANDONS:
            return ratio(met, met + short + abandoned + late)
        case ServiceLevelRule.DROP_SHORT:
            return ratio(met, met + abandoned + late)
        case ServiceLevelRule.DROP_IN_TARGET:
            return ratio(met, met + late)
        case ServiceLevelRule.CREDIT_SHORT:
            return ratio(met + short, met + short + abandoned + late)
        case ServiceLevelRule.CREDIT_IN_TARGET:
            return ratio(met + short + abandoned, met + short + abandoned + late)
        case ServiceLevelRule.ANSWERED_ONLY:
            return ratio(met, met + late_answered)


def decided(tally: Mapping[str, int], *, late_waiting: int = 0) -> Decided:
    """The visits decided in the window of `tally`; `late_waiting` still wait past the target."""
    return Decided(
        tally.get("d.in", 0),
        tally.get("d.short", 0),
        tally.get("d.abandoned", 0),
        tally.get("d.late", 0) + late_waiting,
        0,
    )


def exited(reading: Reading, definition: Definition) -> Decided:
    """The visits that were answered or abandoned in a window, whenever they were decided."""
    answered_in = up_to(reading.answered, definition.target_ms)
    short = up_to(reading.abandoned, definition.short_abandon_ms)
    abandoned_in = up_to(reading.abandoned, definition.target_ms) - short
    late_answered = sum(reading.answered.values()) - answered_in
    late = late_answered + sum(reading.abandoned.values()) - abandoned_in - short
    return Decided(answered_in, short, abandoned_in, late, late_answered)


def add_decided(one: Decided, other: Decided) -> Decided:
    """The counts of two sets of visits together."""
    return Decided(*(a + b for a, b in zip(one, other, strict=True)))
