"""A store that fails in every way Redis can, around the twin in memory; and its clients.

A request travels, is executed or not, and its answer travels back or not: a client that gives up knows
nothing of its effect, and what was sent may still be executed long after.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

from support.scenario import finished

from stream.domain.agent.state import AgentLive
from stream.domain.contact.contribution import Live
from stream.domain.fact import Event, Fact
from stream.domain.fold import Cell
from stream.errors import StoreUnavailable
from stream.store.checkpoint import Checkpoint, Loaded
from stream.store.delta import Delta
from stream.store.lease import Lease, Verdict
from stream.store.memory import MemoryStore
from stream.store.memory_state import State, Version
from stream.store.partition import Partition
from stream.store.rebuild import Plan
from stream.store.sign import Standing
from stream.store.unreadable import Unreadable

TIMEOUT_SECONDS = 2.0
Execute = Callable[[MemoryStore], Coroutine[Any, Any, Any]]


class Fate(Protocol):
    """What becomes of one request, as a seed decides."""

    out_seconds: float
    back_seconds: float
    lost: bool
    unanswered: bool


@dataclass
class Holding:
    """Who was given the latest lease of a partition, in one history of the store."""

    worker: str
    token: int
    history: int


class Origin(NamedTuple):
    """What a version was folded from: the first record, and what was recalled of what lies before it."""

    start: int = 0
    recalled: tuple[Event, ...] = ()


@dataclass
class Copy:
    """A store as it was once."""

    states: dict[Partition, State]
    holdings: dict[Partition, Holding]
    begun: dict[Partition, list[Origin]]


@dataclass
class Server:
    """The store itself. Each loss begins another history."""

    store: MemoryStore
    holdings: dict[Partition, Holding] = field(default_factory=dict)
    #: From what on a partition was folded: what readers are given, and what is written.
    begun: dict[Partition, list[Origin]] = field(default_factory=dict)
    copies: deque[Copy] = field(default_factory=lambda: deque(maxlen=4))
    history: int = 0
    up: bool = True

    def copy(self) -> Copy:
        return Copy(
            {p: _copy(state) for p, state in self.store._states.items()},
            {p: Holding(h.worker, h.token, h.history) for p, h in self.holdings.items()},
            {p: [*starts] for p, starts in self.begun.items()},
        )

    def back_up(self) -> None:
        """Keep a copy that a later loss may fall back to."""
        self.copies.append(self.copy())

    def restore(self, copy: Copy | None) -> None:
        """Go on as an older copy, or with nothing."""
        self.history += 1
        self.store._states.clear()
        self.holdings, self.begun = {}, {}
        if copy is not None:
            kept = {p: _copy(state) for p, state in copy.states.items()}
            self.store._states.update(kept)
            self.holdings = dict(copy.holdings)
            self.begun = {p: [*starts] for p, starts in copy.begun.items()}

    def begins(self, partition: Partition, origin: Origin) -> None:
        """A version is built from there on."""
        self.begun.setdefault(partition, [origin, origin])[1] = origin

    def origin(self, partition: Partition) -> Origin:
        """From where on what is written was folded."""
        return self.begun.get(partition, [Origin(), Origin()])[1]

    def goes_on(self, partition: Partition) -> None:
        """Something was stored: what was being built may be what readers are given now."""
        state, starts = self.store._states.get(partition), self.begun.get(partition)
        if state is not None and starts is not None and (state.building is None or state.serving is None):
            starts[0] = starts[1]

    def position(self, partition: Partition) -> int | None:
        state = self.store._states.get(partition)
        return None if state is None else state.written.position


def _copy(state: State) -> State:
    """A state of its own; tallies and facts are never changed in place."""
    return replace(state, serving=_version(state.serving), building=_version(state.building))


def _version(version: Version | None) -> Version | None:
    return version and replace(
        version,
        facts={entity: dict(facts) for entity, facts in version.facts.items()},
        cells=dict(version.cells),
        live=dict(version.live),
        changed=dict(version.changed),
        names=set(version.names),
        field_counts=dict(version.field_counts),
    )


_Step = dict[str, tuple[Live, ...] | AgentLive | Unreadable]


async def _steps(store: MemoryStore, partition: Partition) -> list[_Step]:
    return [step async for step in store.live(partition)]


class Surroundings(Protocol):
    """What a client needs of the world around it."""

    server: Server

    def fate(self, operation: str) -> Fate: ...
    def executed(self, client: "Client", operation: str, asked: tuple[Any, ...], answer: Any) -> None: ...
    def heard(self, client: "Client", operation: str, asked: tuple[Any, ...], answer: Any) -> None: ...


class Client:
    """See `Store`. One for each worker and reader; `held_until` delays what a frozen one hears."""

    def __init__(self, world: Surroundings, name: str) -> None:
        self._world, self.name = world, name
        self.held_until = 0.0
        self.gave_up = self.dead = False
        self.reject_limit_ratio = 1.0
        self.lagging: MemoryStore | None = None

    async def acquire(self, partition: Partition) -> Lease:
        return await self._call("acquire", (partition,), lambda s: s.acquire(partition))

    async def begin(self, partition: Partition, token: int, plan: Plan) -> Verdict:
        asked = (partition, token, plan)
        return await self._call("begin", asked, lambda s: s.begin(partition, token, plan))

    async def partition_count(self, topic: str, found: int) -> int:
        return await self._call("count", (topic,), lambda s: s.partition_count(topic, found))

    async def sweep(self, partition: Partition) -> None:
        """See the twin: nothing to remove."""

    async def verify(self, partition: Partition) -> list[Unreadable]:
        return await self._call("verify", (partition,), lambda s: s.verify(partition))

    async def load(self, partition: Partition, *, entities: Iterable[str], cells: Iterable[Cell]) -> Loaded:
        entities, cells = list(entities), list(cells)
        if not entities and not cells:
            return Loaded()
        return await self._call(
            "load", (partition,), lambda s: s.load(partition, entities=entities, cells=cells)
        )

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        sent = {cell: dict(tally) for cell, tally in checkpoint.changes.cells.items()}  # as bytes would be
        checkpoint = replace(checkpoint, changes=replace(checkpoint.changes, cells=sent))
        asked = (partition, token, checkpoint)
        return await self._call("apply", asked, lambda s: s.apply(partition, token, checkpoint))

    async def check(self, partition: Partition, token: int, position: int) -> Verdict:
        asked = (partition, token, position)
        return await self._call("check", asked, lambda s: s.check(partition, token, position))

    async def mend(self, partition: Partition, at_ms: int, *, again_ms: int) -> bool:
        return await self._call("mend", (partition,), lambda s: s.mend(partition, at_ms, again_ms=again_ms))

    async def sign(self, partition: Partition, token: int, standing: Standing) -> None:
        """Not asked of it: what a reader makes of signs is not what is simulated."""

    async def partitions(self) -> list[Partition]:
        return await self._call("list", (), lambda s: s.partitions())

    async def delta(self, partition: Partition, cursor: int, *, since_ms: int) -> Delta:
        asked = (partition, cursor)
        return await self._call("delta", asked, lambda s: s.delta(partition, cursor, since_ms=since_ms))

    async def live(self, partition: Partition) -> AsyncIterator[_Step]:
        for step in await self._call("live", (partition,), lambda s: _steps(s, partition)):
            yield step

    async def kept_ms(self, partition: Partition) -> int:
        return await self._call("kept", (partition,), lambda s: s.kept_ms(partition))

    async def note_kept(self, partition: Partition, at_ms: int) -> None:
        await self._call("note", (partition,), lambda s: s.note_kept(partition, at_ms))

    def contacts(self, partition: Partition) -> AsyncIterator[tuple[str, list[Fact] | Unreadable]]:
        raise NotImplementedError(partition)

    async def close(self) -> None:
        """Nothing to give back."""

    async def _call(self, operation: str, asked: tuple[Any, ...], execute: Execute) -> Any:
        loop = asyncio.get_running_loop()
        reply: asyncio.Future[Any] = loop.create_future()
        if self.dead:
            await reply
        fate = self._world.fate(operation)
        loop.call_later(fate.out_seconds, self._arrive, operation, asked, execute, fate, reply)
        if fate.out_seconds + fate.back_seconds >= TIMEOUT_SECONDS:
            loop.call_later(TIMEOUT_SECONDS, self._answer, reply, StoreUnavailable("no answer"))
        answer = await reply
        self._world.heard(self, operation, asked, answer)
        return answer

    def _arrive(
        self,
        operation: str,
        asked: tuple[Any, ...],
        execute: Execute,
        fate: Fate,
        reply: asyncio.Future[Any],
    ) -> None:
        server = self._world.server
        answer: Any
        if fate.lost or not server.up:
            answer = StoreUnavailable("refused")
        else:
            stale = self.lagging if operation in {"list", "delta"} else None
            answer = finished(execute(stale or server.store))
            self._world.executed(self, operation, asked, answer)
            if fate.unanswered:
                answer = StoreUnavailable("the connection broke")
        asyncio.get_running_loop().call_later(fate.back_seconds, self._answer, reply, answer)

    def _answer(self, reply: asyncio.Future[Any], answer: Any) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() < self.held_until:
            loop.call_at(self.held_until, self._answer, reply, answer)
        elif reply.done() or self.dead:
            pass
        elif isinstance(answer, Exception):
            reply.set_exception(answer)
        else:
            reply.set_result(answer)
