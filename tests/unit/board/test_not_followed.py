"""Who waits in a partition that nobody follows grows no older: a board shows what was known last."""

from typing import Any

import pytest
from support.factories import ms, queued
from support.scenario import Centre

from stream.board.document import document
from stream.board.path import Away, Link, Path
from stream.board.rows import Board, Freshness, QueueBoard
from stream.board.snapshot import BoardBuilder
from stream.domain.definition import Definition, Timeline, definitions
from stream.store.partition import Partition

pytestmark = pytest.mark.pure

BOTH = (Partition("pantau.all", 0), Partition("pantau.all", 1))
#: Each lies in the partition of its number.
FIRST, SECOND = "b", "a"


def gone(centre: Centre, known: float, *partitions: Partition) -> Board:
    """The board of a centre whose partitions are known up to an instant."""
    centre.board()
    path = Path((Away(Link.WORKER, ms(known), len(partitions)),), dict.fromkeys(partitions, ms(known)))
    return BoardBuilder(centre.model, RULES).board(centre.now_ms, path=path)


def row(board: Board) -> QueueBoard:
    [found] = board.queues
    return found


RULES = definitions(default=Definition(20_000, 5_000))


def waiting(rules: Any = RULES) -> Centre:
    """Two wait from 0 on, each in a partition, and one talks from 5 on in the first."""
    centre = Centre(rules, partitions=2).at(0).queued(FIRST).queued(SECOND)
    return centre.queued("d").at(5).answered("d").at(10)


def test_a_wait_stands_still_and_is_no_miss_that_has_not_been_one() -> None:
    centre = waiting()
    before = row(centre.board())
    for now in (10, 30, 200):
        found = gone(centre.at(now), 10, *BOTH)
        now_of = row(found).now
        assert (now_of.waiting, now_of.longest_wait_seconds, now_of.waiting_over_target) == (2, 10, 0)
        assert (now_of.active, now_of.longest_talk_seconds, now_of.mean_talk_seconds) == (1, 5, 5)
        assert found.all.now.longest_wait_seconds == 10
        assert now_of.oldest_queued_ms == ms(now - 10)  # so that its age by any clock is the same
        level = row(found).windows["60m"]
        assert level.service_level_counted == before.windows["60m"].service_level_counted == 1
    assert row(centre.board()).windows["60m"].service_level_counted == 3


def test_misses_of_before_stay_where_they_were_counted() -> None:
    centre = waiting().at(25)
    found = row(gone(centre.at(3700), 25, *BOTH))
    assert found.windows["60m"].service_level_counted == 0
    assert found.windows["today"].service_level_counted == 3
    assert found.now.waiting_over_target == 2


def test_other_partitions_go_on() -> None:
    found = gone(waiting().at(30), 10, BOTH[1])
    assert (row(found).now.longest_wait_seconds, row(found).now.waiting_over_target) == (30, 1)
    assert row(found).windows["60m"].service_level_counted == 2
    assert row(found).now.waiting == 2


def test_a_board_that_is_not_followed_is_stale_however_new_its_newest_event() -> None:
    assert gone(waiting().at(11), 10, BOTH[1]).freshness is Freshness.STALE
    assert gone(waiting().at(11), 10).freshness is Freshness.FRESH
    assert gone(waiting().at(305), 10, *BOTH).freshness is Freshness.STALE
    assert gone(waiting().at(306), 10, *BOTH).freshness is Freshness.EXPIRED


def test_a_target_of_then_and_several_targets_stand_still_too() -> None:
    several = Definition(20_000, 5_000, all_targets_ms=(8_000, 20_000))
    timeline: Timeline = (
        (0, several),
        (ms(86_400 * 30), Definition(60_000, 5_000, all_targets_ms=(8_000, 20_000))),
    )
    rules = definitions({("billing", "voice"): timeline})
    centre = Centre(rules, partitions=2).at(0).tell(FIRST, queued(0)).tell(SECOND, queued(0)).at(30)
    centre.board()
    path = Path((), dict.fromkeys(BOTH, ms(10)))
    found = row(BoardBuilder(centre.model, rules).board(centre.now_ms, path=path))
    assert {ms_: share.of for ms_, share in found.by_target["60m"].items()} == {8_000: 2, 20_000: 0}
    assert found.windows["60m"].service_level_counted == 0


def test_nothing_is_changed_where_all_is_followed() -> None:
    centre = waiting().at(40)
    plain = centre.board()
    again = BoardBuilder(centre.model, RULES).board(centre.now_ms, path=Path())
    assert document(again, tenant="t") == document(plain, tenant="t")
