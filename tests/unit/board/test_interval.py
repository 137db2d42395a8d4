"""What windows cover: intervals by the clock, golden cases of interval booking, days of 23 and 25 hours."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from support.factories import T0, abandoned, answered, ms, queued, state
from support.scenario import Centre, clocked

from stream.board.interval import STALE_AFTER_MS, WINDOWS, Edges
from stream.board.memo import Memo
from stream.board.rows import QueueBoard
from stream.domain.agent.now import AgentsNow
from stream.domain.civil import Clock
from stream.domain.definition import Definition, definitions
from stream.domain.kpi import agents_before, time_in_states
from stream.domain.timetable import Timetable, Worktime

pytestmark = pytest.mark.pure

NEW_YORK, JAKARTA, KATHMANDU = "America/New_York", "Asia/Jakarta", "Asia/Kathmandu"


def at(text: str) -> float:
    """Seconds after T0 of an instant."""
    return datetime.fromisoformat(text).timestamp() - T0 / 1000


def today(time: str) -> float:
    """Seconds after T0 of a time of that day, in UTC."""
    return at(f"2026-11-21T{time}+00:00")


def offered(row: QueueBoard, *windows: str) -> list[int]:
    return [row.windows[window].offered for window in windows]


def local(zone: str, at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone)).strftime("%H:%M")


# Where each thing is booked.


def test_genesys_offered_and_answered_in_different_half_hours() -> None:
    #   07:00        07:30        08:00
    #   |       07:28 | 07:32      |        offered is booked to the first, answered to the second
    centre = Centre().tell("c1", queued(today("07:28")), answered(today("07:32")))
    row = centre.at(today("07:45")).queue()
    last, current = row.windows["interval_30m_last"], row.windows["interval_30m"]
    assert (last.offered, last.answered, last.asa_seconds) == (1, 0, None)
    assert (current.offered, current.answered, current.asa_seconds) == (0, 1, 240.0)
    # Its target passed at 07:28:20, so it was decided in the first half hour and in no other.
    assert (last.service_level_ratio, current.service_level_ratio) == (0.0, None)
    row = centre.at(today("08:10")).queue()
    last, current = row.windows["interval_30m_last"], row.windows["interval_30m"]
    assert (last.offered, last.answered) == (0, 1)
    assert (current.offered, current.answered) == (0, 0)


def amazon(now: str) -> Centre:
    """One agent available from five on, but busy from 05:23 to 06:15; what is known of it at `now`."""
    centre = Centre()
    for time, name in (("05:00", "available"), ("05:23", "talking"), ("06:15", "available")):
        if time <= now:
            centre.tell("a1", state(today(time), name, team="north"))
    return centre.at(today(now))


@pytest.mark.parametrize(
    ("now", "last", "current"),
    [
        ("05:45", 7 / 30, 1.0),
        ("06:10", 1.0, 1.0),
        ("06:29", 1.0, 15 / 29),
        ("06:45", 15 / 30, 0.0),
        ("07:10", 0.0, 0.0),
    ],
)
def test_amazon_a_busy_hour_is_cut_at_the_half_hours(now: str, last: float, current: float) -> None:
    #   05:00        05:30        06:00        06:30
    #   |     05:23 ==|============|== 06:15     |        7, 30 and 15 minutes
    (team,) = amazon(now).board().staff.teams
    assert team.windows["interval_30m_last"].occupancy_ratio == pytest.approx(last)
    assert team.windows["interval_30m"].occupancy_ratio == pytest.approx(current)


@pytest.mark.parametrize(
    ("now", "busy", "idle"), [("05:45", 7, 23), ("06:15", 30, 0), ("06:20", 30, 0), ("06:50", 15, 15)]
)
def test_amazon_minutes_in_each_state(now: str, busy: int, idle: int) -> None:
    centre = amazon(now)
    centre.board()
    clock = Clock(ZoneInfo("UTC"))
    interval = Edges(Memo()).intervals(clock, centre.now_ms, lambda _: None)["interval_30m_last"]
    series, model = centre.model.series["a\tnorth"], centre.model
    agents = agents_before(
        {agent.state: 1 for agent in model.now(AgentsNow).agents.values()},
        model.since(series, "test", interval).reading.plain,
    )
    tally = model.window(series, "test", interval).reading.plain
    spent = time_in_states(tally, agents, from_ms=interval.from_ms, to_ms=interval.to_ms)
    minutes = {name: spent_ms / 60_000 for name, spent_ms in spent.items() if spent_ms}
    assert minutes == {name: n for name, n in (("talking", busy), ("available", idle)) if n}


def test_an_agent_known_only_since_the_interval_was_not_there_in_it() -> None:
    centre = amazon("06:45").tell("a2", state(today("06:40"), "available", team="north"))
    (team,) = centre.board().staff.teams
    assert team.windows["interval_30m_last"].occupancy_ratio == 0.5


def test_a_state_stamped_ahead_of_the_clock_takes_nothing_from_the_past() -> None:
    centre = amazon("06:45").tell("a1", state(today("06:52"), "not_ready", team="north"))
    (team,) = centre.board().staff.teams
    assert team.windows["interval_30m_last"].occupancy_ratio == 0.5


def test_a_visit_that_still_waits_is_a_miss_of_the_interval_in_which_its_target_passed() -> None:
    #   07:29:30 queued     target 07:29:50     07:29:45 queued     target 07:30:05
    centre = Centre().tell("c1", queued(today("07:29:30"))).tell("c2", queued(today("07:29:45")))
    centre.tell("c3", queued(today("07:29:40")))  # its target is the edge itself: the next interval
    for now in ("07:31", "07:44"):
        row = centre.at(today(now)).queue()
        levels = [row.windows[name].service_level_ratio for name in ("interval_15m_last", "interval_15m")]
        assert levels == [0.0, 0.0]
    centre.tell("c1", answered(today("07:44")))
    row = centre.at(today("07:44")).queue()
    assert row.windows["interval_15m_last"].service_level_ratio == 0.0
    centre.tell("c1", answered(today("07:29:31"), "late news"))
    row = centre.at(today("07:44")).queue()
    assert row.windows["interval_15m_last"].service_level_ratio == 1.0


def test_of_two_windows_one_without_outcomes_has_no_ratios() -> None:
    centre = Centre().tell("c1", queued(today("07:05")), answered(today("07:06")))
    row = centre.tell("c2", queued(today("07:40"))).at(today("07:40:10")).queue()
    last, current = row.windows["interval_30m_last"], row.windows["interval_30m"]
    assert (last.service_level_ratio, last.abandoned_ratio, last.asa_seconds) == (0.0, 0.0, 60.0)
    assert (current.service_level_ratio, current.abandoned_ratio, current.asa_seconds) == (None, None, None)
    assert (current.aht_seconds, current.wait_p50_seconds, current.offered) == (None, None, 1)


# How intervals move on.


def test_the_interval_in_progress_becomes_the_last_complete_one() -> None:
    centre = Centre()
    for n in range(4):
        centre.tell(f"c{n}", queued(450 * n))  # 10:00:00, 10:07:30, 10:15:00, 10:22:30
    names = ("interval_15m", "interval_15m_last", "interval_30m", "interval_30m_last")
    seen = {now: offered(centre.at(now).queue(), *names) for now in (0, 899.999, 900, 1799, 1800, 2700, 3600)}
    assert seen == {
        0: [1, 0, 1, 0],
        899.999: [2, 0, 2, 0],
        900: [1, 2, 3, 0],
        1799: [2, 2, 4, 0],
        1800: [0, 2, 0, 4],
        2700: [0, 0, 0, 4],
        3600: [0, 0, 0, 0],
    }


def test_what_comes_late_is_added_to_the_interval_it_belongs_to() -> None:
    centre = Centre().tell("c1", queued(0)).at(1000)
    assert offered(centre.queue(), "interval_15m_last", "interval_15m") == [1, 0]
    centre.tell("c2", queued(899.999)).tell("c3", queued(900))
    assert offered(centre.queue(), "interval_15m_last", "interval_15m") == [2, 1]


# Where windows begin and end.


def intervals(zone: str, now: str, day_start: int = 0) -> dict[str, tuple[int, int]]:
    found = Edges(Memo()).intervals(Clock(ZoneInfo(zone), day_start), ms(at(now)), lambda _: None)
    assert tuple(found) == WINDOWS
    return {name: interval[:2] for name, interval in found.items()}


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        (JAKARTA, "2026-11-21T00:10:00+07:00", ("00:00", "23:30", "00:00")),
        (JAKARTA, "2026-11-20T23:59:59.999+07:00", ("23:30", "23:00", "23:30")),
        (KATHMANDU, "2026-11-21T08:50:00+05:45", ("08:30", "08:00", "08:30")),
        (KATHMANDU, "2026-11-21T00:00:00+05:45", ("00:00", "23:30", "00:00")),
        # Spring: after 01:30 to 02:00 comes 03:00.
        (NEW_YORK, "2026-03-08T01:59:59-05:00", ("01:30", "01:00", "01:30")),
        (NEW_YORK, "2026-03-08T03:00:00-04:00", ("03:00", "01:30", "03:00")),
        # Autumn: after 01:30 to 02:00 comes 01:00 once more.
        (NEW_YORK, "2026-11-01T01:10:00-05:00", ("01:00", "01:30", "01:00")),
        (NEW_YORK, "2026-11-01T02:10:00-05:00", ("02:00", "01:30", "02:00")),
    ],
)
def test_half_hours_by_the_clock(zone: str, now: str, expected: tuple[str, str, str]) -> None:
    found = intervals(zone, now)
    current, last = found["interval_30m"], found["interval_30m_last"]
    assert (local(zone, current[0]), local(zone, last[0]), local(zone, last[1])) == expected
    assert current == (last[1], ms(at(now)))
    assert last[1] - last[0] == 30 * 60_000


@pytest.mark.parametrize(
    ("zone", "now", "hours"),
    [
        (NEW_YORK, "2026-03-08T23:59:00-04:00", 23),
        (NEW_YORK, "2026-11-01T23:59:00-05:00", 25),
        (JAKARTA, "2026-11-01T23:59:00+07:00", 24),
        (KATHMANDU, "2026-11-01T23:59:00+05:45", 24),
    ],
)
def test_the_business_day_has_as_many_hours_as_the_clock_gives_it(zone: str, now: str, hours: int) -> None:
    from_ms, to_ms = intervals(zone, now)["today"]
    assert (local(zone, from_ms), to_ms) == ("00:00", ms(at(now)))
    assert to_ms - from_ms == (hours * 60 - 1) * 60_000


def every_hour(centre: Centre, begin: str, hours: int) -> None:
    for n in range(hours):
        centre.tell(f"{begin} {n}", queued(at(begin) + n * 3600 + 1))


@pytest.mark.parametrize(
    ("zone", "midnight", "hours"),
    [
        (NEW_YORK, "2026-03-08T00:00:00-05:00", 23),
        (NEW_YORK, "2026-11-01T00:00:00-04:00", 25),
        (JAKARTA, "2026-11-21T00:00:00+07:00", 24),
        (KATHMANDU, "2026-11-21T00:00:00+05:45", 24),
    ],
)
def test_today_counts_all_hours_of_its_day_and_none_of_others(zone: str, midnight: str, hours: int) -> None:
    centre = Centre(timetable=clocked(zone))
    every_hour(centre, midnight, hours + 1)  # the last comes after the next midnight
    before = Centre(timetable=clocked(zone)).tell("before", queued(at(midnight) - 1))
    assert offered(before.at(at(midnight)).queue(), "today") == [0]
    last = at(midnight) + hours * 3600
    assert offered(centre.at(last - 0.001).queue(), "today") == [hours]
    assert offered(centre.at(last + 2).queue(), "today") == [1]


def test_a_day_that_begins_at_six() -> None:
    centre = Centre(timetable=clocked("UTC", 6 * 60))
    for time in ("05:59", "06:00", "07:00"):
        centre.tell(time, queued(today(time)))
    assert offered(centre.at(today("05:59:59")).queue(), "today") == [1]
    assert offered(centre.at(today("08:00")).queue(), "today") == [2]


# Every queue by its own clock, all together by the centre's.


def three_clocks() -> Centre:
    kathmandu = Worktime(Clock(ZoneInfo(KATHMANDU)))
    early = Worktime(Clock(ZoneInfo("UTC"), 9 * 60 + 50))
    timetable = Timetable(
        Worktime(Clock(ZoneInfo("UTC"))), {("far", "voice"): kathmandu, ("early", "voice"): early}
    )
    return Centre(definitions(default=Definition()), timetable)


def test_queues_go_by_their_own_clocks_and_all_by_that_of_the_centre() -> None:
    #   10:00 UTC is 15:45 in Kathmandu: its half hour began at 09:45, that of the centre at 10:00
    centre = three_clocks()
    for queue in ("near", "far", "early"):
        for minute in (-11, -6, 5):
            contact = f"{queue} {minute}"
            if minute == 5:
                centre.tell(contact, queued(60 * minute, queue), answered(60 * minute + 1))
            else:
                centre.tell(contact, queued(60 * minute, queue), abandoned(60 * minute + 10))
    board = centre.at(600).board()
    rows = {row.queue: row for row in [*board.queues, board.all]}
    windows = ("interval_30m", "interval_30m_last", "today", "15m")
    assert {name: offered(row, *windows) for name, row in rows.items()} == {
        "near": [1, 2, 3, 1],
        "far": [3, 0, 3, 1],
        "early": [1, 2, 2, 1],
        "all": [3, 6, 9, 3],
    }
    # The service level of all is over the centre's interval too, for queues that have another as well.
    levels = {name: row.windows["interval_30m"].service_level_ratio for name, row in rows.items()}
    assert levels == {"near": 1.0, "far": 1 / 3, "early": 1.0, "all": 1.0}
    days = {name: row.windows["today"].service_level_ratio for name, row in rows.items()}
    assert days == {"near": 1 / 3, "far": 1 / 3, "early": 1 / 2, "all": 1 / 3}
    assert rows["all"].intervals == rows["near"].intervals
    assert rows["far"].intervals["interval_30m"][:2] == (ms(-900), ms(600))


# Completeness.


@pytest.mark.parametrize(
    ("now", "up_to_now", "last"),
    [
        # Two of three partitions have ever had an event, at 10:14:30 and at 10:15:30.
        (930, 1.0, 1 / 2),
        (870 + STALE_AFTER_MS / 1000, 1.0, 1 / 2),
        (870.001 + STALE_AFTER_MS / 1000, 1 / 2, 1 / 2),
        (930.001 + STALE_AFTER_MS / 1000, 0.0, 1 / 2),
        (1800, 0.0, 0.0),
    ],
)
def test_how_many_partitions_have_been_read_up_to_the_end(now: float, up_to_now: float, last: float) -> None:
    centre = Centre(partitions=3).tell("c0", queued(870)).tell("c1", queued(930))
    row = centre.at(now).queue()
    ratios = {name: interval.completeness_ratio for name, interval in row.intervals.items()}
    assert ratios.pop("interval_15m_last") == last
    passed = ratios.pop("interval_30m_last")
    assert passed == (1.0 if now < 1800 else 0.0)
    assert set(ratios.values()) == {up_to_now}


def test_a_partition_that_stands_at_the_end_has_been_read_up_to_it() -> None:
    centre = Centre().tell("c1", queued(900)).at(900)
    assert centre.queue().intervals["interval_15m_last"].completeness_ratio == 1.0


def test_before_the_first_event_there_is_no_completeness() -> None:
    for centre in (Centre(partitions=2), Centre(partitions=2).beat()):
        board = centre.at(60).board()
        assert {interval.completeness_ratio for interval in board.all.intervals.values()} == {None}


def test_a_clock_is_read_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    day: Callable[[Clock, int], object] = Clock.day

    def counted(self: Clock, at_ms: int) -> object:
        read.append(at_ms)
        return day(self, at_ms)

    monkeypatch.setattr(Clock, "day", counted)
    edges, clock = Edges(Memo()), Clock(ZoneInfo("UTC"))
    for seconds in (0, 10, 59.999, 60, 61, 120):
        edges.intervals(clock, ms(seconds), lambda _: None)
    assert read == [ms(0), ms(60), ms(120)]
