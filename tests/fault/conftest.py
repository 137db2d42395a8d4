"""What these tests ask for by name."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.installation import embedded
from support.missing import or_skip
from support.redis_server import RealRedis
from support.rig import Rig

from stream.dev.ports import free_port

__all__ = ["embedded"]


@pytest.fixture
def server(redis_url: str, tmp_path: Path) -> Iterator[RealRedis]:
    assert redis_url, "skipped with its reason where Redis cannot run"
    folder = tmp_path / "redis"
    folder.mkdir()
    with RealRedis(folder=folder, port=free_port()) as running:
        yield running


@pytest.fixture(scope="package")
def rig() -> Iterator[Rig]:
    """Apache Kafka, Redis, two workers and an exporter, for all tests that break something of it."""
    with tempfile.TemporaryDirectory(prefix="pantau-test-") as folder:
        made = or_skip(lambda: Rig.on(Path(folder), seed=5), "REDIS")
        try:
            yield or_skip(made.start, "KAFKA")
        finally:
            made.stop()
