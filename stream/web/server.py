"""The HTTP server of the exporter. Any number of identical servers may run."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, replace
from heapq import nsmallest
from pathlib import Path
from typing import Any

from aiohttp import hdrs, web
from msgspec.json import encode

from stream.board.document import document
from stream.board.interval import WINDOWS
from stream.board.rows import Board, QueueBoard
from stream.metrics.catalogue import METRIC_WINDOWS
from stream.metrics.exposition import Exposition
from stream.metrics.own import CONTENT_TYPES, ExporterMetrics, registry_text, wants_openmetrics
from stream.web.auth import LARGEST_REQUEST, Auth, refused
from stream.web.background import in_background
from stream.web.compression import HEAD, is_taken, packed, packed_message, unpacked
from stream.web.live import LiveBoard
from stream.web.sending import begin, send, send_board, send_whole

_STATIC = Path(__file__).parent / "static"
_FILES = frozenset(file.name for file in _STATIC.iterdir())
_TICK_SECONDS = 1.0
#: How many queues a wallboard gets, the worst first; /api/v1/board has all.
_STREAMED_QUEUES = 100
#: The most streams at once, because each takes memory.
MOST_WATCHERS = 300
#: The most whole boards and scrapes at once; further requests wait.
_BOARDS_AT_ONCE, _SCRAPES_AT_ONCE = 2, 4
#: How many messages, each shared by viewers of the same queues, are kept until the next board.
_MESSAGES_KEPT = 32


class Server:
    """Serves one live board, and ranked agents if `ranking_min_offers` is given."""

    def __init__(
        self,
        live: LiveBoard,
        exposition: Exposition,
        metrics: ExporterMetrics,
        ranking_min_offers: int | None = None,
        *,
        auth: Auth | None = None,
    ) -> None:
        self._live = live
        self._exposition = exposition
        self._metrics = metrics
        self._min_offers = ranking_min_offers
        self._auth = auth or Auth()
        self._latest: Board | None = None
        self._messages: dict[tuple[frozenset[str], bool], bytes] = {}
        self._ticked = asyncio.Event()
        self._watchers = 0
        self._whole = asyncio.Semaphore(_BOARDS_AT_ONCE)
        self._scrapes = asyncio.Semaphore(_SCRAPES_AT_ONCE)
        self._writing = asyncio.Lock()

    def show(self, exposition: Exposition, ranking_min_offers: int | None) -> None:
        """Use this exposition and this minimum of offers from now on."""
        self._exposition, self._min_offers = exposition, ranking_min_offers

    def application(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.on_response_prepare.append(_keep)
        self._auth.protect(app)
        app.add_routes(
            [
                web.get("/", self._wallboard),
                web.get("/metrics", self._metrics_text),
                web.get("/api/v1/board", self._board),
                web.get("/api/v1/agents", self._agents),
                web.get("/api/v1/stream", self._stream),
                web.get("/healthz", self._healthz),
                web.get("/readyz", self._readyz),
                web.get("/{name}", self._file),
            ]
        )
        app.cleanup_ctx.append(self._run)
        return app

    async def _run(self, _: web.Application) -> AsyncIterator[None]:
        async with in_background(self._live.follow()), in_background(self._tick()):
            yield

    async def _tick(self) -> None:
        """Build the board once a second for all viewers, if there are any.

        A board that takes longer is built less often, so that half of the time remains for other requests.
        """
        while True:
            if not self._watchers:
                await asyncio.sleep(_TICK_SECONDS / 10)
                continue
            began = time.perf_counter()
            self._latest, self._messages = await self._live.board(), {}
            self._ticked.set()
            self._ticked = asyncio.Event()
            await asyncio.sleep(max(_TICK_SECONDS, time.perf_counter() - began))

    def _message(self, board: Board, wanted: frozenset[str], *, small: bool) -> bytes:
        """The message with these queues, or the worst ones; shared by all viewers of the same queues."""
        message = self._messages.get((wanted, small))
        if message is None:
            if small:
                message = packed_message(self._message(board, wanted, small=False))
            else:
                shown = replace(board, queues=_streamed(board.queues, wanted))
                message = b"data: %b\n\n" % encode(self._document(shown))
            if len(self._messages) < _MESSAGES_KEPT:
                self._messages[wanted, small] = message
        return message

    def _document(self, board: Board) -> dict[str, Any]:
        return document(board, tenant=self._exposition.tenant)

    async def _wallboard(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(_STATIC / "wallboard.html")

    async def _file(self, request: web.Request) -> web.FileResponse:
        if (name := request.match_info["name"]) not in _FILES:
            raise web.HTTPNotFound
        return web.FileResponse(_STATIC / name)

    async def _board(self, request: web.Request) -> web.StreamResponse:
        async with self._whole:
            return await send_board(request, await self._live.board(), self._exposition.tenant)

    async def _agents(self, request: web.Request) -> web.Response:
        window = request.query.get("window", "today")
        if self._min_offers is None:
            return refused(404, "agents are not ranked; set ranking = true under [agents] to rank them")
        if window not in WINDOWS:
            return refused(400, f"window {window!r} is not accepted; {', '.join(WINDOWS)} are")
        rows = await self._live.ranking(window, self._min_offers)
        found = {"window": window, "min_offers": self._min_offers, "agents": [asdict(row) for row in rows]}
        return web.json_response(found)

    async def _metrics_text(self, request: web.Request) -> web.StreamResponse:
        openmetrics = wants_openmetrics(request.headers.get("Accept", ""))
        async with self._scrapes:
            board = await self._live.board(METRIC_WINDOWS)
            async with self._writing:  # takes long with many queues: other tasks run meanwhile
                body = await asyncio.to_thread(self._packed_metrics, board, openmetrics=openmetrics)
            del board
            pieces = [body] if is_taken(request) else unpacked(body)
            return await send_whole(request, pieces, {"Content-Type": CONTENT_TYPES[openmetrics]})

    def _packed_metrics(self, board: Board, *, openmetrics: bool) -> bytes:
        return b"".join(packed(text.encode() for text in self._scrape(board, openmetrics=openmetrics)))

    def _scrape(self, board: Board, *, openmetrics: bool) -> Iterator[str]:
        """The text of a scrape, piece by piece."""
        if self._live.wait_edges_ms is not None:
            self._exposition.hold_to_bands(self._live.wait_edges_ms)
        yield from self._exposition.pieces(board, openmetrics=openmetrics)
        self._metrics.dropped_series.set(self._exposition.dropped)
        yield registry_text(self._metrics.registry, openmetrics_format=openmetrics)
        if openmetrics:
            yield "# EOF\n"

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if self._watchers >= MOST_WATCHERS:
            full = refused(503, f"{MOST_WATCHERS} wallboards are connected; use another exporter")
            full.force_close()  # an open connection would keep others out
            return full
        headers, small = {"Content-Type": "text/event-stream"}, is_taken(request)
        response = web.StreamResponse(headers=headers | ({"Content-Encoding": "gzip"} if small else {}))
        wanted = frozenset(filter(None, request.query.get("queue", "").split(",")))
        self._watchers += 1
        try:
            await begin(request, response)
            if request.method == hdrs.METH_HEAD:
                return response
            if small:
                await send(request, response, HEAD)
            while True:
                await self._ticked.wait()
                if self._latest is not None:
                    await send(request, response, self._message(self._latest, wanted, small=small))
        except (ConnectionError, asyncio.CancelledError):
            return response
        finally:
            self._watchers -= 1

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _readyz(self, _: web.Request) -> web.Response:
        """Answer 200 if the numbers are right and current, else 503 with the reason."""
        because = self._live.unfit_because
        state = {"away": self._live.away, "unreadable": self._live.unreadable}
        if because is None:
            return web.json_response({"status": "ready"} | state)
        return web.json_response({"status": "not ready", "because": because} | state, status=503)


def _streamed(queues: list[QueueBoard], wanted: frozenset[str]) -> list[QueueBoard]:
    found = [queue for queue in queues if queue.queue in wanted] if wanted else queues
    return nsmallest(_STREAMED_QUEUES, found, key=_urgency) if len(found) > _STREAMED_QUEUES else found


def _urgency(queue: QueueBoard) -> tuple[int, int, int]:
    return -queue.status.status.severity, -queue.now.waiting, -queue.windows["30m"].offered


async def _keep(_: web.Request, response: web.StreamResponse) -> None:
    """Let browsers cache files and revalidate them each time."""
    if isinstance(response, web.FileResponse):
        response.headers["Cache-Control"] = "no-cache"
