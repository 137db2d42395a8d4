"""Rolling windows over panes of ten seconds, each example with its time-line.

panes   |--|--|--|--|--|--|   each 10 s long; the number in one is what it counts
window        [===========]   the panes it covers, the one in progress included
"""

import pytest

from stream.domain.reading import Reading, read
from stream.domain.window import IDLE_MS, Panes

pytestmark = pytest.mark.pure

PANE_MS = 10_000


def panes(*counts: int) -> Panes:
    """Panes from 0 on; one that counts nothing is not there."""
    found = Panes(PANE_MS)
    for n, count in enumerate(counts):
        if count:
            found.change(n * PANE_MS, {"offered": count})
    return found


def covered(of: Panes, low_s: float, now_s: float, *, name: str = "w") -> int:
    window = of.advance(name, low_ms=round(low_s * 1000), last_ms=round(now_s * 1000))
    return window.reading.plain.get("offered", 0)


def test_a_window_covers_its_panes_and_the_one_in_progress() -> None:
    #  0    10    20    30    40    50
    #  |--1--|--2--|--4--|--8--|-16--|
    #        [=================]        now 35
    assert covered(panes(1, 2, 4, 8, 16), 10, 35) == 2 + 4 + 8


def test_a_window_slides() -> None:
    #  |--1--|--2--|--4--|--8--|-16--|
    #  [===========]                    now 15
    #        [===========]              now 25
    #              [===========]        now 35
    found = panes(1, 2, 4, 8, 16)
    assert [covered(found, now - 15, now) for now in (15, 25, 35)] == [1 + 2, 2 + 4, 4 + 8]


@pytest.mark.parametrize(("low", "first"), [(10, 2), (9.999, 1), (19.999, 2), (20, 4)])
def test_the_low_edge_moves_in_whole_panes(low: float, first: int) -> None:
    #  |--1--|--2--|--4--|
    found = panes(1, 2, 4)
    assert covered(found, low, 25) == sum(n for n in (1, 2, 4) if n >= first)


@pytest.mark.parametrize(("now", "last"), [(19.999, 2), (20, 4), (29.999, 4)])
def test_a_pane_belongs_to_the_window_from_its_first_instant(now: float, last: int) -> None:
    #  |--1--|--2--|--4--|--8--|
    assert covered(panes(1, 2, 4, 8), 0, now) == sum(n for n in (1, 2, 4, 8) if n <= last)


def test_a_late_change_moves_the_windows_that_cover_it_and_no_other() -> None:
    #  |--1--|--2--|--4--|--8--|
    #        [===========]              +32 at 10: in    +64 at 0: out    +128 at 30: not yet
    found = panes(1, 2, 4, 8)
    assert covered(found, 10, 25) == 6
    found.change(10_000, {"offered": 32})
    found.change(0, {"offered": 64})
    found.change(30_000, {"offered": 128})
    assert covered(found, 10, 25) == 6 + 32
    assert covered(found, 10, 35) == 6 + 32 + 8 + 128
    # What was booked after the window had passed is not subtracted, nor added, as it moves on.
    assert covered(found, 20, 35) == 4 + 8 + 128


def test_what_is_taken_back_is_gone() -> None:
    found = panes(1, 2, 4)
    assert covered(found, 0, 25) == 7
    found.change(10_000, {"offered": -2})
    assert found.advance("w", low_ms=0, last_ms=25_000).reading == read({"offered": 5})
    found.change(0, {"offered": -1})
    found.change(20_000, {"offered": -4})
    assert found.advance("w", low_ms=0, last_ms=25_000).reading == Reading()


@pytest.mark.parametrize("jump", [30, 31, 60, 86_400, 10_000_000])
def test_a_jump_over_the_whole_window_forgets_it(jump: int) -> None:
    #  |--1--|--2--|--4--|- - - - - - - - - - - - - - -|-100-|
    #  [=================]                       [===========]
    found = panes(1, 2, 4)
    assert covered(found, 0, 29) == 7
    late = jump // 10 * 10
    found.change(late * 1000, {"offered": 100})
    assert covered(found, jump, jump + 5) == 100
    assert covered(found, jump + 3600, jump + 3700) == 0


def test_a_jump_over_nothing_is_quick() -> None:
    # A hundred years of panes that are not there are not looked for.
    found = panes(1)
    assert covered(found, 0, 5) == 1
    assert covered(found, 0, 3.2e9) == 1
    assert covered(found, 3.19e9, 3.2e9) == 0


def test_a_window_that_only_grows() -> None:
    #  the business day: its low edge stands still
    found = panes(1, 2, 4, 8)
    assert [covered(found, 0, now) for now in (5, 15, 15, 39)] == [1, 3, 3, 15]


@pytest.mark.parametrize(("low", "now"), [(0, 15), (10, 39), (0, 39)])
def test_going_back_is_summed_anew(low: int, now: int) -> None:
    found = panes(1, 2, 4, 8)
    assert covered(found, 20, 39) == 12
    assert covered(found, low, now) == sum(
        n for n, at in ((1, 0), (2, 10), (4, 20), (8, 30)) if low <= at <= now
    )


def test_windows_do_not_disturb_each_other() -> None:
    found = panes(1, 2, 4, 8)
    assert covered(found, 20, 39, name="short") == 12
    assert covered(found, 0, 39, name="long") == 15
    assert covered(found, 30, 39, name="short") == 8
    assert covered(found, 0, 39, name="long") == 15


def test_nothing_is_in_a_window_over_nothing() -> None:
    assert panes().advance("w", low_ms=0, last_ms=1_000_000).reading == Reading()


def test_an_empty_interval_is_nothing() -> None:
    #  |--1--|     |     |--8--|
    assert covered(panes(1, 0, 0, 8), 10, 29) == 0


def test_panes_that_no_window_covers_are_forgotten() -> None:
    found = panes(1, 2, 4, 8)
    assert covered(found, 10, 39) == 14
    found.forget(20_000)
    assert sorted(found.panes) == [10_000, 20_000, 30_000]  # 10 s is behind, but a window still needs it
    assert covered(found, 30, 39) == 8
    found.forget(20_000)
    assert sorted(found.panes) == [20_000, 30_000]


def up_to(of: Panes, low_s: int, to_s: int) -> int:
    """A window that ends at a pane's edge, which has passed."""
    window = of.advance("past", low_ms=low_s * 1000, last_ms=to_s * 1000 - 1)
    assert (window.low_ms, window.high_ms) == (low_s * 1000, to_s * 1000)
    return window.reading.plain.get("offered", 0)


def test_a_window_that_has_passed_covers_no_later_pane() -> None:
    #  |--1--|--2--|--4--|--8--|-16--|
    #        [===========]
    found = panes(1, 2, 4, 8, 16)
    assert up_to(found, 10, 30) == 2 + 4
    found.change(30_000, {"offered": 32})  # after it
    found.change(20_000, {"offered": 64})  # late, in it
    assert up_to(found, 10, 30) == 2 + 4 + 64
    assert up_to(found, 30, 50) == 8 + 32 + 16  # the next one
    assert up_to(found, 20, 40) == 4 + 64 + 8 + 32  # and back


def test_a_window_that_nobody_moves_holds_no_panes_back_for_long() -> None:
    found = panes(1, 2, 4, 8)
    assert covered(found, 10, 39) == 14
    version = found.windows["w"].version
    found.forget(10_000 + IDLE_MS)
    assert sorted(found.panes) == [10_000, 20_000, 30_000]
    found.forget(10_001 + IDLE_MS)
    assert (found.panes, found.windows["w"].reading) == ({}, Reading())
    found.change(620_000, {"offered": 16})
    found.change(30_000, {"offered": 1})  # late, where nothing is covered any more
    assert covered(found, 600, 625) == 16
    assert found.windows["w"].version > version
    assert covered(found, 0, 625) == 17


def test_the_version_of_a_window_tells_whether_its_sum_may_have_moved() -> None:
    #  |--1--|     |     |--8--|     |-16--|
    found = panes(1, 0, 0, 8, 0, 16)

    def version(low_s: int, now_s: int) -> int:
        return found.advance("w", low_ms=low_s * 1000, last_ms=now_s * 1000).version

    first = version(0, 25)
    assert version(0, 29) == first  # nothing came and nothing left
    versions = [first, version(0, 35), version(10, 39)]  # 8 comes, 1 leaves
    found.change(20_000, {"offered": 2})
    versions.append(version(10, 39))
    versions.append(version(0, 15))  # summed anew
    versions.append(version(0, 15_000))
    versions.append(version(14_000, 15_000))
    assert versions == sorted(set(versions))
