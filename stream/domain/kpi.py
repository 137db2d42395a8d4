"""The KPIs of a tally: division happens here, last."""

from collections.abc import Mapping
from dataclasses import dataclass

from stream.domain.definition import Definition, ServiceLevelRule
from stream.domain.histogram import quantiles_ms
from stream.domain.reading import Reading, read
from stream.domain.service_level import Decided, decided, exited, ratio, service_level

QUANTILES = (50, 90, 95)
BUSY = ("talking", "hold", "wrapup")


@dataclass(frozen=True, slots=True)
class Kpis:
    """What a queue did in a window. Seconds and ratios are None where there is nothing to divide by.

    `service_level_ratio` follows the queue's definition; waits are those of the answered, by nearest rank.
    """

    offered: int
    answered: int
    answered_in_target: int
    abandoned: int
    short_abandoned: int
    left: int
    handled: int
    service_level_ratio: float | None
    abandoned_ratio: float | None
    asa_seconds: float | None
    aht_seconds: float | None
    wait_p50_seconds: float | None = None
    wait_p90_seconds: float | None = None
    wait_p95_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """A tally read under one definition, in a form that still adds up over queues with different targets.

    `out` are the visits that left in the window, `decided` those decided in it.
    """

    out: Decided
    decided: Decided


def counted(tally: Mapping[str, int], reading: Reading, definition: Definition, late_waiting: int) -> Counted:
    """Count a tally; `late_waiting` visits wait past their target and were decided in its window."""
    return Counted(exited(reading, definition), decided(tally, late_waiting=late_waiting))


def kpis(tally: Mapping[str, int], reading: Reading, count: Counted, rule: ServiceLevelRule) -> Kpis:
    """The KPIs of a window, its service level by `rule` over the visits decided in it."""
    answered, abandoned = sum(reading.answered.values()), sum(reading.abandoned.values())
    short = count.out.short_abandoned
    level = count.out if rule is ServiceLevelRule.ANSWERED_ONLY else count.decided
    p50, p90, p95 = (_seconds(ms) for ms in quantiles_ms(reading.answered_waits, QUANTILES))
    return Kpis(
        offered=tally.get("offered", 0),
        answered=answered,
        answered_in_target=count.out.answered_in,
        abandoned=abandoned,
        short_abandoned=short,
        left=sum(reading.left.values()),
        handled=tally.get("handled", 0),
        service_level_ratio=service_level(level, rule),
        abandoned_ratio=ratio(abandoned - short, answered + abandoned - short),
        asa_seconds=ratio(tally.get("aw", 0), answered * 1000),
        aht_seconds=ratio(handle_ms(tally), tally.get("handled", 0) * 1000),
        wait_p50_seconds=p50,
        wait_p90_seconds=p90,
        wait_p95_seconds=p95,
    )


def total_kpis(tally: Mapping[str, int], definition: Definition) -> tuple[Kpis, Decided]:
    """The KPIs of a running total, its service level over the visits that left; and those counts."""
    reading = read(tally)
    out = exited(reading, definition)
    return kpis(tally, reading, Counted(out, out), definition.rule), out


def service_levels(out: Decided) -> dict[str, float | None]:
    """The same visits under each of the six rules."""
    return {rule.value: service_level(out, rule) for rule in ServiceLevelRule}


def handle_ms(tally: Mapping[str, int]) -> int:
    """Talk + hold + ACW."""
    return tally.get("talk", 0) + tally.get("hold", 0) + tally.get("acw", 0)


def occupancy_ratio(
    tally: Mapping[str, int], agents: Mapping[str, int], *, from_ms: int, to_ms: int
) -> float | None:
    """Busy time of agents over their busy and available time; the arguments of `time_in_states`."""
    spent = time_in_states(tally, agents, from_ms=from_ms, to_ms=to_ms)
    busy_ms = sum(spent.get(state, 0) for state in BUSY)
    return ratio(busy_ms, busy_ms + spent.get("available", 0))


def time_in_states(
    tally: Mapping[str, int], agents: Mapping[str, int], *, from_ms: int, to_ms: int
) -> dict[str, int]:
    """Agent milliseconds per state from `from_ms` to `to_ms`, over the panes of `tally`; see `agent`.

    `agents` are those in each state at `to_ms`: where that has passed, see `agents_before`.
    """
    states = {*agents, *(name[2:] for name in tally if name[:2] in {"n.", "t."})}
    return {
        state: max(
            0,
            agents.get(state, 0) * (to_ms - from_ms)
            - tally.get(f"t.{state}", 0)
            + from_ms * tally.get(f"n.{state}", 0),
        )
        for state in states
    }


def agents_before(agents_now: Mapping[str, int], since: Mapping[str, int]) -> dict[str, int]:
    """The agents in each state before the panes of `since`, which reach up to the newest."""
    states = {*agents_now, *(name[2:] for name in since if name[:2] == "n.")}
    return {state: agents_now.get(state, 0) - since.get(f"n.{state}", 0) for state in states}


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
