"""A tally taken apart, as it moves."""

import pytest

from stream.domain.reading import Reading, read, together

pytestmark = pytest.mark.pure

TALLY = {
    "offered": 4,
    "aw": 31_000,
    "a20000": 2,
    "a+": 1,
    "h30000": 3,
    "K5000": 1,
    "ah317": 2,
    "fh12": 1,
    "left.overflow": 1,
    "blocked.full": 5,
    "d60000.in": 2,
    "n.leg.voice": -1,
    "^a20000": 7,
}


@pytest.mark.parametrize("field", ["xh317", "hh40", "ph1", "rh9"])
def test_histograms_that_nobody_is_shown_take_no_place(field: str) -> None:
    assert read({field: 3}) == Reading()


@pytest.mark.parametrize("field", ["handled", "hold", "fr", "frw", "acw", "xw", "late", "a", "+", "x1.5"])
def test_a_plain_field_is_kept_by_its_name(field: str) -> None:
    assert read({field: 3}).plain == {field: 3}


def test_what_is_taken_back_leaves_nothing() -> None:
    found = read(TALLY, {"offered": 1, "ah317": 1})
    found.move({"offered": 1, "ah317": 1}, -1)
    assert found == read(TALLY)
    found.move(TALLY, -1)
    assert found == Reading()
    found.move({"offered": 0, "a20000": 0})
    assert found == Reading()


def test_readings_add_up_and_are_left_alone() -> None:
    other = {"offered": 1, "a20000": -2, "ah9": 1, "left.closed": 2}
    parts = [read(TALLY), read(other), Reading()]
    assert together(parts) == read(TALLY, other)
    assert parts == [read(TALLY), read(other), Reading()]
    assert together([]) == Reading()
