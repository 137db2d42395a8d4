"""A reader says what failed in one line, and is stopped however it is left."""

from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from stream.access import Access
from stream.broker import reading
from stream.broker.reading import reader
from stream.errors import BrokerUnavailable

pytestmark = pytest.mark.pure

_KAFKA = Access("127.0.0.1:9092")
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
    monkeypatch.setattr(reading, "AIOKafkaConsumer", Consumer)


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
