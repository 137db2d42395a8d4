"""Reads given partitions, in no group and without committing."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError, OffsetOutOfRangeError, TopicAuthorizationFailedError
from aiokafka.structs import TopicPartition

from stream.access import Access
from stream.broker.connection import arguments, connecting
from stream.broker.fetching import Span, fetched_spans
from stream.broker.rights import forbidden, named, unsaid
from stream.errors import BrokerUnavailable, said

_POLL_MS, _AT_ONCE = 500, 500

#: Takes how many records have been read so far, and of how many.
Advance = Callable[[int, int], None]


@asynccontextmanager
async def reader(kafka: Access, failed: str, **how: Any) -> AsyncIterator[Any]:
    """A consumer made with the arguments `how`, for `fetched`; leaving the context stops it.

    Raises `BrokerUnavailable` while it connects and for what fails inside. That one says that Kafka
    `failed`, or what our login may not read.
    """
    consumer = AIOKafkaConsumer(**arguments(kafka), enable_auto_commit=False, auto_offset_reset="none", **how)
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


async def fetched(
    consumer: AIOKafkaConsumer, wanted: Collection[TopicPartition], *, most: int, timeout_ms: int
) -> Mapping[TopicPartition, Span]:
    """What has been fetched of the `wanted` partitions, from their positions on.

    Raises `BrokerUnavailable` for what cannot be read or is gone, once everything before it was returned.
    """
    spans = await fetched_spans(consumer, {*wanted}, most=most, seconds=timeout_ms / 1000)
    for tp, span in spans.items():
        if span.failure is not None and span.first == span.end:
            at = await consumer.position(tp)
            raise _failed(f"{tp.topic}:{tp.partition}:{at}", span.failure)
    return spans


async def whole(
    consumer: Any, places: Sequence[TopicPartition], advance: Advance = lambda _, __: None
) -> AsyncIterator[Any]:
    """Every record of some partitions, in the order of each, up to its end at the start."""
    first = await consumer.beginning_offsets(places)
    consumer.assign(places)
    ends = {place: await end_of(consumer, place, first[place]) for place in places}
    for place in places:
        consumer.seek(place, first[place])
    total = sum(ends[place] - first[place] for place in places)
    read = dict.fromkeys(places, 0)
    while todo := [place for place in places if first[place] + read[place] < ends[place]]:
        for place, span in (await fetched(consumer, todo, most=_AT_ONCE, timeout_ms=_POLL_MS)).items():
            for record in span.records:
                if record.offset < ends[place]:
                    yield record
            read[place] = span.end - first[place]
        advance(min(sum(read.values()), total), total)


async def end_of(consumer: Any, place: Any, first: int) -> int:
    """The end of an assigned partition. A broker may report too early an end until it is read from."""
    end: int = (await consumer.end_offsets([place]))[place]
    if end > first:
        consumer.seek(place, end - 1)
        while consumer.highwater(place) is None:
            await fetched(consumer, [place], most=1, timeout_ms=_POLL_MS)
    return max(end, consumer.highwater(place) or 0)


def _failed(place: str, failure: Exception) -> Exception:
    if isinstance(failure, TopicAuthorizationFailedError):
        return cast(Exception, failure)
    if isinstance(failure, OffsetOutOfRangeError):
        return BrokerUnavailable(f"Kafka has deleted {place} while it was read; run this again")
    return BrokerUnavailable(
        f"what lies at {place} cannot be read ({said(failure)}); it is damaged or packed in a way unknown to "
        "this client: have it mended, or delete the records up to behind it with kafka-delete-records.sh"
    )
