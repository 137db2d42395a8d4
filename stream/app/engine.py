"""The Faust app: one agent for each topic. Batches come in; only dead letters go out."""

import json
import logging
from collections.abc import Sequence
from typing import Any

import faust

from stream import __version__
from stream.access import Access
from stream.app.ending import end
from stream.app.partition_queues import PartitionQueues
from stream.app.transport import BatchTransport
from stream.broker.topics import DEAD_LETTERS
from stream.clock import now_ms
from stream.domain.instant import instant_text
from stream.errors import PartitionsChanged
from stream.settings import Settings
from stream.store.partition import Partition
from stream.worker.record import Batch, DeadLetter
from stream.worker.recovery import Ask
from stream.worker.worker import Worker

log = logging.getLogger("pantau.engine")
_CHECK_SECONDS = 2.0
_LONGEST_DETAIL = 300
#: How old topic metadata may be: once a topic has more partitions, keys lie elsewhere, and workers must stop.
_METADATA_MS = 5_000
_SWEEP_SECONDS = 5.0
_VERIFY_SECONDS = 15.0


class BatchSchema(faust.Schema):
    """Passes a batch through as it is."""

    def loads_key(self, _: Any, message: Any, **__: Any) -> Any:
        """No key: a batch has many."""
        return message.key

    def loads_value(self, _: Any, message: Any, **__: Any) -> Any:
        """The batch."""
        return message.value


class KafkaDeadLetters:
    """Reports refused records on `pantau.dead-letters`."""

    def __init__(self, app: faust.App) -> None:
        self._app = app

    async def send(self, dead_letters: list[DeadLetter]) -> None:
        """See `DeadLetters`."""
        producer, seen_ms = self._app.producer, now_ms()
        for letter in dead_letters[:-1]:
            await producer.send(DEAD_LETTERS, _key(letter), _value(letter, seen_ms), None, None, None)
        last = dead_letters[-1]
        await producer.send_and_wait(DEAD_LETTERS, _key(last), _value(last, seen_ms), None, None, None)
        await producer.flush()


def _key(letter: DeadLetter) -> bytes:
    return f"{letter.partition.topic}:{letter.partition.number}:{letter.offset}".encode()


def _value(letter: DeadLetter, seen_ms: int) -> bytes:
    document = {
        "topic": letter.partition.topic,
        "partition": letter.partition.number,
        "offset": letter.offset,
        "reason": letter.reason,
        "detail": letter.detail[:_LONGEST_DETAIL],
        "size_bytes": letter.size_bytes,
        "first_seen": instant_text(seen_ms),
        "schema_version": __version__,
    }
    return json.dumps(document).encode()


class _App(faust.App):
    """Faust's app without its folders, which only tables would use."""

    def _create_directories(self) -> None:
        pass


def _credentials(kafka: Access) -> Any:
    """The login and the certificates, as Faust's clients take them."""
    context = None if kafka.tls is None else kafka.tls.context()
    if kafka.login is not None:
        return faust.SASLCredentials(
            username=kafka.login.user,
            password=kafka.login.password,
            mechanism=kafka.login.mechanism,
            ssl_context=context,
        )
    return None if context is None else faust.SSLCredentials(context)


def faust_app(settings: Settings) -> faust.App:
    """A Faust app without agents yet."""
    kafka = settings.kafka_access()
    app = _App(
        settings.group,
        broker=[f"kafka://{address}" for address in kafka.address.split(",")],
        broker_credentials=_credentials(kafka),
        autodiscover=False,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        stream_wait_empty=True,
        stream_buffer_maxsize=4,
        consumer_auto_offset_reset="none",  # the store alone decides where to read
        consumer_max_fetch_size=4 << 20,
        consumer_metadata_max_age_ms=_METADATA_MS,
        broker_max_poll_records=settings.batch_records,
        broker_session_timeout=settings.session_seconds,
        broker_heartbeat_interval=settings.session_seconds / 3.5,
        broker_request_timeout=max(20.0, settings.session_seconds + 5),
        broker_rebalance_timeout=20.0,
        broker_commit_interval=2.0,
    )
    app.transport = transport = BatchTransport(app.conf.broker, app, app.loop)
    transport.linger_seconds = settings.linger_ms / 1000
    transport.batch_records = settings.batch_records
    transport.kafka = kafka
    transport.horizon_ms = settings.retention().longest_ms
    return app


def attach(app: faust.App, worker: Worker, topics: Sequence[str]) -> None:
    """Give the app one agent for each topic, and have it read partitions from their stored positions."""

    async def acquire(partitions: set[Partition], ask: Ask) -> dict[Partition, int]:
        worker.ownership.keep_only({Partition(tp.topic, tp.partition) for tp in app.consumer.assignment()})
        try:
            for topic in sorted({partition.topic for partition in partitions}):
                given = 1 + max(partition.number for partition in partitions if partition.topic == topic)
                if count := app.consumer.topic_partitions(topic):  # None before the topic is known
                    await worker.ownership.require_partition_count(topic, max(count, given))
        except PartitionsChanged as failure:  # before one record more is read
            end(log, "worker_stops %s", failure)
        return {partition: await worker.ownership.acquire(partition, ask) for partition in sorted(partitions)}

    app.transport.acquire = acquire
    queues = {topic: PartitionQueues(app, worker) for topic in topics}
    for topic in topics:
        channel = app.topic(topic, schema=BatchSchema(), value_type=None)
        app.agent(channel, name=f"fold-{topic}", concurrency=1)(_folding(queues[topic]))

    @app.timer(interval=_CHECK_SECONDS)
    async def check() -> None:
        for partition in worker.ownership.positions():
            queues[partition.topic].check(partition)

    @app.timer(interval=_VERIFY_SECONDS)
    async def verify() -> None:
        await worker.upkeep.verify()

    @app.timer(interval=_SWEEP_SECONDS)
    async def sweep() -> None:
        await worker.upkeep.sweep()


def _folding(queues: PartitionQueues) -> Any:
    async def fold(batches: faust.Stream[Batch]) -> None:
        async for event in batches.noack().events():
            await queues.put(event)

    return fold
