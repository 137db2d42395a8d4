"""What Kafka's ACLs let our login do, and errors that name what is missing; see docs/security.md."""

import logging
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError

from stream.access import Access
from stream.broker.connection import arguments
from stream.broker.fetching import fetched_spans
from stream.errors import BrokerRefused, BrokerUnavailable

_TRIAL_MS, _ANSWER_MS = 300, 20
_LOGGERS = ("aiokafka.cluster", "aiokafka.consumer.fetcher")


async def require_reading(kafka: Access, group: str, topics: Iterable[str]) -> None:
    """Raise `BrokerRefused` where a worker may not read `topics`, which exist, or not in its group.

    Where Kafka is away, or does not refuse at once, nothing is raised: the worker finds out later.
    """
    if kafka.login is None and kafka.tls is None:
        return  # there is no login to have rights
    await _try_group(kafka, group)
    await _try_topics(kafka, [TopicPartition(topic, 0) for topic in topics])


async def _try_group(kafka: Access, group: str) -> None:
    admin = AIOKafkaAdminClient(**arguments(kafka))
    try:
        await admin.start()
        await admin.find_coordinator(group)
    except GroupAuthorizationFailedError:
        raise forbidden(kafka, f"read group {group}") from None
    except (KafkaError, OSError):
        pass
    finally:
        await admin.close()


async def _try_topics(kafka: Access, partitions: list[TopicPartition]) -> None:
    consumer = AIOKafkaConsumer(
        **arguments(kafka),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=_ANSWER_MS,
    )
    found: list[Exception | None] = []
    with unsaid():
        try:
            await consumer.start()
            consumer.assign(partitions)
            spans = await fetched_spans(consumer, {*partitions}, most=1, seconds=_TRIAL_MS / 1000)
            found = [span.failure for span in spans.values()]
        except TopicAuthorizationFailedError as failure:
            found = [failure]
        except (KafkaError, OSError):
            pass
        finally:
            await consumer.stop()
    for denied in found:
        if isinstance(denied, TopicAuthorizationFailedError):
            raise forbidden(kafka, f"read {named(denied)}")


def require_seen(kafka: Access, wanted: Collection[str], seen: Collection[str]) -> None:
    """Raise `BrokerRefused` where Kafka does not show us a topic that is wanted."""
    hidden = sorted({*wanted} - {*seen})
    if hidden:
        raise forbidden(kafka, f"see {', '.join(hidden)}, or does not have it")


def forbidden(kafka: Access, what: str) -> BrokerRefused:
    """The error that our login may not do `what`, which names the topic or group."""
    who = "us" if kafka.login is None else repr(kafka.login.user)
    return BrokerRefused(
        f"Kafka at {kafka.address} does not let {who} {what}; give it the rights that docs/security.md lists"
    )


def unseen(topic: str) -> BrokerUnavailable:
    """The error that Kafka shows us no topic of that name."""
    return BrokerUnavailable(
        f"topic {topic} does not exist, or our login may not see it; create it with "
        "`pantau topics --create`, or give the rights that docs/security.md lists"
    )


def named(failure: TopicAuthorizationFailedError) -> str:
    """The topics that a refusal names; aiokafka gives one, or a set of them."""
    names = [name for given in failure.args for name in ([given] if isinstance(given, str) else given)]
    return ", ".join(sorted(names))


@contextmanager
def unsaid() -> Iterator[None]:
    """Keep aiokafka's repeated lines about refusals out of the log: we raise one error."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addFilter(_is_no_refusal)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(_is_no_refusal)


def _is_no_refusal(record: logging.LogRecord) -> bool:
    return "authorized" not in str(record.msg)
