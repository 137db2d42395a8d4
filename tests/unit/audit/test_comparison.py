"""Figures beside each other: nothing that is shown is passed over in silence."""

from typing import Any

import pytest
from support.scenario import Centre

from stream.audit.comparison import Figures, compare, differs, in_full, shown_figures
from stream.audit.recomputation import FigureKey
from stream.audit.round import FigureFilter, positions_of
from stream.board.document import document

pytestmark = pytest.mark.pure

WAITING = FigureKey("queue", "billing", "voice", "now", "waiting")
OFFERED = FigureKey("queue", "billing", "voice", "totals", "offered")
LATE = FigureKey("queue", "billing", "voice", "5m", "late_corrections")
IDLE = FigureKey("team", "south", "", "60m", "occupancy_ratio")


def board() -> dict[str, Any]:
    centre = Centre().at(0).queued("c1").at(4).answered("c1").at(30).queued("c2").at(60)
    return document(centre.board(), tenant="t")


def every(_: FigureKey) -> bool:
    return True


def test_every_number_of_the_board_is_a_figure_and_has_its_place() -> None:
    found = shown_figures(board())
    assert (found[WAITING], found[OFFERED]) == (1, 2)
    assert found[FigureKey("all", "", "", "totals", "service_level.count_abandons")] == 1
    assert found[FigureKey("contacts", "", "", "5m", "offered")] == 2
    assert found[FigureKey("queue", "billing", "voice", "5m", "enough")] == 0
    assert found[FigureKey("staff", "", "", "now", "agents.available")] == 0
    assert found[FigureKey("all", "", "", "5m", "aht_seconds")] is None


def test_a_word_is_no_figure() -> None:
    shown = board()
    assert shown["queues"][0]["windows"]["5m"]["service_level_status"] == "few"
    assert not [place for place in shown_figures(shown) if "status" in place.name]


def test_what_only_one_side_tells_is_a_difference() -> None:
    shown: Figures = {WAITING: 1, OFFERED: 2}
    found = compare({WAITING: 1}, shown, every)
    assert [(d.place, d.known, d.shown) for d in found.differences] == [(OFFERED, False, True)]
    found = compare({WAITING: 1, OFFERED: 2}, {OFFERED: 2}, every)
    assert [(d.place, d.known, d.shown) for d in found.differences] == [(WAITING, True, False)]
    assert found.equal == 1


def test_a_team_of_which_there_is_nothing_to_tell_may_be_left_out() -> None:
    nothing: Figures = {FigureKey("team", "south", "", "60m", "offers_made"): 0, IDLE: None}
    assert compare(nothing, {}, every).differences == compare({}, nothing, every).differences == []
    found = compare({**nothing, IDLE: 0.5}, {}, every).differences
    assert [difference.shown for difference in found] == [False, False]
    assert compare(nothing, {**nothing, IDLE: 0.5}, every).differences


@pytest.mark.parametrize(
    ("log", "shown", "is_right"), [(3, 0, True), (3, 3, True), (2, 3, False), (3, -1, False)]
)
def test_what_the_log_only_bounds_may_be_less_and_no_more(
    log: float,
    shown: float,
    is_right: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    found = compare({LATE: log}, {LATE: shown}, every)
    assert (found.within, len(found.differences), found.equal) == (is_right, not is_right, 0)


def test_a_log_without_its_beginning_says_that_totals_are_not_compared() -> None:
    found = in_full({OFFERED: 1, WAITING: 1, LATE: 0}, {OFFERED: 2, WAITING: 1, LATE: 1}, every)
    assert (found.differences, found.equal) == ([], 1)
    assert found.not_audited.keys() == {"totals", "reconciliation_difference", "late_corrections"}


@pytest.mark.parametrize(
    ("log", "shown", "wanted"),
    [
        (3, 3, False),
        (3, 4, True),
        (10**15, 10**15 + 1, True),
        (None, 0, True),
        (0, None, True),
        (None, None, False),
        (1 / 3, 1 / 3 + 1e-16, False),
        (1 / 3, 1 / 3 + 1e-9, True),
        (0, 4.9e-17, False),
        (0, 1e-9, True),
    ],
)
def test_counts_are_held_to_the_integer_and_ratios_to_the_last_bits(
    log: float | None,
    shown: float | None,
    wanted: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    assert differs(log, shown) is wanted


def test_one_queue_or_windows_between_two_instants_can_be_asked_for() -> None:
    shown = board()
    figures = shown_figures(shown)
    of_queue = filter(FigureFilter(queue="billing").of(shown), figures)
    assert {(place.scope, place.queue) for place in of_queue} == {("queue", "billing")}
    low_ms = figures[FigureKey("all", "", "", "5m", "from_ms")]
    assert low_ms is not None
    later = {place.window for place in filter(FigureFilter(from_ms=int(low_ms)).of(shown), figures)}
    assert {"1m", "5m"} <= later
    assert not later & {"15m", "today", "totals", "now"}


def test_positions_are_read_off_the_board() -> None:
    assert positions_of(board()) == {("pantau.all", 0): 3}
