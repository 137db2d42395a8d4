"""What a running worker does about its settings: it follows the rulebook, and reads its file again."""

import asyncio
import logging

import faust

from stream.adapters.canonical import CanonicalDecoder
from stream.domain.fold import Retention
from stream.metrics.own import PrometheusProbe
from stream.settings import Reloading, Settings
from stream.worker.bookkeeping import Bookkeeper
from stream.worker.processor import Processor

log = logging.getLogger("pantau.worker")
#: The lead of a change in the rulebook is longer: all workers follow it in time.
_LOOK_SECONDS = 2.0
_LATER = "settings_kept retention holds as it was until the worker starts again"


class Heeding:
    """Looks after the settings of a worker. On SIGHUP, and when the file changes, it is read again."""

    def __init__(  # noqa: PLR0913 - all that settings change
        self,
        reloading: Reloading,
        retention: Retention,
        *,
        processor: Processor,
        bookkeeper: Bookkeeper,
        probe: PrometheusProbe,
        decoder: CanonicalDecoder,
    ) -> None:
        self._reloading, self._retention, self._decoder = reloading, retention, decoder
        self._processor, self._bookkeeper, self._probe = processor, bookkeeper, probe

    def attach(self, app: faust.App) -> None:
        """Look every two seconds while the app runs."""

        @app.timer(interval=_LOOK_SECONDS)
        async def look() -> None:
            settings = await asyncio.to_thread(self._reloading.look)
            if settings is not None:
                self._take(settings)
            await self._processor.look()

    def _take(self, settings: Settings) -> None:
        self._bookkeeper.reload(settings.wanted())
        self._processor.hold_to_limits(settings.limits())
        self._decoder.hold_to_names(settings.own_names())
        self._probe.hold_to_limits(settings.limits())
        if settings.retention() != self._retention:
            log.warning(_LATER)
