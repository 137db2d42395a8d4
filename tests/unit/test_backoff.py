"""How long is waited between tries."""

import pytest

from stream.backoff import Backoff

pytestmark = pytest.mark.pure


def test_pauses_double_up_to_the_longest_and_chance_takes_up_to_a_quarter() -> None:
    found = [Backoff(1, 10) for _ in range(200)]
    for full in (1, 2, 4, 8, 10, 10):
        pauses = [backoff.pause_seconds() for backoff in found]
        assert full * 0.75 < min(pauses) < full * 0.8
        assert full * 0.95 < max(pauses) <= full


def test_a_first_pause_is_no_longer_than_the_longest() -> None:
    assert Backoff(5, 2).pause_seconds() <= 2
