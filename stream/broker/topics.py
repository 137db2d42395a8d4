"""The topics that Pantau reads and writes."""

from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream.access import Access
from stream.broker.connection import arguments, connecting
from stream.errors import BrokerUnavailable

CONTACTS = "pantau.contacts"
AGENTS = "pantau.agents"
DEAD_LETTERS = "pantau.dead-letters"
#: What a worker folds today; tickets and feedback have their names reserved.
FOLDED = (CONTACTS, AGENTS)
ALL = (CONTACTS, AGENTS, "pantau.tickets", "pantau.feedback", DEAD_LETTERS)

#: A record's time is the broker's, so a source with a wrong clock cannot make its events look plausible.
_CONFIG = {"message.timestamp.type": "LogAppendTime"}
#: Letters are kept for two weeks, and about 60,000 in a partition, whatever a source sends. Kafka drops
#: whole segments only, so these are small.
_LETTERS_CONFIG = {
    **_CONFIG,
    "cleanup.policy": "delete",
    "retention.ms": str(14 * 86_400_000),
    "retention.bytes": str(16 << 20),
    "segment.bytes": str(4 << 20),
    "max.message.bytes": str(64 << 10),
}


class TopicState(NamedTuple):
    """A topic and its number of partitions, 0 when it does not exist."""

    name: str
    partitions: int


async def states(kafka: Access) -> list[TopicState]:
    """The state of every topic of ours. Raises `BrokerUnavailable`."""
    async with _admin(kafka) as admin:
        found = {
            topic["topic"]: len(topic["partitions"])
            for topic in await admin.describe_topics()
            if topic["error_code"] == 0
        }
    return [TopicState(name, found.get(name, 0)) for name in ALL]


async def create(kafka: Access, *, partitions: int, replication: int = 1) -> list[TopicState]:
    """Create the topics that do not exist; return the state of all. Raises `BrokerUnavailable`."""
    missing = [state.name for state in await states(kafka) if not state.partitions]
    if missing:
        async with _admin(kafka) as admin:
            await admin.create_topics(
                [NewTopic(name, partitions, replication, topic_configs=_config(name)) for name in missing]
            )
    return await states(kafka)


def _config(name: str) -> dict[str, str]:
    return _LETTERS_CONFIG if name == DEAD_LETTERS else _CONFIG


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
