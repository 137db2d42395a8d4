"""Keeps a running worker in step with its settings: the rulebook in the store, and its own file."""

import asyncio
import logging

import faust

from stream.adapters.canonical import CanonicalDecoder
from stream.domain.fold import Retention
from stream.metrics.own import PrometheusProbe
from stream.settings import Reloading, Settings
from stream.worker.bookkeeping import Bookkeeper
from stream.worker.worker import Worker

log = logging.getLogger("pantau.worker")
#: A change in the rulebook takes effect later than this, so all workers follow it in time.
_LOOK_SECONDS = 2.0
_LATER = "settings_kept a new retention takes effect when the worker is started again"


class SettingsWatcher:
    """Follows the rulebook. Reads the settings file again on SIGHUP and when it changes."""

    def __init__(  # noqa: PLR0913 - all that settings change
        self,
        reloading: Reloading,
        retention: Retention,
        *,
        worker: Worker,
        bookkeeper: Bookkeeper,
        probe: PrometheusProbe,
        decoder: CanonicalDecoder,
    ) -> None:
        self._reloading, self._retention, self._decoder = reloading, retention, decoder
        self._worker, self._bookkeeper, self._probe = worker, bookkeeper, probe

    def attach(self, app: faust.App) -> None:
        """Look every two seconds while the app runs."""

        @app.timer(interval=_LOOK_SECONDS)
        async def look() -> None:
            settings = await asyncio.to_thread(self._reloading.look)
            if settings is not None:
                self._take(settings)
            await self._worker.ownership.look()

    def _take(self, settings: Settings) -> None:
        self._bookkeeper.reload(settings.wanted())
        self._worker.ownership.set_limits(settings.limits())
        self._decoder.hold_to_names(settings.own_names())
        self._probe.hold_to_limits(settings.limits())
        if settings.retention() != self._retention:
            log.warning(_LATER)
