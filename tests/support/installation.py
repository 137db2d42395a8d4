"""Fixtures that give a test an installation of its own: empty topics, an empty store, a new folder."""

from pathlib import Path

import pytest
import redis
from support.pantau import Pantau
from support.records import fresh_topics


@pytest.fixture
def pantau(request: pytest.FixtureRequest, kafka_protocol_address: str, tmp_path: Path) -> Pantau:
    """On the embedded broker and store, then on Apache Kafka and Redis."""
    if request.node.callspec.params["kafka_protocol_address"] == "apache":
        return emptied(kafka_protocol_address, request.getfixturevalue("redis_url"), tmp_path)
    return emptied(kafka_protocol_address, request.getfixturevalue("valkey_url"), tmp_path)


@pytest.fixture
def embedded(broker_address: str, valkey_url: str, tmp_path: Path) -> Pantau:
    """On the embedded broker and store only: where the test says nothing about either."""
    return emptied(broker_address, valkey_url, tmp_path)


def emptied(kafka: str, redis_url: str, folder: Path) -> Pantau:
    """Make an installation on these servers, all that they held deleted."""
    fresh_topics(kafka)
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    return Pantau(kafka, redis_url, folder)
