"""The board at hand: what makes it unfit to be shown."""

import asyncio
import time
from collections.abc import Sequence

import pytest
from support.explaining import fold_into
from support.factories import CONTACTS, ms, of, queued

from stream.board.model import Model
from stream.board.snapshot import BoardBuilder
from stream.domain.definition import Definition, definitions
from stream.domain.rulebook import Wanted, begun
from stream.metrics.catalogue import METRIC_WINDOWS
from stream.metrics.own import ExporterMetrics
from stream.store.delta import Delta
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.store.rebuild import Plan
from stream.store.sign import Standing
from stream.web import live as live_module
from stream.web.background import in_background
from stream.web.live import LiveBoard

pytestmark = pytest.mark.pure


def live(store: MemoryStore) -> LiveBoard:
    model = Model()
    return LiveBoard(store, model, BoardBuilder(model, definitions()), ExporterMetrics())


async def test_a_board_is_unfit_until_the_store_was_read_and_a_worker_lives() -> None:
    store = MemoryStore()
    board = live(store)
    assert board.unfit_because == "Redis has not been read"
    await board.refresh(0)
    assert board.unfit_because == "the numbers are not current: worker away"
    lease = await store.acquire(CONTACTS)
    await store.begin(CONTACTS, lease.token, Plan(0, 0, ms(0), anew=True))
    await board.refresh(0)
    assert board.unfit_because is None
    await store.sign(CONTACTS, lease.token, Standing(silent_ms=0, behind=9, waiting_ms=70_000, hold="halted"))
    await board.refresh(0)
    assert board.unfit_because == "the numbers are not current: halted"


async def test_a_board_is_unfit_while_all_it_could_show_is_incomplete() -> None:
    store = MemoryStore()
    board = live(store)
    lease = await store.acquire(CONTACTS)
    await store.begin(CONTACTS, lease.token, Plan(0, 20, ms(0), anew=True))
    await board.refresh(0)
    assert board.unfit_because == "rebuilding from the log: 0%"
    lease = await store.acquire(CONTACTS)
    await store.begin(CONTACTS, lease.token, Plan(0, 0, ms(0), anew=True))
    await board.refresh(0)
    assert board.unfit_because is None
    # From here on an older version is served meanwhile.
    lease = await store.acquire(CONTACTS)
    await store.begin(CONTACTS, lease.token, Plan(0, 20, ms(0), anew=True))
    await board.refresh(0)
    assert board.unfit_because == "the numbers are not current: rebuilding"


class Full(MemoryStore):
    """Has no memory left: it can be read, and nothing can be stored."""

    async def is_full(self) -> bool:
        return True


async def test_that_the_store_is_full_is_told_where_no_sign_of_a_worker_comes() -> None:
    store = Full()
    board = live(store)
    await board.refresh(0)
    assert board.unfit_because == "the numbers are not current: worker away, store_full"
    lease = await store.acquire(CONTACTS)
    await store.begin(CONTACTS, lease.token, Plan(0, 0, ms(0), anew=True))
    await board.refresh(0)
    assert board.unfit_because is None


class Rolled(BoardBuilder):
    """Tells up to when it was rolled first."""

    rolled: asyncio.Future[tuple[int, Sequence[str]]]

    def roll(self, now_ms: int, windows: Sequence[str]) -> None:
        if not self.rolled.done():
            self.rolled.set_result((now_ms, windows))


async def test_windows_are_rolled_while_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "now_ms", lambda: ms(50))
    model = Model()
    builder = Rolled(model, definitions())
    builder.rolled = asyncio.get_running_loop().create_future()
    async with in_background(LiveBoard(MemoryStore(), model, builder, ExporterMetrics()).follow()):
        assert await asyncio.wait_for(builder.rolled, 10) == (ms(50), METRIC_WINDOWS)


class Foreign(MemoryStore):
    """Holds what another version of this program stored."""

    foreign = True

    async def delta(self, partition: Partition, cursor: int, *, since_ms: int) -> Delta:
        delta = await super().delta(partition, cursor, since_ms=since_ms)
        delta.foreign = self.foreign
        return delta


async def test_a_format_that_is_unknown_is_said_once_and_nothing_is_fit(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = Foreign()
    await store.acquire(CONTACTS)
    board = live(store)
    for _ in range(2):
        await board.refresh(0)
        time.sleep(0.001)  # noqa: ASYNC251 - a refresh a moment ago is not repeated
    assert caplog.text.count("format_unknown") == 1
    assert "another format" in str(board.unfit_because)
    store.foreign = False
    await board.refresh(0)
    assert board.unfit_because is None


async def test_a_board_is_read_by_the_rulebook_from_when_there_is_one() -> None:
    store, model = MemoryStore(), Model()
    board = LiveBoard(store, model, BoardBuilder(model, definitions()), ExporterMetrics())
    own, other = (Wanted(definitions(default=Definition(target_ms))) for target_ms in (3_000, 25_000))
    board.follow_settings(own, lambda found: BoardBuilder(model, found))
    found = await board.board()
    assert (found.all.definition.target_ms, found.agreement, board.wait_edges_ms) == (3_000, None, None)
    await store.put_rulebook(begun(other, 5), over=None)
    await board.refresh(0)
    found = await board.board()
    assert found.all.definition.target_ms == 25_000
    assert found.agreement is not None
    assert found.agreement.differs
    assert board.wait_edges_ms is not None
    assert 25_000 in board.wait_edges_ms


async def test_settings_that_differ_are_said_once(caplog: pytest.LogCaptureFixture) -> None:
    store, model = MemoryStore(), Model()
    board = LiveBoard(store, model, BoardBuilder(model, definitions()), ExporterMetrics())
    await store.put_rulebook(begun(Wanted(definitions()), 5), over=None)
    board.follow_settings(
        Wanted(definitions(default=Definition(3_000))), lambda found: BoardBuilder(model, found)
    )
    for _ in range(3):
        await board.refresh(0)
    assert sum("settings_differ" in line for line in caplog.messages) == 1
    board.follow_settings(Wanted(definitions()), lambda found: BoardBuilder(model, found))
    await board.refresh(0)
    found = await board.board()
    assert found.agreement is not None
    assert found.agreement.differs == ()


async def test_what_cannot_be_read_is_named_once_and_counted_until_it_can(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = MemoryStore()
    await fold_into(store, of("c1", queued(0)))
    board = live(store)
    await board.refresh(0)
    assert (board.unreadable, (await board.board()).unreadable) == (0, 0)
    state = store._states[CONTACTS]
    text = state.written.live["c\tc1"]
    for held, unreadable in (("junk", 1), ("junk", 1), (text, 0)):
        state.written.live["c\tc1"], state.floor = held, state.seq + 1
        state.seq += 1
        await board.refresh(0)
        assert (board.unreadable, (await board.board()).unreadable) == (unreadable, unreadable)
        assert board.unfit_because is None
    assert caplog.text.count("live state of contact 'c1'") == 1
