"""A rolling window that adds and subtracts equals the sum of its panes, at any now, after any change."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.effort import examples

from stream.domain.reading import Reading, read
from stream.domain.window import Panes

pytestmark = pytest.mark.pure

PANE_MS = 10_000
WINDOWS_MS = {"short": 30_000, "long": 300_000}

changes = st.tuples(
    st.integers(-10, 60).map(lambda n: n * PANE_MS),
    st.dictionaries(
        st.sampled_from(["offered", "aw", "a20000", "ah317", "left.overflow"]), st.integers(-3, 3), max_size=3
    ),
)
steps = st.one_of(st.just(0), st.integers(1, 25_000), st.integers(0, 500_000))
moves = st.lists(st.one_of(changes, steps), max_size=40)


def brute_force(told: list[tuple[int, dict[str, int]]], low_ms: int, now_ms: int) -> Reading:
    """The panes that start from the low edge's own pane up to now."""
    total: Counter[str] = Counter()
    for start_ms, delta in told:
        if low_ms // PANE_MS * PANE_MS <= start_ms <= now_ms:
            total.update(delta)
    return read(total)


@settings(max_examples=examples(300))
@given(moves, st.booleans())
def test_windows_equal_the_sum_of_their_panes(moves: list, forgetful: bool) -> None:  # type: ignore[type-arg] # noqa: FBT001
    panes, told, now_ms = Panes(PANE_MS), [], 0
    for move in moves:
        if isinstance(move, tuple):
            # What a window has left behind may be forgotten: nothing about it is told any more.
            if not forgetful or move[0] >= now_ms - 300_000:
                told.append(move)
                panes.change(*move)
            continue
        now_ms += move
        for name, length_ms in WINDOWS_MS.items():
            low_ms = now_ms - length_ms
            window = panes.advance(name, low_ms=low_ms, last_ms=now_ms)
            assert window.reading == brute_force(told, low_ms, now_ms)
        if forgetful:
            panes.forget(now_ms - 310_000)
            kept = [start_ms for start_ms in panes.panes if start_ms < now_ms - 320_000]
            assert kept == []


intervals = st.tuples(st.integers(0, 60), st.integers(1, 30), st.integers(0, 30))


@settings(max_examples=examples(200))
@given(moves, st.lists(st.one_of(changes, intervals), max_size=20))
def test_a_window_that_has_passed_equals_the_sum_of_its_panes(moves: list, looks: list) -> None:  # type: ignore[type-arg]
    """Whatever is looked at, in any order: no later pane is in it, and what comes late is."""
    panes = Panes(PANE_MS)
    told = [move for move in moves if isinstance(move, tuple)]
    for change in told:
        panes.change(*change)
    for look in looks:
        if len(look) == 2:
            told.append(look)
            panes.change(*look)
            continue
        low_ms, length_ms, later_ms = (n * PANE_MS for n in look)
        window = panes.advance("past", low_ms=low_ms, last_ms=low_ms + length_ms - 1)
        assert window.reading == brute_force(told, low_ms, low_ms + length_ms - 1)
        since = panes.advance("since", low_ms=low_ms + length_ms, last_ms=low_ms + length_ms + later_ms)
        assert since.reading == brute_force(told, low_ms + length_ms, low_ms + length_ms + later_ms)


@settings(max_examples=examples(100))
@given(moves, st.lists(st.integers(0, 600_000), min_size=1, max_size=5))
def test_a_window_may_be_moved_anywhere(moves: list, nows: list[int]) -> None:  # type: ignore[type-arg]
    """Backwards too, and with a low edge that stands still, as the business day's does."""
    panes = Panes(PANE_MS)
    told = [move for move in moves if isinstance(move, tuple)]
    for change in told:
        panes.change(*change)
    for now_ms in nows:
        for name, low_ms in (("day", 0), ("any", now_ms - 45_000)):
            window = panes.advance(name, low_ms=low_ms, last_ms=now_ms)
            assert window.reading == brute_force(told, low_ms, now_ms)
