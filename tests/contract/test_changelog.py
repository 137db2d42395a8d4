"""The changelog of what is long open, on each broker: what is written is read back equal, and no more."""

import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from support.records import PARTITIONS, fresh_topics, no_topics

from stream.access import Access
from stream.broker import topics
from stream.broker.changelog import Changelog
from stream.broker.topics import AGENTS, CHANGELOGS, CONTACTS
from stream.errors import BrokerRefused
from stream.store.partition import Partition

ONE, OTHER = Partition(CONTACTS, 0), Partition(CONTACTS, 1)


@pytest.fixture
async def kafka(kafka_protocol_address: str) -> Access:
    await asyncio.to_thread(fresh_topics, kafka_protocol_address)
    return Access(kafka_protocol_address)


async def test_what_was_written_is_read_by_its_partition(kafka: Access) -> None:
    changelog = Changelog(kafka)
    entries = {f"c\tc{n}\t/acd\t{n}": f'{{"n": {n}}}'.encode() for n in range(700)}
    async with changelog.writing() as to:
        for key, value in entries.items():
            await to.put(ONE, key, value)
        await to.put(Partition(AGENTS, 0), "a\ta1\t/acd\t1", b"{}")
    assert await changelog.read(ONE) == entries
    assert await changelog.read(OTHER) == {}


async def test_the_latest_of_a_key_counts_and_a_tombstone_removes_it(kafka: Access) -> None:
    changelog = Changelog(kafka)
    for values in ((b"1", b"2", b"3"), (b"4", None, b"5"), (None, b"6", b"7")):
        async with changelog.writing() as to:
            for key, value in zip("abc", values, strict=True):
                await to.put(ONE, key, value)
    assert await changelog.read(ONE) == {"b": b"6", "c": b"7"}


async def test_an_empty_one_is_read_as_empty(kafka: Access) -> None:
    assert await Changelog(kafka).read(ONE) == {}


async def test_one_that_does_not_exist_is_refused_with_what_to_do(kafka_protocol_address: str) -> None:
    await asyncio.to_thread(no_topics, kafka_protocol_address)
    with pytest.raises(BrokerRefused, match=r"\.open does not exist, .* `pantau topics --create`"):
        await Changelog(Access(kafka_protocol_address)).read(ONE)


async def test_a_partition_that_it_lacks_is_refused_with_what_to_do(kafka: Access) -> None:
    with pytest.raises(BrokerRefused, match=f"has {PARTITIONS} partitions and pantau.contacts has more"):
        await Changelog(kafka).read(Partition(CONTACTS, PARTITIONS))


async def test_it_is_created_compacted_with_as_many_partitions_as_its_topic(kafka_address: str) -> None:
    await asyncio.to_thread(no_topics, kafka_address)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_address)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(CONTACTS, 6, 1), NewTopic(AGENTS, 2, 1)])
        while {state.partitions for state in await topics.states(Access(kafka_address))} != {6, 2, 0}:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.1)
        found = await topics.create(Access(kafka_address), partitions=3)
        (answer,) = await admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, CHANGELOGS[CONTACTS])]
        )
    finally:
        await admin.close()
    of_contacts, of_agents = ({topic: n, CHANGELOGS[topic]: n} for topic, n in ((CONTACTS, 6), (AGENTS, 2)))
    assert dict(found) == {**dict.fromkeys(topics.ALL, 3), **of_contacts, **of_agents}
    assert {name: value for name, value, *_ in answer.resources[0][4]}["cleanup.policy"] == "compact"
