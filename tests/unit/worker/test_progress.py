"""What stands still, and what only waits."""

import pytest
from support.factories import AGENTS, CONTACTS

from stream.worker.progress import Progress, Stuck, Waiting

pytestmark = pytest.mark.pure

LIMIT = 60.0


def looked(*looks: tuple[float, int, int]) -> list[Stuck | None]:
    """What is found at each (instant, position, end)."""
    progress = Progress(LIMIT)
    return [progress.stuck(at, {CONTACTS: position}, {CONTACTS: end}) for at, position, end in looks]


def test_records_that_wait_for_longer_than_the_limit_are_told() -> None:
    assert looked((0, 5, 9), (60, 5, 12), (61, 5, 12)) == [None, None, Stuck(CONTACTS, 5, 12, 61)]


def test_a_partition_that_moves_is_not_stuck_however_far_behind() -> None:
    assert looked(*((20.0 * n, n, 10**6) for n in range(50))) == [None] * 50


def test_the_time_begins_when_records_wait() -> None:
    assert looked((0, 5, 5), (100, 5, 5), (200, 5, 6), (255, 5, 6), (261, 5, 6))[-2:] == [
        None,
        Stuck(CONTACTS, 5, 6, 61),
    ]


def test_a_position_that_goes_back_moves_too() -> None:
    assert looked((0, 50, 90), (59, 0, 90), (100, 0, 90)) == [None] * 3


def test_who_owns_nothing_is_not_stuck() -> None:
    progress = Progress(LIMIT)
    assert [progress.stuck(at, {}, {CONTACTS: 9}) for at in (0, 1000)] == [None, None]


def test_what_is_excused_begins_anew_afterwards() -> None:
    progress, positions, ends = Progress(LIMIT), {CONTACTS: 1, AGENTS: 1}, {CONTACTS: 2, AGENTS: 1}
    assert progress.stuck(0, positions, ends) is None
    assert progress.stuck(70, positions, ends, {CONTACTS}) is None
    assert progress.stuck(80, positions, ends) is None
    assert progress.stuck(141, positions, ends) == Stuck(CONTACTS, 1, 2, 61)


def test_what_is_forgotten_begins_anew() -> None:
    progress = Progress(LIMIT)
    progress.stuck(0, {CONTACTS: 1}, {CONTACTS: 2})
    progress.forget()
    assert progress.stuck(70, {CONTACTS: 1}, {CONTACTS: 2}) is None


def test_a_log_whose_end_is_not_known_tells_nothing() -> None:
    progress = Progress(LIMIT)
    assert [progress.stuck(at, {CONTACTS: 1}, {}) for at in (0, 1000)] == [None, None]


def waited(*looks: tuple[float, int, int]) -> list[float]:
    """For how long records have been waiting, at each (instant, position, end)."""
    waiting, found = Waiting(), []
    for at, position, end in looks:
        waiting.look(at, {CONTACTS: end})
        found.append(waiting.seconds(at, CONTACTS, position))
    return found


def test_nothing_waits_where_all_was_read() -> None:
    assert waited((0, 5, 5), (60, 5, 5), (61, 9, 9)) == [0, 0, 0]


def test_the_oldest_that_waits_counts_however_much_comes_behind() -> None:
    assert waited((0, 5, 9), (2, 5, 12), (4, 5, 20)) == [0, 2, 4]


def test_who_moves_on_while_more_comes_is_as_late_as_what_is_next() -> None:
    assert waited((0, 5, 9), (2, 9, 12), (4, 11, 20), (6, 12, 20), (8, 20, 20)) == [0, 0, 2, 2, 0]


def test_of_a_log_that_is_another_nothing_is_known() -> None:
    assert waited((0, 5, 9), (2, 0, 3), (4, 0, 3)) == [0, 0, 2]


def test_of_a_log_that_nobody_asks_about_nothing_is_kept() -> None:
    waiting = Waiting()
    waiting.look(0, {CONTACTS: 9})
    waiting.look(2, {AGENTS: 9})
    waiting.look(4, {CONTACTS: 9})
    assert waiting.seconds(5, CONTACTS, 3) == 1


def test_however_long_it_stands_still_little_is_kept() -> None:
    waiting = Waiting()
    for n in range(5_000):
        waiting.look(n, {CONTACTS: n + 1})
    assert waiting.seconds(5_000, CONTACTS, 0) == 5_000
    assert len(waiting._seen[CONTACTS]) <= 512
