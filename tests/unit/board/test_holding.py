"""What keeps a board from showing what its log holds: each in a word, and nothing is fresh meanwhile."""

import pytest
from support.factories import AGENTS, CONTACTS, ms, of, queued
from support.factories import checkpoint as step

from stream.board.document import document
from stream.board.holding import LAGGING_AFTER_MS, HeldUp, holding
from stream.board.model import Model
from stream.board.path import AWAY_AFTER_MS, Sight
from stream.board.rebuilding import PartitionState
from stream.board.rows import Freshness
from stream.board.snapshot import BoardBuilder
from stream.domain.definition import definitions
from stream.domain.fold import PartitionFold
from stream.store.delta import Delta
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.store.rebuild import Plan, Rebuild
from stream.store.sign import Hold, Sign

pytestmark = pytest.mark.pure

NOW_MS = ms(100)
WELL = PartitionState()
LATE_MS = LAGGING_AFTER_MS + 1


def sight(*, waiting_ms: int = 0, hold: str = "", silent_ms: int = 0, heard_ms: int = NOW_MS) -> Sight:
    told = Sign(1, silent_ms, 9, waiting_ms, hold)
    return Sight(read_ms=NOW_MS, heard_ms=heard_ms, answered_ms=heard_ms - silent_ms, sign=told)


def found(*sights: Sight, state: PartitionState = WELL, store_is_full: bool = False) -> list[tuple[str, int]]:
    named = {Partition("t", n): one for n, one in enumerate(sights)}
    held = holding(dict.fromkeys(named, state), named, store_is_full=store_is_full, now_ms=NOW_MS)
    return [(one.hold.value, one.partitions) for one in held]


def test_nothing_holds_up_what_is_read_as_it_comes() -> None:
    assert found(sight(), sight(waiting_ms=LAGGING_AFTER_MS), Sight()) == []


@pytest.mark.parametrize("hold", ["halted", "held"])
def test_what_its_owner_says_holds_a_partition_up(hold: str) -> None:
    assert found(sight(hold=hold), sight(), sight(hold=hold, waiting_ms=LATE_MS)) == [(hold, 2)]


def test_records_that_wait_for_longer_are_a_lag() -> None:
    assert found(sight(waiting_ms=LATE_MS), sight()) == [("lagging", 1)]


def test_a_word_of_a_later_version_is_told_as_what_is_known_of_it() -> None:
    assert found(sight(hold="bewitched"), sight(hold="bewitched", waiting_ms=LATE_MS)) == [("lagging", 1)]


def test_who_was_away_since_said_it_of_another_time() -> None:
    gone = NOW_MS - AWAY_AFTER_MS - 1
    assert found(sight(hold="halted", heard_ms=gone), sight(hold="held", silent_ms=AWAY_AFTER_MS + 1)) == []


def test_a_rebuild_is_no_lag_and_missing_records_are_told() -> None:
    rebuild = Rebuild(0, 9, ms(70), 4, complete=True)
    state = PartitionState(rebuild, unaccounted=3)
    assert found(sight(waiting_ms=LATE_MS), state=state) == [("missing", 1), ("rebuilding", 1)]


def test_a_full_store_is_told_whatever_the_signs_say() -> None:
    assert found(sight(), sight(), store_is_full=True) == [("store_full", 2)]
    assert holding({}, {}, store_is_full=True, now_ms=NOW_MS) == (HeldUp(Hold.STORE_FULL, 1, None),)


def test_the_worst_comes_first_and_says_for_how_long() -> None:
    sights = {
        CONTACTS: sight(waiting_ms=30_000),
        AGENTS: sight(hold="halted", waiting_ms=70_000),
    }
    held = holding(dict.fromkeys(sights, WELL), sights, store_is_full=False, now_ms=NOW_MS + 500)
    assert held == (HeldUp(Hold.HALTED, 1, 70.5), HeldUp(Hold.LAGGING, 1, 30.5))


def model(*, sign: Sign, unaccounted: int = 0, beats: dict[str, int] | None = None) -> Model:
    fold = PartitionFold(definitions())
    fold.fold(of("c1", queued(95)), {})
    changes = fold.settle({})
    made = Model()
    delta = Delta(1, True, 1, fold.watermark_ms, NOW_MS, cells=dict(changes.cells), sign=sign)  # noqa: FBT003 - as stores give it
    delta.live = {entity: live for entity, live in changes.live.items() if live is not None}
    delta.unaccounted, delta.heartbeats = unaccounted, beats or {}
    made.take(CONTACTS, delta, now_ms=NOW_MS)
    return made


def freshness(of_what: Model, *, now_ms: int = NOW_MS) -> Freshness:
    builder = BoardBuilder(of_what, definitions())
    return builder.board(now_ms, holding=of_what.holding(now_ms)).freshness


@pytest.mark.parametrize(
    ("sign", "unaccounted"),
    [
        (Sign(1, 0, 600, 8_000, "halted"), 0),
        (Sign(1, 0, 600, 8_000, "held"), 0),
        (Sign(1, 0, 600, LATE_MS), 0),
        (Sign(1, 0, 0), 1),
    ],
)
def test_a_board_of_which_a_partition_is_held_up_is_stale(sign: Sign, unaccounted: int) -> None:
    assert freshness(model(sign=Sign(1, 0, 0))) is Freshness.FRESH
    assert freshness(model(sign=sign, unaccounted=unaccounted)) is Freshness.STALE


def test_the_whole_is_as_its_worst_partition_where_heartbeats_are_expected() -> None:
    whole = model(sign=Sign(1, 0, 0), beats={"/pbx": ms(99)})
    slow = Delta(1, True, 1, ms(0), ms(0), sign=Sign(1, 0, 0))  # noqa: FBT003 - as stores give it
    slow.heartbeats = {"/pbx": ms(1)}
    whole.take(AGENTS, slow, now_ms=NOW_MS)
    assert freshness(whole) is Freshness.STALE
    slow.heartbeats = {"/pbx": ms(99)}
    whole.take(AGENTS, slow, now_ms=NOW_MS)
    assert freshness(whole) is Freshness.FRESH


async def test_offsets_that_were_passed_over_are_on_the_board() -> None:
    store, made = MemoryStore(), Model()
    lease = await store.acquire(CONTACTS)
    await store.begin(CONTACTS, lease.token, Plan(0, 0, 0, anew=True))
    await store.apply(CONTACTS, lease.token, step(0, 10))
    skipped = step(10, 30)
    object.__setattr__(skipped, "records", 3)
    await store.apply(CONTACTS, lease.token, skipped)
    made.take(CONTACTS, await store.delta(CONTACTS, 0, since_ms=0), now_ms=NOW_MS)
    assert made.states[CONTACTS].unaccounted == 17
    board = BoardBuilder(made, definitions()).board(NOW_MS, holding=made.holding(NOW_MS))
    assert document(board, tenant="t")["held_up"] == [{"what": "missing", "partitions": 1, "seconds": None}]
