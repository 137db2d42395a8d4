"""What the soak calls flat, and what it does not."""

import random

import pytest
from soak.curve import growth, is_flat, sparkline

pytestmark = pytest.mark.pure

SECONDS = [10.0 * n for n in range(30)]


def test_what_fills_in_the_first_third_is_flat() -> None:
    chance = random.Random(1)
    values = [min(n, 9) * 50 + chance.uniform(-15, 15) for n in range(30)]
    assert is_flat(SECONDS, values)


def test_a_slow_leak_is_not() -> None:
    values = [100 + 0.8 * n for n in range(30)]
    assert growth(SECONDS, values) == pytest.approx(0.8 * 19)
    assert not is_flat(SECONDS, values)


def test_what_shrinks_is_flat() -> None:
    assert is_flat(SECONDS, [float(100 - n) for n in range(30)])


def test_a_sparkline_begins_at_0_and_keeps_its_width() -> None:
    assert sparkline([0, 5, 10]) == "▁▅█"
    assert len(sparkline(list(range(1_000)))) <= 48
