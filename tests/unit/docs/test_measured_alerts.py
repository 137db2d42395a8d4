"""The measurement in docs/alerts.md: its bounds, its picture, and what it counts."""

import pytest

from tools.docs.noise import at_most, measured, result
from tools.docs.picture import picture


@pytest.mark.parametrize(("count", "bound"), [(0, 2.996), (1, 4.744), (2, 6.296), (10, 16.962)])
def test_bounds_are_those_of_a_table_of_poisson(count: int, bound: float) -> None:
    assert at_most(count) == pytest.approx(bound, abs=0.001)


def test_the_picture_has_a_dot_for_each_page() -> None:
    pages = sum(len(one["since_felt_seconds"]) for one in result()["incidents"])
    assert picture().count("<circle ") == pages > 0


def test_the_section_tells_how_many_days_it_rests_on() -> None:
    days = sum(result()["healthy_days_by_seed"].values())
    assert f"Measured on {days} days" in measured()
