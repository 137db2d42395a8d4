"""`pantau heartbeat` goes on while Kafka is away, and keeps its pace."""

import asyncio
import itertools
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from stream.access import Access
from stream.cli import app, heartbeat
from stream.errors import BrokerUnavailable

pytestmark = pytest.mark.pure


class Enough(Exception):  # noqa: N818 - ends what would go on for ever
    """The test has seen enough."""


def test_it_goes_on_while_kafka_is_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sent, pauses = itertools.count(), []

    async def beat(kafka: Access, source: str, _: Callable[[], int]) -> int:
        assert (kafka, source) == (Access("kafka:9092"), "/crm")
        if next(sent) < 2:
            raise BrokerUnavailable("Kafka does not answer")
        return 8

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 4:
            raise Enough

    monkeypatch.setattr(heartbeat, "beat", beat)
    monkeypatch.setattr(heartbeat.asyncio, "sleep", sleep)
    with pytest.raises(Enough):
        asyncio.run(heartbeat._keep_beating(Access("kafka:9092"), "/crm", 15))
    assert next(sent) == 4
    assert caplog.text.count("heartbeat_not_sent") == 2
    assert pauses == pytest.approx([15, 30, 45, 60], abs=1)  # nobody slept: each is due later than the last


@pytest.mark.parametrize("source", ["", "x" * 129, "/a\n", "/a\u2028"])
def test_a_source_that_would_be_refused_is_not_sent(source: str) -> None:
    result = CliRunner().invoke(app, ["heartbeat", "--once", "--source", source])
    assert result.exit_code == 2


@pytest.mark.parametrize("every", ["0.5", "31"])
def test_a_pace_that_alerts_could_not_follow_is_refused(every: str) -> None:
    assert CliRunner().invoke(app, ["heartbeat", "--every", every]).exit_code == 2
