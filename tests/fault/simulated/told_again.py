"""What is open told again while everything fails: what its teller puts into the log, and what it is good for.

A run lasts for seconds, not days: all that is open counts as open for long, and telling it as always due.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Protocol

from fault.simulated.chaos import Chaos
from fault.simulated.journal import Sent
from fault.simulated.ledger import Truth, Violated
from fault.simulated.server import Client, Server
from fault.simulated.worker import Worker

from stream.adapters.canonical import CanonicalDecoder
from stream.app.teller import Teller
from stream.domain.agent import AgentLive
from stream.domain.fold import Retention
from stream.domain.moment import Live
from stream.errors import BrokerUnavailable
from stream.store.base import Partition
from stream.store.unreadable import Unreadable
from stream.worker.decoding import RETOLD
from stream.worker.retelling import Told, is_open

#: How long something must have been open: below nothing, for clocks are wrong by minutes.
AFTER_MS = -600_000
PATCHES = (
    ("stream.worker.retelling.AFTER_MS", AFTER_MS),
    ("stream.app.teller.AFTER_MS", AFTER_MS),
    ("stream.app.teller._AGAIN_MS", AFTER_MS),
)


class Around(Protocol):
    """What a teller needs of the world."""

    server: Server
    chaos: Chaos
    rng: Any

    def append(self, partition: Partition, one: Sent, *, headers: Sequence[tuple[str, bytes]]) -> None: ...


class Telling(NamedTuple):
    """One that was done: of what was folded from `start` to `position`, these were open."""

    start: int
    position: int
    open: frozenset[str]


class Tellings:
    """Of each partition the one that told most; none that began with another state than it ended with."""

    def __init__(self, world: Around) -> None:
        self.world = world
        self.done: dict[Partition, Telling] = {}
        self._begun: dict[tuple[str, Partition], tuple[int, Telling]] = {}

    def teller(self, worker: Worker, retention: Retention) -> Teller:
        """The one of a worker."""
        return Teller(
            worker.app.client,  # type: ignore[arg-type] # it has all that is asked of it
            worker.processor,
            _Heard(self, worker.name),
            lambda: _log(self.world, worker),
            retention=retention,
            stopping=lambda: worker.app.should_stop,
            clock=worker.processor._clock,
        )

    def listed(
        self, client: Client, partition: Partition, live: dict[str, tuple[Live, ...] | AgentLive | Unreadable]
    ) -> None:
        """A teller was told what is open: it is of what is written."""
        server = self.world.server
        start = server.begun.get(partition, [0, 0])[1]
        names = frozenset(entity for entity, state in live.items() if is_open(state))
        found = Telling(start, server.position(partition) or 0, names)
        self._begun[client.name, partition] = (server.history, found)

    def ended(self, name: str, partition: Partition) -> None:
        """All of it is in the log."""
        server = self.world.server
        history, telling = self._begun[name, partition]
        if (history, telling.start) == (server.history, server.begun.get(partition, [0, 0])[1]):
            known = self.done.get(partition)
            if known is None or len(telling.open) >= len(known.open):
                self.done[partition] = telling

    def assert_kept(self, partition: Partition, truth: Truth) -> None:
        """Were all records gone that a telling knew, what was open would be as it is; raises `Violated`."""
        telling = self.done.get(partition)
        if telling is None or telling.start >= telling.position:
            return
        due, found = truth.since(telling.start).live, truth.since(telling.position).live
        for entity in sorted(telling.open):
            if _lasting(due.get(entity)) != _lasting(found.get(entity)):
                raise Violated(
                    f"{entity!r} of {tuple(partition)} was told again, and would without what lies before "
                    f"{telling.position} be {found.get(entity)}, not {due.get(entity)}"
                )


def _lasting(live: tuple[Live, ...] | AgentLive | None) -> tuple[Any, ...] | None:
    """What is told again of it: of an agent neither heartbeats nor a schedule."""
    return live[:6] if isinstance(live, AgentLive) else live


class _Heard(NamedTuple):
    """See `Probe`."""

    tellings: Tellings
    name: str

    def retold(self, partition: Partition, at_ms: int, told: Told | None) -> None:
        del at_ms
        if told is not None and not told.left_out:
            self.tellings.ended(self.name, partition)


class _Log(NamedTuple):
    """See `Log`: now and then Kafka takes nothing."""

    world: Around
    worker: Worker

    async def put(
        self, topic: str, partition: int, key: str, value: bytes, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        world, place = self.world, Partition(topic, partition)
        await asyncio.sleep(world.rng.choice([0.0, 0.0, 0.001, 0.02]))
        await self.worker.app.thawed()
        if world.chaos.loses_letters():
            raise BrokerUnavailable("refused")
        (event,) = CanonicalDecoder().decode(value)
        if list(headers) != [RETOLD] or key != event.subject:
            raise Violated(f"told again with {headers} and the key {key}: {event}")
        world.append(place, Sent(0.0, topic, key, value, event, again=True), headers=headers)


@asynccontextmanager
async def _log(world: Around, worker: Worker) -> AsyncIterator[_Log]:
    yield _Log(world, worker)
