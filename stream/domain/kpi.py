"""KPIs of a tally: its counts under a definition, and the measures of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stream.domain import fields
from stream.domain.definition import Definition, ServiceLevelRule
from stream.domain.measures.basis import Basis
from stream.domain.measures.counts import COUNTS
from stream.domain.measures.levels import LEVELS
from stream.domain.measures.measure import Measured
from stream.domain.measures.replies import REPLIES
from stream.domain.measures.times import TIMES
from stream.domain.reading import Reading
from stream.domain.service_level import Counts, Part, Share, counted_by, exited, service_level


class Kpis(Measured, rows=(*COUNTS, *LEVELS, *TIMES, *REPLIES)):
    """The KPIs of a queue in a window, or since the beginning."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts under one definition, in a form that adds up over queues with different definitions.

    `out` counts the visits that left in the window. `level` has the visits that met the target, and those
    that count.
    """

    out: Counts
    level: Share


def counted(
    reading: Reading, definition: Definition, late_waiting: int, parts: Iterable[Part] = ()
) -> Counted:
    """Count a window. `late_waiting` visits still wait and passed their target in it.

    `parts` is the window cut where the definition changed; see `service_level.counted_by`.
    """
    counts = counted_by(reading, definition, late_waiting=late_waiting, parts=parts)
    return Counted(exited(reading), service_level(counts, definition))


def kpis(reading: Reading, count: Counted, definition: Definition, corrections: int = 0) -> Kpis:
    """The KPIs of a window; `corrections` is the number of late facts in it.

    Of `definition` only the goal and the minimum volume matter here.
    """
    return Kpis.reckoned(Basis(reading, count.out, count.level, definition, corrections))


def total(reading: Reading, definition: Definition) -> Basis:
    """The basis of the KPIs of a running total; its service level counts visits by exit."""
    out = exited(reading)
    return Basis(reading, out, service_level(out, definition), definition)


def total_kpis(reading: Reading, definition: Definition) -> tuple[Kpis, Counts]:
    """The KPIs of a running total, and the counts of its visits that left."""
    of = total(reading, definition)
    return Kpis.reckoned(of), of.out


def service_levels(out: Counts) -> dict[str, float | None]:
    """The same visits under each of the six rules."""
    return {rule.value: service_level(out, Definition(rule=rule)).ratio for rule in ServiceLevelRule}


def time_in_states(
    tally: Mapping[str, int], agents: Mapping[str, int], *, from_ms: int, to_ms: int
) -> dict[str, int]:
    """Agent milliseconds in each state from `from_ms` to `to_ms`, from the panes of `tally`.

    `agents` counts the agents in each state at `to_ms`; for a past `to_ms` see `agents_before`.
    """
    # With N agents in a state at b, the time in it since a is N (b - a) - (t - a n), where n is entries minus
    # exits and t the same weighted with the instant: each entry at x contributed b - x instead of b - a. See
    # `agent.state`.
    spent = {state: count * (to_ms - from_ms) for state, count in agents.items()}
    for state, amount, is_weighted in fields.integrals(tally.items()):
        spent[state] = spent.get(state, 0) + (-amount if is_weighted else from_ms * amount)
    return {state: max(0, ms) for state, ms in spent.items()}


def agents_before(agents_now: Mapping[str, int], since: Mapping[str, int]) -> dict[str, int]:
    """The agents in each state before the panes of `since`, which end at the newest event."""
    entered = {state: n for state, n, is_weighted in fields.integrals(since.items()) if not is_weighted}
    return {state: agents_now.get(state, 0) - entered.get(state, 0) for state in {**agents_now, **entered}}
