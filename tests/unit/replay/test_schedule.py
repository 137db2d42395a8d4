"""When each event of a log is sent again, and at what time it is said to have happened."""

from collections import defaultdict

import pytest
from support.factories import T0, answered, ended, ms, of, queued

from stream.domain.fact import Event
from stream.replay import ordering
from stream.replay.ordering import Ordered
from stream.replay.schedule import Due, schedule

pytestmark = pytest.mark.pure

LOG = [*of("c2", queued(30), answered(90)), *of("c1", queued(0), answered(10), ended(60))]
TIMES = [0, 10, 30, 60, 90]


def planned(
    speed: float | None = None, shift_to_ms: int | None = None, shuffle: int | None = None
) -> list[Due]:
    with Ordered(LOG) as ordered:
        return list(schedule(ordered, speed=speed, shift_to_ms=shift_to_ms, shuffle=shuffle))


def seconds(due: list[Due]) -> list[float]:
    return [(entry.event.fact.at_ms - T0) / 1000 for entry in due]


def test_nothing_is_due_of_an_empty_log() -> None:
    with Ordered([]) as ordered:
        assert list(schedule(ordered, speed=1, shift_to_ms=0)) == []
        assert ordered.count == 0


@pytest.mark.parametrize("at_once", [1, 2, 4, 5, 6, 1_000])
@pytest.mark.parametrize("in_a_block", [1, 3])
def test_a_log_that_does_not_fit_into_memory_is_ordered_alike(
    at_once: int, in_a_block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "_AT_ONCE", at_once)
    monkeypatch.setattr(ordering, "_IN_A_BLOCK", in_a_block)
    log = [*LOG, *of("c1", queued(30), queued(30, "sales")), *of("c0", queued(-5, "\t\n\0é"))]
    with Ordered(iter(log)) as ordered:
        assert (ordered.count, ordered.first_ms, ordered.last_ms) == (len(log), ms(-5), ms(90))
        for _ in range(2):
            assert list(ordered) == sorted(log, key=lambda event: (event.fact.at_ms, event.subject))


def test_events_come_in_the_order_of_their_time() -> None:
    assert seconds(planned()) == TIMES
    assert {(due.event.subject, due.event.fact) for due in planned()} == {(e.subject, e.fact) for e in LOG}


@pytest.mark.parametrize(
    ("speed", "after_ms"),
    [(None, [0, 0, 0, 0, 0]), (1, [0, 10_000, 30_000, 60_000, 90_000]), (60, [0, 1000 / 6, 500, 1000, 1500])],
)
def test_at_a_speed_gaps_shrink(speed: float | None, after_ms: list[float]) -> None:
    assert [due.after_ms for due in planned(speed)] == pytest.approx(after_ms)


def test_without_a_shift_times_stay_as_they_were() -> None:
    assert seconds(planned(60)) == TIMES


@pytest.mark.parametrize(("speed", "takes_ms"), [(None, 0), (1, 90_000), (60, 1_500)])
def test_a_shifted_log_reaches_the_present_as_its_replay_ends(speed: float | None, takes_ms: int) -> None:
    now_ms = ms(1_000_000)
    due = planned(speed, shift_to_ms=now_ms)
    assert due[-1].event.fact.at_ms == now_ms + takes_ms
    # Nothing is stamped in the future of the moment it is sent, and gaps stay as they were.
    assert all(entry.event.fact.at_ms <= now_ms + entry.after_ms for entry in due)
    at = [entry.event.fact.at_ms for entry in due]
    assert [(later - at[0]) / 1000 for later in at] == TIMES


def by_subject(due: list[Due]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = defaultdict(list)
    for entry in due:
        found[entry.event.subject].append(entry.event)
    return found


def test_a_shuffle_lets_the_events_of_each_subject_trade_places_among_themselves() -> None:
    plain, shuffled = planned(1), [planned(1, shuffle=seed) for seed in range(20)]
    for one in shuffled:
        assert [entry.after_ms for entry in one] == [entry.after_ms for entry in plain]
        assert [entry.event.subject for entry in one] == [entry.event.subject for entry in plain]
        assert {s: sorted(e) for s, e in by_subject(one).items()} == {
            s: sorted(e) for s, e in by_subject(plain).items()
        }
    assert len({tuple(entry.event.fact.at_ms for entry in one) for one in shuffled}) > 5


def test_a_seed_gives_the_same_shuffle_again() -> None:
    assert planned(shuffle=7) == planned(shuffle=7)
