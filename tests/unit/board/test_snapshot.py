"""The board at one instant: what a supervisor sees while things happen."""

from datetime import UTC

import pytest
from support.factories import (
    abandoned,
    answered,
    attempted,
    callback,
    contact_ended,
    ended,
    fact,
    left,
    ms,
    queued,
    retracted,
    state,
)
from support.scenario import Centre, clocked

from stream.board.interval import STALE_AFTER_MS
from stream.board.rows import EXPIRED_AFTER_MS, Freshness, freshness
from stream.board.snapshot import BoardBuilder
from stream.domain.civil import Clock
from stream.domain.contact.now import ContactsNow
from stream.domain.definition import Attribution, Definition, ServiceLevelRule, definitions
from stream.domain.fact import Fact
from stream.domain.kinds import Kind
from stream.domain.opening import Calendar, Hours
from stream.domain.timetable import Timetable, Worktime

pytestmark = pytest.mark.pure

COUNT_ABANDONS = Definition(rule=ServiceLevelRule.COUNT_ABANDONS)
WINDOWS = {
    *("1m", "5m", "15m", "30m", "60m", "today"),
    *("interval_15m", "interval_15m_last", "interval_30m", "interval_30m_last"),
}


def test_second_caller_is_answered_too_late() -> None:
    centre = Centre(definitions(default=COUNT_ABANDONS))
    centre.at(0).queued("c1", "billing").at(4).answered("c1")
    centre.at(10).queued("c2", "billing").at(45).answered("c2")
    assert centre.at(60).service_level("billing") == 0.5  # target 20 s


def test_an_empty_centre_has_an_empty_board() -> None:
    board = Centre().at(60).board()
    assert (board.queues, board.staff.teams, board.open_contacts) == ([], [], 0)
    assert (board.freshness, board.age_ms, board.watermark_ms) == (Freshness.EMPTY, None, 0)
    assert board.all.now.waiting == 0
    assert board.all.now.longest_wait_seconds is None
    assert set(board.all.windows) == WINDOWS
    assert all(shown.service_level_ratio is None for shown in board.all.windows.values())


# The board goes red while people wait, not after they hung up.


def test_a_queue_nobody_answers_falls_while_all_still_wait() -> None:
    #   0 c1 is answered at once        100, 101, 102: c2, c3, c4 wait, and nobody comes
    centre = Centre().at(0).queued("c0").answered("c0")
    for n, at in enumerate((100, 101, 102)):
        centre.at(at).queued(f"c{n + 1}")
    seen = [centre.at(at).service_level() for at in (110, 120, 120.001, 121.001, 122.001, 600)]
    assert seen == [1.0, 1.0, 1 / 2, 1 / 3, 1 / 4, 1 / 4]


def test_the_target_itself_is_still_in_time() -> None:
    centre = Centre().at(0).queued("c1")
    row = centre.at(20).queue()
    assert (row.now.waiting_over_target, row.windows["5m"].service_level_ratio) == (0, None)
    row = centre.at(20.001).queue()
    assert (row.now.waiting_over_target, row.windows["5m"].service_level_ratio) == (1, 0.0)
    # Answered right at the target it is met after all: nobody had counted it as a miss before.
    assert centre.at(20.001).tell("c1", answered(20)).service_level() == 1.0


def test_a_live_miss_becomes_a_booked_one_without_being_counted_twice() -> None:
    centre = Centre(definitions(default=COUNT_ABANDONS))
    centre.at(0).queued("c1").queued("c2").answered("c2")
    assert centre.at(30).service_level() == 0.5
    assert centre.at(31).answered("c1").service_level() == 0.5
    assert centre.at(90).service_level() == 0.5


def test_a_miss_belongs_to_the_window_in_which_the_target_passed() -> None:
    #   queued 0    target 20    one minute's window begins at 20, then at 30
    centre = Centre().at(0).queued("c1")
    assert centre.at(80).queue().windows["1m"].service_level_ratio == 0.0
    assert centre.at(90).queue().windows["1m"].service_level_ratio is None
    assert centre.at(90).queue().windows["5m"].service_level_ratio == 0.0
    assert centre.at(90).answered("c1").queue().windows["1m"].service_level_ratio is None


def test_who_waits_longest_is_told_to_the_millisecond() -> None:
    centre = Centre().at(0).queued("c1").at(3.5).queued("c2")
    now = centre.at(10.25).queue().now
    assert (now.waiting, now.longest_wait_seconds, now.oldest_queued_ms) == (2, 10.25, ms(0))
    now = centre.answered("c1").queue().now
    assert (now.waiting, now.longest_wait_seconds, now.oldest_queued_ms, now.active) == (1, 6.75, ms(3.5), 1)
    now = centre.at(11).answered("c2").queue().now
    assert (now.waiting, now.longest_wait_seconds, now.oldest_queued_ms, now.active) == (0, None, None, 2)
    assert centre.at(99).leg_ended("c1").queue().now.active == 1


def test_an_entry_stamped_ahead_of_the_clock_waits_no_negative_time() -> None:
    now = Centre().at(0).tell("c1", queued(5)).queue().now
    assert (now.waiting, now.longest_wait_seconds) == (1, 0.0)


def test_the_end_of_a_contact_clears_it_from_the_board() -> None:
    centre = Centre().at(0).queued("c1").queued("c2").answered("c2")
    assert centre.board().open_contacts == 2
    centre.contact_ended("c1").contact_ended("c2")
    assert centre.at(60).board().open_contacts == 0
    assert centre.queue().now.waiting_over_target == 0


# Callbacks, stuck and the ledger.


def test_a_callback_that_is_not_due_is_scheduled_and_nobody_waits() -> None:
    centre = Centre().at(0).callback("c1", 600)
    shown = [centre.at(at).queue("billing", "callback").now for at in (0, 599.999, 600, 620, 620.001)]
    assert [(now.scheduled, now.waiting) for now in shown] == [(1, 0), (1, 0), (0, 1), (0, 1), (0, 1)]
    assert [now.longest_wait_seconds for now in shown] == [None, None, 0.0, 20.0, 20.001]
    assert [now.waiting_over_target for now in shown] == [0, 0, 0, 0, 1]
    assert [now.reconciliation_difference for now in shown] == 5 * [0]
    assert centre.board().open_contacts == 1


def test_a_callback_misses_its_target_from_when_it_is_due() -> None:
    centre = Centre().at(0).callback("c1", 600)
    levels = [
        centre.at(at).queue("billing", "callback").windows["5m"].service_level_ratio for at in (620, 621)
    ]
    assert levels == [None, 0.0]
    centre.at(630).answered("c1")
    row = centre.queue("billing", "callback")
    assert (row.windows["5m"].service_level_ratio, row.windows["5m"].asa_seconds) == (0.0, 30.0)
    assert row.windows["today"].offered == 1


def test_the_wait_that_was_promised_away_is_told() -> None:
    centre = Centre().tell("c1", queued(0, visit=1), left(30, "callback", visit=1))
    centre.tell("c1", callback(31, 600, visit=2), attempted(601), attempted(650), answered(660, visit=2))
    centre.tell("c2", callback(0, 600), answered(640))  # nobody knows since when
    board = centre.at(700).board()
    first, second = (row.windows["15m"] for row in board.queues)
    assert (first.promised_wait_seconds, first.attempts, first.asa_seconds) == (660.0, 2, 50.0)
    assert (second.promised_wait_seconds, second.callbacks, second.left) == (None, 1, 1)


@pytest.mark.parametrize(
    ("channel", "hours"), [("voice", 2), ("chat", 24), ("email", None), ("callback", None)]
)
def test_who_has_not_moved_for_too_long_is_stuck(channel: str, hours: int | None) -> None:
    centre = Centre().at(0).queued("waits", "billing", channel)
    centre.queued("talks", "billing", channel).answered("talks")
    if hours is None:
        now = centre.at(40 * 24 * 3600).queue("billing", channel).now
        assert (now.waiting, now.active, now.stuck) == (1, 1, 0)
        return
    now = centre.at(3600 * hours).queue("billing", channel).now
    assert (now.waiting, now.active, now.stuck, now.waiting_over_target) == (1, 1, 0, 1)
    assert now.longest_wait_seconds == 3600 * hours
    centre.queued("comes later", "billing", channel)
    board = centre.at(3600 * hours + 0.001).board()
    for row in (board.all, *board.queues):
        now = row.now
        assert (now.waiting, now.active, now.stuck, now.waiting_over_target) == (1, 0, 2, 0)
        assert (now.longest_wait_seconds, now.reconciliation_difference) == (0.001, 0)
    assert board.open_contacts == 1


def test_a_stuck_contact_that_moves_is_none_any_more() -> None:
    centre = Centre().at(0).queued("c1")
    assert centre.at(8000).queue().now.stuck == 1
    now = centre.answered("c1").queue().now
    assert (now.stuck, now.active) == (0, 1)


def test_whoever_was_offered_is_accounted_for() -> None:
    centre = Centre(partitions=2)
    for n, fate in enumerate(
        [
            answered(5),
            abandoned(5),
            left(5),
            left(5, "callback"),
            left(5, "error"),
            contact_ended(5),
            queued(0),
        ]
    ):
        centre.tell(f"c{n}", queued(0), fate)
    centre.tell("c9", callback(0, 900)).tell("c8", queued(-8000))
    for at in (4, 6, 1000):
        board = centre.at(at).board()
        assert [row.now.reconciliation_difference for row in [*board.queues, board.all]] == [0, 0, 0]
    assert (board.all.now.waiting, board.all.now.stuck) == (2, 1)
    centre.crash().tell("c0", retracted(1001, queued(0)))
    assert centre.board().all.now.reconciliation_difference == 0


def test_a_ledger_that_does_not_add_up_is_told() -> None:
    centre = Centre().at(0).queued("c1").queued("c2").answered("c2")
    assert centre.queue().now.reconciliation_difference == 0
    centre.model.now(ContactsNow).waiting["c\tbilling\tvoice"].clear()  # live state was lost
    assert centre.queue().now.reconciliation_difference == 1
    assert centre.board().all.now.reconciliation_difference == 1


def test_what_was_turned_away_at_the_door_is_demand_and_nobody_waits() -> None:
    centre = Centre().at(0).blocked("c1").blocked("c2", "closed").queued("c3")
    centre.at(120).blocked("c4")
    row = centre.at(130).queue()
    assert (row.windows["1m"].blocked, row.windows["5m"].blocked, row.totals.blocked) == (1, 3, 3)
    assert (row.windows["5m"].offered, row.now.waiting, row.now.reconciliation_difference) == (1, 1, 0)
    assert centre.board().all.windows["5m"].blocked == 3


def test_a_queue_that_turns_all_away_has_a_row() -> None:
    row = Centre().at(0).blocked("c1").queue()
    assert (row.windows["1m"].blocked, row.windows["1m"].service_level_ratio) == (1, None)


# Definitions that change, and several targets.


def test_a_change_of_target_at_midnight_rewrites_nothing() -> None:
    #  T0 is ten in the morning. Target 20 s before midnight, 60 s from midnight on; all wait for 40 s.
    midnight = 14 * 3600
    rule = ServiceLevelRule.COUNT_ABANDONS
    steps = ((0, Definition(20_000, rule=rule)), (ms(midnight), Definition(60_000, rule=rule)))
    centre = Centre(definitions({("billing", ""): steps}))
    centre.tell("old", queued(midnight - 5)).tell("new", queued(midnight + 5))
    row = centre.at(midnight - 1).queue()
    assert (row.definition.target_ms, row.now.waiting_over_target) == (20_000, 0)
    row = centre.at(midnight + 16).queue()
    assert (row.definition.target_ms, row.now.waiting_over_target) == (60_000, 1)  # promised 20 s
    assert row.windows["5m"].service_level_ratio == 0.0
    centre.tell("old", answered(midnight + 35)).tell("new", answered(midnight + 45))
    for at in (midnight + 46, midnight + 100):
        assert centre.at(at).service_level() == 1 / 2


def test_a_callback_promised_before_a_change_is_late_once_and_stays_late() -> None:
    midnight = 14 * 3600
    steps = ((0, Definition(20_000)), (ms(midnight), Definition(60_000)))
    centre = Centre(definitions({("billing", ""): steps}))
    centre.tell("c1", callback(midnight - 100, midnight + 100))

    def level(at: float) -> float | None:
        row = centre.at(midnight + at).queue("billing", "callback")
        return row.windows["5m"].service_level_ratio

    assert [level(at) for at in (130, 159, 161)] == [None, None, 0.0]
    centre.tell("c1", answered(midnight + 162))
    assert level(163) == 0.0


@pytest.mark.parametrize(
    ("attribution", "expected"),
    [
        # Met and counted by targets of 10, 20 and 60 s. Answered after 5 and 15 s; one waits for 30 s.
        (Attribution.DECIDED, {10_000: (1, 3), 20_000: (2, 3), 60_000: (2, 2)}),
        (Attribution.EXITED, {10_000: (1, 2), 20_000: (2, 2), 60_000: (2, 2)}),
        (Attribution.OFFERED, {10_000: (1, 2), 20_000: (2, 2), 60_000: (2, 2)}),
    ],
)
def test_a_queue_with_several_targets_shows_each(
    attribution: Attribution, expected: dict[int, tuple[int, int]]
) -> None:
    several = Definition(20_000, attribution=attribution, all_targets_ms=(10_000, 20_000, 60_000))
    centre = Centre(definitions({("billing", ""): several}))
    centre.tell("c1", queued(0), answered(5)).tell("c2", queued(0), answered(15)).tell("c3", queued(0))
    board = centre.at(30).board()
    assert board.queues[0].by_target["5m"] == expected
    assert board.queues[0].windows["5m"].service_level_counted == expected[20_000][1]
    assert board.all.by_target == {}


@pytest.mark.parametrize(
    ("attribution", "levels"),
    [
        (Attribution.DECIDED, [1.0, 1.0, 1 / 2, 1 / 3, 1 / 4, 1 / 4]),
        # Who has not left is not counted: all is well until they hang up.
        (Attribution.EXITED, [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
        (Attribution.OFFERED, [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
    ],
)
def test_only_deciding_at_the_target_sees_a_queue_nobody_answers(
    attribution: Attribution, levels: list[float]
) -> None:
    centre = (
        Centre(definitions(default=Definition(attribution=attribution))).at(0).queued("c0").answered("c0")
    )
    for n, at in enumerate((100, 101, 102)):
        centre.at(at).queued(f"c{n + 1}")
    found = [centre.at(at).service_level() for at in (110, 120, 120.001, 121.001, 122.001, 600)]
    assert found == levels


def test_two_windows_of_which_one_has_no_outcomes() -> None:
    centre = Centre().tell("c1", queued(0), answered(4)).tell("c2", queued(200))
    shown = centre.at(210).queue().windows
    one, five = shown["1m"], shown["5m"]
    assert (one.offered, one.service_level_ratio, one.asa_seconds, one.abandoned_ratio) == (
        1,
        None,
        None,
        None,
    )
    assert (one.service_level_low_ratio, one.service_level_high_ratio, one.service_level_counted) == (
        None,
        None,
        0,
    )
    assert (five.offered, five.service_level_ratio, five.asa_seconds) == (2, 1.0, 4.0)
    assert not one.enough
    assert not five.enough


def test_what_came_late_for_a_window_is_told() -> None:
    centre = Centre().at(300).queued("c1")
    assert centre.queue().windows["60m"].late_corrections == 0
    centre.tell("c2", queued(10), answered(12)).tell("c3", queued(280), answered(290))
    board = centre.at(301).board()
    for row in (board.queues[0], board.all):
        assert [row.windows[name].late_corrections for name in ("1m", "5m", "60m")] == [0, 2, 2]


# Windows.


def test_windows_reach_back_as_far_as_they_say() -> None:
    centre = Centre()
    minutes = {"c0": 0, "c1": 31, "c2": 46, "c3": 56, "c4": 59.5}
    for contact, at in minutes.items():
        centre.tell(contact, queued(60 * at), answered(60 * at + 1))
    shown = centre.at(3600 + 5).queue().windows
    assert {name: kpis.offered for name, kpis in shown.items()} == {
        "1m": 1,
        "5m": 2,
        "15m": 3,
        "30m": 4,
        "60m": 5,
        "today": 5,
        "interval_15m": 0,  # it has just begun
        "interval_15m_last": 3,
        "interval_30m": 0,
        "interval_30m_last": 4,
    }


def test_a_board_forgets_as_windows_pass() -> None:
    centre = Centre().tell("c1", queued(0), answered(1))
    assert [centre.at(at).queue().windows["1m"].answered for at in (1, 60, 69.999, 70)] == [1, 1, 1, 0]
    assert centre.at(70).queue().windows["5m"].answered == 1
    assert centre.at(86_400).queue().windows["60m"].asa_seconds is None
    assert centre.queue().totals.answered == 1


def test_the_business_day_begins_at_local_midnight() -> None:
    # T0 is ten in the morning in UTC; on Chatham it is a quarter to midnight.
    centre = Centre(timetable=clocked("Pacific/Chatham"))
    centre.tell("c1", queued(0), answered(1)).tell("c2", queued(895))
    assert centre.at(899).queue().windows["today"].offered == 2
    centre.tell("c2", answered(905))
    assert centre.at(905).queue().windows["today"].offered == 0
    assert centre.queue().windows["today"].answered == 1
    assert centre.queue().windows["60m"].offered == 2


def test_an_event_stamped_ahead_is_shown_when_its_time_has_come() -> None:
    centre = Centre().at(0).tell("c1", queued(150), answered(151))
    assert centre.queue().windows["today"].offered == 0
    assert centre.at(150).queue().windows["today"].offered == 1
    assert centre.queue().windows["5m"].answered == 1


def test_a_late_event_corrects_what_was_shown() -> None:
    centre = Centre().at(0).queued("c1").at(60).answered("c1")
    assert centre.at(61).service_level() == 0.0
    centre.tell("c1", abandoned(3))  # it arrives late: the contact had hung up after three seconds
    row = centre.at(62).queue()
    assert row.windows["5m"].service_level_ratio is None
    assert (row.windows["5m"].abandoned, row.windows["5m"].short_abandoned) == (1, 1)
    assert (row.totals.answered, row.totals.abandoned) == (0, 1)


def test_a_board_may_be_looked_at_after_a_long_pause() -> None:
    centre = Centre().tell("c1", queued(0), answered(30))
    assert centre.at(31).queue().windows["60m"].offered == 1
    centre.tell("c2", queued(200_000), answered(200_001))
    shown = centre.at(200_002).queue().windows
    assert (shown["60m"].offered, shown["today"].offered, shown["today"].answered) == (1, 1, 1)


# All queues as one.


def test_all_queues_are_summed_each_by_its_own_target() -> None:
    strict, lax = (
        Definition(target_ms=5_000, rule=ServiceLevelRule.COUNT_ABANDONS),
        Definition(target_ms=60_000, rule=ServiceLevelRule.COUNT_ABANDONS),
    )
    rules = definitions({("strict", ""): strict, ("lax", ""): lax}, default=COUNT_ABANDONS)
    centre = (
        Centre(rules).tell("c1", queued(0, "strict"), answered(10)).tell("c2", queued(0, "lax"), answered(50))
    )
    centre.tell("c3", queued(0, "strict"), left(3)).tell("c4", queued(0, "lax"), abandoned(7))
    centre.tell("c5", queued(40, "strict")).tell("c6", queued(40, "lax"))
    every = centre.at(60).board().all
    shown = every.windows["5m"]
    assert (shown.offered, shown.answered, shown.answered_in_target) == (6, 2, 1)
    assert (shown.abandoned, shown.left) == (1, 1)
    # Met: c2. Decided: c1 (late), c2, c4, and c5, who waits longer than five seconds. Not c6, not c3.
    assert shown.service_level_ratio == 1 / 4
    assert (every.now.waiting, every.now.waiting_over_target, every.now.longest_wait_seconds) == (2, 1, 20.0)
    assert every.totals.service_level_ratio == 1 / 3


def test_the_channels_of_a_queue_are_rows_of_their_own() -> None:
    centre = Centre().tell("c1", queued(0, "help", "voice")).tell("c2", queued(0, "help", "chat"))
    board = centre.at(1).board()
    assert [(row.queue, row.channel, row.now.waiting) for row in board.queues] == [
        ("help", "chat", 1),
        ("help", "voice", 1),
    ]
    assert (board.all.queue, board.all.channel, board.all.now.waiting) == ("all", None, 2)


def test_in_all_queues_each_is_counted_by_its_own_rule() -> None:
    strict = Definition(rule=ServiceLevelRule.COUNT_ABANDONS)
    lax = Definition(rule=ServiceLevelRule.ANSWERED_ONLY)
    centre = Centre(definitions({("strict", ""): strict, ("lax", ""): lax}))
    for queue in ("strict", "lax"):
        centre.tell(f"{queue}1", queued(0, queue), answered(1))
        centre.tell(f"{queue}2", queued(0, queue), abandoned(10))
    board = centre.at(60).board()
    levels = {row.queue: row.windows["5m"].service_level_ratio for row in [*board.queues, board.all]}
    assert levels == {"strict": 1 / 2, "lax": 1.0, "all": 2 / 3}
    assert board.all.windows["5m"].service_level_counted == 3


def test_each_contact_counts_once_by_its_first_visit_and_in_every_queue() -> None:
    #  0 billing   25 overflows   30 sales   35 answered   60 passed on   60 support   61 answered
    centre = Centre().tell("c1", queued(0), left(25), queued(30, "sales"), answered(35), ended(60))
    centre.tell("c1", queued(60.5, "support"), answered(61)).tell("c2", queued(10), answered(14))
    every = centre.at(90).board().all
    assert (every.windows["5m"].offered, every.windows["5m"].answered, every.windows["5m"].left) == (4, 3, 1)
    for shown in (every.contacts["5m"], every.contacts["today"], every.contacts["totals"]):
        assert (shown.offered, shown.answered, shown.left) == (2, 1, 1)
        assert (shown.service_level_ratio, shown.asa_seconds) == (1.0, 4.0)
    assert all(row.contacts == {} for row in centre.board().queues)


# Agents.


def test_agents_are_counted_by_team_and_by_every_queue_they_serve() -> None:
    centre = Centre().at(0).queued("c1", "billing").queued("c2", "sales")
    centre.agent("a1", "available", team="north", queues=("billing", "sales"))
    centre.agent("a2", "talking", team="north", queues=("billing",))
    centre.agent("a3", "not_ready", team="south", queues=("sales",))
    board = centre.at(1).board()
    assert {team.team: team.agents for team in board.staff.teams} == {
        "north": {"available": 1, "talking": 1},
        "south": {"not_ready": 1},
    }
    assert {row.queue: row.now.agents for row in board.queues} == {
        "billing": {"available": 1, "talking": 1},
        "sales": {"available": 1, "not_ready": 1},
    }
    assert board.all.now.agents == {"available": 1, "talking": 1, "not_ready": 1}  # each once


def test_an_agent_who_moves_is_in_one_team_only() -> None:
    centre = Centre().at(0).agent("a1", "available", team="north")
    centre.at(60).agent("a1", "available", team="south")
    teams = {team.team: team.agents for team in centre.at(61).board().staff.teams}
    assert teams == {"north": {}, "south": {"available": 1}}


def test_occupancy_advances_with_the_clock_and_without_events() -> None:
    centre = Centre().at(0).agent("a1", "available", team="t").agent("a2", "talking", team="t")
    assert [centre.at(at).board().staff.teams[0].windows["1m"].occupancy_ratio for at in (1, 30, 3_600)] == [
        0.5,
        0.5,
        0.5,
    ]
    centre.agent("a1", "talking", team="t")
    assert centre.at(3_700).board().staff.teams[0].windows["1m"].occupancy_ratio == 1.0


def test_an_agent_of_no_team_belongs_to_those_unassigned() -> None:
    assert [team.team for team in Centre().tell("a1", state(0, "available")).at(1).board().staff.teams] == [
        "unassigned"
    ]


# Open or closed.


def test_a_queue_is_open_by_its_calendar_and_without_one_always() -> None:
    mornings = Calendar(UTC, ((Hours(600, 601),),) * 7)
    clock = Clock(UTC)
    timetable = Timetable(Worktime(clock), {("office", "voice"): Worktime(clock, mornings)})
    centre = Centre(timetable=timetable).tell("c1", queued(0, "office"))
    seen = [(b.queues[0].now.open, b.all.now.open) for at in (0, 59.999, 60) for b in [centre.at(at).board()]]
    assert seen == [(True, True), (True, True), (False, False)]
    board = centre.tell("c2", queued(0, "other")).tell("c3", queued(0, "office", "chat")).board()
    assert [(row.queue, row.channel, row.now.open) for row in board.queues] == [
        ("office", "chat", True),
        ("office", "voice", False),
        ("other", "voice", True),
    ]
    assert board.all.now.open is True  # while any queue is


def test_without_queues_nothing_is_open_or_closed() -> None:
    assert Centre().board().all.now.open is None


def test_a_board_of_some_windows_shows_the_same_in_them() -> None:
    centre = Centre().tell("c1", queued(0), answered(1)).tell("a1", state(0, "talking", team="north"))
    centre.at(1000).board()
    some = BoardBuilder(centre.model, definitions()).board(centre.now_ms, ("5m", "interval_15m_last"))
    for row, whole in zip([*some.queues, some.all], [centre.queue(), centre.board().all], strict=True):
        assert list(row.windows) == ["5m", "interval_15m_last", "15m", "30m"]  # the last two for the status
        assert all(whole.windows[name] == kpis for name, kpis in row.windows.items())
    did = {name: staffing.occupancy_ratio for name, staffing in some.staff.teams[0].windows.items()}
    assert did == {"5m": 1.0, "interval_15m_last": 1.0}


# Freshness.


@pytest.mark.parametrize(
    ("age_ms", "expected"),
    [
        (-5_000, Freshness.FRESH),  # a source whose clock is ahead
        (0, Freshness.FRESH),
        (STALE_AFTER_MS, Freshness.FRESH),
        (STALE_AFTER_MS + 1, Freshness.STALE),
        (EXPIRED_AFTER_MS, Freshness.STALE),
        (EXPIRED_AFTER_MS + 1, Freshness.EXPIRED),
    ],
)
def test_how_the_age_of_the_data_is_called(age_ms: int, expected: Freshness) -> None:
    assert freshness(ms(0), ms(0) - age_ms, 0) is expected


def test_before_the_first_event_nothing_is_stale() -> None:
    assert freshness(ms(0), 0, ms(0)) is Freshness.EMPTY


@pytest.mark.parametrize(
    ("event_age_ms", "beat_age_ms", "expected"),
    [
        (STALE_AFTER_MS, 0, Freshness.FRESH),
        (STALE_AFTER_MS + 1, 0, Freshness.QUIET),
        (STALE_AFTER_MS + 1, STALE_AFTER_MS, Freshness.QUIET),
        (36_000_000, 15_000, Freshness.QUIET),
        (36_000_000, STALE_AFTER_MS + 1, Freshness.STALE),
        (36_000_000, EXPIRED_AFTER_MS, Freshness.STALE),
        (36_000_000, EXPIRED_AFTER_MS + 1, Freshness.EXPIRED),
        (0, 36_000_000, Freshness.FRESH),
    ],
)
def test_heartbeats_tell_quiet_from_stale(event_age_ms: int, beat_age_ms: int, expected: Freshness) -> None:
    assert freshness(ms(0), ms(0) - event_age_ms, ms(0) - beat_age_ms) is expected


def test_a_quiet_centre_whose_path_is_alive_is_right_until_that_breaks() -> None:
    centre, shown = Centre(partitions=2).at(0).queued("c1"), []
    for at in (0, 300, 600):
        centre.at(at).beat()
        board = centre.at(at + 59).board()
        assert board.all.intervals["5m"].completeness_ratio == 1.0
        shown.append((board.freshness, board.age_ms, board.current_ms))
    shown += [(b.freshness, b.age_ms, b.current_ms) for at in (661, 901) for b in [centre.at(at).board()]]
    assert shown == [
        (Freshness.FRESH, 59_000, ms(0)),
        (Freshness.QUIET, 359_000, ms(300)),
        (Freshness.QUIET, 659_000, ms(600)),
        (Freshness.STALE, 661_000, ms(600)),
        (Freshness.EXPIRED, 901_000, ms(600)),
    ]
    assert centre.board().all.now.waiting == 1


def test_one_partition_without_heartbeats_leaves_the_centre_stale() -> None:
    centre = Centre(partitions=2).at(0).queued("c1")
    assert centre.at(100).beat(0).board().freshness is Freshness.STALE
    assert centre.beat(1).board().freshness is Freshness.QUIET
    assert centre.at(190).beat(0).board().freshness is Freshness.STALE  # the other's has grown old


def test_a_quiet_centre_grows_old_and_its_numbers_stay() -> None:
    centre = Centre().at(0).queued("c1")
    shown = [
        (b.freshness, b.age_ms, b.all.now.waiting) for at in (0, 61, 301) for b in [centre.at(at).board()]
    ]
    assert shown == [
        (Freshness.FRESH, 0, 1),
        (Freshness.STALE, 61_000, 1),
        (Freshness.EXPIRED, 301_000, 1),
    ]


def test_the_newest_event_of_any_partition_counts() -> None:
    centre = Centre(partitions=4)
    for n in range(8):
        centre.at(n).queued(f"c{n}")
    board = centre.at(8).board()
    assert (board.watermark_ms, board.age_ms, board.all.now.waiting) == (ms(7), 1000, 8)


def test_partitions_are_merged_by_addition() -> None:
    one, many = Centre(), Centre(partitions=5)
    for n in range(40):
        for centre in (one, many):
            centre.tell(f"c{n}", queued(n), (answered if n % 3 else abandoned)(n + n % 27))
            centre.tell(f"a{n % 7}", state(n, ("talking", "available")[n % 2], team="t"))
    assert one.at(60).board().queues == many.at(60).board().queues
    assert one.board().all == many.board().all
    assert one.board().staff.teams == many.board().staff.teams


# Messages that wait for a reply.


def test_who_waits_for_a_reply_is_shown_until_a_person_writes() -> None:
    def wrote(at: float, by: str) -> Fact:
        return fact(Kind.MESSAGE_SENT, at, text=("", by))

    centre = Centre().tell("c1", queued(0, "help", "chat"), wrote(1, "customer"), answered(5))
    centre.tell("c2", queued(0, "help", "chat"), wrote(10, "customer"), wrote(11, "customer"))
    now = centre.at(60).queue("help", "chat").now
    assert (now.unanswered, now.oldest_unanswered_seconds) == (2, 59.0)
    assert (now.waiting, now.active) == (1, 1)
    centre.tell("c1", wrote(61, "agent"))
    now = centre.at(70).queue("help", "chat").now
    assert (now.unanswered, now.oldest_unanswered_seconds) == (1, 60.0)
    centre.tell("c2", contact_ended(80))
    assert centre.at(90).board().all.now.unanswered == 0
    replies = centre.queue("help", "chat").windows["5m"]
    assert (replies.first_response_seconds, replies.response_seconds) == (61.0, 60.0)
