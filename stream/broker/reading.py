"""A reader of partitions that it is given: it has no group and commits nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError

from stream.access import Access
from stream.broker.connection import arguments, connecting
from stream.broker.rights import forbidden, named, unsaid
from stream.errors import BrokerUnavailable


@asynccontextmanager
async def reader(kafka: Access, failed: str, **how: Any) -> AsyncIterator[Any]:
    """A consumer made as `how` says; leaving it stops it.

    Raises `BrokerUnavailable` while it connects, and for what fails inside: that says that Kafka `failed`,
    or what our login may not read.
    """
    consumer = AIOKafkaConsumer(**arguments(kafka), enable_auto_commit=False, **how)
    try:
        with connecting(kafka):
            await consumer.start()
        with unsaid():
            yield consumer
    except TopicAuthorizationFailedError as failure:
        raise forbidden(kafka, f"read {named(failure)}") from None
    except (KafkaError, OSError) as failure:
        raise BrokerUnavailable(
            f"Kafka {failed} at {kafka.address}: {failure}; start it or set PANTAU_KAFKA"
        ) from None
    finally:
        await consumer.stop()
