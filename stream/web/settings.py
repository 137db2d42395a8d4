"""Settings of a running exporter: it follows the rulebook and reloads its settings file."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from functools import partial

from aiohttp import web

from stream.board.model import Model
from stream.board.snapshot import BoardBuilder
from stream.domain.definition import Definitions
from stream.metrics.exposition import Exposition
from stream.metrics.own import ExporterMetrics
from stream.settings import Reloading, Settings
from stream.store.redis import RedisStore
from stream.web.auth import Auth
from stream.web.background import in_background
from stream.web.live import LiveBoard
from stream.web.server import Server

log = logging.getLogger("pantau.exporter")
_LOOK_SECONDS = 2.0
_LATER = "settings_kept the previous retention applies until the exporter restarts"


class ReloadingExporter:
    """An exporter that reloads its settings file on SIGHUP and when the file changes."""

    def __init__(self, settings: Settings, auth: Auth) -> None:
        self._reloading, self._retention = Reloading(settings), settings.retention()
        self._filled = 0
        self._reloading.hear()
        self._model, metrics = Model(), ExporterMetrics()
        store = RedisStore(*settings.redis_access(), retention=settings.retention())
        builder = _builder(self._model, settings, settings.definitions())
        self._live = LiveBoard(store, self._model, builder, metrics)
        self._server = Server(self._live, exposition(settings), metrics, _least(settings), auth=auth)
        self._take(settings)

    def application(self) -> web.Application:
        """The aiohttp application."""
        app = self._server.application()
        app.cleanup_ctx.append(self._run)
        return app

    async def _run(self, _: web.Application) -> AsyncIterator[None]:
        async with in_background(self._heed()):
            yield

    def _take(self, settings: Settings) -> None:
        self._live.follow_settings(settings.wanted(), partial(_builder, self._model, settings))
        self._server.show(exposition(settings), _least(settings))

    def _settle(self) -> None:
        """Exclude permanent objects from garbage collection, which would stop everything for a second."""
        if self._live.filled > self._filled:
            self._filled = self._live.filled
            gc.freeze()

    async def _heed(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self._settle()
            settings = await asyncio.to_thread(self._reloading.look)
            if settings is not None:
                self._take(settings)
                if settings.retention() != self._retention:
                    log.warning(_LATER)


def exposition(settings: Settings) -> Exposition:
    """The exposition of `/metrics` by the settings."""
    file = settings.file
    return Exposition(
        file.tenant,
        settings.definitions().wait_edges_ms,
        file.in_force,
        file.alerts,
        max_queues=file.max_queues,
    )


def _builder(model: Model, settings: Settings, definitions: Definitions) -> BoardBuilder:
    return BoardBuilder(
        model,
        definitions,
        settings.timetable(),
        settings.stuck_after_ms(),
        settings.staffing(),
        naming=settings.naming(),
        tolerance=lambda queue, channel: settings.file.in_force(queue, channel).tolerance,
    )


def _least(settings: Settings) -> int | None:
    """The minimum of offers to rank agents; None if they are not ranked."""
    agents = settings.file.agents
    return agents.ranking_min_offers if agents.ranking else None
