"""The six formulas that go by one name, on the published examples and on days told contact by contact."""

import pytest
from support.factories import abandoned, answered, ms, of, queued
from support.factories import left as gone
from support.scenario import Centre

from stream.domain.definition import Attribution, Definition, LeftPolicy, ServiceLevelRule, definitions
from stream.domain.fact import Event
from stream.domain.preset import FORMULAS, Preset
from stream.domain.reading import Reading, read
from stream.domain.service_level import (
    Counts,
    Share,
    add_counts,
    as_now,
    counted_by,
    decided,
    exited,
    left,
    ratio,
    service_level,
    short_abandoned,
)

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


def counts(answered_all: int, answered_in: int, gone: int, gone_in: int, short: int) -> Counts:
    return Counts(
        answered_in=answered_in,
        short_abandoned=short,
        abandoned_in=gone_in - short,
        late_answered=answered_all - answered_in,
        late_abandoned=gone - gone_in,
    )


def level(counts: Counts, rule: ServiceLevelRule) -> float | None:
    return service_level(counts, Definition(rule=rule)).ratio


def percent(value: float | None, digits: int) -> float:
    assert value is not None
    return round(100 * value, digits)


@pytest.mark.parametrize("rule", ServiceLevelRule)
def test_icmi(rule: ServiceLevelRule) -> None:
    assert percent(level(counts(1000, 860, 60, 20, 10), rule), 2) == ICMI[rule]


@pytest.mark.parametrize("rule", INVENTED)
def test_the_invented_day(rule: ServiceLevelRule) -> None:
    assert percent(level(counts(940, 800, 60, 25, 10), rule), 1) == INVENTED[rule]


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
    assert level(Counts(), rule) is None


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        # by rule, in the order of the enum
        (Counts(answered_in=1), (1, 1, 1, 1, 1, 1)),
        (Counts(short_abandoned=1), (0, None, None, 1, 1, None)),
        (Counts(abandoned_in=1), (0, 0, None, 0, 1, None)),
        (Counts(late_abandoned=1), (0, 0, 0, 0, 0, None)),
        (Counts(late_answered=1), (0, 0, 0, 0, 0, 0)),
        (Counts(late=1), (0, 0, 0, 0, 0, 0)),
        (Counts(flowed_out_in=1, late_flowed_out=1, callback_in=1, late_callback=1), (None,) * 6),
    ],
)
def test_one_visit_alone(only: Counts, expected: tuple[float | None, ...]) -> None:
    assert tuple(level(only, rule) for rule in ServiceLevelRule) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (LeftPolicy.EXCLUDE, Share(8, 10)),
        (LeftPolicy.MISS, Share(8, 17)),
        (LeftPolicy.MET_IN_TARGET, Share(12, 17)),
    ],
)
@pytest.mark.parametrize("which", ["flowed_out", "callback"])
def test_how_those_who_left_otherwise_count(policy: LeftPolicy, expected: Share, which: str) -> None:
    found = Counts(answered_in=8, late_answered=2, **{f"{which}_in": 4, f"late_{which}": 3})
    assert service_level(found, Definition(**{which: policy})) == expected  # type: ignore[arg-type] # by name


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        (Preset.AMAZON, 83.02),
        (Preset.GENESYS, 81.13),
        (Preset.CISCO_NEGATIVE, 81.13),
        (Preset.CISCO_IGNORED, 82.69),
        (Preset.CISCO_POSITIVE, 83.02),
        (Preset.CISCO_HANDLED, 86.00),
        (Preset.TALKDESK, 81.90),
        (Preset.ASTERISK, 86.00),
        (Preset.ASTERISK2, 83.02),
        (Preset.WAZO, 86.00),
    ],
)
def test_each_preset_gives_what_its_system_shows(preset: Preset, expected: float) -> None:
    rule, attribution, flowed_out, callback = FORMULAS[preset]
    definition = Definition(rule=rule, attribution=attribution, flowed_out=flowed_out, callback=callback)
    centre = Centre(definitions(default=definition))
    centre.tell_all(the_day(1000, 860, 60, 20, 10))
    row = centre.at(900).queue()
    assert percent(row.windows["60m"].service_level_ratio, 2) == expected
    assert str(attribution) in definition.code


def test_amazon_counts_a_callback_in_time_as_met_and_who_flowed_out_as_offered() -> None:
    rule, attribution, flowed_out, callback = FORMULAS[Preset.AMAZON]
    definition = Definition(rule=rule, attribution=attribution, flowed_out=flowed_out, callback=callback)
    centre = Centre(definitions(default=definition))
    for n, end in enumerate([answered(5), abandoned(5), gone(5, "callback"), gone(5, "overflow")]):
        centre.tell(f"c{n}", queued(0), end)
    assert centre.at(60).service_level() == 3 / 4


@pytest.mark.parametrize(
    ("part", "whole", "expected"), [(0, 0, None), (5, 0, None), (0, 4, 0.0), (1, 4, 0.25), (3, -1, None)]
)
def test_ratio(part: int, whole: int, expected: float | None) -> None:
    assert ratio(part, whole) == expected


# From tallies.


def test_the_decided_are_read_with_those_who_still_wait() -> None:
    tally = {"d.in": 5, "d.short": 2, "d.abandoned": 3, "d.late": 4, "d.flowed_out": 9, "d.callback": 8}
    assert decided(tally, late_waiting=6) == Counts(5, 2, 3, 9, 8, 10)
    assert decided({}) == Counts()


def test_another_of_several_targets_has_its_own_counts() -> None:
    tally = {"d.in": 5, "d.late": 4, "d60000.in": 8, "d60000.late": 1, "d60000.abandoned": 2}
    assert decided(tally, target_ms=60_000, late_waiting=1) == Counts(8, 0, 2, late=2)


BANDS = {
    "a": {5_000: 1, 20_000: 2, 30_000: 4, float("inf"): 8},
    "x": {5_000: 16, 10_000: 32, 20_000: 64, 30_000: 128},
    "f": {20_000: 3, 30_000: 5},
    "k": {10_000: 7, 60_000: 9},
}
LOWER: dict[str, dict[float, int]] = {**{letter: {} for letter in "AXFK"}, **BANDS}
UPPER: dict[str, dict[float, int]] = {
    **{letter: {} for letter in "axfk"},
    **{letter.upper(): counts for letter, counts in BANDS.items()},
}


EXITED = Definition(attribution=Attribution.EXITED)


def test_who_left_is_read_as_it_was_judged_at_the_exit() -> None:
    judged = {
        "d.in": 4,
        "d.short": 2,
        "d.late_short": 5,
        "d.abandoned": 30,
        "d.flowed_out": 1,
        "d.callback": 6,
    }
    expected = Counts(4, 7, 30, 1, 6, 0, 11, 203, 7, 10)
    found = Reading(judged, bands=LOWER)
    assert exited(found) == counted_by(found, EXITED) == expected
    assert short_abandoned(judged) == 7
    assert exited(read({})) == Counts()


def test_who_was_offered_is_read_part_by_part() -> None:
    before, after = {"A20000": 3, "A30000": 5}, {"A20000": 7, "A30000": 11}
    parts = [(read(before), Definition(20_000)), (read(after), Definition(30_000))]
    definition = Definition(90_000, attribution=Attribution.OFFERED)
    assert counted_by(read({}), definition, parts=parts) == Counts(3 + 18, late_answered=5)
    # A callback of the first part fell due in the second.
    moved = read({**before, "D.late_answered": -1, "D.answered_in": 1})
    assert counted_by(moved, definition, parts=[(moved, parts[0][1]), parts[1]]) == Counts(
        4 + 18, late_answered=4
    )


def test_all_are_read_by_the_target_and_the_limit_of_one_definition() -> None:
    tally = {
        "d30000.in": 9,
        "d30000.short": 1,
        "d30000.abandoned": 20,
        "d30000.late": 4,
        "x5000": 5,
        "x10000": 16,
    }
    reading = read(tally)
    assert as_now(reading, Definition(30_000), late_waiting=2) == Counts(9, 5, 16, late=6)
    assert as_now(reading, Definition(30_000, 0)) == Counts(9, 0, 21, late=4)
    assert as_now(reading, Definition(30_000, 10_000, attribution=Attribution.EXITED)) == Counts(
        short_abandoned=21
    )
    # The target was named after the visits had left: there are no more short ones than were counted for it.
    assert as_now(read({"x5000": 5}), Definition(30_000)) == Counts()


@pytest.mark.parametrize(
    ("bands", "attribution"), [(LOWER, Attribution.EXITED), (UPPER, Attribution.OFFERED)]
)
def test_who_left_is_read_by_one_definition_from_the_bands(
    bands: dict[str, dict[float, int]], attribution: Attribution
) -> None:
    reading, definition = Reading({"d.in": 99}, bands=bands), Definition(attribution=attribution)
    expected = Counts(3, 16, 96, 3, 7, 0, 12, 128, 5, 9)
    assert left(reading, definition) == as_now(reading, definition) == expected
    wider = Definition(target_ms=30_000, short_abandon_ms=0, attribution=attribution)
    assert left(reading, wider) == Counts(7, 0, 240, 8, 7, 0, 8, 0, 0, 9)


def test_a_short_abandon_limit_above_the_target_takes_from_no_other_count() -> None:
    definition = Definition(target_ms=5_000, short_abandon_ms=10_000, attribution=Attribution.EXITED)
    found = left(Reading(bands=LOWER), definition)
    assert (found.short_abandoned, found.abandoned_in, found.late_abandoned) == (48, 0, 192)


def test_counts_add_field_by_field() -> None:
    assert add_counts([Counts(*range(10)), Counts(*range(10, 20))]) == Counts(*range(10, 30, 2))


# When a visit counts: offered at 09:29:50, answered at 09:31.


@pytest.mark.parametrize(
    ("attribution", "within", "after"),
    [(Attribution.DECIDED, 0.0, None), (Attribution.EXITED, None, 0.0), (Attribution.OFFERED, 0.0, None)],
)
def test_when_a_visit_counts(attribution: Attribution, within: float | None, after: float | None) -> None:
    centre = Centre(definitions(default=Definition(attribution=attribution)))
    centre.tell("c1", queued(300), answered(370))
    series = "c\tbilling\tvoice"
    first, second = (centre.pane(series, at) for at in (300, 360))
    found = [
        service_level(counted_by(read(pane), Definition(attribution=attribution)), Definition()).ratio
        for pane in (first, second)
    ]
    assert found == [within, after]


def test_where_nothing_is_a_short_abandon_both_readings_agree() -> None:
    centre = Centre(definitions(by_channel={"chat": Definition(short_abandon_ms=0)}))
    centre.tell("c1", queued(0, "help", "chat"), abandoned(0))
    row = centre.at(5).queue("help", "chat")
    assert row.windows["60m"].service_level_ratio == row.totals.service_level_ratio


def test_the_day_of_the_examples_is_the_day_of_the_counts() -> None:
    events = the_day(1000, 860, 60, 20, 10)
    assert len(events) == 2 * 1060
    assert max(event.fact.at_ms for event in events) < ms(900)
