"""What a fetch shows of a log: aiokafka's own fetcher, given batches as brokers send them."""

import asyncio
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.consumer.fetcher import READ_COMMITTED, FetchError, FetchResult, PartitionRecords
from aiokafka.consumer.subscription_state import Assignment
from aiokafka.errors import CorruptRecordException, OffsetOutOfRangeError
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition

from stream.broker.fetching import Span, fetched_spans

pytestmark = pytest.mark.pure

TP = TopicPartition("pantau.contacts", 0)
_CRC_AT, _ATTRIBUTES_AT = 17, 21


def batch(first: int, count: int, *, codec: int = 0, size: int = 3) -> bytes:
    """A batch of the current format whose records lie from an offset on."""
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=codec,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1 << 30,
    )
    for n in range(count):
        builder.append(n, 1_000, b"key", b"v" * size, [])
    built = bytearray(builder.build())
    built[0:8] = first.to_bytes(8, "big")
    return bytes(built)


def damaged(data: bytes) -> bytes:
    return data[:_CRC_AT] + bytes(4) + data[_CRC_AT + 4 :]


class Fetcher:
    """As much of aiokafka's fetcher as is leaned on, with what it has fetched from a position on."""

    def __init__(self, position: int, answers: Iterable[bytes]) -> None:
        self.assignment = Assignment([TP])
        self.assignment.state_value(TP).seek(position)
        self._answers = iter(answers)
        self._records: dict[TopicPartition, Any] = {}
        self._subscriptions = SimpleNamespace(reassignment_in_progress=False, is_assigned=lambda _: True)
        self._wait_consume_future = None
        self._closed = False
        self.fetch()

    @property
    def position(self) -> int:
        return int(self.assignment.state_value(TP).position)

    def fetch(self) -> None:
        answer = next(self._answers, b"")
        if answer:
            held = PartitionRecords(
                TP,
                MemoryRecords(answer),
                aborted_transactions=[],
                fetch_offset=self.position,
                key_deserializer=None,
                value_deserializer=None,
                check_crcs=True,
                isolation_level=READ_COMMITTED,
            )
            self._records[TP] = FetchResult(
                TP, partition_records=held, assignment=self.assignment, backoff=0.0
            )

    def _notify(self, _: object) -> None:
        """It would ask for more."""

    def _create_fetch_waiter(self) -> asyncio.Future[None]:
        return asyncio.get_running_loop().create_future()

    async def span(self, *, most: int = 100) -> Span | None:
        consumer = SimpleNamespace(_fetcher=self)
        return (await fetched_spans(consumer, {TP}, most=most, seconds=0.01)).get(TP)


def offsets(span: Span | None) -> list[int]:
    assert span is not None
    return [record.offset for record in span.records]


async def test_records_come_with_where_the_log_is_known() -> None:
    fetcher = Fetcher(5, [batch(5, 3)])
    span = await fetcher.span()
    assert (offsets(span), span and span[:2], span and span.gaps) == ([5, 6, 7], (5, 8), 0)
    assert await fetcher.span() is None
    assert fetcher.position == 8


async def test_offsets_that_a_fetch_reads_over_are_known_to_hold_nothing() -> None:
    span = await Fetcher(5, [batch(9, 2) + batch(20, 1)]).span()
    assert (offsets(span), span and span[:2], span and span.gaps) == ([9, 10, 20], (5, 21), 13)


async def test_of_a_batch_that_began_before_only_the_rest_is_given() -> None:
    span = await Fetcher(7, [batch(5, 5)]).span()
    assert (offsets(span), span and span[:2], span and span.gaps) == ([7, 8, 9], (7, 10), 0)


async def test_what_is_asked_for_in_parts_is_whole() -> None:
    fetcher = Fetcher(0, [batch(0, 4) + batch(8, 3)])
    spans = [await fetcher.span(most=2) for _ in range(4)]
    assert [offsets(span) for span in spans] == [[0, 1], [2, 3], [8, 9], [10]]
    assert [span[:2] for span in spans if span] == [(0, 2), (2, 4), (4, 10), (10, 11)]


async def test_what_a_seek_has_made_stale_is_not_given() -> None:
    fetcher = Fetcher(0, [batch(0, 4)])
    fetcher.assignment.state_value(TP).seek(2)
    assert await fetcher.span() is None
    assert not fetcher._records


async def test_what_comes_before_a_damaged_batch_is_given_and_the_damage_is_told_for_ever() -> None:
    whole, torn = batch(0, 3), damaged(batch(3, 3)) + batch(6, 3)
    fetcher = Fetcher(0, [whole + torn, torn, torn])
    span = await fetcher.span()
    assert (offsets(span), span and span.end) == ([0, 1, 2], 3)
    assert isinstance(span and span.failure, CorruptRecordException)
    for _ in range(2):
        fetcher.fetch()
        again = await fetcher.span()
        assert again is not None
        assert (again[:4], type(again.failure)) == ((3, 3, [], 0), CorruptRecordException)
    assert fetcher.position == 3


async def test_the_client_itself_never_gives_what_comes_before_a_damaged_batch() -> None:
    """Why its own way of giving records is not used; once this fails, it may be."""
    fetcher = Fetcher(0, [batch(0, 3) + damaged(batch(3, 3))])
    result = fetcher._records[TP]
    with pytest.raises(CorruptRecordException):
        result.getall()
    assert (result.getall(), fetcher.position) == ([], 0)


@pytest.mark.parametrize("codec", [5, 6, 7])
async def test_a_codec_that_is_unknown_is_a_failure_where_it_is_met(codec: int) -> None:
    data = bytearray(batch(4, 1))
    data[_ATTRIBUTES_AT + 1] |= codec
    fetcher = Fetcher(4, [bytes(data)])
    span = await fetcher.span()
    assert span is not None
    assert (span[:4], span.failure is not None) == ((4, 4, [], 0), True)


async def test_what_the_broker_refuses_is_told_once() -> None:
    fetcher = Fetcher(0, [])
    fetcher._records[TP] = FetchError(error=OffsetOutOfRangeError({TP: 0}), backoff=0.0)
    span = await fetcher.span()
    assert isinstance(span and span.failure, OffsetOutOfRangeError)
    assert await fetcher.span() is None


@pytest.mark.parametrize("codec", [0, 1, 2, 3, 4])
async def test_large_records_are_taken_in_steps(codec: int) -> None:
    fetcher = Fetcher(0, [batch(0, 1_500, codec=codec, size=20_000)])
    taken = [len(offsets(span)) async for span in _spans(fetcher)]
    assert (sum(taken), max(taken)) == (1_500, 1_000)


async def _spans(fetcher: Fetcher) -> Any:
    while (span := await fetcher.span(most=10_000)) is not None:
        yield span
