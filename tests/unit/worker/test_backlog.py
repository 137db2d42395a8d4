"""For how long records have been waiting."""

import pytest
from support.factories import AGENTS, CONTACTS

from stream.worker.backlog import BacklogAge

pytestmark = pytest.mark.pure


def waited(*looks: tuple[float, int, int]) -> list[float]:
    """For how long records have been waiting, at each (instant, position, end)."""
    age, found = BacklogAge(), []
    for at, position, end in looks:
        age.look(at, {CONTACTS: end})
        found.append(age.seconds(at, CONTACTS, position))
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
    age = BacklogAge()
    age.look(0, {CONTACTS: 9})
    age.look(2, {AGENTS: 9})
    age.look(4, {CONTACTS: 9})
    assert age.seconds(5, CONTACTS, 3) == 1


def test_however_long_it_stands_still_little_is_kept() -> None:
    age = BacklogAge()
    for n in range(5_000):
        age.look(n, {CONTACTS: n + 1})
    assert age.seconds(5_000, CONTACTS, 0) == 5_000
    assert len(age._seen[CONTACTS]) <= 512
