"""Opening the store, and what must be so before it is used."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.exceptions import AuthenticationError, NoPermissionError

from stream.access import Access
from stream.domain.fold import Retention
from stream.errors import StoreUnavailable
from stream.store.ports import Partitions
from stream.store.redis import RedisStore


@asynccontextmanager
async def opened(redis: Access, retention: Retention | None = None) -> AsyncIterator[RedisStore]:
    """The store at `redis`, closed at the end; nothing is asked of it yet."""
    store = RedisStore(*redis, retention=retention)
    try:
        yield store
    finally:
        await store.close()


async def require_accepted(store: Partitions) -> None:
    """Raise `StoreUnavailable` where Redis refuses our login or a command; where it is away, do nothing."""
    try:
        await store.partitions()
    except StoreUnavailable as failure:
        if is_refusal(failure):
            raise


def is_refusal(failure: BaseException) -> bool:
    """Whether Redis answers and refuses our login or a command: then waiting does not help."""
    return isinstance(failure.__cause__, AuthenticationError | NoPermissionError)
