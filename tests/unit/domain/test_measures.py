"""Measures: one row each, read by name."""

import pytest

from stream.board.rows import QueueNow
from stream.domain.kpi import Kpis
from stream.domain.measures.measure import Measure, Measured, Place, Unit
from stream.domain.staffing import Staffing

pytestmark = pytest.mark.pure


def row(name: str, *where: Place, factor: int = 1) -> Measure[int]:
    return Measure(
        name=name,
        title=name,
        unit=Unit.COUNT,
        value=lambda of: of * factor,
        formula="",
        booked="",
        sources=(),
        needs=(),
        where=frozenset(where),
    )


class Two(Measured, rows=(row("once", Place.WINDOW, Place.NOW), row("twice", Place.NOW, factor=2))):
    """Two of them."""

    __slots__ = ()


def test_each_is_reckoned_by_its_row_and_read_by_its_name() -> None:
    found = Two.reckoned(7)
    assert (found.once, found.twice) == (7, 14)
    assert found.by_name() == {"once": 7, "twice": 14}
    assert found == Two.reckoned(7) != Two.reckoned(8)


def test_a_place_shows_what_its_rows_say() -> None:
    assert Two.reckoned(7).shown(Place.WINDOW) == {"once": 7}
    assert Two.reckoned(7).shown(Place.TOTALS) == {}


def test_no_value_can_be_changed_or_added() -> None:
    found = Two.reckoned(7)
    with pytest.raises(AttributeError):
        found.once = 8
    with pytest.raises(AttributeError):
        found.thrice = 21
    with pytest.raises(AttributeError):
        _ = found.thrice


@pytest.mark.parametrize("kind", [Kpis, Staffing, QueueNow])
def test_every_row_has_a_name_of_its_own_that_hides_nothing(kind: type[Measured]) -> None:
    assert len(set(kind.names)) == len(kind.names)
    assert not set(kind.names) & set(dir(Measured))


@pytest.mark.parametrize("kind", [Kpis, Staffing, QueueNow])
def test_a_metric_is_of_a_place_that_shows_it_and_says_what_it_is(kind: type[Measured]) -> None:
    helped: set[tuple[Place, str]] = set()
    for measure in kind.rows:
        for metric in measure.metrics:
            assert metric.place in measure.where or not measure.where
            if metric.help:
                assert (metric.place, metric.name) not in helped
                helped.add((metric.place, metric.name))
            assert (metric.place, metric.name) in helped
