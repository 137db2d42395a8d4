"""The KPIs of agents: sums over agents, divided last, exact at any now."""

import pytest
from support.factories import heartbeat, ms, schedule, state, state_corrected, state_retracted
from support.scenario import Centre, clocked

from stream.board.staff import StaffBoard
from stream.domain.contact.contribution import Live
from stream.domain.fold import Cell
from stream.domain.measures.staff import MOST_REASONS
from stream.domain.staffing import Staffing, StaffingRules, Team, busy_ratio, staffing
from stream.store.delta import Delta
from stream.store.partition import Partition

pytestmark = pytest.mark.pure

HOUR = 3600
RULES = StaffingRules(teams={"north": Team("North", "Bandung"), "south": Team("South", "Bandung")})


def team(centre: Centre, name: str = "unassigned") -> StaffBoard:
    (found,) = [found for found in centre.board().staff.teams if found.team == name]
    return found


def did(centre: Centre, window: str = "60m", name: str = "unassigned") -> Staffing:
    return team(centre, name).windows[window]


# The golden case: an agent idle for two hours.


@pytest.mark.parametrize("now", [0.001, 7, 3599.999, 7199.999, 7200])
def test_an_agent_idle_for_two_hours_is_exact_at_any_now(now: float) -> None:
    centre = Centre().tell("a1", state(0, "available")).at(now)
    today = did(centre, "today")
    assert today.state_seconds["available"] == now
    assert (today.occupancy_ratio, today.utilisation_ratio) == (0.0, 0.0)
    assert today.concurrency_ratio is None  # nobody talked
    covered = min(now, 3600 + now % 10)
    assert did(centre, "60m").state_seconds["available"] == pytest.approx(covered)


def test_after_two_hours_idle_the_call_that_follows_counts_as_it_is() -> None:
    centre = Centre().tell("a1", state(0, "available"), state(2 * HOUR, "talking")).at(2 * HOUR + 1800)
    assert did(centre, "today").state_seconds["available"] == 2 * HOUR
    assert did(centre, "today").occupancy_ratio == 1800 / (2 * HOUR + 1800)
    assert did(centre, "30m").occupancy_ratio == 1.0


def test_midnight_cuts_a_state() -> None:
    # The centre's midnight is at 3600: at T0 it is eleven in the evening in Auckland.
    centre = Centre(timetable=clocked("Pacific/Auckland")).tell("a1", state(0, "available")).at(HOUR + 600)
    assert did(centre, "today").state_seconds["available"] == 600
    assert did(centre.at(2 * HOUR), "today").state_seconds["available"] == HOUR


# Three forms of occupancy.


def legs(centre: Centre, *since: float, name: str = "unassigned", channel: str = "voice") -> Centre:
    """Contacts that talk to agents of a team: live, and as the integral of their legs."""
    live = {
        f"c\tx{channel}{n}": (Live(False, f"c\tbilling\t{channel}", ms(at), name),)  # noqa: FBT003 - a tuple
        for n, at in enumerate(since)
    }
    fields = f"n.leg.{channel}", f"t.leg.{channel}"
    cells: dict[Cell, dict[str, int]] = {}
    for at in since:
        for pane_ms in (10_000, 60_000):
            cell = cells.setdefault(
                Cell(pane_ms, ms(at) // pane_ms * pane_ms, f"a\t{name}"), dict.fromkeys(fields, 0)
            )
            cell[fields[0]] += 1
            cell[fields[1]] += ms(at)
    delta = Delta(1, full=False, position=0, watermark_ms=0, written_ms=0, cells=cells, live=dict(live))
    centre.model.take(Partition(f"pantau.legs.{channel}", 0), delta, now_ms=centre.now_ms)
    return centre


def test_two_chats_at_once_are_two_slots_and_one_busy_agent() -> None:
    centre = Centre().tell("a1", state(0, "available", capacity=3), state(60, "talking", capacity=3)).at(240)
    found = did(legs(centre, 60, 60), "5m")
    assert found.occupancy_ratio == 180 / 240
    assert found.occupancy_slot_ratio == 2 * 180 / (3 * 240)
    assert found.concurrency_ratio == 2.0


ONE_CALL_OR_THREE_CHATS = {"voice": 1, "chat": 3}


def test_slots_are_told_by_channel() -> None:
    """One call or three chats: two chats take two of three, and no call can be taken beside them."""
    told = [
        state(at, name, slots=ONE_CALL_OR_THREE_CHATS) for at, name in ((0, "available"), (60, "talking"))
    ]
    centre = legs(Centre().tell("a1", *told).at(240), 60, 60, channel="chat")
    found = did(centre, "5m")
    assert found.occupancy_slot_by_channel == {"chat": 2 * 180 / (3 * 240), "voice": 0.0}
    assert found.occupancy_slot_ratio == 2 * 180 / (3 * 240)  # of the most contacts at once, in any channel
    centre.now_ms = ms(300)
    assert did(legs(centre, 240), "5m").occupancy_slot_by_channel["voice"] == 60 / 300


def test_slots_change_with_any_state() -> None:
    told = (state(0, "talking", slots={"chat": 3}), state(100, "talking", slots={"chat": 1, "email": 2}))
    found = did(legs(Centre().tell("a1", *told).at(200), 0, channel="chat"), "5m")
    assert found.occupancy_slot_by_channel == {"chat": 200 / (300 + 100), "email": 0.0}


def test_slots_by_channel_are_shown_only_where_told() -> None:
    centre = legs(Centre().tell("a1", state(0, "talking", capacity=3)).at(60), 0, channel="chat")
    assert did(centre, "5m").occupancy_slot_by_channel == {}
    centre.tell("a2", state(0, "available", slots={"chat": 2, "sms": 0}))
    assert did(centre, "5m").occupancy_slot_by_channel == {"chat": 60 / 120}


def test_slots_of_unknown_legs_have_no_value() -> None:
    told = state(0, "talking", team="north", slots=ONE_CALL_OR_THREE_CHATS)
    found = did(Centre().tell("a1", told).at(60), "5m", "north")
    assert found.occupancy_slot_by_channel == {"chat": None, "voice": None}


def test_slots_add_up_over_agents_and_end_with_silence() -> None:
    centre = Centre(staffing=RULES).tell("a1", state(0, "available", slots={"chat": 3}), heartbeat(0))
    centre.tell("a2", state(0, "available", slots={"chat": 1}))
    silent_ms = RULES.stale_after_ms
    centre.now_ms = ms(0) + 2 * silent_ms
    known = 3 * silent_ms + 1 * 2 * silent_ms
    assert did(legs(centre, 0, channel="chat"), "60m").occupancy_slot_by_channel == {
        "chat": 2 * silent_ms / known
    }


def test_a_leg_that_names_no_team_is_in_none() -> None:
    centre = Centre().at(0).tell("a1", state(0, "talking"))
    centre.queued("c1", "billing").answered("c1", "a1").at(60)
    assert did(centre, "5m").occupancy_slot_ratio is None


def test_capacity_may_change_amid_a_state() -> None:
    centre = Centre().tell("a1", state(0, "talking", capacity=1), state(100, "talking", capacity=4)).at(200)
    assert did(legs(centre, 0), "5m").occupancy_slot_ratio == 200 / (100 + 400)


def test_legs_that_name_no_team_make_no_false_zero() -> None:
    found = did(Centre().tell("a1", state(0, "talking", team="north")).at(60), "5m", "north")
    assert (found.occupancy_slot_ratio, found.concurrency_ratio) == (None, None)


def test_an_open_leg_that_names_no_team_is_in_no_team_not_even_that_of_agents_without() -> None:
    centre = Centre().tell("a1", state(0, "talking")).at(30).queued("c1").answered("c1", "a1").at(60)
    found = did(centre, "5m")
    assert (found.occupancy_slot_ratio, found.concurrency_ratio) == (None, None)


def test_an_agent_who_names_a_queue_twice_serves_it_once() -> None:
    centre = Centre().at(0).queued("c1").agent("a1", "available", queues=("billing", "billing")).at(10)
    assert centre.queue().now.agents == {"available": 1}


def test_ringing_is_neither_busy_nor_idle() -> None:
    found = did(Centre().tell("a1", state(0, "ringing")).at(60), "5m")
    assert found.occupancy_ratio is None
    assert found.utilisation_ratio == 0.0


def test_an_agent_of_two_queues_counts_once_in_the_team_and_in_both_queues_now() -> None:
    centre = (
        Centre().at(0).queued("c1", "billing").queued("c2", "sales").answered("c1", "a1").answered("c2", "a1")
    )
    centre.agent("a1", "talking", queues=("billing", "sales")).agent("a2", "available", queues=("sales",)).at(
        50
    )
    assert (centre.queue("billing").now.busy_ratio, centre.queue("sales").now.busy_ratio) == (1.0, 0.5)
    assert centre.board().all.now.busy_ratio == 0.5
    assert did(centre).occupancy_ratio == 0.5


def test_busy_share_needs_somebody_staffed() -> None:
    assert busy_ratio({"logged_out": 3, "not_ready": 2, "unknown": 1}) is None
    assert busy_ratio({"not_ready": 2, "ringing": 1, "busy_other": 1, "wrapup": 1, "available": 1}) == 0.5


# Sums over agents, never means of percentages.


def test_a_site_is_the_sum_of_its_teams() -> None:
    centre = Centre(staffing=RULES).at(0).agent("a1", "talking", team="north")
    for n in range(3):
        centre.agent(f"b{n}", "available", team="south")
    centre.agent("c", "talking", team="elsewhere").at(100)
    staff = centre.board().staff
    assert [(site.site, site.windows["5m"].occupancy_ratio) for site in staff.sites] == [
        ("", 1.0),
        ("Bandung", 0.25),
    ]
    assert [site.agents for site in staff.sites] == [{"talking": 1}, {"talking": 1, "available": 3}]
    assert staff.all.windows["5m"].occupancy_ratio == 0.4
    assert [(t.team, t.display_name, t.site) for t in staff.teams] == [
        *(("elsewhere", "", ""), ("north", "North", "Bandung"), ("south", "South", "Bandung")),
    ]


# Reasons.


def test_time_not_ready_is_told_by_reason() -> None:
    centre = Centre().tell(
        "a1",
        state(0, "not_ready", reason="lunch"),
        state(60, "not_ready"),
        state(70, "not_ready", reason="training"),
    )
    found = did(centre.at(100))
    assert found.not_ready == {"lunch": 60.0, "training": 30.0, "unspecified": 10.0}
    assert found.state_seconds["not_ready"] == 100.0
    assert found.utilisation_ratio == 0.3


def test_productive_reasons_of_other_work_count_too() -> None:
    centre = Centre().tell(
        "a1", state(0, "busy_other", reason="training"), state(60, "busy_other", reason="mail")
    )
    assert did(centre.at(100)).utilisation_ratio == 0.6


def test_reasons_beyond_the_most_are_summed() -> None:
    spent = {f"not_ready.r{n}": 1000 * (n + 1) for n in range(MOST_REASONS + 3)}
    spent["not_ready"] = sum(spent.values())
    shown = staffing(spent, ()).not_ready
    assert len(shown) == MOST_REASONS + 1
    assert (shown["other"], sum(shown.values())) == (1 + 2 + 3, spent["not_ready"] / 1000)


# Silence.


def test_who_falls_silent_is_unknown_and_no_longer_idle() -> None:
    centre = Centre().tell("a1", state(0, "available", queues=("billing",)), heartbeat(60)).queued("c1")
    assert team(centre.at(420)).agents == {"available": 1}
    assert team(centre.at(420.001)).agents == {"unknown": 1}
    found = did(centre.at(600))
    assert (found.state_seconds["available"], found.state_seconds["unknown"]) == (420.0, 180.0)
    assert found.utilisation_ratio == 0.0
    assert did(centre, "1m").occupancy_ratio is None
    now = centre.queue().now
    assert (now.agents, now.busy_ratio) == ({"unknown": 1}, None)


def test_who_comes_back_was_there() -> None:
    centre = Centre().tell("a1", state(0, "available"), heartbeat(60)).at(600)
    assert team(centre).agents == {"unknown": 1}
    assert team(centre.tell("a1", heartbeat(590)).at(601)).agents == {"available": 1}
    assert did(centre).state_seconds["available"] == 601.0


def test_who_never_sends_heartbeats_never_goes_stale() -> None:
    assert team(Centre().tell("a1", state(0, "available")).at(40 * HOUR)).agents == {"available": 1}


def test_who_logged_out_is_not_missed() -> None:
    centre = Centre().tell("a1", state(0, "available"), heartbeat(60), state(90, "logged_out"))
    assert team(centre.at(4000)).agents == {"logged_out": 1}


# Schedules.

PLAN = schedule(0, 2000, (0, 1000, "productive"), (1000, 1500, "not_productive"))


def test_adherence_is_the_share_of_scheduled_time_in_a_matching_state() -> None:
    centre = Centre().tell(
        "a1", PLAN, state(0, "not_ready"), state(300, "available"), state(1100, "not_ready")
    )
    found = did(centre.at(2000))
    # Grace: 0 to 60 and 1000 to 1060; 60 to 300 and 1060 to 1100 do not match.
    assert found.adherence_ratio == (1500 - 240 - 40) / 1500
    assert found.conformance_ratio == 800 / 1000


@pytest.mark.parametrize("now", [30, 60, 61.5, 299, 300, 999, 1000, 1060, 1234.567])
def test_adherence_of_a_state_that_lasts_is_exact_at_any_now(now: float) -> None:
    found = did(Centre().tell("a1", PLAN, state(0, "available")).at(now))
    assert found.adherence_ratio == pytest.approx(min(now, 1060) / now, abs=1e-12)
    assert found.conformance_ratio == pytest.approx(now / min(now, 1000), abs=1e-12)


def test_without_a_schedule_there_is_no_adherence() -> None:
    found = did(Centre().tell("a1", state(0, "available")).at(100))
    assert (found.adherence_ratio, found.conformance_ratio) == (None, None)


def test_a_new_version_changes_what_was_booked() -> None:
    facts = [PLAN, state(0, "available"), state(100, "not_ready"), state(200, "available")]
    centre = Centre(staffing=RULES).tell("a1", *facts).at(200)
    assert did(centre).adherence_ratio == 0.5
    centre.tell("a1", schedule(0, 2000, (100, 200, "not_productive"), at=1))
    assert did(centre).adherence_ratio == 1.0
    centre.tell("a1", state_retracted("again", 2), state_corrected("again", PLAN._replace(at_ms=ms(5)), 3))
    assert did(centre).adherence_ratio == 0.5


def test_scheduled_time_counts_for_the_team_the_schedule_tells() -> None:
    plan = schedule(0, 1000, (0, 1000, "productive"), team="north")
    centre = Centre().tell("a1", plan, state(0, "logged_out"), state(500, "available", team="north")).at(1000)
    assert did(centre, name="north").adherence_ratio == (60 + 500) / 1000


# Handle in progress.


def test_contacts_that_talk_are_told_by_their_age() -> None:
    centre = Centre().at(0).queued("c1").queued("c2").answered("c1").at(60).answered("c2").at(100)
    now = centre.queue().now
    assert (now.active, now.longest_talk_seconds, now.mean_talk_seconds) == (2, 100.0, 70.0)
    now = centre.leg_ended("c1").leg_ended("c2").queue().now
    assert (now.active, now.longest_talk_seconds, now.mean_talk_seconds) == (0, None, None)
