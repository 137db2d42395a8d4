"""Faults that come together at the worst moment, where single ones would meet once in a thousand runs.

Each seed draws some, besides its other faults; each waits for its moment, and passes where none comes.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any, Protocol

from fault.simulated.chaos import Chaos
from fault.simulated.server import Client, Copy, Server
from fault.simulated.worker import Worker

from stream.board.reader import Reader
from stream.errors import StoreUnavailable
from stream.store.lease import Verdict
from stream.store.partition import Partition

#: How long a scheme waits for its moment, and how often it is tried in a run.
PATIENCE_SECONDS, TRIES = 2.5, 3
#: What a scheme waits for: who asked for what, and what the store answered.
Moment = Callable[[Client, str, tuple[Any, ...], Any], bool]


class Centre(Protocol):
    """What a scheme needs of the world."""

    rng: Random
    chaos: Chaos
    server: Server
    workers: dict[str, Worker]
    reader: Reader
    looking: asyncio.Lock

    def wall_ms(self) -> int: ...
    def note(self, who: str, *what: object) -> None: ...
    def rebalance(self, *, late: bool) -> None: ...
    def leave(self, worker: Worker, *, seconds: float) -> None: ...
    def forget_records(self, partition: Partition | None = None) -> bool: ...
    def flood(self) -> Partition | None: ...
    def let_pass(self) -> None: ...
    def request_rebuild(self, partition: Partition) -> None: ...
    def fall_back(self, copy: Copy | None) -> None: ...
    async def await_moment(self, moment: Moment, *, seconds: float) -> tuple[Any, ...] | None: ...


class Schemes:
    """Runs what a seed has drawn, each by itself."""

    def __init__(self, centre: Centre) -> None:
        self._centre, rng = centre, centre.rng
        self.chosen = [name for name in SCHEMES if rng.random() < 0.4]

    async def run(self, name: str, seconds: float) -> None:
        """Try one now and then for so long."""
        rng = self._centre.rng
        for _ in range(TRIES):
            await asyncio.sleep(rng.uniform(0, seconds / TRIES))
            self._centre.note("SCHEME", name)
            if await SCHEMES[name](self._centre):
                self._centre.chaos.counts[name] += 1


async def read_and_lost(at: Centre) -> bool:
    """A checkpoint is stored, readers see it, and a replica that never had it goes on, for records anew."""
    async with at.looking:
        copy = at.server.copy()
        if await _next(at, "apply", Verdict.APPLIED) is None:
            return False
        with suppress(StoreUnavailable):
            await at.reader.refresh(at.wall_ms())
        at.fall_back(copy)
        await _out(at, at.rng.choice([0.0, 0.3, 1.0]))
        await asyncio.sleep(at.rng.random() * 3)
    return True


async def lost_to_the_beginning(at: Centre) -> bool:
    """A partition begins, is written, and falls back to where it had begun."""
    at.fall_back(None)
    asked = await _next(at, "begin", Verdict.APPLIED)
    if asked is None:
        return False
    copy = at.server.copy()
    for _ in range(at.rng.randrange(1, 3)):
        if await _next(at, "apply", Verdict.APPLIED, asked[0]) is None:
            return False
    at.fall_back(copy)
    return True


async def lease_lost(at: Centre) -> bool:
    """Who has just taken a partition over is forgotten, by the store and by the group, and goes on."""
    copy = at.server.copy()
    at.rebalance(late=False)
    asked = await _next(at, "acquire")
    if asked is None:
        return False
    await asyncio.sleep(at.rng.random() * 0.3)
    owner = _owner(at, asked[0])
    at.fall_back(copy)
    if owner is not None:
        at.leave(owner, seconds=4.0)
    return True


async def stop_called_off(at: Centre) -> bool:
    """A batch is folded, cannot be stored and is left, for the worker is to stop; then it need not."""
    if await _next(at, "load") is None:
        return False
    stopped = [worker.app for worker in at.workers.values()]
    for app in stopped:
        app.should_stop = True
    await _out(at, at.rng.uniform(0.05, 0.6))
    for app in stopped:
        app.should_stop = False
    return True


async def owner_returns(at: Centre) -> bool:
    """A zombie loads what its successor wrote; then the store falls back to when it was the owner."""
    held = sorted(at.server.holdings)
    partition = at.rng.choice(held) if held else None
    owner = None if partition is None else _owner(at, partition)
    if owner is None:
        return False
    copy = at.server.copy()
    owner.app.frozen_until = asyncio.get_running_loop().time() + 2 * PATIENCE_SECONDS
    at.leave(owner, seconds=6.0)
    name = owner.name

    def by_another(client: Client, operation: str, asked: tuple[Any, ...], answer: Any) -> bool:
        return (operation, answer, asked[:1]) == ("apply", Verdict.APPLIED, (partition,)) and (
            client.name != name
        )

    written = await at.await_moment(by_another, seconds=PATIENCE_SECONDS)
    owner.app.frozen_until = 0.0
    if written is None:
        return False

    def by_owner(client: Client, operation: str, asked: tuple[Any, ...], _: Any) -> bool:
        return (operation, asked[:1], client.name) == ("load", (partition,), name)

    if await at.await_moment(by_owner, seconds=1.0) is None:
        return False
    at.fall_back(copy)
    return True


async def rebuilt(at: Centre) -> bool:
    """Somebody has a partition built anew, while all is well but for the other faults."""
    held = sorted(at.server.holdings)
    if held:
        at.request_rebuild(at.rng.choice(held))
    return bool(held)


async def retention_passes(at: Centre) -> bool:
    """Kafka deletes what everybody has read; what the store loses from now on cannot all be read again."""
    await asyncio.sleep(at.rng.random())
    return at.forget_records()


async def kept(at: Centre) -> bool:
    """Owners keep what is open; then Kafka may forget how it began, and the store lose all."""
    tasks = {task for worker in at.workers.values() if (task := worker.keep()) is not None}
    if not tasks:
        return False
    await asyncio.wait(tasks, timeout=PATIENCE_SECONDS)
    if at.rng.random() < 0.5:
        for partition in sorted(at.server.holdings):
            at.forget_records(partition)
        at.fall_back(None)
    return True


async def flooded(at: Centre) -> bool:
    """A source sends what cannot be read; whoever has its partition halts, until an operator lets it pass."""
    partition = at.flood()
    if partition is None:
        return False
    await asyncio.sleep(at.rng.uniform(0, 3 * PATIENCE_SECONDS))
    halted = any(partition in worker.core.ownership.halted() for worker in at.workers.values())
    at.let_pass()
    return halted


SCHEMES = {
    "flooded": flooded,
    "kept": kept,
    "retention_passes": retention_passes,
    "rebuilt": rebuilt,
    "read_and_lost": read_and_lost,
    "lost_to_the_beginning": lost_to_the_beginning,
    "lease_lost": lease_lost,
    "stop_called_off": stop_called_off,
    "owner_returns": owner_returns,
}


async def _next(
    at: Centre, operation: str, verdict: Verdict | None = None, partition: Partition | None = None
) -> tuple[Any, ...] | None:
    """The next request of a worker that the store executes so, or None where none comes."""

    def moment(_: Client, what: str, asked: tuple[Any, ...], answer: Any) -> bool:
        return what == operation and verdict in (None, answer) and partition in (None, asked[0])

    return await at.await_moment(moment, seconds=PATIENCE_SECONDS)


async def _out(at: Centre, seconds: float) -> None:
    at.server.up = False
    await asyncio.sleep(seconds)
    at.server.up = True


def _owner(at: Centre, partition: Partition) -> Worker | None:
    holding = at.server.holdings.get(partition)
    return None if holding is None else at.workers.get(holding.worker)
