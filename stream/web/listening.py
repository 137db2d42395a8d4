"""An application on a port until it is told to stop, and no patience with clients that never ask."""

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
#: Told once it does; who started it may wait for that.
LISTENS = "listens host=%s port=%d"
#: A client that has connected says within so long what it wants.
PATIENCE_SECONDS = 5.0
#: A connection on which nothing more is asked is closed after so long.
KEPT_ALIVE_SECONDS = 15.0
#: So many at once; who comes when all are taken is told to come again.
MOST_CONNECTIONS = 512
#: Of the first line of a request, and of each header; there are so many headers at most.
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
    """A connection with bounds, whose own refusals say no more than they must."""

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

    def handle_error(self, request: web.BaseRequest, status: int = 500, *more: Any, **told: Any) -> Any:
        """Answer what is no HTTP, and what failed here, in one line."""
        super().handle_error(request, status, *more, **told)
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
        '{"error": "too many connections; come again"}',
    )
)


class _Full(asyncio.Protocol):
    """Answers that there is no room, and hangs up once it was asked: before that it might not be read."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say so."""
        self._out = cast(asyncio.Transport, transport)
        self._out.write(_TOO_MANY.encode())
        asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._out.close)

    def data_received(self, _: bytes) -> None:
        """Hang up: whatever is asked, that was the answer."""
        self._out.close()


def _told_by_its_answer(record: logging.LogRecord) -> bool:
    """Keep out of the log what is no HTTP, with its stack trace: anybody may send it, and is answered 400."""
    return not (record.exc_info and isinstance(record.exc_info[1], BadHttpMessage))


async def _hurry(server: web.Server, heard: set[Any]) -> None:
    """Hang up on whoever has said nothing, or not all of it, in time; for ever."""
    since: dict[Any, float] = {}
    while True:
        connections, now = server.connections, time.monotonic()
        heard.intersection_update(connections)
        since = {one: since.get(one, now) for one in connections if one not in heard}
        for connection, began in since.items():
            if now - began > PATIENCE_SECONDS and connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(_LOOK_SECONDS)
