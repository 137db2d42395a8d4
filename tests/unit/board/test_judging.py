"""What boards call their queues: the same whatever windows are asked for, and whoever asks."""

from dataclasses import replace

import pytest
from support.factories import abandoned, answered, queued
from support.scenario import Centre

from stream.board.holding import HeldUp
from stream.board.judging import all_called
from stream.board.path import Away, Link, Path
from stream.board.rebuilding import PartitionState
from stream.board.rows import Board
from stream.board.snapshot import BoardBuilder
from stream.domain.definition import Definition, definitions
from stream.domain.naming import Naming
from stream.domain.status import Status, Tolerance, Trust
from stream.store.delta import Delta
from stream.store.partition import Partition
from stream.store.rebuild import Rebuild
from stream.store.sign import Hold

pytestmark = pytest.mark.pure


def names(board: Board) -> dict[str, str]:
    return {
        **{row.queue: row.status.status.value for row in board.queues},
        "all": board.all.status.status.value,
    }


def well_served(centre: Centre, queue: str, visits: int = 50, met: int = 46) -> Centre:
    """A queue whose visits of the first minutes were answered at once, but for some."""
    for n in range(visits):
        centre.tell(f"{queue}{n}", queued(n, queue), answered(n + (2 if n < met else 30)))
    return centre


def lost() -> Centre:
    """92 % of 50 visits were well served; then everybody went home, and 27 wait."""
    centre = well_served(Centre(), "billing").agent("ana", "available", team="north", queues=("billing",))
    centre.at(300).agent("ana", "logged_out", team="north", queues=("billing",))
    for n in range(27):
        centre.tell(f"late{n}", queued(304 + n, "billing"))
    return well_served(centre, "orders", 60, 60)


def test_a_queue_that_nobody_serves_is_critical_though_its_service_level_was_fine() -> None:
    board = lost().at(500).board()
    (billing, orders) = board.queues
    assert billing.status == (
        Status.CRITICAL,
        "27 wait, nobody is staffed; longest wait 3:16, limit 2:00",
    )
    assert orders.status == (Status.STALE, "newest data 2:50 old")  # nothing newer is known of it
    assert board.all.status.reason.startswith("billing (voice): 27 wait, nobody")


def test_at_first_it_is_low_then_critical_and_each_queue_by_itself() -> None:
    centre = lost()
    assert names(centre.at(310).board()) == {"billing": "low", "orders": "ok", "all": "low"}
    assert names(centre.at(331).board()) == {"billing": "critical", "orders": "ok", "all": "critical"}


def test_readers_that_ask_for_other_windows_and_have_seen_nothing_say_the_same() -> None:
    centre = lost()
    for seconds in range(300, 700, 20):
        board = centre.at(seconds).board()
        for windows in (("5m",), ("5m", "30m", "today")):
            other = BoardBuilder(centre.model, definitions()).board(centre.now_ms, windows)
            assert [row.status for row in (*other.queues, other.all)] == [
                row.status for row in (*board.queues, board.all)
            ]


def test_critical_ends_once_the_last_quarter_of_an_hour_is_clearly_better() -> None:
    centre = well_served(Centre(definitions(default=Definition(min_contacts=5))), "billing", 20, 6)
    seen = []
    for n, seconds in enumerate(range(60, 2460, 60)):
        centre.tell(f"good{n}", queued(seconds, "billing"), answered(seconds + 1))
        seen.append(names(centre.at(seconds + 5).board())["billing"])
    assert [status for n, status in enumerate(seen) if not n or status != seen[n - 1]] == [
        *("critical", "low", "ok"),
    ]


def test_the_tolerance_and_the_calendar_are_those_of_the_queue() -> None:
    centre = well_served(Centre(), "billing", 50, 35)
    centre.at(60).board()

    def of(queue: str, channel: str) -> Tolerance:
        return Tolerance(low_points=10) if (queue, channel) == ("billing", "voice") else Tolerance()

    found = BoardBuilder(centre.model, definitions(), tolerance=of).board(centre.now_ms)
    assert names(found)["billing"] == "ok"  # 70 %, exactly 10 points below
    assert names(centre.board())["billing"] == "low"


def test_all_are_called_by_the_name_people_use_and_by_who_waits_longest() -> None:
    naming = Naming({}, {("b", "voice"): "Bills"})
    centre = Centre(naming=naming).at(0).queued("c1", "a").at(-30).queued("c2", "b").at(121).board()
    assert centre.all.status == (
        Status.CRITICAL,
        "Bills (voice): longest wait 2:31, limit 2:00; also 1 critical",
    )


def test_a_source_that_is_silent_leaves_nobody_sure_of_all() -> None:
    board = well_served(Centre(), "billing").at(60).board()
    silent = Path((Away(Link.SOURCE, 0, 1, ("/crm",)),))
    assert all_called(board.queues, Trust(), silent) == (
        Status.STALE,
        "nothing comes from /crm, newest data 0:00 old",
    )
    assert all_called(board.queues, Trust(), Path()).status is Status.OK


def test_what_is_away_or_held_up_is_named_and_nothing_is_called_well() -> None:
    centre = well_served(Centre(), "billing").at(60)
    centre.board()
    partition = Partition("pantau.all", 0)
    cut = Path((Away(Link.WORKER, 0, 1),), {partition: centre.now_ms})
    board = BoardBuilder(centre.model, definitions()).board(centre.now_ms, path=cut)
    assert names(board) == {"billing": "stale", "all": "stale"}
    assert board.all.status.reason.startswith("worker away, newest data ")
    held = BoardBuilder(centre.model, definitions()).board(
        centre.now_ms, holding=(HeldUp(Hold.STORE_FULL, 1, None),)
    )
    assert held.queues[0].status.reason.startswith("store full, newest data ")


def test_an_empty_board_is_quiet_only_if_it_would_hear() -> None:
    centre = Centre().at(0)
    assert names(centre.board()) == {"all": "quiet"}
    deaf = BoardBuilder(centre.model, definitions()).board(
        centre.now_ms, path=Path((Away(Link.WORKER, None, 0),))
    )
    assert deaf.all.status == (Status.STALE, "worker away, no event yet")


def test_what_is_read_again_is_called_nothing_else() -> None:
    centre = well_served(Centre(), "billing", 50, 10).at(60)
    assert names(centre.board())["billing"] == "critical"
    delta = Delta(1, full=False, position=0, watermark_ms=centre.now_ms, written_ms=0)
    rebuild = Rebuild(100, 300, centre.now_ms, 200, complete=False)
    centre.model.take(Partition("pantau.all", 0), replace(delta, rebuild=rebuild), now_ms=centre.now_ms)
    assert centre.model.states == {Partition("pantau.all", 0): PartitionState(rebuild)}
    board = BoardBuilder(centre.model, definitions()).board(centre.now_ms)
    assert names(board) == {"billing": "rebuilding", "all": "rebuilding"}
    assert board.all.status.reason == "rebuilding from the log, 50 % done"


def test_an_abandon_is_a_visit_that_counts() -> None:
    centre = (
        Centre(definitions(default=Definition(min_contacts=1))).tell("c1", queued(0), abandoned(9)).at(10)
    )
    assert names(centre.board()) == {"billing": "critical", "all": "critical"}
