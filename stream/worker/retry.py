"""Retries calls of the store with backoff until it answers: nothing is lost meanwhile, only delayed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from stream.backoff import Backoff
from stream.errors import StoreUnavailable
from stream.worker.probes import Probe

log = logging.getLogger("pantau.worker")
T = TypeVar("T")
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 2.0


class Stopping(Exception):  # noqa: N818 - not an error: the worker was told to stop
    """A call of the store was given up because the worker stops; the batch will be read again."""


class Retry:
    """Retries with backoff; after a failed call `stopping` is asked whether to give it up."""

    def __init__(self, probe: Probe, stopping: Callable[[], bool]) -> None:
        self._probe, self._stopping = probe, stopping
        self._waiting = 0

    @property
    def waits(self) -> bool:
        """Whether a call has failed and is being repeated."""
        return self._waiting > 0

    async def call(self, operation: str, call: Callable[[], Awaitable[T]]) -> T:
        """The answer to `call`. Raises `Stopping`."""
        try:
            return await call()
        except StoreUnavailable as failure:
            self._waiting += 1
            try:
                return await self._repeat(operation, call, failure)
            finally:
                self._waiting -= 1

    async def _repeat(self, operation: str, call: Callable[[], Awaitable[T]], failure: StoreUnavailable) -> T:
        backoff = Backoff(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
        while True:
            self._probe.store_failed(operation)
            if self._stopping():
                raise Stopping from failure
            pause = backoff.pause_seconds()
            log.warning("store_unavailable operation=%s again_in_seconds=%.1f: %s", operation, pause, failure)
            await asyncio.sleep(pause)
            try:
                return await call()
            except StoreUnavailable as again:
                failure = again
