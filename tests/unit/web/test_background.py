"""A task in the background begins, ends with its block, and does not fail unseen."""

import asyncio
from contextlib import suppress

import pytest

from stream.web.background import in_background

pytestmark = pytest.mark.pure


async def test_work_runs_meanwhile_and_has_ended_afterwards() -> None:
    told = []

    async def work() -> None:
        told.append("begun")
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            told.append("ended")

    async with in_background(work()):
        await asyncio.sleep(0)
        assert told == ["begun"]
    assert told == ["begun", "ended"]


async def test_work_ends_when_its_block_fails() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with suppress(ZeroDivisionError):
        async with in_background(work()):
            await asyncio.sleep(0)
            raise ZeroDivisionError
    assert ended.is_set()


async def test_work_that_failed_tells_at_the_end() -> None:
    async def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with in_background(work()):
            await asyncio.sleep(0)


async def test_work_whose_cancellation_is_swallowed_ends_all_the_same() -> None:
    async def work() -> None:
        swallowed = False
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:  # as a client does that connects
                if swallowed:
                    raise
                swallowed = True

    async with asyncio.timeout(5):
        async with in_background(work()):
            await asyncio.sleep(0)
