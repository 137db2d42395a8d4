"""The six formulas that go by one name, on the published examples and on days told contact by contact."""

import pytest
from support.factories import abandoned, answered, ms, of, queued
from support.scenario import Centre

from stream.domain.definition import Definition, ServiceLevelRule, definitions
from stream.domain.fact import Event
from stream.domain.reading import Reading
from stream.domain.service_level import Decided, add_decided, decided, exited, ratio, service_level

pytestmark = pytest.mark.pure

#: ICMI: 1000 answered, 860 of them within 20 s; 60 abandoned, 20 of them within 20 s and 10 within 5 s.
ICMI = {
    ServiceLevelRule.COUNT_ABANDONS: 81.13,
    ServiceLevelRule.DROP_SHORT: 81.90,
    ServiceLevelRule.CREDIT_SHORT: 82.08,
    ServiceLevelRule.DROP_IN_TARGET: 82.69,
    ServiceLevelRule.CREDIT_IN_TARGET: 83.02,
    ServiceLevelRule.ANSWERED_ONLY: 86.00,
}
#: 940 answered, 800 of them in target; 60 abandoned, 25 of them in target and 10 short.
INVENTED = {
    ServiceLevelRule.COUNT_ABANDONS: 80.0,
    ServiceLevelRule.DROP_SHORT: 80.8,
    ServiceLevelRule.DROP_IN_TARGET: 82.1,
    ServiceLevelRule.CREDIT_IN_TARGET: 82.5,
    ServiceLevelRule.ANSWERED_ONLY: 85.1,
}


def counts(answered_all: int, answered_in: int, gone: int, gone_in: int, short: int) -> Decided:
    late_answered = answered_all - answered_in
    return Decided(answered_in, short, gone_in - short, late_answered + gone - gone_in, late_answered)


def percent(value: float | None, digits: int) -> float:
    assert value is not None
    return round(100 * value, digits)


@pytest.mark.parametrize("rule", ServiceLevelRule)
def test_icmi(rule: ServiceLevelRule) -> None:
    assert percent(service_level(counts(1000, 860, 60, 20, 10), rule), 2) == ICMI[rule]


@pytest.mark.parametrize("rule", INVENTED)
def test_the_invented_day(rule: ServiceLevelRule) -> None:
    assert percent(service_level(counts(940, 800, 60, 25, 10), rule), 1) == INVENTED[rule]


def the_day(answered_all: int, answered_in: int, gone: int, gone_in: int, short: int) -> list[Event]:
    """The same counts, contact by contact, within a quarter of an hour."""
    waits = [
        *(("answered", 20.0) for _ in range(answered_in)),
        *(("answered", 20.001) for _ in range(answered_all - answered_in)),
        *(("abandoned", 5.0) for _ in range(short)),
        *(("abandoned", 5.001 + n % 15) for n in range(gone_in - short)),
        *(("abandoned", 20.001 + n % 40) for n in range(gone - gone_in)),
    ]
    return [
        event
        for n, (outcome, wait) in enumerate(waits)
        for event in of(
            f"c{n}", queued(n % 700), (answered if outcome == "answered" else abandoned)(n % 700 + wait)
        )
    ]


@pytest.mark.parametrize("rule", ServiceLevelRule)
def test_icmi_from_events_in_windows_and_totals(rule: ServiceLevelRule) -> None:
    centre = Centre(definitions(default=Definition(rule=rule)))
    centre.tell_all(the_day(1000, 860, 60, 20, 10))
    row = centre.at(900).queue()
    assert percent(row.windows["60m"].service_level_ratio, 2) == ICMI[rule]
    assert percent(row.windows["today"].service_level_ratio, 2) == ICMI[rule]
    assert percent(row.totals.service_level_ratio, 2) == ICMI[rule]
    every = centre.board().all
    assert percent(every.windows["60m"].service_level_ratio, 2) == ICMI[rule]
    assert percent(every.totals.service_level_ratio, 2) == ICMI[rule]


@pytest.mark.parametrize("rule", INVENTED)
def test_the_invented_day_from_events(rule: ServiceLevelRule) -> None:
    centre = Centre(definitions(default=Definition(rule=rule)))
    centre.tell_all(the_day(940, 800, 60, 25, 10))
    assert percent(centre.at(900).service_level(), 1) == INVENTED[rule]


# No data is not 0 and not 100.


@pytest.mark.parametrize("rule", ServiceLevelRule)
def test_without_outcomes_there_is_no_service_level(rule: ServiceLevelRule) -> None:
    assert service_level(Decided(0, 0, 0, 0, 0), rule) is None


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        # met, short, abandoned in target, late, of these answered -> by rule, in the order of the enum
        (Decided(1, 0, 0, 0, 0), (1, 1, 1, 1, 1, 1)),
        (Decided(0, 1, 0, 0, 0), (0, None, None, 1, 1, None)),
        (Decided(0, 0, 1, 0, 0), (0, 0, None, 0, 1, None)),
        (Decided(0, 0, 0, 1, 0), (0, 0, 0, 0, 0, None)),
        (Decided(0, 0, 0, 1, 1), (0, 0, 0, 0, 0, 0)),
    ],
)
def test_one_visit_alone(only: Decided, expected: tuple[float | None, ...]) -> None:
    assert tuple(service_level(only, rule) for rule in ServiceLevelRule) == expected


@pytest.mark.parametrize(
    ("part", "whole", "expected"), [(0, 0, None), (5, 0, None), (0, 4, 0.0), (1, 4, 0.25), (3, -1, None)]
)
def test_ratio(part: int, whole: int, expected: float | None) -> None:
    assert ratio(part, whole) == expected


# From tallies.


def test_the_decided_are_read_with_those_who_still_wait() -> None:
    tally = {"d.in": 5, "d.short": 2, "d.abandoned": 3, "d.late": 4, "d.left": 9, "offered": 99}
    assert decided(tally, late_waiting=6) == Decided(5, 2, 3, 10, 0)
    assert decided({}) == Decided(0, 0, 0, 0, 0)


def test_the_exited_are_read_from_the_bands() -> None:
    reading = Reading(
        answered={5_000: 1, 20_000: 2, 30_000: 4, float("inf"): 8},
        abandoned={5_000: 16, 10_000: 32, 20_000: 64, 30_000: 128},
    )
    assert exited(reading, Definition()) == Decided(3, 16, 96, 12 + 128, 12)
    assert exited(reading, Definition(target_ms=30_000, short_abandon_ms=0)) == Decided(7, 0, 240, 8, 8)
    assert exited(Reading(), Definition()) == Decided(0, 0, 0, 0, 0)


def test_counts_add_field_by_field() -> None:
    assert add_decided(Decided(1, 2, 3, 4, 5), Decided(10, 20, 30, 40, 50)) == Decided(11, 22, 33, 44, 55)


def test_where_nothing_is_a_short_abandon_both_readings_agree() -> None:
    centre = Centre(definitions(by_channel={"chat": Definition(short_abandon_ms=0)}))
    centre.tell("c1", queued(0, "help", "chat"), abandoned(0))
    row = centre.at(5).queue("help", "chat")
    assert row.windows["60m"].service_level_ratio == row.totals.service_level_ratio


def test_the_day_of_the_examples_is_the_day_of_the_counts() -> None:
    events = the_day(1000, 860, 60, 20, 10)
    assert len(events) == 2 * 1060
    assert max(event.fact.at_ms for event in events) < ms(900)
