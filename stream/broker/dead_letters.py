"""Dead letters as Kafka keeps them, the records they are about, and a sender for those records."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import groupby
from typing import Any, NamedTuple, Self

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError

from stream.access import Access
from stream.broker.connection import arguments, connecting
from stream.broker.reader import Advance, end_of, fetched, reader, whole
from stream.broker.rights import forbidden, named, unseen
from stream.broker.topics import DEAD_LETTERS, states
from stream.domain.instant import instant_ms
from stream.errors import BrokerUnavailable, PantauError, RejectReason

_POLL_MS, _AT_ONCE = 500, 500
_LARGEST_BYTES = 1_040_000  # as brokers limit a record
_FAR_RECORDS = 5_000  # a gap worth a seek: fewer records are sooner read and dropped


class Place(NamedTuple):
    """Where a refused record lies."""

    topic: str
    partition: int
    offset: int

    @classmethod
    def of(cls, text: str) -> Self:
        """Parse `TOPIC:PARTITION:OFFSET`. Raises `PantauError` for anything else."""
        topic, _, numbers = text.partition(":")
        partition, _, offset = numbers.partition(":")
        if not (topic and partition.isdecimal() and offset.isdecimal()):
            raise PantauError(f"{text!r} is no place of a record; give TOPIC:PARTITION:OFFSET")
        return cls(topic, int(partition), int(offset))

    def __str__(self) -> str:
        return f"{self.topic}:{self.partition}:{self.offset}"


class KeptDeadLetter(NamedTuple):
    """Which record was refused, why, when first and last (in ms), and by which version of the schema."""

    place: Place
    reason: RejectReason
    detail: str
    size_bytes: int
    first_seen_ms: int
    schema_version: str
    last_seen_ms: int = 0


async def read_dead_letters(
    kafka: Access, advance: Advance = lambda _, __: None
) -> dict[Place, KeptDeadLetter]:
    """Every dead letter that is kept, the first about each record, which later readings may refuse again.

    Raises `BrokerUnavailable`.
    """
    partitions = {state.name: state.partitions for state in await states(kafka)}[DEAD_LETTERS]
    if not partitions:
        raise unseen(DEAD_LETTERS)
    places = [TopicPartition(DEAD_LETTERS, number) for number in range(partitions)]
    found: dict[Place, KeptDeadLetter] = {}
    async with _reader(kafka) as consumer:
        async for record in whole(consumer, places, advance):
            letter = _dead_letter(record.value)
            if letter:
                found[letter.place] = _merged(found.get(letter.place, letter), letter)
    return found


def _merged(known: KeptDeadLetter, letter: KeptDeadLetter) -> KeptDeadLetter:
    """The earlier of two dead letters about one record, with the time of the later."""
    earlier = letter if letter.first_seen_ms < known.first_seen_ms else known
    return earlier._replace(last_seen_ms=max(known.last_seen_ms, letter.last_seen_ms))


def _dead_letter(value: bytes | None) -> KeptDeadLetter | None:
    """The dead letter in a record; None where the record is not one of ours."""
    try:
        said = json.loads(value or b"")
        if not all(str(text).isprintable() for text in said.values()):
            return None  # it is printed in terminals, where an escape sequence acts
        first_seen_ms = instant_ms(said["first_seen"])
        return KeptDeadLetter(
            Place(str(said["topic"]), int(said["partition"]), int(said["offset"])),
            RejectReason(said["reason"]),
            str(said["detail"]),
            int(said["size_bytes"]),
            first_seen_ms,
            str(said["schema_version"]),
            first_seen_ms,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


async def records_at(
    kafka: Access, places: Iterable[Place], advance: Advance = lambda _, __: None
) -> AsyncIterator[tuple[Place, Any]]:
    """The record at each place; None where Kafka no longer has it. Raises `BrokerUnavailable`."""
    ordered = sorted(places)
    done = 0
    async with _reader(kafka) as consumer:
        for (topic, number), group in groupby(ordered, key=lambda place: place[:2]):
            async for place, record in _at(consumer, TopicPartition(topic, number), list(group)):
                done += 1
                advance(done, len(ordered))
                yield place, record


async def _at(consumer: Any, partition: Any, places: Sequence[Place]) -> AsyncIterator[tuple[Place, Any]]:
    """The record at each place of one partition, in order."""
    first = (await consumer.beginning_offsets([partition]))[partition]
    consumer.assign([partition])
    end = await end_of(consumer, partition, first)
    ahead: dict[int, Any] = {}
    position = -_FAR_RECORDS
    for place in places:
        kept = first <= place.offset < end
        if kept and place.offset >= position + _FAR_RECORDS:
            consumer.seek(partition, place.offset)
            position, ahead = place.offset, {}
        while kept and position <= place.offset:
            found = await fetched(consumer, [partition], most=_AT_ONCE, timeout_ms=_POLL_MS)
            if span := found.get(partition):
                ahead, position = {record.offset: record for record in span.records}, span.end
        yield place, ahead.get(place.offset)


def _reader(kafka: Access) -> AbstractAsyncContextManager[Any]:
    return reader(kafka, "does not answer")


@asynccontextmanager
async def sender(kafka: Access) -> AsyncIterator[Callable[[Any], Any]]:
    """A function that sends a record again as it was, to the end of its own partition; leaving it flushes.

    Raises `BrokerUnavailable`. How much arrived before is not known; sending it again does no harm.
    """
    producer = AIOKafkaProducer(**arguments(kafka), acks="all", max_request_size=_LARGEST_BYTES)
    sent: deque[asyncio.Future[Any]] = deque()

    async def send(record: Any) -> None:
        sent.append(
            await producer.send(
                record.topic,
                record.value,
                key=record.key,
                partition=record.partition,
                headers=list(record.headers),
            )
        )
        while sent and sent[0].done():
            sent.popleft().result()

    try:
        with connecting(kafka):
            await producer.start()
        yield send
        await producer.flush()
        for future in sent:
            await future  # `flush` raises nothing for what was refused
    except TopicAuthorizationFailedError as failure:
        raise forbidden(kafka, f"write {named(failure)}") from None
    except (KafkaError, OSError) as failure:
        raise BrokerUnavailable(f"Kafka at {kafka.address} did not take a record: {failure}") from None
    finally:
        await producer.stop()
