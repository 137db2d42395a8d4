"""When a partition counts as stalled."""

import pytest
from support.factories import AGENTS, CONTACTS

from stream.app.watchdog import Stall, StallDetector

pytestmark = pytest.mark.pure

LIMIT = 60.0


def looked(*looks: tuple[float, int, int]) -> list[Stall | None]:
    """What is found at each (instant, position, end)."""
    stalls = StallDetector(LIMIT)
    return [stalls.look(at, {CONTACTS: position}, {CONTACTS: end}) for at, position, end in looks]


def test_records_that_wait_for_longer_than_the_limit_are_told() -> None:
    assert looked((0, 5, 9), (60, 5, 12), (61, 5, 12)) == [None, None, Stall(CONTACTS, 5, 12, 61)]


def test_a_partition_that_moves_is_not_stalled_however_far_behind() -> None:
    assert looked(*((20.0 * n, n, 10**6) for n in range(50))) == [None] * 50


def test_the_time_begins_when_records_wait() -> None:
    assert looked((0, 5, 5), (100, 5, 5), (200, 5, 6), (255, 5, 6), (261, 5, 6))[-2:] == [
        None,
        Stall(CONTACTS, 5, 6, 61),
    ]


def test_a_position_that_goes_back_moves_too() -> None:
    assert looked((0, 50, 90), (59, 0, 90), (100, 0, 90)) == [None] * 3


def test_who_owns_nothing_is_not_stalled() -> None:
    stalls = StallDetector(LIMIT)
    assert [stalls.look(at, {}, {CONTACTS: 9}) for at in (0, 1000)] == [None, None]


def test_what_is_excused_begins_anew_afterwards() -> None:
    stalls, positions, ends = StallDetector(LIMIT), {CONTACTS: 1, AGENTS: 1}, {CONTACTS: 2, AGENTS: 1}
    assert stalls.look(0, positions, ends) is None
    assert stalls.look(70, positions, ends, {CONTACTS}) is None
    assert stalls.look(80, positions, ends) is None
    assert stalls.look(141, positions, ends) == Stall(CONTACTS, 1, 2, 61)


def test_what_is_forgotten_begins_anew() -> None:
    stalls = StallDetector(LIMIT)
    stalls.look(0, {CONTACTS: 1}, {CONTACTS: 2})
    stalls.forget()
    assert stalls.look(70, {CONTACTS: 1}, {CONTACTS: 2}) is None


def test_a_log_whose_end_is_not_known_tells_nothing() -> None:
    stalls = StallDetector(LIMIT)
    assert [stalls.look(at, {CONTACTS: 1}, {}) for at in (0, 1000)] == [None, None]
