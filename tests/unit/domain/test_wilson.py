"""Wilson's interval against values that others have published."""

import pytest

from stream.domain.wilson import wilson

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3: the score interval.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        # The same from the other side.
        (182, 263, 0.6338, 0.7447),
        (20, 20, 0.8389, 1.0),
    ],
)
def test_the_published_intervals(part: int, whole: int, low: float, high: float) -> None:
    found = wilson(part, whole)
    assert found is not None
    assert tuple(round(bound, 4) for bound in found) == (low, high)


@pytest.mark.parametrize("whole", [0, -1])
def test_of_nothing_nothing_is_known(whole: int) -> None:
    assert wilson(0, whole) is None


def test_the_interval_holds_the_share_and_narrows_with_more() -> None:
    widths = []
    for n in (1, 10, 100, 1000):
        low, high = wilson(n // 2, n) or (1, 0)
        assert 0 <= low <= (n // 2) / n <= high <= 1
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
