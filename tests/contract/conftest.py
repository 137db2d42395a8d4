"""Every store there is, among them a cluster of three masters, where keys lie on three servers."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from store_rig import STORES, Rig, memory_rig, redis_rig
from support.redis_cluster import ClusterOfRedis


@pytest.fixture(scope="session")
def cluster_url(redis_url: str) -> Iterator[str]:
    """Three masters. `redis_url` skips where no Redis is installed."""
    del redis_url
    with TemporaryDirectory(prefix="pantau-test-") as folder, ClusterOfRedis(Path(folder)) as cluster:
        yield cluster.url


@pytest.fixture(params=STORES)
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """A store that holds nothing yet."""
    found = (
        memory_rig()
        if request.param == "memory"
        else redis_rig(request.param, str(request.getfixturevalue(f"{request.param}_url")))
    )
    await found.lose()
    yield found
    await found.close()


@pytest.fixture(params=STORES[1:])
async def redis_only(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """The same, of stores in Redis."""
    found = redis_rig(request.param, str(request.getfixturevalue(f"{request.param}_url")))
    await found.lose()
    yield found
    await found.close()
