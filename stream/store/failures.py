"""Turns failures of Redis into one exception, `StoreUnavailable`, with a text of one line."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    RedisClusterException,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from stream.errors import StoreUnavailable


@contextmanager
def calling() -> Iterator[None]:
    """Turn what redis-py raises into a `StoreUnavailable` that says what to do."""
    try:
        yield
    except (RedisError, RedisClusterException, OSError) as failure:
        root = _root(failure)
        raise StoreUnavailable(" ".join(_text(root).split())) from root


def _root(failure: BaseException) -> BaseException:
    """The cause of what a cluster's client raises: its own exception is no `RedisError`."""
    found: BaseException | None = failure
    while isinstance(found, RedisClusterException):
        found = found.__cause__ or found.__context__
    return found or failure


def _text(failure: BaseException) -> str:
    match failure:
        case AuthenticationError():
            return (
                f"Redis refused the login: {failure}; set PANTAU_REDIS_USER and PANTAU_REDIS_PASSWORD to one "
                "that it knows"
            )
        case NoPermissionError():
            return f"Redis refused a command: {failure}; give the user the rights named in docs/security.md"
        case RedisConnectionError() | RedisTimeoutError() | OSError():
            why = str(failure).removesuffix(".")
            return f"Redis cannot be reached: {why}; start it or set PANTAU_REDIS_URL"
        case ResponseError():
            return f"Redis refused: {failure}"
    return f"Redis failed: {failure}"


def is_of_another_type(reply: object) -> bool:
    """Whether a reply says that a key holds another type of value than was asked for."""
    return isinstance(reply, ResponseError) and str(reply).startswith("WRONGTYPE")
