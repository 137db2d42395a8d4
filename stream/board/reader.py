"""Keeps a model in step with the store."""

import asyncio

from stream.board.model import HORIZON_MS, Model
from stream.store.partition import Partition
from stream.store.ports import BoardStore


class Reader:
    """Reads what changed, partition by partition, into a model."""

    def __init__(self, store: BoardStore, model: Model) -> None:
        self._store = store
        self._model = model
        self._cursors: dict[Partition, int] = {}

    async def refresh(self, now_ms: int) -> dict[Partition, set[str]]:
        """Bring the model up to date; the keys of all that began, ended or changed what it does.

        Raises `StoreUnavailable`, leaving the model as it was or further on.
        """
        moved = {}
        for partition in await self._store.partitions():
            cursor = self._cursors.get(partition, 0)
            delta = await self._store.delta(partition, cursor, since_ms=now_ms - HORIZON_MS)
            for _ in self._model.taking(partition, delta, now_ms=now_ms):
                await asyncio.sleep(0)  # of very many queues: others have turns
            self._cursors[partition] = delta.cursor
            moved[partition] = set(delta.live)
        self._model.has_read(now_ms)
        return moved
