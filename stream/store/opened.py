"""The store of a command: opened, and closed however the command ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stream.access import Access
from stream.domain.fold import Retention
from stream.store.redis import RedisStore


@asynccontextmanager
async def opened(redis: Access, retention: Retention | None = None) -> AsyncIterator[RedisStore]:
    """The store at `redis`; nothing is asked of it yet."""
    store = RedisStore(*redis, retention=retention)
    try:
        yield store
    finally:
        await store.close()
