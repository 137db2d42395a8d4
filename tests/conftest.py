"""The servers that tests ask for by name: embedded ones always, real ones where they are installed.

A real server that is missing skips its tests, loudly; `PANTAU_REQUIRE_KAFKA=1` and
`PANTAU_REQUIRE_REDIS=1` make that a failure.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from support.kafka import ApacheKafka
from support.missing import or_skip
from support.redis_server import RealRedis

from stream.dev.broker import EmbeddedBroker
from stream.dev.cache import EmbeddedValkey
from stream.dev.ports import free_port

_TESTS = Path(__file__).parent
#: The folders by how long their modules take: what takes long must not begin last, when others have ended.
_LONGEST_FIRST = ("fault", "e2e", "integration", "contract", "property", "cases", "unit")
_CALL_LOG = Path(__file__).parents[2] / "shared" / "data" / "anonymous_bank_1999-02_01-14.tsv"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _LONGEST_FIRST.index(_folder_of(item)))
    for item in items:
        if _folder_of(item) == "unit" or item.get_closest_marker("pure"):
            item.add_marker("check")


def _folder_of(item: pytest.Item) -> str:
    return item.path.relative_to(_TESTS).parts[0]


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    with _folder() as folder, EmbeddedValkey(folder=folder, port=free_port()) as server:
        yield server.url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with (
        _folder() as folder,
        or_skip(lambda: RealRedis(folder=folder, port=free_port()).start(), "REDIS") as server,
    ):
        yield server.url


@pytest.fixture
def fresh_redis_url(redis_url: str) -> str:
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    return redis_url


@pytest.fixture(scope="module")
def broker_address() -> Iterator[str]:
    with _folder() as folder, EmbeddedBroker(folder=folder, port=free_port()) as broker:
        yield broker.address


@pytest.fixture(scope="session")
def kafka_address() -> Iterator[str]:
    if given := os.environ.get("PANTAU_TEST_KAFKA"):
        yield given
        return
    with (
        _folder() as folder,
        or_skip(lambda: ApacheKafka(folder=folder, port=free_port()).start(), "KAFKA") as kafka,
    ):
        yield kafka.address


@pytest.fixture(scope="module", params=["embedded", "apache"])
def kafka_protocol_address(request: pytest.FixtureRequest) -> str:
    fixtures = {"embedded": "broker_address", "apache": "kafka_address"}
    return str(request.getfixturevalue(fixtures[request.param]))


@pytest.fixture(scope="session")
def call_log() -> Path:
    path = Path(os.environ.get("PANTAU_CALL_LOG", _CALL_LOG))
    if not path.is_file():
        pytest.skip(f"NOT TESTED: there is no call log at {path}; PANTAU_CALL_LOG names another")
    return path


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pantau-test-") as folder:
        yield Path(folder)
