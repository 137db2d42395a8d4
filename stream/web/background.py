"""A task that runs beside what a process serves, and ends with it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

_AGAIN_SECONDS = 0.2


@asynccontextmanager
async def in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `work` meanwhile; at the end it is cancelled and awaited. Its own failure is raised then.

    It is told again until it ends: what it waits for may swallow a cancellation, as clients of servers do
    while they connect.
    """
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=_AGAIN_SECONDS)
        if not task.cancelled() and (failure := task.exception()) is not None:
            raise failure
