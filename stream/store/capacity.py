"""How full Redis is, and what it does once it is full."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from stream.errors import StoreUnavailable
from stream.store.connection import Connection

#: A server as near as this to its limit takes nothing.
_NEARLY_BYTES = 64 << 10


async def memories(redis: Connection) -> list[dict[str, Any]]:
    """The memory statistics of all servers; none where one is away or does not give them."""
    with suppress(StoreUnavailable):
        return await redis.memories()
    return []


def is_full(found: Sequence[dict[str, Any]]) -> bool:
    """Whether any server takes nothing more."""
    return any(map(_is_full, found))


def _is_full(memory: dict[str, Any]) -> bool:
    used, most = (int(memory.get(name, 0)) for name in ("used_memory", "maxmemory"))
    return 0 < most <= used + _NEARLY_BYTES


def eviction(found: Sequence[dict[str, Any]]) -> str | None:
    """The policy by which a full server deletes keys: that of one that deletes, if any does."""
    policies = [memory.get("maxmemory_policy") for memory in found]
    return next((policy for policy in policies if policy != "noeviction"), policies[0] if policies else None)
