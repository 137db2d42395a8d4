"""The KPIs of a tally: division happens here, last."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stream.domain import fields
from stream.domain.definition import Definition, ServiceLevelRule
from stream.domain.histogram import quantiles_ms
from stream.domain.reading import Reading, count_of
from stream.domain.service_level import Counts, Part, Share, counted_by, exited, ratio, service_level
from stream.domain.wilson import wilson

QUANTILES = (50, 90, 95)
BUSY = ("talking", "hold", "wrapup")


@dataclass(frozen=True, slots=True)
class Kpis:
    """What a queue did in a window. Seconds and ratios are None where there is nothing to divide by.

    `service_level_ratio` follows the queue's definition: of `service_level_counted` visits; `enough` says
    whether they are as many as its minimum, the bounds how far the ratio can be trusted (95 %, Wilson).
    Waits are those of the answered, by nearest rank. `promised_wait_seconds` is what customers waited from
    their first queue entry to an answered callback. `late_corrections` are facts that came late and moved it.
    Responses are those of messages; see `conversation`.
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
    service_level_counted: int = 0
    service_level_low_ratio: float | None = None
    service_level_high_ratio: float | None = None
    enough: bool = False
    blocked: int = 0
    transferred: int = 0
    callbacks: int = 0
    attempts: int = 0
    talk_seconds: float | None = None
    hold_seconds: float | None = None
    acw_seconds: float | None = None
    promised_wait_seconds: float | None = None
    late_corrections: int = 0
    first_response_seconds: float | None = None
    first_response_p90_seconds: float | None = None
    response_seconds: float | None = None
    response_with_bots_seconds: float | None = None


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


def kpis(reading: Reading, count: Counted, min_contacts: int) -> Kpis:
    """The KPIs of a window, its service level as counted."""
    tally = reading.plain
    answered, abandoned = count_of(reading.bands[fields.ANSWERED]), count_of(reading.bands[fields.ABANDONED])
    short, level, handled = count.out.short_abandoned, count.level, tally.get(fields.HANDLED, 0)
    p50, p90, p95 = (_seconds(ms) for ms in quantiles_ms(reading.answered_waits, QUANTILES))
    low, high = wilson(*level) or (None, None)
    return Kpis(
        offered=tally.get(fields.OFFERED, 0),
        answered=answered,
        answered_in_target=count.out.answered_in,
        abandoned=abandoned,
        short_abandoned=short,
        left=sum(reading.left.values()),
        handled=handled,
        service_level_ratio=level.ratio,
        abandoned_ratio=ratio(abandoned - short, answered + abandoned - short),
        asa_seconds=ratio(tally.get(fields.ANSWER_WAIT, 0), answered * 1000),
        aht_seconds=ratio(handle_ms(tally), handled * 1000),
        wait_p50_seconds=p50,
        wait_p90_seconds=p90,
        wait_p95_seconds=p95,
        service_level_counted=level.of,
        service_level_low_ratio=low,
        service_level_high_ratio=high,
        enough=level.of >= min_contacts,
        blocked=sum(reading.told[fields.BLOCKED].values()),
        transferred=sum(reading.told[fields.TRANSFERRED].values()),
        callbacks=reading.left.get("callback", 0),
        attempts=sum(reading.told[fields.ATTEMPTS].values()),
        talk_seconds=ratio(tally.get(fields.TALK, 0), handled * 1000),
        hold_seconds=ratio(tally.get(fields.HOLD, 0), handled * 1000),
        acw_seconds=ratio(tally.get(fields.ACW, 0), handled * 1000),
        promised_wait_seconds=ratio(tally.get(fields.PROMISED_WAIT, 0), tally.get(fields.PROMISED, 0) * 1000),
        first_response_seconds=ratio(tally.get(fields.FIRST_WAIT, 0), tally.get(fields.FIRST, 0) * 1000),
        first_response_p90_seconds=_seconds(quantiles_ms(reading.first_replies, (90,))[0]),
        response_seconds=ratio(tally.get(fields.REPLY_WAIT, 0), tally.get(fields.REPLIES, 0) * 1000),
        response_with_bots_seconds=ratio(
            tally.get(fields.ANY_WAIT, 0), tally.get(fields.ANY_REPLIES, 0) * 1000
        ),
    )


def total_kpis(reading: Reading, definition: Definition) -> tuple[Kpis, Counts]:
    """The KPIs of a running total, its service level over the visits that left; and those counts."""
    out = exited(reading)
    level = service_level(out, definition)
    return kpis(reading, Counted(out, level), definition.min_contacts), out


def service_levels(out: Counts) -> dict[str, float | None]:
    """The same visits under each of the six rules."""
    return {rule.value: service_level(out, Definition(rule=rule)).ratio for rule in ServiceLevelRule}


def handle_ms(tally: Mapping[str, int]) -> int:
    """Talk + hold + ACW."""
    return tally.get(fields.TALK, 0) + tally.get(fields.HOLD, 0) + tally.get(fields.ACW, 0)


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


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
