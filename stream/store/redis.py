"""The store in Redis (7.0 or later) or Valkey.

Every checkpoint is one call of a script, and so is every read of what changed: see the `.lua` files.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from typing import Any, NamedTuple

from stream.access import Access, Login, Tls
from stream.domain.deltas import SHORT_PANE_MS
from stream.domain.entities import ENTITIES
from stream.domain.entity import Entities, Entity, Live
from stream.domain.fact import Fact
from stream.domain.fold import LONG_PANE_MS, Cell, Retention
from stream.domain.limits import Held
from stream.domain.rulebook import Rulebook
from stream.errors import StoreUnavailable
from stream.store.capacity import eviction, is_full, memories
from stream.store.checkpoint import MOST_SOURCES, Checkpoint, Loaded
from stream.store.codec import cell_text, document_bytes, facts_of, live_of
from stream.store.connection import Connection, Script
from stream.store.delta import Delta
from stream.store.document import document_of
from stream.store.full_read import read_all
from stream.store.keys import COUNTS, FORMAT, PARTITIONS, RULEBOOK, Keys, pattern_of
from stream.store.lease import Lease, Verdict
from stream.store.partition import PARTITION, Partition, partition_of, partition_text
from stream.store.rebuild import Plan, Rebuild, RebuildStatus
from stream.store.reply import delta_of, held_of, lease_of, loaded_of, torn_of
from stream.store.rulebook import rulebook_of, rulebook_text
from stream.store.sign import Standing
from stream.store.unreadable import Unreadable
from stream.store.walk import fields_of, hashes_at, keys_beside

_MOST_CHANGES_KEPT = 50_000


class _Versions(NamedTuple):
    """The version that readers are given, and the one that the owner writes; 0 for none."""

    served: int
    written: int


class RedisStore:
    """See `Store`."""

    def __init__(  # noqa: PLR0913 - an `Access`, spelled out
        self,
        url: str,
        login: Login | None = None,
        tls: Tls | None = None,
        sentinel: Login | None = None,
        *,
        retention: Retention | None = None,
        timeout_seconds: float = 5.0,
        entities: Entities = ENTITIES,
    ) -> None:
        self._entities = entities
        self._redis = Connection(Access(url, login, tls, sentinel), timeout_seconds)
        self._retention = retention or Retention()
        self._acquire = Script("counted", "limited", "acquire")
        self._begin = Script("versions", "begin")
        self._load = Script("hash", "load")
        self._apply = Script("hash", "versions", "apply")
        self._sweep = Script("sweep")
        self._delta = Script("counted", "hash", "delta")
        self._held = Script("limited", "held")
        self._put = Script("rulebook")
        self._sign = Script("sign")
        self._verify = Script("hash", "verify")

    async def acquire(self, partition: Partition) -> Lease:
        """See `Store`."""
        keys = self._keys(partition)
        await self._list(partition)
        reply = await self._redis.run(self._acquire, [keys.meta], [FORMAT, keys.base])
        return lease_of(reply, self._entities)

    async def partition_count(self, topic: str, found: int) -> int:
        """See `Store`."""
        await self._redis.call(lambda client: client.hsetnx(COUNTS, topic, str(found)))
        (known,) = await self._fields(COUNTS, topic)
        return int(known or found)

    async def begin(self, partition: Partition, token: int, plan: Plan) -> Verdict:
        """See `Store`: one script call."""
        keys = self._keys(partition)
        args = [token, FORMAT, plan.start, plan.target, plan.since_ms, int(plan.anew), plan.lost]
        reply = await self._redis.run(self._begin, [keys.meta], args)
        return Verdict(reply[0])

    async def load(
        self, partition: Partition, *, entities: Iterable[str], cells: Iterable[Cell], served: bool = False
    ) -> Loaded:
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
        args = [keys.base, int(served), document_bytes(document)]
        reply = await self._redis.run(self._load, [keys.meta], args)
        return loaded_of(reply, entities, by_hash.values(), self._entities)

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
            FORMAT,
        )
        document = document_bytes(document_of(keys, checkpoint))
        args = [*head, document, MOST_SOURCES, checkpoint.rulebook, checkpoint.booked_ms]
        args += [checkpoint.records, checkpoint.gaps]
        reply = await self._redis.run(self._apply, [keys.meta], args)
        return Verdict(reply[0])

    async def check(self, partition: Partition, token: int, position: int) -> Verdict:
        """See `Store`: one read."""
        meta = self._keys(partition).meta
        stored, at, requested = await self._fields(meta, "token", "next", "request")
        if stored is None:
            return Verdict.ELSEWHERE
        if stored != str(token):
            return Verdict.FENCED
        stands = at == str(position) and not requested
        return Verdict.APPLIED if stands else Verdict.ELSEWHERE

    async def sign(self, partition: Partition, token: int, standing: Standing) -> None:
        """See `Store`: one script call, and the partition's name, which may be lost with another server."""
        meta = self._keys(partition).meta
        if await self._redis.run(self._sign, [meta], [token, *standing]):
            await self._list(partition)

    async def request(self, partition: Partition) -> None:
        """See `Store`."""
        meta = self._keys(partition).meta
        await self._redis.call(lambda client: client.hset(meta, "request", 1))

    async def mend(self, partition: Partition, at_ms: int, *, again_ms: int) -> bool:
        """See `Store`: a read and a write."""
        meta = self._keys(partition).meta
        # In two calls and no script, because only the owner does so.
        (mended,) = await self._fields(meta, "mended")
        if at_ms - int(mended or 0) < again_ms:
            return False
        fields: list[str | int] = ["mended", at_ms, "request", 1]
        await self._redis.call(lambda client: client.hset(meta, items=fields))
        return True

    async def rebuild_status(self, partition: Partition) -> RebuildStatus:
        """See `Store`: one read."""
        names = ("request", "lost", "target", "start", "since", "next", "serving")
        requested, lost, target, start, since, at, serving = await self._fields(
            self._keys(partition).meta, *names
        )
        going_on = target is not None
        plan = Rebuild(int(start or 0), int(target or 0), int(since or 0), int(at or 0), serving is not None)
        return RebuildStatus(bool(requested), plan if going_on else None, int(lost or 0))

    async def sweep(self, partition: Partition) -> None:
        """See `Store`: a scan in steps, where there is something to remove."""
        keys = self._keys(partition)
        unswept, *versions = await self._fields(keys.meta, "unswept", "serving", "building")
        if not unswept:
            return
        kept = tuple(f"{keys.version(version)}:" for version in versions if version)
        # The script removes nothing once another version has come, so a scan that is overtaken only ends
        # early.
        async for found, last in keys_beside(self._redis, keys.meta, pattern_of(f"{keys.base}:")):
            gone = [key for key in found if key != keys.meta and not key.startswith(kept)]
            args = [*(version or "" for version in versions), int(last)]
            if not await self._redis.run(self._sweep, [keys.meta, *gone], args):
                return

    async def verify(self, partition: Partition, *, served: bool = False) -> list[Unreadable]:
        """See `Store`: one script call. For a reader it must not write, so it forgets no counts."""
        keys = self._keys(partition)
        panes = [(keys.kept_ms(pane_ms), keys.block_ms(pane_ms)) for pane_ms in (SHORT_PANE_MS, LONG_PANE_MS)]
        args = [keys.base, int(served), *panes[0], *panes[1], int(not served)]
        return torn_of(await self._redis.run(self._verify, [keys.meta], args))

    async def held(self, partition: Partition) -> Held:
        """See `Store`: one script call."""
        keys = self._keys(partition)
        reply = await self._redis.run(self._held, [keys.meta], [keys.base])
        return held_of(reply, self._entities)

    async def rulebook_id(self) -> str | None:
        """See `Store`: one read."""
        (found,) = await self._fields(RULEBOOK, "id")
        return found

    async def rulebook(self) -> Rulebook | None:
        """See `Store`: one read. Raises `StoreUnavailable` for one of another format."""
        (text,) = await self._fields(RULEBOOK, "text")
        return None if text is None else rulebook_of(text)

    async def put_rulebook(self, book: Rulebook, *, over: str | None) -> Rulebook:
        """See `Store`: one script call."""
        args = [over or "", book.id, rulebook_text(book)]
        id_, text = await self._redis.run(self._put, [RULEBOOK], args)
        return book if id_ == book.id else rulebook_of(text)

    async def booked_ms(self) -> int:
        """See `Store`: one read for each partition."""
        found = [0]
        for partition in await self.partitions():
            (booked,) = await self._fields(self._keys(partition).meta, "booked")
            found.append(int(booked or 0))
        return max(found)

    async def partitions(self) -> list[Partition]:
        """See `Store`."""
        members: set[str] = await self._redis.call(lambda client: client.smembers(PARTITIONS))
        return sorted(partition_of(member) for member in members if PARTITION.fullmatch(member))

    async def delta(self, partition: Partition, cursor: int, *, since_ms: int) -> Delta:
        """See `Store`: one script call, or a full read where the cursor is too old."""
        keys = self._keys(partition)
        lengths = [keys.block_ms(SHORT_PANE_MS), keys.block_ms(LONG_PANE_MS)]
        args = [cursor, keys.base, *lengths, FORMAT]
        while True:
            reply = await self._redis.run(self._delta, [keys.meta], args)
            delta, version = self._read(partition, reply)
            if not delta.full or not version:
                return delta
            # A full read takes many calls. Where another version takes over meanwhile, its cells would be
            # of both: it is read again. Within one version a later checkpoint does no lasting harm: its cells
            # are absolute values and come once more with the next delta. What is lost in Redis a read
            # cannot notice, so counts are verified.
            await read_all(self._redis, keys, version, delta, since_ms=since_ms)
            delta.unreadable += await self.verify(partition, served=True)
            if (await self._versions(keys)).served == version:
                return delta

    async def live(self, partition: Partition) -> AsyncIterator[dict[str, Live | Unreadable]]:
        """See `Store`: a scan of one hash in steps."""
        keys = self._keys(partition)
        key = f"{keys.version((await self._versions(keys)).written)}:live"
        async for found in fields_of(self._redis, key):
            yield {name: live_of(name, text, self._entities) for name, text in found.items()}

    async def kept_ms(self, partition: Partition) -> int:
        """See `Store`: one read."""
        (at_ms,) = await self._fields(self._keys(partition).meta, "kept")
        return int(at_ms or 0)

    async def note_kept(self, partition: Partition, at_ms: int) -> None:
        """See `Store`: one write."""
        meta = self._keys(partition).meta
        await self._redis.call(lambda client: client.hset(meta, "kept", at_ms))

    async def known(
        self, partition: Partition, entity: Entity
    ) -> AsyncIterator[tuple[str, list[Fact] | Unreadable]]:
        """See `Store`: a scan in steps, and one round trip for the facts of each."""
        keys = self._keys(partition)
        version = (await self._versions(keys)).served
        begin = keys.known(version, entity)
        async for found, _ in keys_beside(self._redis, keys.meta, pattern_of(begin)):
            for key, pairs in await hashes_at(self._redis, sorted(set(found))):
                if pairs:
                    name = key.removeprefix(begin)
                    yield name, facts_of(f"{entity.prefix}{name}", pairs, self._entities)
        if (await self._versions(keys)).served != version:
            raise StoreUnavailable("the state was rebuilt from the log meanwhile; ask again")

    async def eviction(self) -> str | None:
        """The policy by which a full server deletes keys; None where it does not say, or is away."""
        return eviction(await memories(self._redis))

    async def is_full(self) -> bool:
        """See `Store`: one command for each server, for which our login may lack the right."""
        return is_full(await memories(self._redis))

    async def close(self) -> None:
        """See `Store`."""
        await self._redis.close()

    async def _versions(self, keys: Keys) -> _Versions:
        serving, building = await self._fields(keys.meta, "serving", "building")
        return _Versions(served=int(serving or building or 0), written=int(building or serving or 0))

    async def _list(self, partition: Partition) -> None:
        await self._redis.call(lambda client: client.sadd(PARTITIONS, partition_text(partition)))

    async def _fields(self, key: str, *names: str) -> list[str | None]:
        return await self._redis.fields(key, *names)

    def _read(self, partition: Partition, reply: Any) -> tuple[Delta, int]:
        try:
            return delta_of(reply, self._entities)
        except ValueError:
            key = self._keys(partition).meta
            raise StoreUnavailable(
                f"{key} in Redis is damaged; delete it: its owner builds it anew"
            ) from None

    def _keys(self, partition: Partition) -> Keys:
        return Keys(partition, self._retention, self._entities)
