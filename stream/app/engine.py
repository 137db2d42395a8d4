"""The Faust app: one agent for each topic, batches in, nothing out but dead letters."""

import json
import logging
from collections.abc import Sequence
from typing import Any

import faust

from stream.app.lanes import Lanes
from stream.app.transport import BatchTransport
from stream.broker.topics import DEAD_LETTERS
from stream.settings import Settings
from stream.store.base import Partition
from stream.worker.processor import Processor
from stream.worker.record import Batch, DeadLetter

log = logging.getLogger("pantau.engine")
_CHECK_SECONDS = 2.0


class BatchSchema(faust.Schema):
    """Passes a batch through as it is."""

    def loads_key(self, _: Any, message: Any, **__: Any) -> Any:
        """No key: a batch has many."""
        return message.key

    def loads_value(self, _: Any, message: Any, **__: Any) -> Any:
        """The batch."""
        return message.value


class KafkaDeadLetters:
    """Reports refused records on `pantau.dead-letters`. See `DeadLetters`."""

    def __init__(self, app: faust.App) -> None:
        self._app = app

    async def send(self, letters: list[DeadLetter]) -> None:
        """See `DeadLetters`."""
        producer = self._app.producer
        for letter in letters[:-1]:
            await producer.send(DEAD_LETTERS, _key(letter), _value(letter), None, None, None)
        await producer.send_and_wait(DEAD_LETTERS, _key(letters[-1]), _value(letters[-1]), None, None, None)
        await producer.flush()


def _key(letter: DeadLetter) -> bytes:
    return f"{letter.partition.topic}:{letter.partition.number}:{letter.offset}".encode()


def _value(letter: DeadLetter) -> bytes:
    document = {
        "topic": letter.partition.topic,
        "partition": letter.partition.number,
        "offset": letter.offset,
        "reason": letter.reason,
        "detail": letter.detail,
        "size_bytes": letter.size_bytes,
    }
    return json.dumps(document).encode()


class _App(faust.App):
    """Faust's app without its folders: with no tables it keeps nothing in them."""

    def _create_directories(self) -> None:
        pass


def faust_app(settings: Settings) -> faust.App:
    """A Faust app without agents yet."""
    app = _App(
        settings.group,
        broker=[f"kafka://{address}" for address in settings.kafka.split(",")],
        autodiscover=False,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        stream_wait_empty=True,
        stream_buffer_maxsize=8,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=2 << 20,
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
    return app


def attach(app: faust.App, processor: Processor, topics: Sequence[str]) -> None:
    """Give the app one agent for each topic, and its partitions their positions from the store."""

    async def acquire(earliest: dict[Partition, int]) -> dict[Partition, int]:
        processor.keep_only({Partition(tp.topic, tp.partition) for tp in app.consumer.assignment()})
        for topic in sorted({partition.topic for partition in earliest}):
            if partitions := app.consumer.topic_partitions(topic):  # None before the topic is known
                await processor.hold_to(topic, partitions=partitions)
        return {
            partition: await processor.acquire(partition, earliest=offset)
            for partition, offset in earliest.items()
        }

    app.transport.acquire = acquire
    lanes = {topic: Lanes(app, processor) for topic in topics}
    for topic in topics:
        channel = app.topic(topic, schema=BatchSchema(), value_type=None)
        app.agent(channel, name=f"fold-{topic}", concurrency=1)(_folding(lanes[topic]))

    @app.timer(interval=_CHECK_SECONDS)
    async def check() -> None:
        for partition in processor.positions():
            lanes[partition.topic].check(partition)


def _folding(lanes: Lanes) -> Any:
    async def fold(batches: faust.Stream[Batch]) -> None:
        async for event in batches.noack().events():
            await lanes.put(event)

    return fold
