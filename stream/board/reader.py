"""Keeps a model in step with the store."""

from stream.board.model import HORIZON_MS, Model
from stream.store.base import Partition, Store


class Reader:
    """Reads what changed, partition by partition, into a model."""

    def __init__(self, store: Store, model: Model) -> None:
        self._store = store
        self._model = model
        self._cursors: dict[Partition, int] = {}

    async def refresh(self, now_ms: int) -> None:
        """Bring the model up to date; raises `StoreUnavailable`, leaving it as it was or further on."""
        for partition in await self._store.partitions():
            cursor = self._cursors.get(partition, 0)
            delta = await self._store.delta(partition, cursor, since_ms=now_ms - HORIZON_MS)
            self._model.take(partition, delta, now_ms=now_ms)
            self._cursors[partition] = delta.cursor
