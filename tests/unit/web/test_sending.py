"""A board in parts is the board; who does not read is cut off, and there are no more viewers than fit."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from msgspec.json import encode
from support.scenario import Centre

from stream.board.document import document
from stream.board.model import Model
from stream.board.snapshot import BoardBuilder
from stream.domain.definition import definitions
from stream.metrics.exposition import Exposition
from stream.metrics.own import ExporterMetrics
from stream.settings import load_settings
from stream.web import live, sending, server
from stream.web.live import LiveBoard
from stream.web.sending import board_pieces
from stream.web.server import Server

_QUEUES = 250
_TCP_CLOSE = 7
_ODD = '"queues":[]'


def centre(queues: int = _QUEUES) -> Centre:
    found = Centre()
    for n in range(queues):
        found.at(n).queued(f"c{n}", _ODD if n == 7 else f"queue-{n:03}").answered(f"c{n}")
    return found


@pytest.mark.parametrize("queues", [0, 1, 100, 101, _QUEUES])
@pytest.mark.parametrize("tenant", ["t", _ODD])
def test_a_board_in_parts_is_the_board(queues: int, tenant: str) -> None:
    whole = centre(queues).board()
    found = list(board_pieces(whole, tenant))
    assert b"".join(found) == encode(document(whole, tenant=tenant))
    assert max(map(len, found)) < len(b"".join(found)) or queues <= 100


Client = TestClient[Any, Any]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(server, "_TICK_SECONDS", 0.02)
    of = centre()
    of.board()
    monkeypatch.setattr(live, "now_ms", lambda: of.now_ms)
    model = Model()
    board = LiveBoard(of.store, model, BoardBuilder(model, definitions()), ExporterMetrics())
    text = Exposition("t", definitions().wait_edges_ms, load_settings().file.in_force)
    return Server(board, text, ExporterMetrics())


@pytest.fixture
async def client(served: Server) -> AsyncIterator[Client]:
    async with TestClient(TestServer(served.application())) as found:
        yield found


@pytest.mark.parametrize("accept", ["gzip", "identity"])
async def test_a_whole_board_is_served_packed_or_not(client: Client, accept: str) -> None:
    async with client.get("/api/v1/board", headers={"Accept-Encoding": accept}) as answer:
        assert answer.headers.get("Content-Encoding", "identity") == accept
        assert len((await answer.json())["queues"]) == _QUEUES


async def test_others_are_answered_while_a_large_board_is_made(client: Client) -> None:
    boards = [asyncio.create_task(client.get("/api/v1/board")) for _ in range(6)]
    longest = 0.0
    for _ in range(20):
        began = time.perf_counter()
        async with client.get("/healthz") as answer:
            assert answer.status == 200
        longest = max(longest, time.perf_counter() - began)
    for board in boards:
        (await board).close()
    assert longest < 2


async def test_there_are_no_more_viewers_than_fit(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_WATCHERS", 2)
    async with client.get("/api/v1/stream") as one, client.get("/api/v1/stream") as other:
        assert (one.status, other.status) == (200, 200)
        async with client.get("/api/v1/stream") as third:
            assert (third.status, await third.json()) == (
                503,
                {"error": "2 wallboards are connected; use another exporter"},
            )


async def test_others_are_answered_while_a_scrape_is_written(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(*_: object, **__: object) -> Iterator[str]:
        time.sleep(1)
        yield "written 1\n"

    monkeypatch.setattr(Exposition, "pieces", slowly)
    scrape = asyncio.create_task(client.get("/metrics"))
    await asyncio.sleep(0.1)
    began = time.perf_counter()
    async with client.get("/healthz") as answer:
        assert answer.status == 200
    assert time.perf_counter() - began < 0.5
    async with await scrape as answer:
        assert (await answer.text()).startswith("written 1\n")


@pytest.mark.parametrize("path", ["/api/v1/stream", "/api/v1/board", "/metrics"])
async def test_for_who_does_not_read_little_is_kept(
    client: Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    transports: list[asyncio.Transport] = []
    prepare = web.StreamResponse.prepare

    async def seen(response: web.StreamResponse, request: web.BaseRequest) -> Any:
        transports.append(cast(asyncio.Transport, request.transport))
        return await prepare(response, request)

    monkeypatch.setattr(web.StreamResponse, "prepare", seen)
    loop = asyncio.get_running_loop()
    with deaf_socket() as deaf:
        await loop.sock_connect(deaf, (client.host, client.port))
        await loop.sock_sendall(deaf, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        kept = 0
        for _ in range(50):
            await asyncio.sleep(0.02)
            kept = max([kept, *(transport.get_write_buffer_size() for transport in transports)])
        held = transports[0].get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        assert (kept <= 192 << 10, held <= 256 << 10) == (True, True), (kept, held)


@pytest.mark.parametrize("path", ["/metrics", "/api/v1/board", "/api/v1/stream"])
async def test_who_asks_for_the_head_alone_is_sent_no_more(client: Client, path: str) -> None:
    async with client.head(path) as answer:
        assert (answer.status, await answer.read()) == (200, b"")
    async with client.get("/healthz") as answer:  # on the same connection
        assert await answer.json() == {"status": "ok"}


def deaf_socket() -> socket.socket:
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    deaf.setblocking(False)  # noqa: FBT003 - as it is called
    return deaf


async def test_who_does_not_read_is_cut_off(
    client: Client, served: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "UNREAD_SECONDS", 0.2)
    loop = asyncio.get_running_loop()
    with deaf_socket() as deaf:
        await loop.sock_connect(deaf, (client.host, client.port))
        await loop.sock_sendall(deaf, b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        async with asyncio.timeout(10):
            while served._watchers != 1:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
            while served._watchers:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
            # What the kernel still held for it is gone as well: it is told by a reset, and not by silence.
            while deaf.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != _TCP_CLOSE:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
