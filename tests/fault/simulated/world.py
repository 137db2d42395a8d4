"""A whole installation in one thread: sources, broker, workers, store and board, driven by one seed.

For some seconds everything goes wrong; then it stops, and the board must come to what the log says.
"""

import asyncio
import gc
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any
from unittest.mock import patch

from fault.simulated import flooding, forgetting, kept
from fault.simulated.broker import Group, Log
from fault.simulated.chaos import Chaos, Fate
from fault.simulated.decoder import Remembering
from fault.simulated.journal import BEGIN_MS, Sent, journal, partition_of
from fault.simulated.kept import Changelogs, events_of
from fault.simulated.ledger import Ledger, Truth, Violated
from fault.simulated.loop import Loop
from fault.simulated.schemes import Moment, Schemes
from fault.simulated.server import Client, Copy, Server
from fault.simulated.trace import Trace
from fault.simulated.verdict import assert_adds_up, assert_converged
from fault.simulated.worker import App, Worker, harmless
from faust.types import TP
from support.scenario import finished

from stream.adapters.canonical import CanonicalDecoder
from stream.board.model import Model
from stream.board.reader import Reader
from stream.domain.agent.schedule import GRACE_MS
from stream.domain.definition import definitions
from stream.domain.fold import Retention
from stream.domain.limits import Limits
from stream.domain.rulebook import Wanted
from stream.errors import BrokerUnavailable, StoreUnavailable
from stream.store.lease import Verdict
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.worker.probes import SilentProbe
from stream.worker.record import DeadLetter
from stream.worker.worker import Worker as Core

SENDING_SECONDS, FAULTY_SECONDS = 8.0, 12.0
#: Within this, everything must have come right.
HEALING_SECONDS = 60.0
TOPICS = ("pantau.agents", "pantau.contacts")
DEFINITIONS = definitions()


@dataclass(frozen=True)
class Parts:
    """What the world is made of; a test that wants to see a violation puts in something broken."""

    store: type[MemoryStore] = MemoryStore
    decoder: type[CanonicalDecoder] = Remembering
    core: tuple[tuple[str, Any], ...] = ()  # names of the core, and what is put in their place


@dataclass(frozen=True)
class Outcome:
    """How a run went: None where nothing was violated."""

    seed: int
    violation: str | None
    trace: Trace
    faults: Counter[str]
    steps: int


class World:
    """See the module."""

    def __init__(self, seed: int, parts: Parts) -> None:
        self.seed, self.rng = seed, Random(seed)
        rng = self.rng
        self.loop, self.trace = Loop(), Trace()
        self.chaos, self._parts, self._decoder = Chaos(rng), parts, parts.decoder()
        self._sent = journal(rng, SENDING_SECONDS)
        self._numbers = rng.choice([1, 2, 3])
        partitions = [Partition(topic, n) for topic in TOPICS for n in range(self._numbers)]
        self.logs = {partition: Log(rng) for partition in partitions}
        self._limits = _limits(rng)
        self.limited = self._limits != Limits()
        self.truths = {partition: Truth(DEFINITIONS, self._limits) for partition in partitions}
        self.server = Server(parts.store(clock=self.wall_ms))
        self.ledger = Ledger(self.server, self.truths)
        self.memory = forgetting.Memory(rng, self.chaos.counts)
        self.floods = flooding.Floods(self.truths)
        self.group = Group(rng, partitions)
        self.workers: dict[str, Worker] = {}
        self._started = 0
        self.reject_limit_ratio, self._is_flooded = flooding.RATIO, False
        self.model = Model()
        self.board_client = Client(self, "board")
        self.reader = Reader(self.board_client, self.model)
        self.looking = asyncio.Lock()
        self.schemes, self.changelogs = Schemes(self), Changelogs(self)
        self.ledger.first = lambda partition: self.logs[partition].first
        if not self.limited:
            self.ledger.kept = lambda partition: {*events_of(self.changelogs.entries.get(partition, {}))}
        self._awaited: list[tuple[Moment, asyncio.Future[tuple[Any, ...] | None]]] = []
        self.violation: str | None = None

    # Time.

    def wall_ms(self) -> int:
        """The true time of day."""
        return BEGIN_MS + round(self.loop.time() * 1000)

    def note(self, who: str, *what: object) -> None:
        self.trace.note(self.loop.time(), who, *what)

    # What the store's clients ask of the world.

    def fate(self, operation: str) -> Fate:
        del operation
        return self.chaos.request()

    def executed(self, client: Client, operation: str, asked: tuple[Any, ...], answer: Any) -> None:
        if operation in _TOLD:
            self.note(client.name, operation, *asked[0], *_TOLD[operation](asked, answer))
        if operation == "live":
            self.changelogs.listed(client, *asked, {k: v for step in answer for k, v in step.items()})
        if operation == "load":
            self.memory.loaded(answer)
        try:
            self.ledger.executed(client, operation, asked, answer)
            if operation == "apply" and answer is Verdict.APPLIED:
                partition, token, step = asked
                self.floods.stored(client, partition, token, step)
        except Violated as found:
            self.fail(str(found))
        for moment, reached in self._awaited:
            if not reached.done() and moment(client, operation, asked, answer):
                reached.set_result(asked)

    async def await_moment(self, moment: Moment, *, seconds: float) -> tuple[Any, ...] | None:
        """What the store was asked when it came; None where it did not come in time."""
        reached: asyncio.Future[tuple[Any, ...] | None] = self.loop.create_future()
        self._awaited.append((moment, reached))
        self.loop.call_later(seconds, lambda: reached.done() or reached.set_result(None))
        try:
            return await reached
        finally:
            self._awaited.remove((moment, reached))

    def heard(self, client: Client, operation: str, asked: tuple[Any, ...], answer: Any) -> None:
        try:
            self.ledger.heard(client, operation, asked, answer)
        except Violated as found:
            self.fail(str(found))

    def fail(self, why: str) -> None:
        if self.violation is None:
            self.violation = why
            self.note("VIOLATED", why)
            self.loop.stop()

    async def send(self, letters: list[DeadLetter]) -> None:
        """See `DeadLetters`."""
        if self.chaos.loses_letters():
            raise BrokerUnavailable("refused")
        self.ledger.letters |= {(letter.partition, letter.offset) for letter in letters}

    # Workers.

    def start_worker(self) -> None:
        self._started += 1
        name = f"w{self._started}"
        client = Client(self, name)
        client.reject_limit_ratio = self.reject_limit_ratio
        app = App(self.logs, self.rng, client, self._crashed)
        app.skew_ms = self.rng.randrange(-60_000, 60_000)
        core = Core.of(
            client,
            self._decoder,
            self,
            SilentProbe(),
            wanted=Wanted(DEFINITIONS, GRACE_MS),
            retention=Retention(),
            limits=self._limits,
            reject_limit_ratio=client.reject_limit_ratio,
            stopping=lambda: app.should_stop,
            clock=lambda: self.wall_ms() + app.skew_ms,
            recall=self.changelogs.recall(app),
        )
        app.halted = core.ownership.halted
        worker = self.workers[name] = Worker(name, app, core, self.note)
        worker.keeper = self.changelogs.keeper(worker, Retention())
        worker.start()
        self.group.members[name] = lambda generation, given: worker.inbox.put_nowait((generation, given))

    def end_worker(self, name: str) -> None:
        self.group.members.pop(name, None)
        self.workers.pop(name).end()

    def _crashed(self, app: App, failure: Exception) -> None:
        name = app.client.name
        self.note(name, f"crashed: {failure!r}")
        self.chaos.counts["crashed"] += 1
        if not harmless(failure):
            self.fail(f"{name} crashed: {failure!r}")
        if name in self.workers:
            self.loop.call_soon(self._replace, name)

    def _replace(self, name: str) -> None:
        if name in self.workers:
            self.end_worker(name)
            self.start_worker()
            self.rebalance(late=False)

    def rebalance(self, *, late: bool) -> None:
        """Deal the partitions out; of a late one, each member hears when its turn comes, zombies last."""
        given = self.group.rebalance()
        generation = self.group.generation
        for name, own in given.items():
            seconds = 0.001 if self.chaos.quiet else self.rng.random() * (8.0 if late else 0.2)
            self.loop.call_later(seconds, self.group.members[name], generation, own)

    # The run.

    def run(self) -> Outcome:
        try:
            self._in_loop(self._faulty())
            if self.violation is None:
                self._in_loop(self._healed())
        finally:
            for worker in self.workers.values():
                worker.app.client.dead = True
            self.loop.finish()
        return self._outcome()

    def _in_loop(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(coroutine)
        task.add_done_callback(lambda _: self.loop.stop())
        self.loop.run(seconds=1000)
        if task.done() and not task.cancelled() and task.exception() is not None:
            failure = task.exception()
            if not isinstance(failure, Violated):
                raise failure  # type: ignore[misc] # it is not None
            self.fail(str(failure))

    async def _faulty(self) -> None:
        for one in self._sent:
            self.loop.call_later(one.at, self._append, one)
        for _ in range(self.rng.choice([1, 2, 2, 3])):
            self.start_worker()
        self.rebalance(late=False)
        trouble = [self._watch(), self._trouble()]
        trouble += [self.schemes.run(name, FAULTY_SECONDS) for name in self.schemes.chosen]
        tasks = [self.loop.create_task(self._guarded(one)) for one in trouble]
        await asyncio.sleep(FAULTY_SECONDS)
        for task in tasks:
            task.cancel()

    async def _guarded(self, coroutine: Coroutine[Any, Any, None]) -> None:
        try:
            await coroutine
        except Violated as found:
            self.fail(str(found))

    def _append(self, one: Sent) -> None:
        self.append(partition_of(one, self._numbers), one)

    def append(self, partition: Partition, one: Sent) -> None:
        """Put a record at the end of a partition."""
        offset = self.logs[partition].append(self.wall_ms(), one.subject, one.value)
        self.truths[partition].append(offset, one)
        for worker in self.workers.values():
            if TP(*partition) in worker.app.consumer.given:
                worker.app.consumer.wake()

    async def _trouble(self) -> None:
        while True:
            await asyncio.sleep(self.rng.expovariate(1 / self.chaos.every_seconds))
            kind = self.rng.choice(self.chaos.kinds)
            self.chaos.counts[kind] += 1
            self.note("FAULT", kind)
            getattr(self, f"_{kind}")()

    async def _watch(self) -> None:
        """The board's reader: what it shows must add up whenever it looks."""
        while True:
            await asyncio.sleep(self.rng.choice([0.2, 0.5, 2.0]))
            async with self.looking:
                try:
                    await self.reader.refresh(self.wall_ms())
                except StoreUnavailable:
                    continue
                assert_adds_up(self.model)

    async def _healed(self) -> None:
        self.note("FAULT", "no more")
        self.chaos.quiet, self.server.up, self.board_client.lagging = True, True, None
        for worker in self.workers.values():
            worker.app.frozen_until, worker.app.should_stop, worker.app.client.held_until = 0.0, False, 0.0
        if self._is_flooded:
            self.let_pass()
        if not self.workers:
            self.start_worker()
        if not self.group.is_served:
            self.rebalance(late=False)  # only then: a rebalance would heal what must heal by itself
        last = self.loop.time() + HEALING_SECONDS
        while not (self._is_settled() and await self._is_shown()):
            await asyncio.sleep(0.25)
            if self.loop.time() > last:
                raise Violated(f"not converged after {HEALING_SECONDS} s: {self._positions()}")
        assert_converged(self)

    async def _is_shown(self) -> bool:
        """Whether a reader has all of it: a worker may begin anew while it reads."""
        await self.reader.refresh(self.wall_ms())
        return self._is_settled()

    def _positions(self) -> dict[Partition, tuple[int | None, int]]:
        return {p: (self.server.position(p), log.read) for p, log in self.logs.items()}

    def _is_settled(self) -> bool:
        """Whether every record is folded, and nothing is to be read again."""
        states = self.server.store._states.values()
        busy = any(state.requested or state.plan is not None for state in states)
        return not busy and all((at or 0) >= end for at, end in self._positions().values())

    def forget_records(self, partition: Partition | None = None) -> bool:
        """Delete some of what every worker has read of a partition; whether there was anything."""
        partition = partition or self.rng.choice([*self.logs])
        log = self.logs[partition]
        read = min([log.end, *(worker.reads_from(partition) for worker in self.workers.values())])
        if read <= log.first:
            return False
        log.forget(self.rng.randrange(log.first, read) + 1)
        return True

    def flood(self) -> Partition | None:
        """Have a source send what cannot be read; where, or None where it has been let pass already."""
        if self._is_flooded or self.reject_limit_ratio == 1:
            return None
        partition, self._is_flooded = self.rng.choice([*self.logs]), True
        for one in flooding.burst(self.rng, partition):
            self.append(partition, one)
        return partition

    def let_pass(self) -> None:
        """As an operator does with the setting: all workers are started again with it."""
        self.reject_limit_ratio, self._is_flooded = 1.0, False
        for name in sorted(self.workers):
            self.end_worker(name)
            self.start_worker()
        self.rebalance(late=False)

    def request_rebuild(self, partition: Partition) -> None:
        """As `pantau rebuild` does."""
        self.ledger.requested.add(partition)
        finished(self.server.store.request(partition))

    def _outcome(self) -> Outcome:
        return Outcome(self.seed, self.violation, self.trace, self.chaos.counts, self.loop.steps)

    # What happens by itself.

    def _some_worker(self) -> Worker | None:
        return self.workers[self.rng.choice(sorted(self.workers))] if self.workers else None

    def _rebalance(self) -> None:
        self.rebalance(late=False)

    def _late_rebalance(self) -> None:
        self.rebalance(late=True)

    def _killed(self) -> None:
        worker = self._some_worker()
        if worker is not None:
            self.end_worker(worker.name)
            self.loop.call_later(self.rng.random() * 3, self._joined)

    def _joined(self) -> None:
        if len(self.workers) < 4:
            self.start_worker()
        self.rebalance(late=self.rng.random() < 0.3)

    def _left(self) -> None:
        """The group believes a worker to be dead: it goes on with what it has."""
        worker = self._some_worker()
        if worker is not None:
            self.leave(worker, seconds=self.rng.random() * 4)

    def leave(self, worker: Worker, *, seconds: float) -> None:
        """Have the group believe for so long that a worker is dead, if there are others."""
        if len(self.group.members) > 1:
            deliver = self.group.members.pop(worker.name, None)
            self.rebalance(late=False)
            if deliver is not None:
                self.loop.call_later(seconds, self._back, worker.name, deliver)

    def _back(self, name: str, deliver: Callable[[int, set[Partition]], None]) -> None:
        if name in self.workers:
            self.group.members[name] = deliver
            self.rebalance(late=False)

    def _frozen(self) -> None:
        worker = self._some_worker()
        if worker is not None:
            until = self.loop.time() + self.rng.random() * 6
            worker.app.frozen_until = worker.app.client.held_until = until

    def _redelivered(self) -> None:
        worker = self._some_worker()
        if worker is not None:
            at = worker.app.consumer.at
            for tp in sorted(at):
                at[tp] = self.rng.randrange(at[tp] + 1)

    def _called_off(self) -> None:
        """A worker is told to stop, and then is not."""
        worker = self._some_worker()
        if worker is not None:
            worker.app.should_stop = True
            self.loop.call_later(self.rng.random() * 2, setattr, worker.app, "should_stop", False)  # noqa: FBT003 - as `setattr` has it

    def _clock_stepped(self) -> None:
        """Workers whose clocks were ahead are behind, and the other way round."""
        for worker in self.workers.values():
            worker.app.skew_ms = -worker.app.skew_ms

    def _outage(self) -> None:
        self.server.up = False
        self.loop.call_later(self.rng.random() * 3, setattr, self.server, "up", True)  # noqa: FBT003 - as `setattr` has it

    def _emptied(self) -> None:
        self.server.restore(None)

    def _failed_over(self) -> None:
        """A replica that was some steps behind goes on."""
        copy = self.server.copy()
        self.loop.call_later(self.rng.random() * 0.5, self.fall_back, copy)

    def fall_back(self, copy: Copy | None) -> None:
        """Go on with an older copy, or with nothing."""
        if not self.chaos.quiet:
            self.note("FAULT", "an older copy goes on")
            self.server.restore(copy)

    def _restored(self) -> None:
        """A backup is made, or put back."""
        if self.server.copies and self.rng.random() < 0.5:
            self.server.restore(self.rng.choice(self.server.copies))
        else:
            self.server.back_up()

    def _reader_lags(self) -> None:
        """The board reads from a replica that is behind."""
        behind = MemoryStore(clock=self.wall_ms)
        behind._states.update(self.server.copy().states)
        self.board_client.lagging = behind
        self.loop.call_later(self.rng.random() * 3, setattr, self.board_client, "lagging", None)


def _limits(rng: Random) -> Limits:
    """What one partition may hold: mostly more than there is, and sometimes far too little."""
    if rng.random() < 0.75:
        return Limits()
    few = [rng.randrange(1, 5) for _ in range(5)]
    return Limits(*few)


#: What the trace has of a request and its answer, after its partition.
_TOLD: dict[str, Callable[[tuple[Any, ...], Any], tuple[object, ...]]] = {
    "acquire": lambda _, lease: ("-> token", lease.token, "at", lease.position),
    "apply": lambda asked, verdict: (asked[2].from_offset, asked[2].next_offset, asked[1], "->", verdict),
    "check": lambda asked, verdict: ("at", asked[2], "->", verdict),
}


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No logging, and no collection of garbage: that alone takes a third of the time."""
    logger, collected = logging.getLogger("pantau"), gc.isenabled()
    told = logger.level
    logger.setLevel(logging.CRITICAL)
    gc.disable()
    try:
        yield
    finally:
        logger.setLevel(told)
        if collected:
            gc.enable()


def simulate(seed: int, parts: Parts | None = None) -> Outcome:
    """Run one seed from its first record to its end."""
    parts = parts or Parts()
    with _undisturbed(), ExitStack() as replaced:
        world = World(seed, parts)
        steady = ("stream.backoff._JITTER_RATIO", 0.0)  # chance is the seed's
        for name, broken in (steady, *world.memory.patches(), *kept.PATCHES, *flooding.PATCHES, *parts.core):
            replaced.enter_context(patch(name, broken))
        return world.run()
