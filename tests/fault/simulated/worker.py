"""A worker: the real wiring, lanes, batch delivery and processor, in a Faust app made of nothing.

What Faust and aiokafka do is spelled out here: fetching, buffers, and what happens in a rebalance. All that
is Pantau's own is the code that runs in production.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import Any, Self

from aiokafka.errors import IllegalStateError, KafkaError
from aiokafka.structs import ConsumerRecord
from fault.simulated.broker import Log
from fault.simulated.server import Client
from faust.types import TP

from stream.app.engine import attach
from stream.app.keeper import Keeper
from stream.app.transport import BatchConsumer
from stream.broker.fetching import Span
from stream.broker.topics import FOLDED
from stream.errors import BrokerUnavailable
from stream.store.partition import Partition
from stream.worker.recovery import Extent
from stream.worker.retrying_store import Stopping
from stream.worker.worker import Worker as Core

SESSION_SECONDS = 3.0
_BUFFERED = 8
_NOWHERE = 1 << 60
#: How soon one that was frozen finds out that it runs again.
_DOZE_SECONDS = 0.2


@dataclass(eq=False)
class Message:
    """What Faust's consumer hands on: the last record, with the batch as its value."""

    tp: TP
    offset: int
    value: Any = None


class Event:
    """A message in a stream."""

    def __init__(self, consumer: "Consumer", message: Message) -> None:
        self._consumer, self.message, self.value = consumer, message, message.value

    def ack(self) -> None:
        self._consumer._unacked_messages.discard(self.message)


class Stream:
    """One agent's input."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Event] = asyncio.Queue(_BUFFERED)

    def noack(self) -> Self:
        return self

    async def events(self) -> AsyncIterator[Event]:
        while True:
            yield await self.queue.get()


class Consumer:
    """Stands in for Faust's consumer; how batches are cut, kept and dropped is Pantau's own."""

    seek_stored = BatchConsumer.seek_stored
    perform_seek = BatchConsumer.perform_seek
    _drain_messages = BatchConsumer._drain_messages
    _deliver = BatchConsumer._deliver
    _pass_on = BatchConsumer._pass_on
    _send = BatchConsumer._send
    _rewind = BatchConsumer._rewind
    _acquire_again = BatchConsumer._acquire_again

    consumer_stopped_errors = ()
    should_stop = False

    def __init__(self, app: "App", logs: dict[Partition, Log], rng: Random) -> None:
        self.app, self.transport, self._logs, self._rng = app, app.transport, logs, rng
        self._next_offset: dict[TP, int] = {}
        self._takes_over = asyncio.Lock()
        self._thread = self
        self._unacked_messages: set[Message] = set()
        self.flow_active, self.suspend_flow = False, asyncio.Event()
        self.given: set[TP] = set()
        self.at: dict[TP, int] = {}
        self.paused: set[TP] = set()
        self._idle: asyncio.Future[None] | None = None
        self.loop = asyncio.get_running_loop()

    def assignment(self) -> set[TP]:
        return self.given

    async def extent(self, _: int, partition: Partition, __: int) -> Extent:
        """Nothing that is still there is so old that it is left out."""
        await self._travel()
        log = self._logs[partition]
        return Extent(log.first, log.first, log.end)

    def topic_partitions(self, topic: str) -> int:
        return sum(partition.topic == topic for partition in self._logs)

    async def seek_wait(self, positions: dict[TP, int]) -> None:
        await self._travel()
        for tp, at in sorted(positions.items()):  # sets are in another order in each process
            if tp not in self.given:
                raise IllegalStateError(f"{tp} is not assigned")
            self.at[tp] = at
        self.wake()
        await self._travel()

    def give_up(self, message: Message) -> None:
        """The stop may be called off: the same records are read again."""
        BatchConsumer.give_up(self, message)
        if Partition(*message.tp) in self.app.halted():  # what halts it has it read again
            return
        self.app.client.gave_up = True
        if self._next_offset.get(message.tp, -1) > message.value.from_offset:
            self._next_offset[message.tp] = self.at[message.tp] = message.value.from_offset
            self.wake()

    def pause_partitions(self, tps: set[TP]) -> None:
        self.paused |= tps

    def resume_partitions(self, tps: set[TP]) -> None:
        self.paused -= tps
        self.wake()

    async def _travel(self) -> None:
        await asyncio.sleep(self._rng.choice([0.0, 0.001, 0.02]))
        await self.app.thawed()

    async def _wait_next_records(self, timeout: float) -> tuple[dict[TP, Span], None]:  # noqa: ASYNC109 - aiokafka's
        await self.app.thawed()
        found = self._fetched()
        if not found:
            self._idle = asyncio.get_running_loop().create_future()
            wake = asyncio.get_running_loop().call_later(timeout, self.wake)
            await self._idle
            wake.cancel()
            found = self._fetched()
        if found:
            await self._travel()
        return found, None

    def wake(self) -> None:
        """There may be something to fetch."""
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    def _fetched(self) -> dict[TP, Span]:
        """As `fetched_spans` gives them; the position moves at once, the answer travels."""
        found = {}
        if self.flow_active:
            for tp, at in self.at.items():
                log = self._logs[Partition(*tp)]
                if tp in self.given and tp not in self.paused and at != log.end:
                    most = self._rng.randrange(1, self.transport.batch_records)
                    found[tp] = span = log.fetch(at, most)
                    self.at[tp] = span.end if span.failure is None else at
        return found

    def _to_message(self, tp: TP, record: ConsumerRecord) -> Message:
        return Message(tp, record.offset)

    async def callback(self, message: Message) -> None:
        self._unacked_messages.add(message)
        await self.app.streams[message.tp.topic].queue.put(Event(self, message))

    async def wait_first(self, put: Coroutine[Any, Any, Any], suspended: Coroutine[Any, Any, Any]) -> None:
        """Tasks only where there is something to wait for."""
        loop = asyncio.get_running_loop()
        if not any(stream.queue.full() for stream in self.app.streams.values()):
            suspended.close()
            await put
            await asyncio.sleep(0)
            return
        tasks = [loop.create_task(one) for one in (put, suspended)]
        _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()


class App:
    """What the engine asks of a Faust app."""

    def __init__(
        self,
        logs: dict[Partition, Log],
        rng: Random,
        client: Client,
        crashed: Callable[["App", Exception], None],
    ) -> None:
        self.client = client
        self.conf = SimpleNamespace(broker_session_timeout=SESSION_SECONDS)
        self.transport: Any = SimpleNamespace(
            app=self, linger_seconds=0.02, horizon_ms=0, batch_records=rng.choice([2, 5, 30])
        )
        self.should_stop, self.rebalancing = False, True
        self.consumer_generation_id = -1
        self.streams: dict[str, Stream] = {}
        self.agents: list[tuple[Stream, Any]] = []
        self.timers: list[tuple[float, Any]] = []
        self.frozen_until = 0.0
        self.halted: Callable[[], set[Partition]] = set
        self.skew_ms = 0
        self._crashed = crashed
        self.consumer = Consumer(self, logs, rng)

    def topic(self, name: str, **_: Any) -> Stream:
        return self.streams.setdefault(name, Stream())

    def agent(self, channel: Stream, **_: Any) -> Callable[[Any], Any]:
        return lambda fold: self.agents.append((channel, fold))

    def timer(self, interval: float) -> Callable[[Any], Any]:
        return lambda call: self.timers.append((interval, call))

    async def crash(self, failure: Exception) -> None:
        self._crashed(self, failure)

    async def thawed(self) -> None:
        """Return once the process runs."""
        loop = asyncio.get_running_loop()
        while (rest := self.frozen_until - loop.time()) > 0:  # noqa: ASYNC110 - it may freeze again
            await asyncio.sleep(min(rest, _DOZE_SECONDS))


@dataclass(eq=False)
class Worker:
    """One process, from its start to its end."""

    name: str
    app: App
    core: Core
    note: Callable[..., None]
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)
    inbox: asyncio.Queue[tuple[int, set[Partition]]] = field(default_factory=asyncio.Queue)
    keeper: Keeper | None = None
    _keeping: asyncio.Task[Any] | None = None

    def reads_from(self, partition: Partition) -> int:
        """The first offset that it may ask for, or has in hand."""
        tp, consumer = TP(*partition), self.app.consumer
        own = self.core.ownership.positions().get(partition)
        known = [at for at in (own, consumer.at.get(tp), consumer._next_offset.get(tp)) if at is not None]
        return 0 if consumer._takes_over.locked() else min(known, default=_NOWHERE)

    def start(self) -> None:
        app = self.app
        attach(app, self.core, FOLDED)  # type: ignore[arg-type] # all that is asked of it is there
        self._run(self._follow())
        self._run(app.consumer._drain_messages(SimpleNamespace(should_stop=False)))
        for stream, fold in app.agents:
            self._run(fold(stream))
        for interval, call in app.timers:
            self._run(self._repeat(interval, call))

    def keep(self) -> asyncio.Task[Any] | None:
        """Have it look for what is to be kept, as it does every few seconds; None where it does so."""
        if self.keeper is None or (self._keeping is not None and not self._keeping.done()):
            return None
        self._keeping = self._run(self.keeper.look())
        return self._keeping

    def end(self) -> None:
        """Die at once: what was sent to the store may still arrive."""
        self.app.client.dead = True
        for task in self.tasks:
            task.cancel()

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(self._watched(coroutine))
        self.tasks.append(task)
        return task

    async def _watched(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        try:
            await coroutine
        except Exception as failure:  # noqa: BLE001 - whatever it is ends the process
            await self.app.crash(failure)

    async def _repeat(self, interval: float, call: Any) -> None:
        while True:
            await asyncio.sleep(interval)
            await self.app.thawed()
            await call()

    async def _follow(self) -> None:
        """Do what the group says, one generation after the other."""
        while True:
            generation, given = await self.inbox.get()
            await self.app.thawed()
            if generation > self.app.consumer_generation_id:
                await self._rebalance(generation, given)

    async def _rebalance(self, generation: int, given: set[Partition]) -> None:
        app, consumer = self.app, self.app.consumer
        app.rebalancing, consumer.flow_active = True, False
        consumer.suspend_flow.set()
        for stream in app.streams.values():
            while not stream.queue.empty():
                stream.queue.get_nowait().ack()
        for _ in range(10):
            if consumer._unacked_messages:
                await asyncio.sleep(0.1)
        app.consumer_generation_id, consumer.given = generation, {TP(*partition) for partition in given}
        consumer.at.clear()
        consumer.paused.clear()
        self.note(self.name, "has", *sorted(map(tuple, given)), "of generation", generation)
        await self._seek()
        consumer.suspend_flow.clear()
        app.rebalancing, consumer.flow_active = False, True
        consumer.wake()

    async def _seek(self) -> None:
        while True:
            try:
                await self.app.consumer.perform_seek()
            except Stopping:
                await asyncio.sleep(0.5)
            else:
                return


def harmless(failure: Exception) -> bool:
    """Whether a worker may end for this: its successor goes on where its store stands."""
    return isinstance(failure, (KafkaError, BrokerUnavailable))
