"""Every store there is, among them a Redis in cluster mode, where keys that cross slots fail for real."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import redis
from store_rig import STORES, Rig, memory_rig, redis_rig
from support.processes import wait_until

from stream.dev.cache import CacheServer
from stream.dev.ports import free_port
from stream.dev.programs import installed


@pytest.fixture(scope="session")
def cluster_url(redis_url: str) -> Iterator[str]:
    """One node with all slots. `redis_url` skips where no Redis is installed."""
    del redis_url
    with TemporaryDirectory(prefix="pantau-test-") as folder:
        program = installed("redis-server")
        server = CacheServer(
            program,
            name="cluster",
            folder=Path(folder),
            port=free_port(),
            extra=["--cluster-enabled", "yes", "--cluster-require-full-coverage", "yes"],
        )
        with server, redis.Redis.from_url(server.url, decode_responses=True) as client:
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
            assert wait_until(lambda: "cluster_state:ok" in str(client.execute_command("CLUSTER", "INFO")))
            yield server.url


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
