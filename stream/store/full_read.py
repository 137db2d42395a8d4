"""Reads all that readers are given of a partition, in steps that hold up neither Redis nor the event loop."""

import asyncio

from stream.domain.deltas import SHORT_PANE_MS
from stream.domain.fold import LONG_PANE_MS, TOTAL, Cell
from stream.store.connection import Connection
from stream.store.delta import Delta
from stream.store.keys import Keys
from stream.store.reply import take_pairs
from stream.store.walk import hashes_at

#: Events may be ahead of the newest one that was known when the read began.
_AHEAD_MS = 600_000
#: How many names and values are decoded without a pause: some ten milliseconds' worth.
_PAIRS_AT_ONCE = 2_000


async def read_all(redis: Connection, keys: Keys, version: int, delta: Delta, *, since_ms: int) -> None:
    """Add all cells since `since_ms`, the totals, and what is live to a delta. Raises `StoreUnavailable`."""
    to_ms = delta.watermark_ms + _AHEAD_MS
    hashes = [keys.cell(Cell(TOTAL, TOTAL, ""))]
    for pane_ms in (SHORT_PANE_MS, LONG_PANE_MS):
        from_ms = max(since_ms, delta.watermark_ms - keys.kept_ms(pane_ms))
        hashes += keys.blocks(pane_ms, from_ms, to_ms)
    for key in [":live", *hashes]:
        ((_, pairs),) = await hashes_at(redis, [f"{keys.version(version)}{key}"])
        flat = [text for pair in pairs.items() for text in pair]
        for at in range(0, len(flat), 2 * _PAIRS_AT_ONCE):
            take_pairs(delta, flat[at : at + 2 * _PAIRS_AT_ONCE], keys.entities)
            await asyncio.sleep(0)
