"""What is streamed to wallboards where there are more queues than a wall has room for."""

import json
import time
import zlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from support.scenario import Centre

from stream.board.interval import WINDOWS
from stream.board.model import Model
from stream.board.rows import Board
from stream.board.snapshot import BoardBuilder
from stream.domain.definition import definitions
from stream.metrics.exposition import Exposition
from stream.metrics.own import ExporterMetrics
from stream.settings import load_settings
from stream.web import live, server
from stream.web.live import LiveBoard
from stream.web.server import Server

Client = TestClient[Any, Any]
_QUEUES, _SHOWN = 120, 100
_SLOW_SECONDS = 0.3


def centre() -> Centre:
    """Contact n of queue n was answered; in the last queues, which come last by name too, others wait.

    In the very last two do, and in the first one has waited for too long.
    """
    found = Centre().at(0).queued("lost", "queue-000")
    for n in range(_QUEUES):
        found.at(n).queued(f"c{n}", f"queue-{n:03}").answered(f"c{n}")
    for n in range(_SHOWN, _QUEUES):
        found.at(_QUEUES + n).queued(f"w{n}", f"queue-{n:03}")
    return found.queued("second", f"queue-{_QUEUES - 1:03}")


class Slow(LiveBoard):
    """A board that takes its time."""

    async def board(self, windows: Sequence[str] = WINDOWS) -> Board:
        time.sleep(_SLOW_SECONDS)  # noqa: ASYNC251 - as building one does
        return await super().board(windows)


async def streamed(client: Client, query: str = "", accept: str = "gzip") -> AsyncIterator[dict[str, Any]]:
    async with client.get(f"/api/v1/stream{query}", headers={"Accept-Encoding": accept}) as answer:
        read = b""
        async for part in answer.content.iter_any():
            *messages, read = (read + part).split(b"\n\n")
            for message in messages:
                yield json.loads(message.removeprefix(b"data: "))


@pytest.fixture
async def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    """A client of a server of that centre; of a `LiveBoard`, or of the kind that is asked for."""
    monkeypatch.setattr(server, "_TICK_SECONDS", 0.05)
    of = centre()
    of.board()
    monkeypatch.setattr(live, "now_ms", lambda: of.now_ms)
    model, kind = Model(), getattr(request, "param", LiveBoard)
    board = kind(of.store, model, BoardBuilder(model, definitions()), ExporterMetrics())
    text = Exposition("t", definitions().wait_edges_ms, load_settings().file.in_force)
    async with TestClient(TestServer(Server(board, text, ExporterMetrics()).application())) as found:
        yield found


async def first(client: Client, query: str = "") -> dict[str, Any]:
    async for board in streamed(client, query):
        return board
    raise AssertionError("the stream ended")


async def test_the_worst_queues_and_those_with_most_waiting_are_streamed(client: Client) -> None:
    board = await first(client)
    names = [queue["queue"] for queue in board["queues"]]
    assert len(names) == _SHOWN
    waiting = [f"queue-{n:03}" for n in (_QUEUES - 1, *range(_SHOWN, _QUEUES - 1))]
    assert names[: _QUEUES - _SHOWN + 1] == ["queue-000", *waiting]
    assert board["queues"][0]["status"]["name"] == "critical"
    assert board["all"]["totals"]["offered"] == 2 * _QUEUES - _SHOWN + 2


async def test_queues_that_are_asked_for_are_streamed(client: Client) -> None:
    board = await first(client, "?queue=queue-007,queue-119")
    assert [queue["queue"] for queue in board["queues"]] == ["queue-007", "queue-119"]


async def test_who_takes_gzip_is_streamed_the_same_boards_packed(client: Client) -> None:
    boards = {}
    for accept in ("gzip, deflate, br", "identity"):
        found = streamed(client, "?queue=queue-007", accept)
        boards[accept] = [await anext(found) for _ in range(3)]
        await found.aclose()
    packed, plain = boards.values()
    assert [board["queues"] for board in packed] == [board["queues"] for board in plain]


async def test_a_packed_stream_is_a_tenth_as_long_and_comes_message_by_message(client: Client) -> None:
    headers = {"Accept-Encoding": "gzip"}
    async with client.get("/api/v1/stream", headers=headers, auto_decompress=False) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        unpacker, read, sent = zlib.decompressobj(zlib.MAX_WBITS | 16), b"", 0
        while read.count(b"\n\n") < 3:
            piece = await answer.content.readany()
            sent += len(piece)
            read += unpacker.decompress(piece)
    assert sent < len(read) / 10


async def test_the_board_is_packed_for_who_takes_it(client: Client) -> None:
    async with client.get("/api/v1/board", headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        packed = await answer.json()
    async with client.get("/api/v1/board", headers={"Accept-Encoding": "identity"}) as answer:
        assert "Content-Encoding" not in answer.headers
        assert (await answer.json())["queues"] == packed["queues"]


@pytest.mark.parametrize("client", [Slow], indirect=True)
async def test_a_board_that_takes_long_leaves_half_of_the_time(client: Client) -> None:
    came = []
    async for _ in streamed(client, "?queue=queue-007"):
        came.append(time.perf_counter())
        if len(came) == 3:
            break
    assert came[2] - came[0] >= 2 * 1.9 * _SLOW_SECONDS
