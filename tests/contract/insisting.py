"""Calls of the store, repeated as a worker repeats them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from store_rig import Writer

from stream.domain.fold import Changes
from stream.errors import StoreUnavailable
from stream.store.lease import Verdict

T = TypeVar("T")
KEPT_BY = (Verdict.APPLIED, Verdict.REPEAT)


async def insisted(call: Callable[[], Awaitable[T]], *, seconds: float = 20) -> T:
    """The answer to a call that is repeated until there is one."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                return await call()
            except StoreUnavailable as failure:
                _is_one_line(failure)
                await asyncio.sleep(0.1)


def _is_one_line(failure: StoreUnavailable) -> None:
    assert len(str(failure).splitlines()) == 1


async def written(writer: Writer, changes: Changes) -> Verdict:
    """What became of the next checkpoint, of one record."""
    step = writer.step(changes, length=1)
    verdict = await insisted(lambda: writer.store.apply(writer.partition, writer.token, step))
    if verdict in KEPT_BY:
        writer.position = step.next_offset
    return verdict
