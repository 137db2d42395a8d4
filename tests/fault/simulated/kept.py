"""The changelogs while everything fails: what keepers write into them, and what it is good for.

A run lasts for seconds, not days: all that is open counts as open for long, and writing it as always due.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, NamedTuple, Protocol

from fault.simulated.chaos import Chaos
from fault.simulated.ledger import Truth, Violated
from fault.simulated.server import Client, Origin, Server
from fault.simulated.worker import Worker

from stream.adapters.canonical import CanonicalDecoder
from stream.app.keeper import Keeper, recall
from stream.domain.agent.state import AgentLive
from stream.domain.contact.contribution import Live
from stream.domain.fact import Event
from stream.domain.fold import Retention
from stream.errors import BrokerUnavailable
from stream.store.partition import Partition
from stream.store.unreadable import Unreadable
from stream.worker.long_open import Entries, Kept

#: How long something must have been open: below nothing, for clocks are wrong by minutes.
AFTER_MS = -600_000
PATCHES = (
    ("stream.worker.long_open.AFTER_MS", AFTER_MS),
    ("stream.app.keeper.AFTER_MS", AFTER_MS),
    ("stream.app.keeper._AGAIN_MS", AFTER_MS),
    ("stream.app.keeper._AGAIN_SECONDS", 0.5),
)


class Around(Protocol):
    """What a changelog needs of the world."""

    server: Server
    chaos: Chaos
    rng: Any


class Keeping(NamedTuple):
    """One that was done: of what was folded from an origin on to `position`, these were open."""

    origin: Origin
    position: int
    open: frozenset[str]


class Changelogs:
    """Of each partition its entries, and the keeping that kept most; none that began with another state."""

    def __init__(self, world: Around) -> None:
        self.world = world
        self.entries: dict[Partition, Entries] = {}
        self.done: dict[Partition, Keeping] = {}
        self._begun: dict[tuple[str, Partition], tuple[int, Keeping]] = {}

    def keeper(self, worker: Worker, retention: Retention) -> Keeper:
        """The one of a worker."""
        return Keeper(
            worker.app.client,  # type: ignore[arg-type] # it has all that is asked of it
            worker.core.ownership,
            _Heard(self, worker.name),
            _Changelog(self, worker.app),
            retention=retention,
            stopping=lambda: worker.app.should_stop,
            clock=worker.core.ownership._clock,
        )

    def recall(self, app: Any) -> Any:
        """What a worker's processor recalls by."""
        return partial(recall, _Changelog(self, app), lambda: app.should_stop)

    def listed(
        self, client: Client, partition: Partition, live: dict[str, tuple[Live, ...] | AgentLive | Unreadable]
    ) -> None:
        """A keeper was told what is open: it is of what is written."""
        server = self.world.server
        names = frozenset(entity for entity, state in live.items() if _is_open(state))
        found = Keeping(server.origin(partition), server.position(partition) or 0, names)
        self._begun[client.name, partition] = (server.history, found)

    def ended(self, name: str, partition: Partition) -> None:
        """All of it is in the changelog."""
        server = self.world.server
        history, keeping = self._begun[name, partition]
        if (history, keeping.origin) == (server.history, server.origin(partition)):
            known = self.done.get(partition)
            if known is None or len(keeping.open) >= len(known.open):
                self.done[partition] = keeping

    def assert_kept(self, partition: Partition, truth: Truth) -> None:
        """Were all records gone that a keeping knew, what was open would be as it is; raises `Violated`."""
        keeping = self.done.get(partition)
        if keeping is None or keeping.origin.start >= keeping.position:
            return
        anew = Origin(keeping.position, events_of(self.entries.get(partition, {})))
        due, found = truth.since(keeping.origin).live, truth.since(anew).live
        for entity in sorted(keeping.open):
            if _lasting(due.get(entity)) != _lasting(found.get(entity)):
                raise Violated(
                    f"{entity!r} of {tuple(partition)} was kept, and would without what lies before "
                    f"{keeping.position} be {found.get(entity)}, not {due.get(entity)}"
                )


def events_of(entries: Entries) -> tuple[Event, ...]:
    """What entries say, in the order of time."""
    events = [event for value in entries.values() for event in CanonicalDecoder().decode(value)]
    return tuple(sorted(events, key=lambda event: event.fact.at_ms))


def _is_open(state: object) -> bool:
    return not isinstance(state, AgentLive) or state.state != "logged_out"


def _lasting(live: tuple[Live, ...] | AgentLive | None) -> tuple[Any, ...] | None:
    """What is kept of it: of an agent no heartbeats."""
    return live._replace(seen_ms=0) if isinstance(live, AgentLive) else live


class _Heard(NamedTuple):
    """See `Probe`."""

    changelogs: Changelogs
    name: str

    def kept(self, partition: Partition, at_ms: int, done: Kept | None) -> None:
        del at_ms
        if done is not None and not done.left_out:
            self.changelogs.ended(self.name, partition)


class _Changelog(NamedTuple):
    """See `Changelog`: now and then Kafka answers nothing, or takes nothing."""

    changelogs: Changelogs
    app: Any

    async def read(self, partition: Partition) -> Entries:
        await self._answered()
        return dict(self.changelogs.entries.get(partition, {}))

    @asynccontextmanager
    async def writing(self) -> AsyncIterator["_Changelog"]:
        yield self

    async def put(self, partition: Partition, key: str, value: bytes | None) -> None:
        await self._answered()
        entries = self.changelogs.entries.setdefault(partition, {})
        entries.pop(key, None)
        if value is not None:
            entries[key] = value

    async def _answered(self) -> None:
        world = self.changelogs.world
        await asyncio.sleep(world.rng.choice([0.0, 0.0, 0.001, 0.02]))
        await self.app.thawed()
        if world.chaos.loses_letters():
            raise BrokerUnavailable("refused")
