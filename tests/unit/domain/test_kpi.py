"""KPIs: division comes last, and where there is nothing to divide by there is no value."""

import pytest
from support.scenario import Centre

from stream.domain.definition import Definition, ServiceLevelRule
from stream.domain.histogram import bucket_of
from stream.domain.kpi import (
    Kpis,
    agents_before,
    counted,
    kpis,
    service_levels,
    time_in_states,
    total_kpis,
)
from stream.domain.measures.basis import handle_ms
from stream.domain.reading import read
from stream.domain.service_level import Counts
from stream.domain.staffing import staffing

pytestmark = pytest.mark.pure

DAY = {
    "offered": 9,
    "a5000": 2,
    "a20000": 1,
    "a30000": 1,
    "aw": 48_000,
    f"ah{bucket_of(1_000)}": 2,
    f"ah{bucket_of(21_000)}": 1,
    f"ah{bucket_of(25_000)}": 1,
    "x5000": 1,
    "x60000": 3,
    "xw": 130_000,
    "left.overflow": 1,
    "left.transfer": 2,
    "d.in": 3,
    "d.short": 1,
    "d.late": 4,
    "handled": 4,
    "talk": 500_000,
    "hold": 60_000,
    "acw": 40_000,
}


def of(tally: dict[str, int], definition: Definition | None = None, *, late_waiting: int = 0) -> Kpis:
    definition = definition or Definition()
    reading = read(tally)
    count = counted(reading, definition, late_waiting)
    return kpis(reading, count, definition)


def test_nothing_happened() -> None:
    found = of({}).by_name()
    zero = {name for name, value in found.items() if value == 0}
    assert zero == {
        "offered",
        "answered",
        "answered_in_target",
        "abandoned",
        "short_abandoned",
        "left",
        "handled",
        "service_level_counted",
        "enough",
        "blocked",
        "transferred",
        "callbacks",
        "attempts",
        "late_corrections",
    }
    assert all(found[name] is None for name in found.keys() - zero)


def test_a_day() -> None:
    found = of(DAY)
    assert (found.offered, found.answered, found.answered_in_target) == (9, 4, 3)
    assert (found.abandoned, found.short_abandoned, found.left, found.handled) == (4, 1, 3, 4)
    assert found.service_level_ratio == 3 / 7  # three met, four late, one short abandon left out
    assert found.abandoned_ratio == 3 / 7  # three of them not short, over those and the answered
    assert found.asa_seconds == 12.0
    assert found.aht_seconds == 150.0
    assert (found.talk_seconds, found.hold_seconds, found.acw_seconds) == (125.0, 15.0, 10.0)
    assert found.wait_p50_seconds == pytest.approx(1.0, rel=0.008)
    assert found.wait_p90_seconds == found.wait_p95_seconds == pytest.approx(25.0, rel=0.008)


def test_who_still_waits_past_the_target_is_a_miss_already() -> None:
    assert of(DAY, late_waiting=5).service_level_ratio == 3 / 12
    assert of({}, late_waiting=2).service_level_ratio == 0.0


def test_answered_only_asks_who_left_and_not_who_was_decided() -> None:
    definition = Definition(rule=ServiceLevelRule.ANSWERED_ONLY)
    assert of(DAY, definition, late_waiting=5).service_level_ratio == 3 / 4


def test_what_was_in_time_is_read_as_it_was_judged() -> None:
    found = of(DAY, Definition(target_ms=30_000, short_abandon_ms=0))
    assert (found.answered_in_target, found.short_abandoned) == (3, 1)


def test_waits_alone_make_no_handle_time() -> None:
    found = of({"a5000": 1, "aw": 300, "ah203": 1})
    assert (found.asa_seconds, found.aht_seconds, found.abandoned_ratio) == (0.3, None, 0.0)


def test_only_short_abandons_make_no_abandoned_ratio() -> None:
    assert of({"x5000": 3, "xw": 900, "d.short": 3}).abandoned_ratio is None


def test_few_are_flagged_and_how_far_they_can_be_trusted_is_told() -> None:
    found = of(DAY, Definition(min_contacts=7))
    assert (found.service_level_counted, found.enough) == (7, True)
    assert not of(DAY, Definition(min_contacts=8)).enough
    assert found.service_level_low_ratio == pytest.approx(0.1582, abs=1e-4)
    assert found.service_level_high_ratio == pytest.approx(0.7495, abs=1e-4)


@pytest.mark.parametrize(
    ("goal_ratio", "late_waiting", "left"),
    [(0.4, 0, 0), (0.3, 0, 3), (0.1, 0, 23), (0.8, 0, -4), (0.3, 5, -2), (1.0, 0, -4)],
)
def test_misses_left_are_those_after_which_the_goal_is_just_met(
    goal_ratio: float, late_waiting: int, left: int
) -> None:
    """Three of seven have met the target."""
    found = of(DAY, Definition(goal_ratio=goal_ratio), late_waiting=late_waiting)
    assert found.misses_left == left


def test_a_goal_in_binary_does_not_cost_a_miss() -> None:
    tenths = {"d.in": 7, "d.late": 3}
    assert of(tenths, Definition(goal_ratio=0.7)).misses_left == 0


def test_callbacks_transfers_and_blocked_demand_are_told() -> None:
    told = {
        "left.callback": 3,
        "k20000": 3,
        "transferred.blind": 2,
        "transferred.warm": 1,
        "blocked.full": 4,
        "blocked.closed": 1,
        "attempts.busy": 2,
        "pn": 2,
        "pw": 90_000,
    }
    found = of(told)
    assert (found.left, found.callbacks, found.transferred, found.blocked) == (3, 3, 3, 5)
    assert (found.attempts, found.promised_wait_seconds) == (2, 45.0)


def test_totals_count_who_left() -> None:
    values, out = total_kpis(read(DAY), Definition())
    assert out == Counts(answered_in=3, short_abandoned=1, late_answered=1, late_abandoned=3)
    assert values.service_level_ratio == 3 / 7
    assert handle_ms(DAY) == 600_000


def test_the_same_visits_under_every_rule() -> None:
    assert service_levels(Counts(answered_in=3, short_abandoned=1, late_answered=1, late_abandoned=3)) == {
        "count_abandons": 3 / 8,
        "drop_short": 3 / 7,
        "drop_in_target": 3 / 7,
        "credit_short": 4 / 8,
        "credit_in_target": 4 / 8,
        "answered_only": 3 / 4,
    }


# Occupancy: (talk + hold + ACW) over those and available, as sums over agents.


def occupancy_ratio(agents: dict[str, int], *, from_ms: int, to_ms: int) -> float | None:
    return staffing(time_in_states({}, agents, from_ms=from_ms, to_ms=to_ms), ()).occupancy_ratio


@pytest.mark.parametrize(
    ("agents", "expected"),
    [
        ({}, None),
        ({"not_ready": 3, "logged_out": 1, "ringing": 2, "busy_other": 1}, None),
        ({"available": 4}, 0.0),
        ({"talking": 1}, 1.0),
        ({"talking": 1, "hold": 1, "wrapup": 1, "available": 1, "ringing": 9, "not_ready": 9}, 0.75),
    ],
)
def test_whoever_stays_in_a_state_fills_the_window(agents: dict[str, int], expected: float | None) -> None:
    assert occupancy_ratio(agents, from_ms=1_000, to_ms=61_000) == expected


def test_a_window_without_length_has_no_occupancy() -> None:
    assert occupancy_ratio({"talking": 1}, from_ms=1_000, to_ms=1_000) is None


def test_entering_cuts_off_what_was_before() -> None:
    # 1 s .. 61 s; one agent entered talking at 41 s and is still in it: 20 s
    tally = {"n.talking": 1, "t.talking": 41_000}
    assert time_in_states(tally, {"talking": 1}, from_ms=1_000, to_ms=61_000) == {"talking": 20_000}


def test_leaving_keeps_what_was_before() -> None:
    # 1 s .. 61 s; one agent left talking at 41 s: 40 s
    tally = {"n.talking": -1, "t.talking": -41_000}
    assert time_in_states(tally, {}, from_ms=1_000, to_ms=61_000) == {"talking": 40_000}


def test_time_is_never_negative() -> None:
    # A fact stamped ahead of the reader's clock.
    tally = {"n.talking": 1, "t.talking": 90_000}
    assert time_in_states(tally, {"talking": 1}, from_ms=1_000, to_ms=61_000) == {"talking": 0}


def test_agents_before_are_those_of_now_without_what_came_since() -> None:
    # Since then one came from available to talking, and one logged on into wrapup and left it again.
    since = {"n.talking": 1, "t.talking": 70_000, "n.available": -1, "t.available": -70_000, "t.wrapup": -5}
    assert agents_before({"talking": 2, "available": 3}, since) == {"talking": 1, "available": 4}
    assert agents_before({}, {"n.talking": -1}) == {"talking": 1}
    assert agents_before({"talking": 1}, {"n.talking": 1}) == {"talking": 0}


def test_a_state_that_began_and_ended_in_the_window_counts() -> None:
    # entered at 10 s and left at 40 s: n is 0 and, as every zero, not kept
    assert time_in_states({"t.talking": -30_000}, {}, from_ms=1_000, to_ms=61_000) == {"talking": 30_000}


def test_one_call_in_five_minutes_is_a_third() -> None:
    #   0 available    100 talking    200 available    300 now
    centre = Centre()
    for at, state in ((0, "available"), (100, "talking"), (200, "available")):
        centre.at(at).agent("a1", state, team="north")
    (team,) = centre.at(300).board().staff.teams
    assert team.windows["60m"].occupancy_ratio == pytest.approx(1 / 3)


def test_a_call_that_began_before_the_window_counts_from_its_edge() -> None:
    # 0 talking, never anything else; the hour's window begins at 3600
    centre = Centre().at(0).agent("a1", "talking", team="north").at(5).agent("a2", "available", team="north")
    (team,) = centre.at(7200).board().staff.teams
    assert team.windows["60m"].occupancy_ratio == 0.5
