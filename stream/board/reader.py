"""Keeps a model up to date with the store."""

import asyncio

from stream.board.model import HORIZON_MS, Model
from stream.store.partition import Partition
from stream.store.ports import BoardStore


class Reader:
    """Reads changes from the store into a model, partition by partition."""

    def __init__(self, store: BoardStore, model: Model) -> None:
        self._store = store
        self._model = model
        self._cursors: dict[Partition, int] = {}

    async def refresh(self, now_ms: int) -> dict[Partition, set[str]]:
        """Bring the model up to date; return the keys of changed live subjects by partition.

        Raises `StoreUnavailable`; the model is then unchanged or partly updated.
        """
        moved = {}
        for partition in await self._store.partitions():
            cursor = self._cursors.get(partition, 0)
            delta = await self._store.delta(partition, cursor, since_ms=now_ms - HORIZON_MS)
            for _ in self._model.taking(partition, delta, now_ms=now_ms):
                await asyncio.sleep(0)  # with very many queues, let other tasks run
            self._cursors[partition] = delta.cursor
            moved[partition] = set(delta.live)
        self._model.has_read(now_ms)
        return moved
