"""Whether Redis is away, or answers and will not have us: then waiting does not help."""

from redis.exceptions import AuthenticationError, NoPermissionError

from stream.errors import StoreUnavailable
from stream.store.base import Store


def is_refusal(failure: BaseException) -> bool:
    """Whether our login, or a command of ours, was refused."""
    return isinstance(failure.__cause__, AuthenticationError | NoPermissionError)


async def require_accepted(store: Store) -> None:
    """Raise `StoreUnavailable` where Redis refuses our login or a command; where it is away, nothing is."""
    try:
        await store.partitions()
    except StoreUnavailable as failure:
        if is_refusal(failure):
            raise
