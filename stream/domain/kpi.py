"""The KPIs of a tally: division happens here, last."""

from collections.abc import Mapping
from dataclasses import dataclass

from stream.domain.definition import Definition, ServiceLevelRule
from stream.domain.histogram import quantile_ms
from stream.domain.service_level import band_sum, decided, exited, ratio, service_level

QUANTILES = (50, 90, 95)


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


def kpis(
    tally: Mapping[str, int], definition: Definition, *, late_waiting: int = 0, decide: bool = True
) -> Kpis:
    """The KPIs of `tally` under `definition`; with `decide` visits count where they were decided."""
    out = exited(tally, definition)
    answered, abandoned = band_sum(tally, "a"), band_sum(tally, "x")
    by_exit = not decide or definition.rule is ServiceLevelRule.ANSWERED_ONLY
    level = out if by_exit else decided(tally, late_waiting=late_waiting)
    waits = histogram_of(tally, "ah")
    p50, p90, p95 = (_seconds(quantile_ms(waits, q)) for q in QUANTILES)
    return Kpis(
        offered=tally.get("offered", 0),
        answered=answered,
        answered_in_target=out.answered_in,
        abandoned=abandoned,
        short_abandoned=out.short_abandoned,
        left=sum(n for f, n in tally.items() if f.startswith("left.")),
        handled=tally.get("handled", 0),
        service_level_ratio=service_level(level, definition.rule),
        abandoned_ratio=ratio(abandoned - out.short_abandoned, answered + abandoned - out.short_abandoned),
        asa_seconds=_mean_seconds(tally.get("aw", 0), answered),
        aht_seconds=_mean_seconds(handle_ms(tally), tally.get("handled", 0)),
        wait_p50_seconds=p50,
        wait_p90_seconds=p90,
        wait_p95_seconds=p95,
    )


def service_levels(tally: Mapping[str, int], definition: Definition) -> dict[str, float | None]:
    """The same visits, counted when they left the queue, under each of the six rules."""
    counts = exited(tally, definition)
    return {rule.value: service_level(counts, rule) for rule in ServiceLevelRule}


def handle_ms(tally: Mapping[str, int]) -> int:
    """Talk + hold + ACW."""
    return tally.get("talk", 0) + tally.get("hold", 0) + tally.get("acw", 0)


def histogram_of(tally: Mapping[str, int], prefix: str) -> dict[int, int]:
    """The log-linear histogram kept under `prefix` (`ah`, `xh`, `hh`)."""
    return {
        int(field[2:]): n for field, n in tally.items() if field[:2] == prefix and field[2:].isdigit()
    }


def busy_and_idle_ms(
    tally: Mapping[str, int], agents_now: Mapping[str, int], *, from_ms: int, now_ms: int
) -> tuple[int, int]:
    """Time agents spent busy and available since `from_ms`; see `agent` for the integral."""
    spent = time_in_states(tally, agents_now, from_ms=from_ms, now_ms=now_ms)
    return sum(spent.get(s, 0) for s in BUSY), spent.get("available", 0)


BUSY = ("talking", "hold", "wrapup")


def time_in_states(
    tally: Mapping[str, int], agents_now: Mapping[str, int], *, from_ms: int, now_ms: int
) -> dict[str, int]:
    """Agent milliseconds per state between `from_ms` and `now_ms`, over the panes of `tally`."""
    states = {*agents_now, *(f[2:] for f in tally if f.startswith("n."))}
    return {
        state: max(
            0,
            agents_now.get(state, 0) * (now_ms - from_ms)
            - (tally.get(f"t.{state}", 0) - from_ms * tally.get(f"n.{state}", 0)),
        )
        for state in states
    }


def _mean_seconds(total_ms: int, count: int) -> float | None:
    return ratio(total_ms, count * 1000)


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
