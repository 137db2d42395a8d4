"""A new target from a date: what was before it is read as then defined, and on demand as now defined."""

import pytest
from support.factories import abandoned, answered, callback, left, ms, queued
from support.scenario import Centre

from stream.board.interval import WINDOWS
from stream.board.rows import TOTALS, QueueBoard
from stream.board.split import split
from stream.domain.definition import Attribution, Definition, Timeline, definitions
from stream.domain.fact import Fact
from stream.domain.service_level import Share

pytestmark = pytest.mark.pure

#: Ten minutes past ten; the day and every rolling window but the shortest reach over it.
DATE = 600
WIDE = ("15m", "60m", "today", "interval_30m", TOTALS)


def steps(attribution: Attribution, *, late_limit_ms: int = 5_000) -> Timeline:
    """20 s until the date and 30 s from then on."""
    every = {"attribution": attribution, "all_targets_ms": (20_000, 30_000)}
    return ((0, Definition(20_000, **every)), (ms(DATE), Definition(30_000, late_limit_ms, **every)))  # type: ignore[arg-type]


def centre(timeline: Timeline, *visits: tuple[float, Fact]) -> Centre:
    """A centre where each visit enters at a time and ends with a fact."""
    found = Centre(definitions({("billing", ""): timeline}))
    for n, (entry, end) in enumerate(visits):
        found.tell(f"c{n}", queued(entry), end)
    return found


def shares(row: QueueBoard, window: str) -> list[tuple[int, int]]:
    """Met and counted as then defined, by 20 s and by 30 s."""
    kpis = row.totals if window == TOTALS else row.windows[window]
    of = kpis.service_level_counted
    return [(round((kpis.service_level_ratio or 0) * of), of), *row.by_target[window].values()]


#: Answered after 25 s: two before the date, three after it, one that spans it.
ANSWERED = [(at, answered(at + 25)) for at in (400, 500, 590, 700, 710, 720)]


@pytest.mark.parametrize("attribution", Attribution)
@pytest.mark.parametrize("window", WIDE)
def test_answers_after_25_s_on_both_sides_of_a_new_target(attribution: Attribution, window: str) -> None:
    row = centre(steps(attribution), *ANSWERED).at(800).queue()
    assert shares(row, window) == [(3, 6), (0, 6), (6, 6)]
    assert (row.totals.answered_in_target, row.windows["60m"].answered_in_target) == (3, 3)
    assert row.definition.target_ms == 30_000


@pytest.mark.parametrize(
    ("attribution", "levels"),
    [
        # The window begins at 600, just after the one that spans the date was a miss, or had come in.
        (Attribution.DECIDED, [(3, 4), (0, 4), (4, 4)]),
        (Attribution.EXITED, [(3, 4), (0, 4), (4, 4)]),
        (Attribution.OFFERED, [(3, 3), (0, 3), (3, 3)]),
    ],
)
def test_a_window_that_begins_with_the_date_has_what_counts_in_it(
    attribution: Attribution, levels: list[tuple[int, int]]
) -> None:
    assert shares(centre(steps(attribution), *ANSWERED).at(900).queue(), "5m") == levels


@pytest.mark.parametrize("attribution", Attribution)
def test_a_window_that_ended_before_the_date_is_read_as_then(attribution: Attribution) -> None:
    timeline = steps(attribution)
    timeline = (timeline[0], (ms(900), timeline[1][1]))  # a quarter past: the interval before is over
    row = centre(timeline, *ANSWERED).at(901).queue()
    assert shares(row, "interval_15m_last") == [(0, 6), (0, 6), (6, 6)]


@pytest.mark.parametrize("attribution", Attribution)
def test_nothing_moves_as_the_date_passes(attribution: Attribution) -> None:
    looked = centre(steps(attribution), *ANSWERED[:2], (450, abandoned(453)))
    before, after = (looked.at(at).queue() for at in (DATE - 1, DATE + 1))
    assert (before.definition.target_ms, after.definition.target_ms) == (20_000, 30_000)
    assert before.totals == after.totals
    assert before.by_target == after.by_target
    assert before.windows["60m"] == after.windows["60m"]


@pytest.mark.parametrize("attribution", Attribution)
def test_a_new_limit_leaves_the_abandons_before_it_as_they_were(attribution: Attribution) -> None:
    timeline = steps(attribution, late_limit_ms=2_000)
    row = centre(timeline, (400, abandoned(404)), (700, abandoned(704)), *ANSWERED[3:]).at(800).queue()
    # The first abandon was short; by the limit of now it is a miss as the second is.
    assert shares(row, "15m") == [(3, 4), (0, 5), (3, 5)]
    assert shares(row, TOTALS) == [(3, 4), (0, 5), (3, 5)]
    assert (row.totals.short_abandoned, row.windows["15m"].short_abandoned) == (1, 1)


@pytest.mark.parametrize(
    ("end", "level"), [(answered(725), (1, 1)), (answered(731), (0, 1)), (left(725, "error"), (0, 0))]
)
def test_a_callback_asked_for_before_the_date_keeps_what_it_fell_due_under(
    end: Fact, level: tuple[int, int]
) -> None:
    found = Centre(definitions({("billing", ""): steps(Attribution.OFFERED)}))
    row = found.tell("c1", callback(400, 700), end).at(800).queue("billing", "callback")
    assert shares(row, "15m")[0] == level  # where it was offered, before the date


def test_parts_move_on_with_their_window_and_what_comes_late() -> None:
    looked = centre(steps(Attribution.OFFERED), *ANSWERED)
    found = []
    for at in (710, 750, 1310, 1410, 1450, 1600):
        if at == 1450:
            looked.tell("late", queued(715), answered(740)).tell("later", queued(595), answered(620))
        found.append(shares(looked.at(at).queue(), "15m")[0])
    # 720 is not there yet; all; without 400; without 500; two more came late; only what came after the date.
    assert found == [(2, 5), (3, 6), (3, 5), (3, 4), (4, 6), (4, 4)]


def test_a_window_without_a_change_in_it_is_not_cut() -> None:
    looked = centre(steps(Attribution.OFFERED), *ANSWERED).at(1600)
    row, series = looked.queue(), looked.model.series["c\tbilling\tvoice"]
    timeline = steps(Attribution.OFFERED)
    for window, interval in row.intervals.items():
        panes = looked.model.window(series, window, interval)
        parts = split(looked.model, series, window, panes, interval, timeline)
        assert len(parts) == 1 + (panes.low_ms < ms(DATE) < panes.high_ms), window
        assert sum(part.plain.get("offered", 0) for part, _ in parts) == panes.reading.plain.get(
            "offered", 0
        ), window
    assert set(row.intervals) == set(WINDOWS)


def test_all_queues_are_read_each_as_then_defined() -> None:
    looked = centre(steps(Attribution.OFFERED), *ANSWERED)
    every = looked.tell("other", queued(500, "sales"), answered(510)).at(800).board().all
    assert every.windows["60m"].service_level_ratio == 4 / 7
    assert every.totals.answered_in_target == 4


def test_a_limit_above_the_target_is_kept_as_well() -> None:
    exited = {"attribution": Attribution.EXITED, "all_targets_ms": (20_000, 30_000)}
    timeline = ((0, Definition(20_000, 60_000, **exited)), (ms(DATE), Definition(30_000, 5_000, **exited)))  # type: ignore[arg-type]
    row = centre(timeline, (400, abandoned(440)), (700, abandoned(740)), (710, answered(720))).at(800).queue()
    assert row.totals.short_abandoned == 1
    assert shares(row, "15m") == [(1, 2), (1, 3), (1, 3)]
    assert row.by_target[TOTALS][30_000] == Share(1, 3)
