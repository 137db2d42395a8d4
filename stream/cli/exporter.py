"""`pantau exporter`."""

from typing import Annotated

import typer
from aiohttp import web

from stream.board.model import Model
from stream.board.snapshot import BoardBuilder
from stream.cli.logs import start_logging
from stream.errors import PantauError
from stream.metrics.exposition import Exposition
from stream.metrics.own import ExporterMetrics
from stream.settings import Settings, load_settings
from stream.store.redis import RedisStore
from stream.web.guard import Guard
from stream.web.listening import listen
from stream.web.live import LiveBoard
from stream.web.server import Server


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
        listen(_application(settings, guard), host, port, settings.exporter_tls())
    except OSError as failure:
        raise PantauError(
            f"the exporter cannot listen on {host}:{port}: {failure.strerror or failure}; "
            "give another with --port, or stop what listens there"
        ) from None


def _application(settings: Settings, guard: Guard) -> web.Application:
    definitions, file = settings.definitions(), settings.file
    metrics = ExporterMetrics()
    model = Model()
    live = LiveBoard(
        RedisStore(*settings.redis_access(), retention=settings.retention()),
        model,
        BoardBuilder(
            model,
            definitions,
            settings.timetable(),
            settings.ghost_after_ms(),
            settings.staffing(),
            naming=settings.naming(),
        ),
        metrics,
    )
    exposition = Exposition(
        file.tenant,
        definitions.wait_edges_ms,
        file.in_force,
        max_queues=file.max_queues,
    )
    agents = file.agents
    least = agents.ranking_min_offers if agents.ranking else None
    return Server(live, exposition, metrics, least, guard=guard).application()
