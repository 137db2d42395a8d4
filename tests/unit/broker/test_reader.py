"""A reader says what failed in one line, and is stopped however it is left."""

from collections.abc import Mapping
from typing import Any

import pytest
from aiokafka.errors import (
    CorruptRecordException,
    KafkaConnectionError,
    OffsetOutOfRangeError,
    TopicAuthorizationFailedError,
)
from aiokafka.structs import TopicPartition

from stream.access import Access
from stream.broker import reader as reader_module
from stream.broker.fetching import Span
from stream.broker.reader import fetched, reader
from stream.errors import BrokerUnavailable

pytestmark = pytest.mark.pure

_KAFKA = Access("127.0.0.1:9092")
_PLACE = TopicPartition("t", 2)
_TOLD = "Kafka cannot be read at 127.0.0.1:9092: .*gone; start it or set PANTAU_KAFKA$"


class Consumer:
    """Stands in for aiokafka's; `made` is the latest."""

    made: "Consumer"

    def __init__(self, **how: Any) -> None:
        self.how, self.stopped = how, False
        Consumer.made = self

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        self.stopped = True


@pytest.fixture(autouse=True)
def _made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "AIOKafkaConsumer", Consumer)


@pytest.mark.parametrize("failure", [KafkaConnectionError("gone"), OSError("gone")])
async def test_what_fails_while_it_reads_is_one_line(failure: Exception) -> None:
    with pytest.raises(BrokerUnavailable, match=_TOLD):
        async with reader(_KAFKA, "cannot be read"):
            raise failure
    assert Consumer.made.stopped


async def test_what_is_not_of_kafka_stays_what_it_was() -> None:
    with pytest.raises(ZeroDivisionError):
        async with reader(_KAFKA, "cannot be read"):
            raise ZeroDivisionError
    assert Consumer.made.stopped


async def test_it_has_no_group_and_commits_nothing() -> None:
    async with reader(_KAFKA, "cannot be read", max_poll_records=3) as consumer:
        assert not consumer.stopped
    assert (consumer.how["enable_auto_commit"], consumer.how["max_poll_records"]) == (False, 3)
    assert "group_id" not in consumer.how
    assert consumer.stopped


class Logs:
    """Stands in for a consumer at an offset."""

    async def position(self, _: TopicPartition) -> int:
        return 5


async def reads(monkeypatch: pytest.MonkeyPatch, span: Span) -> Mapping[TopicPartition, Span]:
    async def spans(*_: object, **__: object) -> dict[TopicPartition, Span]:
        return {_PLACE: span}

    monkeypatch.setattr(reader_module, "fetched_spans", spans)
    return await fetched(Logs(), [_PLACE], most=1, timeout_ms=1)  # type: ignore[arg-type] # all that is asked of it is there


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (
            CorruptRecordException("Invalid CRC"),
            r"^what lies at t:2:5 cannot be read \(.*Invalid CRC\); it is",
        ),
        (ZeroDivisionError("by none"), r"^what lies at t:2:5 cannot be read \(ZeroDivisionError: by none\)"),
        (OffsetOutOfRangeError({}), "^Kafka has deleted t:2:5 while it was read; run this again$"),
    ],
)
async def test_what_cannot_be_read_is_one_line_that_names_its_place(
    monkeypatch: pytest.MonkeyPatch, failure: Exception, told: str
) -> None:
    with pytest.raises(BrokerUnavailable, match=told):
        await reads(monkeypatch, Span(5, 5, [], 0, failure))


async def test_what_comes_before_it_is_given_first(monkeypatch: pytest.MonkeyPatch) -> None:
    span = Span(3, 5, [None, None], 0, CorruptRecordException("Invalid CRC"))
    assert await reads(monkeypatch, span) == {_PLACE: span}


async def test_what_is_not_allowed_stays_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        await reads(monkeypatch, Span(0, 0, [], 0, TopicAuthorizationFailedError("t")))
