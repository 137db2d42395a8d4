"""The board at hand: what makes it unfit to be shown."""

import asyncio
import time
from collections.abc import Sequence

import pytest
from support.factories import CONTACTS, ms, of, queued
from support.inquiries import fold_into

from stream.board.model import Model
from stream.board.snapshot import BoardBuilder
from stream.domain.definition import definitions
from stream.metrics.catalogue import METRIC_WINDOWS
from stream.metrics.own import ExporterMetrics
from stream.store.base import Delta, Partition, Plan
from stream.store.memory import MemoryStore
from stream.web import live as live_module
from stream.web.background import in_background
from stream.web.live import LiveBoard

pytestmark = pytest.mark.pure


def live(store: MemoryStore) -> LiveBoard:
    model = Model()
    return LiveBoard(store, model, BoardBuilder(model, definitions()), ExporterMetrics())


async def test_a_board_is_unfit_until_the_store_was_read_and_fit_without_anything_in_it() -> None:
    board = live(MemoryStore())
    assert board.unfit_because == "Redis has not been read"
    await board.refresh(0)
    assert board.unfit_because is None


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
