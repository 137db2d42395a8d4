"""`pantau exporter`."""

from typing import Annotated

import typer

from stream.cli.logs import start_logging
from stream.errors import PantauError
from stream.settings import load_settings
from stream.web.guard import Guard
from stream.web.listening import listen
from stream.web.settings import Heeding


def exporter(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 9464,
) -> None:
    """Serve the board: the wallboard at /, /metrics, /api/v1/board, /healthz and /readyz.

    Run as many as you like; all serve the same numbers.
    """
    settings = load_settings()
    start_logging()
    guard = Guard.of(settings)
    guard.warn("the exporter", host)
    try:
        listen(Heeding(settings, guard).application(), host, port, settings.exporter_tls())
    except OSError as failure:
        raise PantauError(
            f"the exporter cannot listen on {host}:{port}: {failure.strerror or failure}; "
            "give another with --port, or stop what listens there"
        ) from None
