"""A store under test: how to open it again, and how to lose all it held."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import redis
from support.factories import CONTACTS, ms
from support.taking import take

from stream.domain.agent.state import AgentLive
from stream.domain.contact.contribution import Live
from stream.domain.fact import Fact
from stream.domain.fold import LONG_PANE_MS, TOTAL, Cell, Changes, Retention
from stream.domain.tally import Tally
from stream.store.checkpoint import Checkpoint
from stream.store.delta import Delta
from stream.store.lease import Verdict
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.store.ports import Store
from stream.store.redis import RedisStore

SHORT_PANE_MS = 10_000
KEPT = Retention(
    contacts_ms=3_600_000, agents_ms=1_800_000, short_panes_ms=5_400_000, long_panes_ms=180_000_000
)

#: Every store there is, by name.
STORES = ("memory", "valkey", "redis", "cluster")


@dataclass
class Rig:
    """`store` is one worker's or reader's; `another()` is somebody else's on the same data."""

    name: str
    _open: Callable[[], Store]
    _lose: Callable[[], None]
    raw: Any = None
    url: str = ""
    _opened: list[Store] = field(default_factory=list)

    @property
    def store(self) -> Store:
        if not self._opened:
            self.another()
        return self._opened[0]

    def another(self) -> Store:
        self._opened.append(self._open())
        return self._opened[-1]

    async def lose(self) -> None:
        """The store comes back with nothing in it."""
        self._lose()

    async def close(self) -> None:
        for store in self._opened:
            await store.close()
        if self.raw is not None:
            self.raw.close()


def memory_rig() -> Rig:
    held = [MemoryStore(retention=KEPT)]

    def lose() -> None:
        # Every holder of the store sees the loss, as every client of a server would.
        held[0]._states.clear()
        held[0]._counts.clear()
        held[0]._rulebook = None

    return Rig("memory", lambda: held[0], lose)


def raw_client(name: str, url: str, **options: Any) -> Any:
    """A client that goes past the store; of a cluster it looks on every server."""
    kind = redis.RedisCluster if name == "cluster" else redis.Redis
    return kind.from_url(url, **{"decode_responses": True, **options})


def redis_rig(name: str, url: str) -> Rig:
    raw = raw_client(name, url)

    def lose() -> None:
        raw.flushall()

    return Rig(name, lambda: RedisStore(url, retention=KEPT), lose, raw, url)


# What a worker stores.


def pane(at: float, series: str = "c\tbilling\tvoice", pane_ms: int = SHORT_PANE_MS) -> Cell:
    return Cell(pane_ms, ms(at) - ms(at) % pane_ms, series)


def total(series: str = "c\tbilling\tvoice") -> Cell:
    return Cell(TOTAL, TOTAL, series)


def long_pane(at: float, series: str = "c\tbilling\tvoice") -> Cell:
    return pane(at, series, LONG_PANE_MS)


class Writer:
    """A worker that owns a partition and knows where it stands."""

    def __init__(self, store: Store, partition: Partition = CONTACTS) -> None:
        self.store, self.partition = store, partition
        self.token, self.position = 0, 0

    async def acquire(self, *, earliest: int = 0) -> "Writer":
        lease = await take(self.store, self.partition, earliest=earliest)
        self.token, self.position = lease.token, lease.position or 0
        return self

    async def lease(self) -> "Writer":
        """Take it over, and begin nothing."""
        self.token = (await self.store.acquire(self.partition)).token
        return self

    def step(self, changes: Changes | None = None, *, length: int = 10) -> Checkpoint:
        """The next checkpoint, whose watermark is as many seconds in as its end is offsets."""
        after = self.position + length
        told = (self.position, after, ms(after), ms(after) + 7, changes or Changes())
        return Checkpoint(*told, records=length)

    async def write(self, changes: Changes | None = None, *, length: int = 10) -> None:
        """Store the next checkpoint."""
        step = self.step(changes, length=length)
        assert await self.store.apply(self.partition, self.token, step) is Verdict.APPLIED
        self.position = step.next_offset


@dataclass
class Copy:
    """What a reader holds, moved by deltas as the contract says."""

    cells: dict[Cell, Tally] = field(default_factory=dict)
    live: dict[str, Live | AgentLive] = field(default_factory=dict)
    cursor: int = 0

    def take(self, delta: Delta) -> None:
        if delta.full:
            self.cells.clear()
            self.live.clear()
        self.cells.update(delta.cells)
        for entity, state in delta.live.items():
            if state is None:
                self.live.pop(entity, None)
            else:
                self.live[entity] = state
        self.cursor = delta.cursor

    async def follow(self, store: Store, partition: Partition = CONTACTS, *, since_ms: int = 0) -> Delta:
        delta = await store.delta(partition, self.cursor, since_ms=since_ms)
        self.take(delta)
        return delta


def by_uid(facts: list[Fact]) -> list[Fact]:
    """Facts are a set: a store may give them in any order."""
    return sorted(facts, key=lambda fact: fact.uid)
