"""What a queue is called: each rule where it begins and where it ends, and which of two that hold wins."""

from itertools import product

import pytest

from stream.domain.definition import Definition
from stream.domain.kpi import Counted, Kpis, kpis
from stream.domain.reading import Reading
from stream.domain.service_level import Counts, Share
from stream.domain.status import (
    Called,
    Seen,
    Status,
    Tolerance,
    Trust,
    level_status,
    status_of,
    status_of_all,
)

pytestmark = pytest.mark.pure

STALE, EXPIRED = Trust(is_current=False, age_seconds=75), Trust(is_current=False, is_expired=True)
REBUILT = Trust(is_current=False, rebuilt_ratio=0.439)


def level(ratio: float | None, of: int = 100) -> Kpis:
    """A window of so many visits."""
    share = Share(0, 0) if ratio is None else Share(round(ratio * of), of)
    return kpis(Reading(), Counted(Counts(), share), Definition())


def seen(judged: Kpis | float | None = 0.9, recent: Kpis | float | None = 0.9, **changes: object) -> Seen:
    """A queue that nothing is wrong with, but for what is changed."""
    windows = (of if isinstance(of, Kpis) else level(of) for of in (judged, recent))
    well = Seen(
        *windows,
        waiting=0,
        waiting_over_target=0,
        longest_wait_seconds=None,
        staffed=5,
        is_open=True,
        goal_ratio=0.8,
        tolerance=Tolerance(),
        trust=Trust(),
    )
    return well._replace(**changes)  # type: ignore[arg-type] # names of fields, with what they hold


def waiting(waiting: int, longest: float, over: int = 0) -> dict[str, object]:
    return {"waiting": waiting, "longest_wait_seconds": longest, "waiting_over_target": over}


@pytest.mark.parametrize(
    ("judged", "recent", "status"),
    [
        (0.80, 0.80, Status.OK),
        (0.79, 0.99, Status.LOW),  # the goal is missed, as the number beside it says
        (0.65, 0.65, Status.LOW),  # 15 points below: low for every reader
        (0.60, 0.20, Status.LOW),  # 20 points below, exactly: 0.8 - 0.2 is a little more than 0.6
        (0.59, 0.59, Status.CRITICAL),
        (0.59, 0.64, Status.CRITICAL),  # it is better by now, and not clearly: it stays
        (0.59, 0.65, Status.LOW),
        (0.59, None, Status.CRITICAL),  # nothing came since: nothing says that it is better
        (0.95, 0.20, Status.OK),
    ],
)
def test_the_service_level_is_judged_against_the_goal(
    judged: float, recent: float | None, status: Status
) -> None:
    assert status_of(seen(judged, recent)).status is status


def test_the_points_are_those_of_the_queue() -> None:
    own = Tolerance(low_points=5, critical_points=10)
    found = {ratio: status_of(seen(ratio, ratio, tolerance=own)).status for ratio in (0.75, 0.74, 0.7, 0.69)}
    assert [*found.values()] == [Status.OK, Status.LOW, Status.LOW, Status.CRITICAL]


def test_few_visits_are_not_judged_and_none_are_quiet() -> None:
    assert status_of(seen(level(0.1, 19), 0.1)) == (
        Status.FEW,
        "19 visits count in 30 min: too few to judge",
    )
    assert status_of(seen(level(0.1, 20), 0.1)).status is Status.CRITICAL
    assert status_of(seen(None, None)) == (Status.QUIET, "no visit in 30 min, and nobody waits")
    assert status_of(seen(None, None, **waiting(1, 4))).status is Status.FEW


def test_27_who_wait_with_nobody_there_are_critical_whatever_the_service_level() -> None:
    lost = seen(0.92, 0.92, staffed=0, **waiting(27, 196, 27))
    assert status_of(lost) == (
        Status.CRITICAL,
        "27 wait, nobody is staffed; longest wait 3:16, limit 2:00",
    )


@pytest.mark.parametrize(("longest", "status"), [(120, Status.OK), (120.1, Status.CRITICAL)])
def test_a_wait_beyond_the_limit_is_critical_of_few_visits_too(longest: float, status: Status) -> None:
    assert status_of(seen(**waiting(1, longest, 1))).status is status
    of_few = status_of(seen(level(0.9, 3), **waiting(1, longest, 1)))
    assert of_few.status is (Status.FEW if status is Status.OK else status)


def test_nobody_staffed_is_low_while_somebody_waits_and_critical_from_the_target_on() -> None:
    nobody = {"staffed": 0}
    assert status_of(seen(**nobody)).status is Status.OK
    assert status_of(seen(**nobody, **waiting(1, 4))) == (Status.LOW, "1 waits, nobody is staffed")
    assert status_of(seen(**nobody, **waiting(2, 21, 1))).status is Status.CRITICAL
    assert status_of(seen(staffed=None, **waiting(2, 21, 1))).status is Status.OK  # of whom nobody tells


def test_a_closed_queue_is_closed_whoever_waits_in_it() -> None:
    assert status_of(seen(0.1, 0.1, is_open=False)) == (Status.CLOSED, "closed by its calendar")
    left = status_of(seen(0.1, 0.1, is_open=False, staffed=0, **waiting(3, 900, 3)))
    assert left == (Status.CLOSED, "closed by its calendar; 3 wait")


@pytest.mark.parametrize("judged", [0.9, 0.7, None])
def test_what_is_not_of_now_is_never_called_well(judged: float | None) -> None:
    assert status_of(seen(judged, judged, trust=STALE)) == (Status.STALE, "newest data 1:15 old")


def test_old_numbers_take_no_alarm_back_until_they_expire() -> None:
    for alarm in (seen(0.5, 0.5), seen(**waiting(1, 300, 1)), seen(staffed=0, **waiting(2, 21, 1))):
        assert status_of(alarm._replace(trust=STALE)).status is Status.CRITICAL
        assert status_of(alarm._replace(trust=EXPIRED)).status is Status.STALE


def test_while_numbers_are_read_again_nothing_else_is_said() -> None:
    for of in (seen(), seen(0.1, 0.1), seen(is_open=False)):
        assert status_of(of._replace(trust=REBUILT)) == (
            Status.REBUILDING,
            "rebuilding from the log, 43 % done",
        )


@pytest.mark.parametrize("trust", [Trust(), STALE, EXPIRED, REBUILT])
def test_every_queue_is_called_something_and_only_a_whole_one_ok(trust: Trust) -> None:
    levels, ages = (None, 0.1, 0.65, 0.9), (None, 10, 30, 500)
    for judged, recent, longest, staffed, is_open in product(
        levels, levels, ages, (None, 0, 3), (True, False)
    ):
        some = {} if longest is None else waiting(2, longest, int(longest > 20))
        of = seen(judged, recent, staffed=staffed, is_open=is_open, trust=trust, **some)
        found = status_of(of)
        assert found.reason
        if found.status is Status.OK:
            assert trust.is_current
            assert is_open
            assert judged == 0.9
            assert not (longest and (staffed == 0 or longest > 120))


def test_any_window_stands_to_the_goal_by_itself() -> None:
    found = [level_status(level(r), 0.8, Tolerance()) for r in (None, 0.8, 0.79, 0.6, 0.59)]
    assert found == [Status.QUIET, Status.OK, Status.LOW, Status.LOW, Status.CRITICAL]
    assert level_status(level(0.1, 19), 0.8, Tolerance()) is Status.FEW


def called(*statuses: Status) -> list[tuple[str, Called]]:
    return [(f"q{place}", Called(status, f"why {place}")) for place, status in enumerate(statuses)]


@pytest.mark.parametrize(
    ("queues", "trust", "status", "reason"),
    [
        ((), Trust(), Status.QUIET, "no queue yet"),
        ((), STALE, Status.STALE, "newest data 1:15 old"),
        ((Status.OK, Status.FEW, Status.CLOSED, Status.OK), Trust(), Status.OK, "2 ok, 1 few, 1 closed"),
        ((Status.CLOSED, Status.CLOSED), Trust(), Status.CLOSED, "2 closed"),
        ((Status.QUIET, Status.FEW), Trust(), Status.FEW, "1 few, 1 quiet"),
        ((Status.OK, Status.LOW), Trust(), Status.LOW, "q1: why 1"),
        (
            (Status.LOW, Status.CRITICAL, Status.OK, Status.CRITICAL),
            Trust(),
            Status.CRITICAL,
            "q1: why 1; also 1 critical, 1 low",
        ),
        ((Status.OK, Status.CLOSED), STALE, Status.STALE, "newest data 1:15 old"),
        ((Status.STALE, Status.CRITICAL), STALE, Status.CRITICAL, "q1: why 1; also 1 stale"),
        ((Status.REBUILDING,), REBUILT, Status.REBUILDING, "rebuilding from the log, 43 % done"),
    ],
)
def test_all_queues_are_called_as_the_worst_of_them(
    queues: tuple[Status, ...], trust: Trust, status: Status, reason: str
) -> None:
    assert status_of_all(called(*queues), trust) == (status, reason)


def test_what_keeps_numbers_from_being_current_is_named() -> None:
    cut = Trust(is_current=False, because=("worker away", "lagging"), age_seconds=None)
    assert status_of(seen(trust=cut)).reason == "worker away, lagging, no event yet"


@pytest.mark.parametrize(
    ("seconds", "told"), [(121, "2:01"), (5_999, "99:59"), (6_000, "1h40"), (21_873, "6h04"), (400_000, "4d")]
)
def test_waits_are_told_as_on_the_wallboard(seconds: float, told: str) -> None:
    assert status_of(seen(**waiting(1, seconds, 1))).reason == f"longest wait {told}, limit 2:00"
