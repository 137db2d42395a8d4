"""The KPIs of a tally: how it is counted under a definition, and what the measures make of it."""

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
    """What a queue did in a window, or since the beginning."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """A tally read under one definition, in a form that still adds up over queues with different ones.

    `out` are the visits that left in the window, `level` those that met the target and those that count.
    """

    out: Counts
    level: Share


def counted(
    reading: Reading, definition: Definition, late_waiting: int, parts: Iterable[Part] = ()
) -> Counted:
    """Count a window; `late_waiting` visits wait past their target and were decided in it.

    `parts`: the window cut where the definition changed; see `service_level.counted_by`.
    """
    counts = counted_by(reading, definition, late_waiting=late_waiting, parts=parts)
    return Counted(exited(reading), service_level(counts, definition))


def kpis(reading: Reading, count: Counted, definition: Definition, corrections: int = 0) -> Kpis:
    """The KPIs of a window, its service level as counted; `corrections` came late and moved it.

    Of `definition` its goal and minimum are read.
    """
    return Kpis.reckoned(Basis(reading, count.out, count.level, definition, corrections))


def total(reading: Reading, definition: Definition) -> Basis:
    """What the KPIs of a running total are reckoned from; its service level is over the visits that left."""
    out = exited(reading)
    return Basis(reading, out, service_level(out, definition), definition)


def total_kpis(reading: Reading, definition: Definition) -> tuple[Kpis, Counts]:
    """The KPIs of a running total, and its visits that left."""
    of = total(reading, definition)
    return Kpis.reckoned(of), of.out


def service_levels(out: Counts) -> dict[str, float | None]:
    """The same visits under each of the six rules."""
    return {rule.value: service_level(out, Definition(rule=rule)).ratio for rule in ServiceLevelRule}


def time_in_states(
    tally: Mapping[str, int], agents: Mapping[str, int], *, from_ms: int, to_ms: int
) -> dict[str, int]:
    """Agent milliseconds per state from `from_ms` to `to_ms`, over the panes of `tally`; see `agent`.

    `agents` are those in each state at `to_ms`: where that has passed, see `agents_before`.
    """
    spent = {state: count * (to_ms - from_ms) for state, count in agents.items()}
    for state, amount, is_weighted in fields.integrals(tally.items()):
        spent[state] = spent.get(state, 0) + (-amount if is_weighted else from_ms * amount)
    return {state: max(0, ms) for state, ms in spent.items()}


def agents_before(agents_now: Mapping[str, int], since: Mapping[str, int]) -> dict[str, int]:
    """The agents in each state before the panes of `since`, which reach up to the newest."""
    entered = {state: n for state, n, is_weighted in fields.integrals(since.items()) if not is_weighted}
    return {state: agents_now.get(state, 0) - entered.get(state, 0) for state in {**agents_now, **entered}}
