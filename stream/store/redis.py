"""The store in Redis (7.0 or later) or Valkey: the only module that talks to it.

Every checkpoint is one call of one script, and so is every reader's look: see the `.lua` files beside.
"""

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from functools import partial
from importlib.resources import files
from typing import Any, TypeVar, cast

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from stream.domain.deltas import SHORT_PANE_MS
from stream.domain.fact import Fact, fact_of, fact_text
from stream.domain.fold import LONG_PANE_MS, TOTAL, Cell, Changes, Retention
from stream.errors import StoreUnavailable
from stream.store.base import Checkpoint, Delta, Lease, Loaded, Partition, Verdict
from stream.store.codec import (
    cell_of,
    cell_text,
    document_bytes,
    live_of,
    live_text,
    tally_of,
    tally_text,
)
from stream.store.keys import COUNTS, PARTITIONS, Keys, partition_of, partition_text

T = TypeVar("T")
_MOST_CHANGES_KEPT = 50_000
_AHEAD_MS = 600_000
_GLOB, _ESCAPED = re.compile(r"([*?\[\]\\])"), r"\\\1"
#: Keys looked at by one step of a scan: some milliseconds of the server's time.
_SCANNED = 1_000


class RedisStore:
    """See `Store`."""

    def __init__(self, url: str, *, retention: Retention | None = None, timeout_seconds: float = 5.0) -> None:
        self._redis: Redis = Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            health_check_interval=15,
        )
        self._retention = retention or Retention()
        self._acquire = self._script("acquire")
        self._load = self._script("load")
        self._apply = self._script("apply")
        self._delta = self._script("delta")

    async def acquire(self, partition: Partition, *, earliest: int = 0) -> Lease:
        """See `Store`."""
        keys = self._keys(partition)
        await self._call(lambda: self._redis.sadd(PARTITIONS, partition_text(partition)))
        token, position, watermark = await self._call(
            lambda: self._acquire(keys=[keys.meta], args=[earliest])
        )
        return Lease(int(token), int(position), int(watermark or 0))

    async def partition_count(self, topic: str, found: int) -> int:
        """See `Store`."""
        await self._call(lambda: self._redis.hsetnx(COUNTS, topic, str(found)))
        known = await self._call(lambda: cast(Awaitable[str | None], self._redis.hget(COUNTS, topic)))
        return int(known or found)

    async def load(self, partition: Partition, *, entities: Iterable[str], cells: Iterable[Cell]) -> Loaded:
        """See `Store`: one script call."""
        entities, keys = list(entities), self._keys(partition)
        by_hash: dict[str, list[Cell]] = defaultdict(list)
        for cell in cells:
            by_hash[keys.cell(cell)].append(cell)
        if not entities and not by_hash:
            return Loaded()
        document = {
            "entities": list(map(keys.entity, entities)),
            "hashes": [(key, list(map(cell_text, wanted))) for key, wanted in by_hash.items()],
        }
        replies = await self._call(
            lambda: self._load(keys=[keys.meta], args=[keys.base, document_bytes(document)])
        )
        loaded = Loaded()
        for entity, flat in zip(entities, replies, strict=False):
            if flat:
                loaded.facts[entity] = list(map(fact_of, flat[::2], flat[1::2]))
        for wanted, values in zip(by_hash.values(), replies[len(entities) :], strict=True):
            loaded.cells.update(zip(wanted, map(tally_of, values), strict=True))
        return loaded

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        """See `Store`: one script call."""
        keys = self._keys(partition)
        head = (
            token,
            checkpoint.from_offset,
            checkpoint.next_offset,
            checkpoint.watermark_ms,
            checkpoint.written_ms,
            _MOST_CHANGES_KEPT,
            keys.base,
        )
        document = document_bytes(_document(keys, checkpoint.changes))
        reply = await self._call(
            lambda: self._apply(keys=[keys.meta, keys.changes, keys.live], args=[*head, document])
        )
        return Verdict(reply[0])

    async def check(self, partition: Partition, token: int, position: int) -> Verdict:
        """See `Store`: one read."""
        meta = self._keys(partition).meta
        stored, at = await self._call(
            lambda: cast(Awaitable[list[str | None]], self._redis.hmget(meta, ["token", "next"]))
        )
        if stored is None:
            return Verdict.ELSEWHERE
        if stored != str(token):
            return Verdict.FENCED
        return Verdict.APPLIED if at == str(position) else Verdict.ELSEWHERE

    async def partitions(self) -> list[Partition]:
        """See `Store`."""
        members = await self._call(lambda: cast(Awaitable[set[str]], self._redis.smembers(PARTITIONS)))
        return sorted(partition_of(member) for member in members)

    async def delta(self, partition: Partition, cursor: int, *, since_ms: int) -> Delta:
        """See `Store`: one script call, or a full read where the cursor is too old."""
        keys = self._keys(partition)
        lengths = [keys.block_ms(SHORT_PANE_MS), keys.block_ms(LONG_PANE_MS)]
        reply = await self._call(
            lambda: self._delta(keys=[keys.meta, keys.changes, keys.live], args=[cursor, keys.base, *lengths])
        )
        seq, position, watermark, written, full = (int(part) for part in reply[:5])
        delta = Delta(seq, bool(full), position, watermark, written)
        if full:
            await self._read_all(keys, delta, since_ms)
        else:
            _read_pairs(delta, reply[5:])
        return delta

    async def contacts(self, partition: Partition) -> AsyncIterator[tuple[str, list[Fact]]]:
        """See `Store`: a scan in steps, and one round trip for the facts of each."""
        begin = self._keys(partition).contacts
        pattern, cursor = f"{_GLOB.sub(_ESCAPED, begin)}*", 0
        while True:
            cursor, found = await self._call(partial(self._scan, cursor, pattern))
            for key, pairs in await self._call(partial(self._hashes, sorted(set(found)))):
                if pairs:
                    yield key.removeprefix(begin), list(map(fact_of, pairs, pairs.values()))
            if not cursor:
                return

    async def close(self) -> None:
        """See `Store`."""
        await self._redis.aclose()

    async def _read_all(self, keys: Keys, delta: Delta, since_ms: int) -> None:
        to_ms = delta.watermark_ms + _AHEAD_MS
        hashes = [keys.cell(Cell(TOTAL, TOTAL, ""))]
        for pane_ms in (SHORT_PANE_MS, LONG_PANE_MS):
            kept = (
                self._retention.short_panes_ms if pane_ms == SHORT_PANE_MS else self._retention.long_panes_ms
            )
            hashes += keys.blocks(pane_ms, max(since_ms, delta.watermark_ms - kept), to_ms)
        for key in [keys.live.removeprefix(keys.base), *hashes]:
            pairs = await self._call(partial(self._hash, f"{keys.base}{key}"))
            _read_pairs(delta, [part for pair in pairs.items() for part in pair])

    async def _hash(self, key: str) -> dict[str, str]:
        return await cast(Awaitable[dict[str, str]], self._redis.hgetall(key))

    async def _scan(self, cursor: int, pattern: str) -> tuple[int, list[str]]:
        reply = self._redis.scan(cursor, match=pattern, count=_SCANNED)
        return await cast(Awaitable[tuple[int, list[str]]], reply)

    async def _hashes(self, keys: list[str]) -> list[tuple[str, dict[str, str]]]:
        if not keys:
            return []
        async with self._redis.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.hgetall(key)
            return list(zip(keys, await pipeline.execute(), strict=True))

    def _keys(self, partition: Partition) -> Keys:
        return Keys(partition, self._retention)

    def _script(self, name: str) -> Any:
        return self._redis.register_script(files(__package__).joinpath(f"{name}.lua").read_text())

    async def _call(self, call: Callable[[], Awaitable[T]]) -> T:
        try:
            return await call()
        except (RedisConnectionError, RedisTimeoutError, OSError) as failure:
            raise StoreUnavailable(f"Redis cannot be reached: {failure}") from failure
        except ResponseError as failure:
            raise StoreUnavailable(f"Redis refused: {failure}") from failure
        except RedisError as failure:
            raise StoreUnavailable(f"Redis failed: {failure}") from failure


def _read_pairs(delta: Delta, pairs: Sequence[str | None]) -> None:
    for name, value in zip(pairs[::2], pairs[1::2], strict=True):
        if name is None:
            continue
        if name[0] in "ac":
            delta.live[name] = None if value is None else live_of(name, value)
        elif value is not None:
            delta.cells[cell_of(name)] = tally_of(value)


def _document(keys: Keys, changes: Changes) -> dict[str, Any]:
    """A checkpoint's changes as `apply.lua` reads them."""
    live: list[Any] = []
    gone: list[str] = []
    for entity, state in changes.live.items():
        if state is None:
            gone.append(entity)
        else:
            live += (entity, live_text(state))
    hashes: list[Any] = [
        (
            keys.entity(entity),
            keys.entity_ttl_ms(entity),
            [text for fact in facts for text in (fact[2], fact_text(fact))],
            [fact.uid for fact in changes.forgotten.get(entity, ())],
        )
        for entity, facts in changes.facts.items()
    ]
    names = [*changes.live, *map(cell_text, changes.cells)]
    by_hash: dict[str, tuple[str, int, list[Any], list[str]]] = {}
    for (cell, tally), name in zip(changes.cells.items(), names[len(changes.live) :], strict=True):
        key = keys.cell(cell)
        hash_ = by_hash.get(key)
        if hash_ is None:
            hash_ = by_hash[key] = (key, keys.cell_ttl_ms(cell), [], [])
        hash_[2].extend((name, tally_text(tally)))
    return {"live": live, "gone": gone, "changed": names, "hashes": [*hashes, *by_hash.values()]}
