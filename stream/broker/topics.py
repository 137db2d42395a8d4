"""The topics that Pantau reads and writes."""

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    InvalidPartitionsError,
    InvalidReplicationFactorError,
    KafkaError,
    NoError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)

from stream.access import Access
from stream.broker.connection import arguments, connecting
from stream.domain.agent.entity import AGENT
from stream.domain.contact.entity import CONTACT
from stream.domain.entities import ENTITIES
from stream.domain.fold import Retention
from stream.errors import BrokerRefused, BrokerUnavailable

CONTACTS, AGENTS = CONTACT.topic, AGENT.topic
DEAD_LETTERS = "pantau.dead-letters"
#: What a worker folds.
FOLDED = tuple(entity.topic for entity in ENTITIES)
#: Names for what is to come.
_RESERVED = ("pantau.tickets", "pantau.feedback")
#: The changelog of each folded topic: compacted, with as many partitions.
CHANGELOGS = {topic: f"{topic}.open" for topic in FOLDED}
ALL = tuple(dict.fromkeys((*FOLDED, *_RESERVED, DEAD_LETTERS, *CHANGELOGS.values())))

_DAY_MS = 86_400_000
_LOOKS, _LOOK_SECONDS = 20, 0.25
#: Answers of Kafka: the topic was created now, or before.
_THERE = {NoError.errno, TopicAlreadyExistsError.errno}
_ADVICE = {
    InvalidReplicationFactorError.errno: "give --replication of no more than there are brokers",
    InvalidPartitionsError.errno: "give other --partitions",
    TopicAuthorizationFailedError.errno: "give our login the rights that docs/security.md lists",
    ClusterAuthorizationFailedError.errno: "give our login the rights that docs/security.md lists",
}
_ANY_ADVICE = "create it as docs/deployment.md says, or change what the brokers allow"
#: Records carry the broker's time, so a source with a wrong clock cannot make its events look plausible.
_CONFIG = {"message.timestamp.type": "LogAppendTime"}
#: Dead letters are kept for two weeks, and about 60,000 in a partition, whatever a source sends. Kafka
#: deletes
#: whole segments only, so these are small.
_DEAD_LETTERS_CONFIG = {
    **_CONFIG,
    "cleanup.policy": "delete",
    "retention.ms": str(14 * _DAY_MS),
    "retention.bytes": str(16 << 20),
    "segment.bytes": str(4 << 20),
    "max.message.bytes": str(64 << 10),
}
#: A tombstone is kept for longer than it takes to read the topic.
_CHANGELOG_CONFIG = {**_CONFIG, "cleanup.policy": "compact", "delete.retention.ms": str(_DAY_MS)}


class TopicState(NamedTuple):
    """A topic and its number of partitions; 0 if it does not exist."""

    name: str
    partitions: int


async def states(kafka: Access) -> list[TopicState]:
    """The state of every topic that Pantau uses. Raises `BrokerUnavailable`."""
    async with _admin(kafka) as admin:
        found = {
            topic["topic"]: len(topic["partitions"])
            for topic in await admin.describe_topics()
            if topic["error_code"] == 0
        }
    return [TopicState(name, found.get(name, 0)) for name in ALL]


async def create(
    kafka: Access, *, partitions: int, replication: int = 1, retention: Retention | None = None
) -> list[TopicState]:
    """Create the topics that do not exist; return the state of all. Raises `BrokerUnavailable`.

    Folded topics keep their records for `retention` and a day. A changelog has as many partitions as its
    topic.
    """
    kept_ms = (retention or Retention()).longest_ms + _DAY_MS
    found = {state.name: state.partitions for state in await states(kafka)}
    missing = [name for name, count in found.items() if not count]
    if not missing:
        return await states(kafka)
    as_many = {changelog: found[topic] or partitions for topic, changelog in CHANGELOGS.items()}
    wanted = [
        NewTopic(name, as_many.get(name, partitions), replication, topic_configs=_config(name, kept_ms))
        for name in missing
    ]
    async with _admin(kafka) as admin:
        try:
            answer = await admin.create_topics(wanted)
        except (KafkaError, OSError) as failure:
            raise BrokerUnavailable(f"Kafka at {kafka.address} created no topics: {failure}") from None
    _require_created(kafka, answer.topic_errors)
    return await _all_seen(kafka)


async def _all_seen(kafka: Access) -> list[TopicState]:
    """The state of all, once the broker that answers knows the new topics, or after a while."""
    for _ in range(_LOOKS):
        found = await states(kafka)
        if all(state.partitions for state in found):
            break
        await asyncio.sleep(_LOOK_SECONDS)
    return found


def _require_created(kafka: Access, answers: Iterable[tuple[Any, ...]]) -> None:
    """Raise `BrokerRefused` with the reason where Kafka did not create a topic, unless it exists by now."""
    refused: dict[tuple[int, str], list[str]] = {}
    for name, code, *more in answers:
        if code not in _THERE:
            refused.setdefault((code, str(more[0] or "") if more else ""), []).append(name)
    if refused:
        lines = (
            f"{', '.join(names)}: {' '.join(said.split()) or for_code(code).__name__}; "
            f"{_ADVICE.get(code, _ANY_ADVICE)}"
            for (code, said), names in refused.items()
        )
        raise BrokerRefused("\n".join(f"Kafka at {kafka.address} did not create {line}" for line in lines))


async def kept_ms(kafka: Access) -> dict[str, int]:
    """For how long folded topics keep their records, in ms; without those that keep them for ever.

    Empty where the broker does not say, or our login may not ask. Raises `BrokerUnavailable`.
    """
    wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in FOLDED]
    async with _admin(kafka) as admin:
        try:
            answers = await admin.describe_configs(wanted)
        except KafkaError:
            return {}
    configs = {
        (resource[3], name): value
        for answer in answers
        for resource in answer.resources
        for name, value, *_ in resource[4]
    }
    found = {topic: int(configs.get((topic, "retention.ms"), -1)) for topic in FOLDED}
    return {topic: at_most_ms for topic, at_most_ms in found.items() if at_most_ms >= 0}


def _config(name: str, kept_ms: int) -> dict[str, str]:
    if name == DEAD_LETTERS:
        return _DEAD_LETTERS_CONFIG
    if name in CHANGELOGS.values():
        return _CHANGELOG_CONFIG
    return {**_CONFIG, "retention.ms": str(kept_ms)} if name in FOLDED else _CONFIG


class _admin:  # noqa: N801 - reads as the context it is
    def __init__(self, kafka: Access) -> None:
        self._kafka = kafka

    async def __aenter__(self) -> AIOKafkaAdminClient:
        self._client = AIOKafkaAdminClient(**arguments(self._kafka), request_timeout_ms=10_000)
        try:
            with connecting(self._kafka):
                await self._client.start()
        except BrokerUnavailable:
            await self._client.close()
            raise
        return self._client

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()
