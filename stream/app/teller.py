"""Tells again, once a day, what has been open in a partition for long; `retelling` chooses what that is.

Nothing waits for it: it goes in small steps, ends when the partition changes hands, and what fails is tried
again later.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Protocol

from aiokafka.errors import KafkaError

from stream.adapters.canonical import CanonicalDecoder
from stream.clock import now_ms
from stream.domain.fact import Fact
from stream.domain.fold import Retention
from stream.errors import BrokerUnavailable, StoreUnavailable
from stream.store.base import Partition, Store
from stream.worker.decoding import RETOLD
from stream.worker.processor import Processor
from stream.worker.retelling import AFTER_MS, Records, Told, events_of, is_open, records_of

log = logging.getLogger("pantau.retelling")
_AGAIN_MS = 300_000
#: Contacts and agents of one step: some milliseconds of work; and the pause after it.
_AT_ONCE, _PAUSE_SECONDS = 100, 0.02
_DONE = "retold partition=%s:%d events=%d left_out=%d"
_WAITS = "retelling_waits partition=%s:%d again_in_seconds=%d: %s"


class Log(Protocol):
    """Where records go: one promise of `Publisher`."""

    async def put(
        self, topic: str, partition: int, key: str, value: bytes, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        """Send a record. Raises `BrokerUnavailable`, maybe for one before."""
        ...


class Probe(Protocol):
    """Listens to it."""

    def retold(self, partition: Partition, at_ms: int, told: Told | None) -> None:
        """What is open was told again at `at_ms`: now, or, without `told`, before it was taken over."""
        ...


class _Gone(Exception):  # noqa: N818 - not an error: it is another's to tell
    """The partition changed hands, or the worker stops."""


class Teller:
    """Looks after the partitions of a processor. `open_log` makes what is entered; leaving it flushes."""

    def __init__(  # noqa: PLR0913 - all it stands between
        self,
        store: Store,
        processor: Processor,
        probe: Probe,
        open_log: Callable[[], AbstractAsyncContextManager[Log]],
        *,
        retention: Retention,
        stopping: Callable[[], bool] = lambda: False,
        clock: Callable[[], int] = now_ms,
        decoder: CanonicalDecoder | None = None,
    ) -> None:
        self._store, self._processor, self._probe, self._open_log = store, processor, probe, open_log
        self._retention, self._stopping, self._clock = retention, stopping, clock
        self._decoder = decoder or CanonicalDecoder()
        self._next_ms: dict[tuple[Partition, int], int] = {}  # by lease
        self._waiting: set[Partition] = set()

    async def look(self) -> None:
        """Tell what is due of the partitions that are owned and whole."""
        leases = self._processor.settled().items()
        self._next_ms = {lease: at_ms for lease, at_ms in self._next_ms.items() if lease in leases}
        for lease in leases:
            if self._clock() >= self._next_ms.get(lease, 0):
                self._next_ms[lease] = await self._attend(*lease)

    async def _attend(self, partition: Partition, token: int) -> int:
        """Tell it if it is due; when to look again."""
        try:
            at_ms = await self._when_told(partition, token)
        except _Gone:
            return 0
        except (StoreUnavailable, BrokerUnavailable, KafkaError) as failure:
            if partition not in self._waiting:  # said once, until it works
                log.warning(_WAITS, *partition, _AGAIN_MS // 1000, failure)
            self._waiting.add(partition)
            return self._clock() + _AGAIN_MS
        self._waiting.discard(partition)
        return at_ms + AFTER_MS

    async def _when_told(self, partition: Partition, token: int) -> int:
        began_ms, before_ms = self._clock(), await self._store.retold_ms(partition)
        if 0 <= began_ms - before_ms < AFTER_MS:
            self._probe.retold(partition, before_ms, None)
            return before_ms
        told = await self._tell(partition, token)
        await self._store.note_retold(partition, began_ms)
        self._probe.retold(partition, began_ms, told)
        log.info(_DONE, *partition, *told)
        return began_ms

    async def _tell(self, partition: Partition, token: int) -> Told:
        events = left_out = 0
        async with AsyncExitStack() as opened:
            to: Log | None = None
            async for entities in self._open(partition):
                found = await self._chosen(partition, token, entities)
                records = [record for some in found for record in some or ()]
                events, left_out = events + len(records), left_out + found.count(None)
                for key, value in records:
                    if to is None:
                        to = await opened.enter_async_context(self._open_log())
                    await to.put(*partition, key, value, [RETOLD])
                await asyncio.sleep(_PAUSE_SECONDS)
        return Told(events, left_out)

    async def _open(self, partition: Partition) -> AsyncIterator[list[str]]:
        """What is open, a few at once."""
        async for step in self._store.live(partition):
            entities = [entity for entity, live in step.items() if is_open(live)]
            for first in range(0, len(entities), _AT_ONCE):
                yield entities[first : first + _AT_ONCE]

    async def _chosen(self, partition: Partition, token: int, entities: list[str]) -> list[Records | None]:
        """The records that tell each of these; None for one that cannot be told."""
        loaded = await self._store.load(partition, entities=entities, cells=())
        owned = loaded.token == token == self._processor.settled().get(partition)
        if not owned or self._stopping():
            raise _Gone
        now_ms, unreadable = self._clock(), {found.name for found in loaded.unreadable}
        return [
            None if entity in unreadable else self._records(entity, loaded.facts.get(entity, []), now_ms)
            for entity in entities
        ]

    def _records(self, entity: str, facts: list[Fact], now_ms: int) -> Records | None:
        events = events_of(entity, facts, now_ms=now_ms, retention=self._retention)
        return None if events is None else records_of(events, self._decoder, now_ms)
