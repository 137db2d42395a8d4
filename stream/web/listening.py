"""An application on a port until it is told to stop, and no patience with clients that never ask."""

import asyncio
import ssl
import time
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from aiohttp import web

#: A client that has connected says within so long what it wants.
PATIENCE_SECONDS = 10.0
#: Longer than most scrape intervals, so that a scraper connects once.
_KEPT_ALIVE_SECONDS = 75.0
_LOOK_SECONDS = 1.0


def listen(app: web.Application, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
    """Serve `app` until SIGTERM or Ctrl-C. Raises OSError where it cannot listen."""
    with suppress(web.GracefulExit, KeyboardInterrupt):
        asyncio.run(_serve(app, host, port, tls))


async def _serve(app: web.Application, host: str, port: int, tls: ssl.SSLContext | None) -> None:
    heard: WeakSet[Any] = WeakSet()

    @web.middleware
    async def hear(request: web.Request, handler: Any) -> web.StreamResponse:
        heard.add(request.protocol)
        answer: web.StreamResponse = await handler(request)
        return answer

    app.middlewares.insert(0, hear)
    runner = web.AppRunner(app, handle_signals=True, access_log=None, keepalive_timeout=_KEPT_ALIVE_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls, ssl_handshake_timeout=PATIENCE_SECONDS).start()
        await _hurry(runner, heard)
    finally:
        await runner.cleanup()


async def _hurry(runner: web.AppRunner, heard: WeakSet[Any]) -> None:
    """Hang up on whoever has said nothing, or not all of it, in time; for ever."""
    since: MutableMapping[Any, float] = WeakKeyDictionary()
    while True:
        for connection in runner.server.connections if runner.server else ():
            if connection in heard:
                continue
            waited = time.monotonic() - since.setdefault(connection, time.monotonic())
            if waited > PATIENCE_SECONDS and connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(_LOOK_SECONDS)
