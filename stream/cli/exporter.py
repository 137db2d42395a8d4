"""`pantau exporter`."""

import asyncio
from typing import Annotated

import typer

from stream.cli.logs import start_logging
from stream.settings import Settings, load_settings
from stream.store.opening import opened, require_accepted
from stream.web.auth import Auth
from stream.web.binding import bound
from stream.web.listening import listen
from stream.web.settings import ReloadingExporter


def exporter(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 9464,
) -> None:
    """Serve the board: the wallboard at /, /metrics, /api/v1/board, /healthz and /readyz.

    Run any number of exporters; all serve the same numbers.
    """
    settings = load_settings()
    start_logging()
    auth = Auth.of(settings, host)
    tls, sockets = settings.exporter_tls(), bound("the exporter", host, port, ("--host", "--port"))
    auth.warn("the exporter", host)
    asyncio.run(_look_at_store(settings))
    listen(ReloadingExporter(settings, auth).application(), sockets, tls)


async def _look_at_store(settings: Settings) -> None:
    async with opened(settings.redis_access()) as store:
        await require_accepted(store)
