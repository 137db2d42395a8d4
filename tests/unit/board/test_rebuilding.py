"""What a board says of rebuilds."""

import pytest

from stream.board.rebuilding import PartitionState, Rebuilding, rebuilding
from stream.store.rebuild import Rebuild

pytestmark = pytest.mark.pure


def part(position: int, *, complete: bool = True, since_ms: int = 9) -> PartitionState:
    return PartitionState(Rebuild(100, 300, since_ms, position, complete))


def test_nothing_is_rebuilt() -> None:
    assert rebuilding([]) is None
    assert rebuilding([PartitionState(), PartitionState(lost=4)]) is None


def test_all_are_done_when_the_slowest_is() -> None:
    found = rebuilding([part(150), PartitionState(), part(250, since_ms=5)])
    assert found == Rebuilding(0.25, 2, 200, 5, incomplete=False)


def test_one_that_lacks_more_makes_all_incomplete() -> None:
    found = rebuilding([part(150), part(250, complete=False)])
    assert found is not None
    assert found.incomplete


@pytest.mark.parametrize(("position", "ratio"), [(100, 0.0), (300, 1.0), (999, 1.0), (7, 0.0)])
def test_a_share_is_a_share(position: int, ratio: float) -> None:
    found = rebuilding([part(position)])
    assert found is not None
    assert found.progress_ratio == ratio


def test_an_empty_interval_is_done() -> None:
    assert Rebuild(5, 5, 0, 5, complete=True).progress_ratio == 1.0
