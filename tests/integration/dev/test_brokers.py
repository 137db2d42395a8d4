"""Both brokers do what the worker leans on: partitions, order, groups, and commits that hold."""

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiokafka
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from support.kafka import ApacheKafka
from support.processes import is_alive
from support.records import fresh_topics

from stream.access import Access
from stream.broker import topics
from stream.dev.broker import EmbeddedBroker, broker_answers
from stream.dev.ports import free_port, is_listening
from stream.domain.fold import Retention

_PARTITIONS = 4
_RECORDS = 200


@pytest.fixture
def topic() -> str:
    return f"events-{uuid.uuid4().hex[:8]}"


async def create(address: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=_PARTITIONS, replication_factor=1)])
    finally:
        await admin.close()


async def produce(address: str, topic: str, *, first: int = 0) -> None:
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=address)
    await producer.start()
    try:
        for number in range(first, first + _RECORDS):
            await producer.send(topic, key=b"contact-%d" % (number % 17), value=b"%d" % number)
    finally:
        await producer.stop()


@asynccontextmanager
async def member(address: str, topic: str) -> AsyncIterator[Any]:
    consumer = aiokafka.AIOKafkaConsumer(
        topic,
        bootstrap_servers=address,
        group_id=f"{topic}-group",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=6_000,
        fetch_max_wait_ms=20,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def read(consumer: Any, *, into: list[Any], until: int) -> None:
    while len(into) < until:
        for records in (await consumer.getmany(timeout_ms=100)).values():
            into.extend(records)


async def test_a_topic_has_the_partitions_asked_for(kafka_protocol_address: str, topic: str) -> None:
    await create(kafka_protocol_address, topic)
    async with member(kafka_protocol_address, topic) as consumer:
        assert consumer.partitions_for_topic(topic) == set(range(_PARTITIONS))


async def test_a_group_shares_the_partitions_and_reads_each_record_once(
    kafka_protocol_address: str, topic: str
) -> None:
    await create(kafka_protocol_address, topic)
    async with member(kafka_protocol_address, topic) as one, member(kafka_protocol_address, topic) as other:
        await shared(one, other)
        await produce(kafka_protocol_address, topic)
        records: list[Any] = []
        await asyncio.gather(*(read(each, into=records, until=_RECORDS) for each in (one, other)))
    assert Counter(int(record.value) for record in records) == Counter(range(_RECORDS))


async def shared(one: Any, other: Any) -> None:
    while not (len(one.assignment()) == len(other.assignment()) == _PARTITIONS / 2):
        await one.getmany(timeout_ms=50)
        await other.getmany(timeout_ms=50)


async def test_the_records_of_a_key_keep_their_order(kafka_protocol_address: str, topic: str) -> None:
    await create(kafka_protocol_address, topic)
    await produce(kafka_protocol_address, topic)
    records: list[Any] = []
    async with member(kafka_protocol_address, topic) as consumer:
        await read(consumer, into=records, until=_RECORDS)
    for key in {record.key for record in records}:
        numbers = [int(record.value) for record in records if record.key == key]
        assert numbers == sorted(numbers)


async def test_the_next_member_goes_on_after_what_was_committed(
    kafka_protocol_address: str, topic: str
) -> None:
    await create(kafka_protocol_address, topic)
    await produce(kafka_protocol_address, topic)
    before: list[Any] = []
    async with member(kafka_protocol_address, topic) as consumer:
        await read(consumer, into=before, until=_RECORDS)
        await consumer.commit()
    await produce(kafka_protocol_address, topic, first=_RECORDS)
    after: list[Any] = []
    async with member(kafka_protocol_address, topic) as consumer:
        await read(consumer, into=after, until=_RECORDS)
    assert {int(record.value) for record in after} == set(range(_RECORDS, 2 * _RECORDS))


async def test_a_topic_nobody_created_does_not_appear_on_apache_kafka(kafka_address: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_address)
    await admin.start()
    try:
        await admin.describe_topics([topic])
        assert topic not in await admin.list_topics()
    finally:
        await admin.close()


async def test_the_topic_of_dead_letters_is_bounded_on_apache_kafka(kafka_address: str) -> None:
    await topics.create(Access(kafka_address), partitions=4)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_address)
    await admin.start()
    try:
        (answer,) = await admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, topics.DEAD_LETTERS)]
        )
    finally:
        await admin.close()
    found = {name: value for name, value, *_ in answer.resources[0][4]}
    assert int(found["segment.bytes"]) < int(found["retention.bytes"]) == 16 << 20
    assert int(found["retention.ms"]) == 14 * 86_400_000
    assert int(found["max.message.bytes"]) == 64 << 10


async def test_what_workers_fold_is_kept_for_its_retention_and_a_day(kafka_protocol_address: str) -> None:
    await asyncio.to_thread(fresh_topics, kafka_protocol_address)
    kept_ms = Retention().longest_ms + 86_400_000
    assert await topics.kept_ms(Access(kafka_protocol_address)) == dict.fromkeys(topics.FOLDED, kept_ms)


async def test_an_embedded_broker_can_be_started_inside_an_event_loop(tmp_path: Path) -> None:
    with EmbeddedBroker(folder=tmp_path, port=free_port()) as broker:
        assert broker_answers(broker.port)
    assert not broker_answers(broker.port)


@pytest.fixture
def own_kafka(kafka_address: str) -> Iterator[ApacheKafka]:
    assert kafka_address, "skipped with its reason where Apache Kafka cannot run"
    with TemporaryDirectory() as folder, ApacheKafka(folder=Path(folder), port=free_port()) as kafka:
        yield kafka
    assert not Path(folder).exists()


async def test_apache_kafka_keeps_its_records_through_a_crash(own_kafka: ApacheKafka, topic: str) -> None:
    await create(own_kafka.address, topic)
    await produce(own_kafka.address, topic)
    pid = own_kafka.pid
    own_kafka.kill()
    assert not is_alive(pid)
    assert not is_listening(own_kafka.port)
    own_kafka.start()
    records: list[Any] = []
    async with member(own_kafka.address, topic) as consumer:
        await read(consumer, into=records, until=_RECORDS)
    assert {int(record.value) for record in records} == set(range(_RECORDS))
