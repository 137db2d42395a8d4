"""An application on a port until it is told to stop, and no patience with clients that never ask."""

import asyncio
import logging
import ssl
import time
from contextlib import suppress
from typing import Any

from aiohttp import web, web_response
from aiohttp.http_exceptions import BadHttpMessage

log = logging.getLogger("pantau.web")
#: Told once it does; who started it may wait for that.
LISTENS = "listens host=%s port=%d"
#: A client that has connected says within so long what it wants.
PATIENCE_SECONDS = 5.0
#: Longer than most scrape intervals, so that a scraper connects once.
_KEPT_ALIVE_SECONDS = 75.0
_LOOK_SECONDS = 1.0


def listen(app: web.Application, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
    """Serve `app` until SIGTERM or Ctrl-C. Raises OSError where it cannot listen."""
    with suppress(web.GracefulExit, KeyboardInterrupt):
        asyncio.run(_serve(app, host, port, tls))


async def _serve(app: web.Application, host: str, port: int, tls: ssl.SSLContext | None) -> None:
    heard: set[Any] = set()

    @web.middleware
    async def hear(request: web.Request, handler: Any) -> web.StreamResponse:
        heard.add(request.protocol)
        answer: web.StreamResponse = await handler(request)
        return answer

    app.middlewares.insert(0, hear)
    web_response.SERVER_SOFTWARE = "pantau"  # type: ignore[attr-defined] # theirs names versions to anybody
    logging.getLogger("aiohttp.server").addFilter(_told_by_its_answer)
    runner = web.AppRunner(app, handle_signals=True, access_log=None, keepalive_timeout=_KEPT_ALIVE_SECONDS)
    await runner.setup()
    try:
        if runner.server is None:
            raise RuntimeError("the runner was set up and has no server")
        loop, patience = asyncio.get_running_loop(), PATIENCE_SECONDS if tls else None
        async with await loop.create_server(
            runner.server, host, port, ssl=tls, ssl_handshake_timeout=patience
        ) as server:
            log.info(LISTENS, *server.sockets[0].getsockname()[:2])
            await _hurry(runner.server, heard)
    finally:
        await runner.cleanup()


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
