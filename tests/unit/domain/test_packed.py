"""What is packed is read back equal, and panes are the sum of what each source books in them."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.domain.packed import PackedPanes, pack, unpack
from stream.domain.tally import Tally, merge

pytestmark = pytest.mark.pure

REAL = {
    "offered": 1,
    "a20000": 1,
    "aw": 12_345,
    "ah1234": 1,
    "d.in": 1,
    "A20000": 1,
    "handled": 1,
    "talk": 180_000,
}
amounts = st.integers(-(1 << 62), 1 << 62).filter(bool)
tallies = st.dictionaries(st.text(max_size=12), amounts, max_size=6)


@given(tallies)
def test_what_is_packed_is_read_back(tally: Tally) -> None:
    assert unpack(pack(tally)) == tally


small = st.dictionaries(st.sampled_from(["offered", "aw", "left.overflow"]), st.integers(-3, 3).filter(bool))
puts = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), small), max_size=40)


@given(puts)
def test_a_pane_is_the_sum_of_its_sources(puts: list[tuple[int, int, Tally]]) -> None:
    panes, moved = PackedPanes(), dict[int, Tally]()
    told = dict[tuple[int, int], Tally]()
    for start_ms, source, tally in puts:
        merge(moved.setdefault(start_ms, {}), panes.put(start_ms, source, tally))
        told[start_ms, source] = tally
    sums: dict[int, Tally] = {}
    for (start_ms, _), tally in told.items():
        merge(sums.setdefault(start_ms, {}), tally)
    assert moved == sums
    assert {start_ms: panes[start_ms] for start_ms in panes} == {
        start_ms: sums[start_ms] for start_ms, _ in {key for key, tally in told.items() if tally}
    } | {start_ms: {} for start_ms in panes if not sums[start_ms]}
    for source in range(3):
        assert set(panes.booked_by(source)) == {
            at for (at, of), tally in told.items() if of == source and tally
        }


def test_what_is_forgotten_is_gone() -> None:
    panes = PackedPanes()
    panes.put(0, 1, {"offered": 1})
    panes.put(10, 1, {"offered": 2})
    del panes[0]
    assert (list(panes), len(panes), 0 in panes, panes[10]) == ([10], 1, False, {"offered": 2})


def test_a_tally_takes_a_fraction_of_what_a_dict_does() -> None:
    assert sys.getsizeof(pack(REAL)) * 3 < sys.getsizeof(REAL)
