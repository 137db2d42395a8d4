"""Serves an application until it is stopped, and disconnects clients that do not send a request in time."""

import asyncio
import logging
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from http import HTTPStatus
from typing import Any, cast

from aiohttp import web, web_response
from aiohttp.http_exceptions import BadHttpMessage

from stream.web.auth import HEADERS

log = logging.getLogger("pantau.web")
#: Logged once the server listens; a parent process may wait for it.
LISTENS = "listens host=%s port=%d"
#: How long a connected client may take to send a request.
PATIENCE_SECONDS = 5.0
#: How long an idle connection stays open.
KEPT_ALIVE_SECONDS = 15.0
#: The most connections at once; further clients get 503.
MOST_CONNECTIONS = 512
#: The longest request line and header line, and the most headers.
_LONGEST_LINE, _MOST_HEADERS = 4_096, 64
_LOOK_SECONDS = 1.0
_LAST_WORDS_SECONDS = 5.0


def listen(app: web.Application, sockets: Sequence[socket.socket], tls: ssl.SSLContext | None = None) -> None:
    """Serve `app` on `sockets` until SIGTERM or Ctrl-C."""
    with suppress(web.GracefulExit, KeyboardInterrupt):
        asyncio.run(_serve(app, sockets, tls, handle_signals=True))


def listen_beside(
    app: web.Application, sockets: Sequence[socket.socket], tls: ssl.SSLContext | None = None
) -> None:
    """Serve `app` on `sockets` from a thread and an event loop of its own, until the process ends."""
    serving = _serve(app, sockets, tls, handle_signals=False)
    threading.Thread(target=lambda: asyncio.run(serving), name="http", daemon=True).start()


async def _serve(
    app: web.Application,
    sockets: Sequence[socket.socket],
    tls: ssl.SSLContext | None,
    *,
    handle_signals: bool,
) -> None:
    heard: set[Any] = set()

    @web.middleware
    async def hear(request: web.Request, handler: Any) -> web.StreamResponse:
        heard.add(request.protocol)
        answer: web.StreamResponse = await handler(request)
        return answer

    app.middlewares.insert(0, hear)
    web_response.SERVER_SOFTWARE = "pantau"  # type: ignore[attr-defined] # theirs names versions to anybody
    logging.getLogger("aiohttp.server").addFilter(_told_by_its_answer)
    runner = web.AppRunner(
        app, handle_signals=handle_signals, access_log=None, shutdown_timeout=_LAST_WORDS_SECONDS
    )
    async with AsyncExitStack() as running:
        running.push_async_callback(runner.cleanup)
        await runner.setup()
        server = cast(web.Server, runner.server)
        for one in sockets:
            await running.enter_async_context(await _listening(server, one, tls))
            log.log(logging.INFO if handle_signals else logging.DEBUG, LISTENS, *one.getsockname()[:2])
        await _hurry(server, heard)


async def _listening(
    server: web.Server, one: socket.socket, tls: ssl.SSLContext | None
) -> asyncio.AbstractServer:
    loop = asyncio.get_running_loop()
    patience = PATIENCE_SECONDS if tls else None

    def protocol() -> asyncio.Protocol:
        return _Full() if len(server.connections) >= MOST_CONNECTIONS else _Protocol(server, loop)

    return await loop.create_server(protocol, sock=one, ssl=tls, ssl_handshake_timeout=patience)


class _Protocol(web.RequestHandler):
    """A connection with limits, whose error responses reveal no details."""

    __slots__ = ()

    def __init__(self, server: web.Server, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type] # theirs is None where nothing is logged
            keepalive_timeout=KEPT_ALIVE_SECONDS,
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
            max_headers=_MOST_HEADERS,
            lingering_time=PATIENCE_SECONDS,
        )

    def handle_error(self, request: web.BaseRequest, status: int = 500, *more: Any, **options: Any) -> Any:
        """Answer invalid requests and failures in one line."""
        super().handle_error(request, status, *more, **options)
        said = HTTPStatus(status).phrase.lower()
        answer = web.json_response({"error": said}, status=status, headers=_REFUSAL)
        answer.force_close()
        return answer


_REFUSAL = {**HEADERS, "Cache-Control": "no-store"}
_TOO_MANY = "".join(
    f"{line}\r\n"
    for line in (
        "HTTP/1.1 503 Service Unavailable",
        *(f"{name}: {value}" for name, value in {**_REFUSAL, "Server": "pantau"}.items()),
        "Content-Type: application/json; charset=utf-8",
        "Retry-After: 5",
        "Connection: close",
        "",
        '{"error": "too many connections; retry later"}',
    )
)


class _Full(asyncio.Protocol):
    """Answers 503 and closes once the client sends something: closing earlier might lose the answer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the answer."""
        self._out = cast(asyncio.Transport, transport)
        self._out.write(_TOO_MANY.encode())
        asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._out.close)

    def data_received(self, _: bytes) -> None:
        """Close the connection, whatever the request is."""
        self._out.close()


def _told_by_its_answer(record: logging.LogRecord) -> bool:
    """Keep invalid HTTP and its stack trace out of the log: anybody may send it, and the answer is 400."""
    return not (record.exc_info and isinstance(record.exc_info[1], BadHttpMessage))


async def _hurry(server: web.Server, heard: set[Any]) -> None:
    """Forever disconnect clients that have not sent a complete request in time."""
    since: dict[Any, float] = {}
    while True:
        connections, now = server.connections, time.monotonic()
        heard.intersection_update(connections)
        since = {one: since.get(one, now) for one in connections if one not in heard}
        for connection, began in since.items():
            if now - began > PATIENCE_SECONDS and connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(_LOOK_SECONDS)
