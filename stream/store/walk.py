"""Scans keys, or one large hash, in steps that each take little of the server's time.

A cursor is valid on one server. On another that took over it would skip some, so the scan ends with an error.
"""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple, cast

from stream.errors import StoreUnavailable
from stream.store.connection import Connection

_SCANNED = 1_000
_TAKEN_OVER = "Redis was taken over by another server meanwhile; ask again"


class Step(NamedTuple):
    """Some of the keys, perhaps again; `last` if no more follow."""

    keys: list[str]
    last: bool


async def keys_beside(redis: Connection, key: str, pattern: str) -> AsyncIterator[Step]:
    """All keys like `pattern` on the server that has `key`, a hash. Raises `StoreUnavailable`."""
    cursor, last, place = 0, False, await redis.place(key)
    while not last:
        cursor, found = await redis.scan(key, cursor, pattern, count=_SCANNED)
        last = not cursor
        await _require_place(redis, place, key)
        yield Step(found, last)


async def fields_of(redis: Connection, key: str) -> AsyncIterator[dict[str, str]]:
    """All fields of a hash. Raises `StoreUnavailable`."""
    cursor, last, place = 0, False, await redis.place(key)
    while not last:
        cursor, found = await redis.call(_some(key, cursor))
        last = not cursor
        await _require_place(redis, place, key)
        if found:
            yield found


async def hashes_at(redis: Connection, keys: list[str]) -> list[tuple[str, dict[str, str]]]:
    """Each of these keys of one partition, with its hash.

    For another type of value in its place, a field that is unreadable. Raises `StoreUnavailable`.
    """
    found = await redis.hashes(keys)
    return [
        (key, {key: ""} if isinstance(reply, Exception) else cast(dict[str, str], reply))
        for key, reply in zip(keys, found, strict=True)
    ]


def _some(key: str, cursor: int) -> Any:
    return lambda client: client.hscan(key, cursor, count=_SCANNED)


async def _require_place(redis: Connection, place: object, key: str) -> None:
    if await redis.place(key) != place:
        raise StoreUnavailable(_TAKEN_OVER)
