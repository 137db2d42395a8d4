"""What the batch transport leans on is there, in the versions pinned, and does what is promised of it."""

import ast
import asyncio
import inspect
import re
import tomllib
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast
from unittest.mock import AsyncMock

import aiokafka
import faust
import pytest
from aiokafka.consumer.fetcher import Fetcher, FetchResult
from aiokafka.structs import ConsumerRecord
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from packaging.requirements import Requirement
from support.pantau import REPOSITORY, SESSION_SECONDS, Pantau
from support.records import PARTITIONS, committed, publish, send

from stream.access import Access
from stream.app import transport
from stream.app.engine import BatchSchema, KafkaDeadLetters, attach, faust_app
from stream.app.membership import Membership
from stream.app.run import _measure_lag
from stream.app.transport import BatchConsumer, BatchConsumerThread, BatchTransport
from stream.app.watchdog import Watchdog
from stream.broker import fetching
from stream.broker.fetching import Span
from stream.broker.topics import CONTACTS, DEAD_LETTERS
from stream.dev.simulator import SimulatedEvent
from stream.errors import RejectReason
from stream.metrics.own import PrometheusProbe
from stream.settings import Settings
from stream.store.lease import Verdict
from stream.store.partition import Partition
from stream.worker.record import Batch, DeadLetter
from stream.worker.recovery import Ask
from stream.worker.worker import Worker

OVERRIDDEN = [
    (BatchConsumer, driver.Consumer, "_drain_messages"),
    (BatchConsumer, driver.Consumer, "_new_consumer_thread"),
    (BatchConsumer, driver.Consumer, "_new_offset"),
    (BatchConsumer, driver.Consumer, "perform_seek"),
    (BatchConsumer, driver.Consumer, "verify_event_path"),
    (BatchConsumerThread, driver.AIOKafkaConsumerThread, "_commit"),
    (BatchConsumerThread, driver.AIOKafkaConsumerThread, "_create_worker_consumer"),
    (BatchConsumerThread, driver.AIOKafkaConsumerThread, "_fetch_records"),
    (BatchConsumerThread, driver.AIOKafkaConsumerThread, "topic_partitions"),
    (BatchSchema, faust.Schema, "loads_key"),
    (BatchSchema, faust.Schema, "loads_value"),
    (type(faust_app(Settings())), faust.App, "_create_directories"),
]
CALLED = [
    (driver.Consumer, "_to_message", "(self, tp, record)"),
    (driver.Consumer, "_wait_next_records", "(self, timeout)"),
    (driver.Consumer, "assignment", "(self)"),
    (driver.Consumer, "highwater", "(self, tp)"),
    (driver.Consumer, "topic_partitions", "(self, topic)"),
    (driver.Consumer, "seek_wait", "(self, partitions)"),
    (driver.Consumer, "pause_partitions", "(self, tps)"),
    (driver.Consumer, "resume_partitions", "(self, tps)"),
    (driver.Consumer, "wait_first", "(self, *coros, timeout)"),
    (driver.AIOKafkaConsumerThread, "_ensure_consumer", "(self)"),
    (driver.AIOKafkaConsumerThread, "assignment", "(self)"),
    (driver.Producer, "send", "(self, topic, key, value, partition, timestamp, headers, transactional_id)"),
    (
        driver.Producer,
        "send_and_wait",
        "(self, topic, key, value, partition, timestamp, headers, transactional_id)",
    ),
    (driver.Producer, "flush", "(self)"),
    (faust.App, "crash", "(self, reason)"),
    (driver.AIOKafkaConsumerThread, "call_thread", "(self, fun, *args, **kwargs)"),
    (FetchResult, "check_assignment", "(self, tp)"),
    (FetchResult, "has_more", "(self)"),
    (FetchResult, "_update_position", "(self)"),
    (Fetcher, "_create_fetch_waiter", "(self)"),
    (Fetcher, "_notify", "(self, future)"),
    (aiokafka.AIOKafkaConsumer, "commit", "(self, offsets)"),
    (aiokafka.AIOKafkaConsumer, "committed", "(self, partition)"),
    (aiokafka.AIOKafkaConsumer, "beginning_offsets", "(self, partitions)"),
    (aiokafka.AIOKafkaConsumer, "end_offsets", "(self, partitions)"),
    (aiokafka.AIOKafkaConsumer, "offsets_for_times", "(self, timestamps)"),
    (aiokafka.AIOKafkaConsumer, "partitions_for_topic", "(self, topic)"),
    (aiokafka.AIOKafkaConsumer, "last_stable_offset", "(self, partition)"),
]
#: Private names of the transport itself.
OUR_OWN = {
    *(
        "_deliver",
        "_extent",
        "_forget",
        "_next_offset",
        "_pass_on",
        "_read_end",
        "_replace",  # of a named tuple
        "_rewind",
        "_send",
        "_span",
        "_acquire_again",
    ),
    *("_take", "_taken", "_takes_over"),
}
_MANY = 14_000
INSTANCE = ("_acked", "_acked_index", "app", "callback", "flow_active", "loop", "suspend_flow")


@pytest.mark.parametrize(("ours", "base", "name"), OVERRIDDEN)
def test_each_override_takes_what_it_will_be_given(ours: type, base: type, name: str) -> None:
    given = inspect.signature(getattr(base, name)).parameters.values()
    named = {each.name: None for each in given if each.kind is each.KEYWORD_ONLY}
    placed = [None for each in given if each.kind is each.POSITIONAL_OR_KEYWORD]
    mine = inspect.signature(vars(ours)[name])
    assert mine.bind(*placed, **named)
    assert len([each for each in mine.parameters.values() if each.default is each.empty]) <= len(given)


@pytest.mark.parametrize("ours", [BatchConsumer, BatchConsumerThread, BatchSchema])
def test_nothing_else_is_overridden(ours: type) -> None:
    functions = {name for name in vars(ours) if inspect.isfunction(vars(ours)[name]) and name[:2] != "__"}
    inherited = {name for name in functions if hasattr(ours.__mro__[1], name)}
    assert inherited == {name for cls, _, name in OVERRIDDEN if cls is ours}


def test_the_transport_makes_our_consumer() -> None:
    assert issubclass(BatchTransport.Consumer, driver.Consumer)
    assert driver.Transport.Consumer is driver.Consumer


@pytest.mark.parametrize(("owner", "name", "signature"), CALLED)
def test_what_is_called_takes_what_it_is_given(owner: type, name: str, signature: str) -> None:
    parameters = inspect.signature(getattr(owner, name)).parameters.values()
    stars: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    assert f"({', '.join(stars.get(each.kind, '') + each.name for each in parameters)})" == signature


@pytest.fixture
async def unstarted() -> AsyncIterator[tuple[faust.App, BatchConsumer]]:
    app = faust_app(Settings(kafka="127.0.0.1:1"))
    app.finalize()
    consumer = app._new_consumer()
    yield app, consumer
    consumer._thread.thread_loop.close()


async def test_the_attributes_of_a_consumer_are_there(unstarted: tuple[faust.App, BatchConsumer]) -> None:
    app, consumer = unstarted
    assert type(consumer) is BatchConsumer
    assert [name for name in INSTANCE if not hasattr(consumer, name)] == []
    assert consumer.consumer_stopped_errors
    assert isinstance(app.consumer_generation_id, int)


async def test_a_consumer_of_aiokafka_has_what_is_set() -> None:
    consumer = aiokafka.AIOKafkaConsumer(
        bootstrap_servers="127.0.0.1:1", fetch_max_wait_ms=77, isolation_level="read_committed"
    )
    try:
        assert consumer._fetch_max_wait_ms == 77
        assert consumer._isolation_level == "read_committed"
    finally:
        await consumer.stop()


@pytest.mark.parametrize("module", [transport, fetching])
def test_the_private_names_in_use_are_those_that_are_told(module: ModuleType) -> None:
    nodes = list(ast.walk(ast.parse(Path(str(module.__file__)).read_text())))
    named = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    named |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    private = {name for name in named if name.startswith("_") and not name.startswith("__")}
    told = set(re.findall(r"`(_\w+)`", str(module.__doc__)))
    assert private - OUR_OWN == told


def test_every_exact_pin_is_what_is_installed() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    pins = [Requirement(text) for text in project["dependencies"]]
    exact = {pin.name: str(pin.specifier) for pin in pins if str(pin.specifier).startswith("==")}
    assert {"faust-streaming", "mode-streaming", "aiokafka"} <= exact.keys()
    assert exact == {name: f"=={version(name)}" for name in exact}


class Recorder:
    """Stands in for a worker: takes batches that begin at its position, and loses its state if told to."""

    def __init__(self, stored: dict[int, int] | None = None) -> None:
        self.stored = stored or {}
        self.batches: dict[int, list[Batch]] = defaultdict(list)
        self.held: dict[int, asyncio.Event] = {}
        self.loses_at: dict[int, int] = {}
        self.checks: dict[int, Verdict] = {}
        self._position: dict[int, int] = {}

    def keep_only(self, partitions: set[Partition]) -> None:
        self._position = {n: at for n, at in self._position.items() if Partition(CONTACTS, n) in partitions}

    async def acquire(self, partition: Partition, ask: Ask) -> int:
        earliest = (await ask(partition, 0)).earliest
        at = self._position[partition.number] = self.stored.get(partition.number, earliest)
        return at

    async def require_partition_count(self, topic: str, partitions: int) -> None:
        assert (topic, partitions) == (CONTACTS, PARTITIONS)

    def positions(self) -> dict[Partition, int]:
        return {Partition(CONTACTS, number): at for number, at in self._position.items()}

    async def verify(self) -> None:
        pass

    async def sweep(self) -> None:
        pass

    async def check(self, partition: Partition) -> Verdict:
        return self.checks.pop(partition.number, Verdict.APPLIED)

    async def process(self, batch: Batch) -> Verdict:
        number = batch.partition.number
        if number in self.held:
            await self.held[number].wait()
        assert batch.is_accounted
        if batch.from_offset != self._position.get(number):
            return Verdict.REPEAT
        if batch.from_offset > self.loses_at.get(number, batch.from_offset):
            del self._position[number], self.loses_at[number], self.batches[number]
            return Verdict.ELSEWHERE
        self.batches[number].append(batch)
        self._position[number] = batch.next_offset
        return Verdict.APPLIED

    def has_read(self, ends: dict[int, int]) -> bool:
        """Whether it has come to these positions."""
        return self._position == ends

    def values(self, number: int) -> list[bytes | None]:
        return [record.value for batch in self.batches[number] for record in batch.records]

    def offsets(self, number: int) -> list[int]:
        return [record.offset for batch in self.batches[number] for record in batch.records]


def as_worker(stand_in: object) -> Worker:
    """A worker of which each part is one object."""
    parts = SimpleNamespace(ownership=stand_in, processor=stand_in, upkeep=stand_in)
    return cast(Worker, parts)


@pytest.fixture
def group() -> str:
    return f"contract-{uuid.uuid4().hex[:8]}"


@asynccontextmanager
async def consuming(pantau: Pantau, group: str, recorder: Recorder) -> AsyncIterator[faust.App]:
    settings = Settings(kafka=pantau.kafka, group=group, session_seconds=SESSION_SECONDS, batch_records=200)
    app = faust_app(settings)
    attach(app, as_worker(recorder), [CONTACTS])
    app.finalize()
    async with running(app):
        try:
            yield app
        finally:
            for hold in recorder.held.values():
                hold.set()


@asynccontextmanager
async def running(app: faust.App) -> AsyncIterator[None]:
    await app.start()
    try:
        yield
    finally:
        async with asyncio.timeout(20):
            await app.stop()


async def happens(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)


async def sent(pantau: Pantau, count: int, *, first: int = 0) -> dict[int, list[bytes]]:
    """Send numbered records; the values that each partition took, in the order of their offsets."""
    values = [b"%d" % number for number in range(first, first + count)]
    places = await asyncio.to_thread(send, pantau.kafka, [(CONTACTS, b"key-" + v, v) for v in values])
    taken: dict[int, list[bytes]] = defaultdict(list)
    for place, value in zip(places, values, strict=True):
        taken[place.partition].append(value)
    assert len(taken) == PARTITIONS
    return taken


def ends(taken: dict[int, list[bytes]]) -> dict[int, int]:
    """The position after all that each partition took."""
    return {number: len(values) for number, values in taken.items()}


def in_topic(positions: dict[int, int]) -> dict[tuple[str, int], int]:
    return {(CONTACTS, number): at for number, at in positions.items()}


async def test_batches_are_contiguous_in_order_and_begin_at_the_stored_position(
    pantau: Pantau, group: str
) -> None:
    taken = await sent(pantau, 600)
    recorder = Recorder({0: 5, 1: 17, 2: len(taken[2])})
    async with consuming(pantau, group, recorder):
        await happens(lambda: recorder.has_read(ends(taken)))
        for number, more in (await sent(pantau, 600, first=600)).items():
            taken[number] += more
        await happens(lambda: recorder.has_read(ends(taken)))
    for number, values in taken.items():
        first = recorder.stored.get(number, 0)
        assert recorder.values(number) == values[first:]
        assert recorder.offsets(number) == list(range(first, len(values)))
        assert_joined(recorder.batches[number], first=first)
    assert await asyncio.to_thread(committed, pantau.kafka, group=group) == in_topic(ends(taken))


def assert_joined(batches: list[Batch], *, first: int) -> None:
    """Each batch begins where the one before ended."""
    for batch in batches:
        assert batch.from_offset == first
        first = batch.next_offset


async def test_a_commit_waits_until_the_batch_is_done(pantau: Pantau, group: str) -> None:
    everywhere = ends(await sent(pantau, 200))
    recorder = Recorder()
    recorder.held[1] = asyncio.Event()
    async with consuming(pantau, group, recorder):
        await commits(pantau, group, {number: end for number, end in everywhere.items() if number != 1})
        recorder.held[1].set()
        await commits(pantau, group, everywhere)


async def commits(pantau: Pantau, group: str, expected: dict[int, int]) -> None:
    """Wait for exactly these commits, and for none that is not among them."""
    found: dict[tuple[str, int], int] = {}
    async with asyncio.timeout(20):
        while found != in_topic(expected):
            found = await asyncio.to_thread(committed, pantau.kafka, group=group)
            assert found.keys() <= in_topic(expected).keys()


async def test_a_partition_whose_state_is_elsewhere_is_read_again_from_there(
    pantau: Pantau, group: str
) -> None:
    await asyncio.to_thread(publish, pantau.kafka, numbered(range(_MANY)))
    recorder = Recorder({0: 7})
    recorder.loses_at = {0: 600, 1: 1_200, 2: 1_800, 3: 2_400}
    async with consuming(pantau, group, recorder):
        await happens(lambda: not recorder.loses_at)
        await happens(lambda: sum(recorder._position.values()) == _MANY, seconds=8)
    for number in range(PARTITIONS):
        first = recorder.stored.get(number, 0)
        assert recorder.offsets(number) == list(range(first, recorder._position[number]))
        assert_joined(recorder.batches[number], first=first)


async def test_a_quiet_partition_whose_state_is_elsewhere_is_read_again_too(
    pantau: Pantau, group: str
) -> None:
    taken = await sent(pantau, 200)
    recorder = Recorder()
    async with consuming(pantau, group, recorder):
        await happens(lambda: recorder.has_read(ends(taken)))
        recorder.checks[1] = Verdict.ELSEWHERE
        await happens(lambda: len(recorder.values(1)) == 2 * len(taken[1]), seconds=8)
        assert recorder.has_read(ends(taken))
    assert {n: recorder.values(n) for n in (0, 2, 3)} == {n: taken[n] for n in (0, 2, 3)}


async def test_what_was_fetched_before_a_seek_is_not_taken_for_what_follows_it(
    unstarted: tuple[faust.App, BatchConsumer],
) -> None:
    app, consumer = unstarted
    lost, other = TP(CONTACTS, 1), TP(CONTACTS, 0)
    delivered: list[Batch] = []

    async def busy(message: Any) -> None:
        delivered.append(message.value)
        if message.value.partition.number == other.partition:
            await consumer.seek_stored({lost})

    async def begin_anew(partitions: set[Partition], _: Ask) -> dict[Partition, int]:
        return dict.fromkeys(partitions, 0)

    consumer.callback, app.transport.acquire = busy, begin_anew
    consumer.seek_wait = AsyncMock()
    consumer._next_offset = {other: 0, lost: 500}
    await consumer._deliver({other: span(other, first=0), lost: span(lost, first=500)})
    assert [batch.partition.number for batch in delivered] == [0]
    assert consumer.seek_wait.await_args_list[-1].args == ({lost: 0},)


def span(tp: TP, *, first: int) -> Span:
    return Span(first, first + 10, fetched(tp, first=first), 0)


def fetched(tp: TP, *, first: int) -> list[Any]:
    """Ten records as the Kafka client gives them."""
    return [
        ConsumerRecord(
            topic=tp.topic,
            partition=tp.partition,
            offset=offset,
            timestamp=0,
            timestamp_type=0,
            key=b"key",
            value=b"value",
            checksum=None,
            serialized_key_size=3,
            serialized_value_size=5,
            headers=(),
        )
        for offset in range(first, first + 10)
    ]


def numbered(numbers: range) -> list[SimulatedEvent]:
    return [SimulatedEvent(CONTACTS, f"key-{n}", 0, b"%d" % n) for n in numbers]


class Owner:
    """Stands in for an ownership that still holds a partition which the group has taken away."""

    asked = 0

    def positions(self) -> dict[Partition, int]:
        self.asked += 1
        return {Partition(CONTACTS, PARTITIONS): 0}


async def test_the_lag_of_a_partition_that_was_taken_away_crashes_nothing(
    embedded: Pantau, group: str
) -> None:
    owner = Owner()
    app = faust_app(Settings(kafka=embedded.kafka, group=group, session_seconds=3))
    attach(app, as_worker(Recorder()), [CONTACTS])
    watchdog = Watchdog(
        Access(embedded.kafka),
        as_worker(owner),
        Membership(AsyncMock()),
        limit_seconds=60,
        stopping=lambda: False,
    )
    _measure_lag(app, as_worker(owner), PrometheusProbe(), watchdog)
    app.finalize()
    async with running(app):
        await happens(lambda: owner.asked > 1 or app.crashed)
        assert not app.crashed


async def test_a_worker_makes_no_folder(
    embedded: Pantau, group: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("empty")
    monkeypatch.chdir(folder)
    async with consuming(embedded, group, Recorder()) as app:
        assert not app.conf.datadir.exists()
    assert list(folder.iterdir()) == []


async def test_dead_letters_are_safe_once_sent(pantau: Pantau, group: str) -> None:
    async with consuming(pantau, group, Recorder()) as app:
        letters = [DeadLetter(Partition(CONTACTS, 1), at, RejectReason.JSON, "why", 3) for at in range(3)]
        await KafkaDeadLetters(app).send(letters)
        consumer = aiokafka.AIOKafkaConsumer(
            DEAD_LETTERS, bootstrap_servers=pantau.kafka, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            read = [await consumer.getone() for _ in letters]
        finally:
            await consumer.stop()
    assert sorted(record.key for record in read) == [b"pantau.contacts:1:%d" % at for at in range(3)]
