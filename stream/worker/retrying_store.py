"""The store as the owner of partitions calls it: with retries, so that nothing is lost, only delayed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

from stream.backoff import Backoff
from stream.domain.fold import Cell
from stream.errors import StoreUnavailable
from stream.store.checkpoint import Checkpoint, Loaded
from stream.store.lease import Lease, Verdict
from stream.store.partition import Partition
from stream.store.ports import OwnerStore
from stream.store.rebuild import Plan
from stream.store.sign import Standing
from stream.store.unreadable import Unreadable
from stream.worker.probes import Probe

log = logging.getLogger("pantau.worker")
T = TypeVar("T")
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 2.0


class Stopping(Exception):  # noqa: N818 - not an error: the worker was told to stop
    """A call of the store was given up because the worker stops; the batch will be read again."""


class RetryingStore:
    """See `OwnerStore` for the calls. What a batch or an acquisition waits for is retried.

    After each failed try `stopping` says whether to give up; then they raise `Stopping`. What a timer
    repeats anyway (`check`, `sign`, `sweep`, `verify`) is tried once and raises `StoreUnavailable`. The
    probe hears of every failed try.
    """

    def __init__(self, store: OwnerStore, probe: Probe, stopping: Callable[[], bool]) -> None:
        self._store, self._probe, self._stopping = store, probe, stopping
        self._waiting = 0

    @property
    def is_waiting(self) -> bool:
        """Whether a call has failed and is being retried."""
        return self._waiting > 0

    async def acquire(self, partition: Partition) -> Lease:
        """Retried."""
        return await self.retried("acquire", lambda: self._store.acquire(partition))

    async def partition_count(self, topic: str, found: int) -> int:
        """Retried."""
        return await self.retried("acquire", lambda: self._store.partition_count(topic, found))

    async def begin(self, partition: Partition, token: int, plan: Plan) -> Verdict:
        """Retried."""
        return await self.retried("begin", lambda: self._store.begin(partition, token, plan))

    async def load(
        self, partition: Partition, *, entities: Collection[str], cells: Collection[Cell]
    ) -> Loaded:
        """Retried."""
        return await self.retried("load", lambda: self._store.load(partition, entities=entities, cells=cells))

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        """Retried."""
        return await self.retried("apply", lambda: self._store.apply(partition, token, checkpoint))

    async def request(self, partition: Partition) -> None:
        """Retried."""
        await self.retried("request", lambda: self._store.request(partition))

    async def mend(self, partition: Partition, at_ms: int, *, again_ms: int) -> bool:
        """Retried."""
        return await self.retried("mend", lambda: self._store.mend(partition, at_ms, again_ms=again_ms))

    async def check(self, partition: Partition, token: int, position: int) -> Verdict:
        """Tried once."""
        return await self.once("check", lambda: self._store.check(partition, token, position))

    async def sign(self, partition: Partition, token: int, standing: Standing) -> None:
        """Tried once."""
        await self.once("sign", lambda: self._store.sign(partition, token, standing))

    async def sweep(self, partition: Partition) -> None:
        """Tried once."""
        await self.once("sweep", lambda: self._store.sweep(partition))

    async def verify(self, partition: Partition) -> list[Unreadable]:
        """Tried once."""
        return await self.once("verify", lambda: self._store.verify(partition))

    async def once(self, operation: str, call: Callable[[], Awaitable[T]]) -> T:
        """The answer to `call`. Raises `StoreUnavailable`."""
        try:
            return await call()
        except StoreUnavailable:
            self._probe.store_failed(operation)
            raise

    async def retried(self, operation: str, call: Callable[[], Awaitable[T]]) -> T:
        """The answer to `call`, however many tries it takes. Raises `Stopping`."""
        try:
            return await self.once(operation, call)
        except StoreUnavailable as failure:
            self._waiting += 1
            try:
                return await self._retry(operation, call, failure)
            finally:
                self._waiting -= 1

    async def _retry(self, operation: str, call: Callable[[], Awaitable[T]], failure: StoreUnavailable) -> T:
        backoff = Backoff(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
        while True:
            if self._stopping():
                raise Stopping from failure
            pause = backoff.pause_seconds()
            log.warning("store_unavailable operation=%s again_in_seconds=%.1f: %s", operation, pause, failure)
            await asyncio.sleep(pause)
            try:
                return await self.once(operation, call)
            except StoreUnavailable as again:
                failure = again
