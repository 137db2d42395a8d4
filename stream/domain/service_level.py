"""Service level under the six rules in use, from counts; see `ServiceLevelRule`.

The counts are those decided in a window (`decided`), or those that left the queue in it (`exited`).
"""

from collections.abc import Mapping
from typing import NamedTuple

from stream.domain.definition import Definition, ServiceLevelRule


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


def exited(tally: Mapping[str, int], definition: Definition) -> Decided:
    """The visits that were answered or abandoned in the window of `tally`, whenever they were decided."""
    answered_in = band_sum(tally, "a", definition.target_ms)
    short = band_sum(tally, "x", definition.short_abandon_ms)
    abandoned_in = band_sum(tally, "x", definition.target_ms) - short
    late_answered = band_sum(tally, "a") - answered_in
    late = late_answered + band_sum(tally, "x") - abandoned_in - short
    return Decided(answered_in, short, abandoned_in, late, late_answered)


def band_sum(tally: Mapping[str, int], prefix: str, up_to_ms: int | None = None) -> int:
    """How many lie in the bands of `prefix` up to and including `up_to_ms`; all of them without it."""
    return sum(
        count
        for field, count in tally.items()
        if field[0] == prefix
        and (edge := field[1:])
        and (edge == "+" or edge.isdigit())
        and (up_to_ms is None or (edge != "+" and int(edge) <= up_to_ms))
    )
