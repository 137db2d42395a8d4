"""Keeps what has been open for long in a changelog beside its topic, once a day, and recalls it from there.

Nothing waits for the keeper: it works in small steps, stops when the partition is revoked, and tries again
later what has failed. A rebuild does wait for what it recalls.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from aiokafka.errors import KafkaError

from stream.adapters.base import Decoder
from stream.adapters.canonical import CanonicalDecoder
from stream.clock import now_ms
from stream.domain.entities import ENTITIES
from stream.domain.entity import Entities
from stream.domain.fact import Event
from stream.domain.fold import Retention
from stream.errors import BrokerRefused, BrokerUnavailable, StoreUnavailable
from stream.store.checkpoint import Loaded
from stream.store.partition import Partition
from stream.store.ports import KeeperStore
from stream.worker.long_open import (
    AFTER_MS,
    Entries,
    Kept,
    entity_of,
    entries_of,
    events_of,
    forgotten,
    kept,
)
from stream.worker.ownership import Ownership
from stream.worker.retrying_store import Stopping

log = logging.getLogger("pantau.changelog")
_AGAIN_MS, _AGAIN_SECONDS = 300_000, 2.0
#: Contacts and agents of one step: some milliseconds of work; and the pause after it.
_AT_ONCE, _PAUSE_SECONDS = 100, 0.02
_DONE = "changelog_written partition=%s:%d entries=%d left_out=%d"
_WAITS = "changelog_waits partition=%s:%d again_in_seconds=%d: %s"
_NOT_RECALLED = (
    "changelog_unread partition=%s:%d what was open before the first record that Kafka has is not known: %s"
)


class Writing(Protocol):
    """Where changes of entries go."""

    async def put(self, partition: Partition, key: str, value: bytes | None) -> None:
        """Set an entry; None removes it. Raises `BrokerUnavailable`, perhaps for an earlier one."""
        ...


class Changelog(Protocol):
    """Entries by key, of each partition. See `broker.changelog`."""

    async def read(self, partition: Partition) -> Entries:
        """All entries of a partition. Raises `BrokerUnavailable`; `BrokerRefused` where it is not ours."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Writing]:
        """A context that takes changes; all are safe once it is left."""
        ...


class Probe(Protocol):
    """Listens to a keeper."""

    def kept(self, partition: Partition, at_ms: int, done: Kept | None) -> None:
        """The changelog was brought up to date at `at_ms`; None for `done`: by an earlier owner."""
        ...


class _Revoked(Exception):  # noqa: N818 - not an error: another worker keeps it
    """The partition is no longer ours, or the worker stops."""


async def recall(changelog: Changelog, stopping: Callable[[], bool], partition: Partition) -> Entries:
    """The entries of a partition, however long Kafka takes; none where Kafka refuses us.

    Raises `Stopping`. A rebuild must not go on without them: they would be missing for good.
    """
    while True:
        try:
            return await changelog.read(partition)
        except BrokerRefused as failure:
            log.error(_NOT_RECALLED, *partition, failure)  # noqa: TRY400 - it says what to do
            return {}
        except BrokerUnavailable as failure:
            if stopping():
                raise Stopping from failure
            log.warning(_WAITS, *partition, _AGAIN_SECONDS, failure)
            await asyncio.sleep(_AGAIN_SECONDS)


class Keeper:
    """Keeps in a changelog what has been open for long in the partitions that a worker owns."""

    def __init__(  # noqa: PLR0913 - all it stands between
        self,
        store: KeeperStore,
        ownership: Ownership,
        probe: Probe,
        changelog: Changelog,
        *,
        retention: Retention,
        stopping: Callable[[], bool] = lambda: False,
        clock: Callable[[], int] = now_ms,
        decoder: Decoder | None = None,
        entities: Entities = ENTITIES,
    ) -> None:
        self._entities = entities
        self._store, self._ownership, self._probe, self._changelog = store, ownership, probe, changelog
        self._retention, self._stopping, self._clock = retention, stopping, clock
        self._decoder = decoder or CanonicalDecoder()
        self._next_ms: dict[tuple[Partition, int], int] = {}  # by lease
        self._waiting: set[Partition] = set()

    async def look(self) -> None:
        """Bring the changelog up to date where it is due, for partitions that are owned and whole."""
        leases = self._ownership.settled().items()
        self._next_ms = {lease: at_ms for lease, at_ms in self._next_ms.items() if lease in leases}
        for lease in leases:
            if self._clock() >= self._next_ms.get(lease, 0):
                self._next_ms[lease] = await self._attend(*lease)

    async def _attend(self, partition: Partition, token: int) -> int:
        """Bring a partition up to date if it is due; when to look again, in ms."""
        try:
            at_ms = await self._when_kept(partition, token)
        except _Revoked:
            return 0
        except (StoreUnavailable, BrokerUnavailable, KafkaError) as failure:
            if partition not in self._waiting:  # logged once, until it works
                log.warning(_WAITS, *partition, _AGAIN_MS // 1000, failure)
            self._waiting.add(partition)
            return self._clock() + _AGAIN_MS
        self._waiting.discard(partition)
        return at_ms + AFTER_MS

    async def _when_kept(self, partition: Partition, token: int) -> int:
        began_ms, before_ms = self._clock(), await self._store.kept_ms(partition)
        if 0 <= began_ms - before_ms < AFTER_MS:
            self._probe.kept(partition, before_ms, None)
            return before_ms
        # Noted by the time it began: what came open meanwhile may be missing, and is kept with the next
        # round. And noted last, so that a round that fails is done again.
        done = await self._keep(partition, token)
        await self._store.note_kept(partition, began_ms)
        self._probe.kept(partition, began_ms, done)
        log.info(_DONE, *partition, *done)
        return began_ms

    async def _keep(self, partition: Partition, token: int) -> Kept:
        known = _by_entity(await self._changelog.read(partition))
        written = left_out = 0
        async with self._changelog.writing() as to:
            async for entities in self._all(partition, known):
                loaded = await self._loaded(partition, token, entities)
                for entity in entities:
                    changes = self._changes(entity, known.get(entity, {}), loaded)
                    left_out += changes is None
                    for key, value in (changes or {}).items():
                        await to.put(partition, key, value)
                        written += 1
                await asyncio.sleep(_PAUSE_SECONDS)
        return Kept(written, left_out)

    async def _all(self, partition: Partition, known: Collection[str]) -> AsyncIterator[list[str]]:
        """What is live, and what was kept and no longer is, a few at once."""
        seen = set[str]()
        async for step in self._store.live(partition):
            seen |= step.keys()
            for some in _few([*step]):
                yield some
        for some in _few(sorted({*known} - seen)):
            yield some

    async def _loaded(self, partition: Partition, token: int, entities: list[str]) -> Loaded:
        # Another owner may write the changelog as well. So each step checks that the facts are of our lease.
        loaded = await self._store.load(partition, entities=entities, cells=())
        owned = loaded.token == token == self._ownership.settled().get(partition)
        if not owned or self._stopping():
            raise _Revoked
        return loaded

    def _changes(self, key: str, before: Entries, loaded: Loaded) -> dict[str, bytes | None] | None:
        """Entries to write, with None those to remove; None where what has this key cannot be kept."""
        entity = self._entities.of_key(key)
        if entity is None or any(key == lost.name for lost in loaded.unreadable):
            return None
        now_ms, facts, retention = self._clock(), loaded.facts.get(key, []), self._retention
        long_open = kept(entity, facts, now_ms=now_ms, retention=retention, was_kept=bool(before))
        after = entries_of(key, long_open, self._decoder, now_ms)
        if after is None:
            return None
        unwanted = {entry: value for entry, value in before.items() if entry not in after}
        gone = forgotten(key, unwanted, loaded, self._read, retention.of(entity))
        new = {entry: value for entry, value in after.items() if before.get(entry) != value}
        return {**new, **dict.fromkeys(gone)}

    def _read(self, entries: Entries) -> Iterable[Event]:
        return events_of(entries, self._decoder, self._clock())


def _few(entities: list[str]) -> Iterator[list[str]]:
    return (entities[first : first + _AT_ONCE] for first in range(0, len(entities), _AT_ONCE))


def _by_entity(entries: Entries) -> dict[str, Entries]:
    found: dict[str, Entries] = {}
    for key, value in entries.items():
        found.setdefault(entity_of(key), {})[key] = value
    return found
