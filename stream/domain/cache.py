"""Bounded mappings that evict the least recently used entries, and their sizes."""

from collections import OrderedDict
from typing import Generic, NamedTuple, TypeVar

from stream.domain.instant import MINUTE_MS

K = TypeVar("K")
V = TypeVar("V")


class Room(NamedTuple):
    """How many contacts and agents (finished ones included), finished contacts and cells stay in memory.

    Others are loaded again when they get an event. A contact takes about 2 KiB. A contact that waits or talks
    gets another event soon; a finished one mostly never does. Of an agent the states of the last `states_ms`
    stay, and at most as many again.
    """

    entities: int = 50_000
    finished: int = 5_000
    cells: int = 30_000
    states_ms: int = MINUTE_MS

    def among(self, partitions: int) -> "Room":
        """The share of one of `partitions` that use it together."""
        entities, finished, cells = (max(_LEAST, most // max(1, partitions)) for most in self[:3])
        return Room(entities, finished, cells, self.states_ms)


#: With a smaller share every batch would load everything again.
_LEAST = 500


class LruDict(OrderedDict[K, V], Generic[K, V]):
    """An ordered dict that evicts its oldest entries; a caller moves a used entry to the end."""

    def trim(self, most: int) -> list[K]:
        """Evict the oldest entries beyond `most`; return their keys."""
        return [self.popitem(last=False)[0] for _ in range(len(self) - most)]


class FinishedFirst(LruDict[K, V], Generic[K, V]):
    """An `LruDict` that evicts finished entries before others."""

    def __init__(self) -> None:
        super().__init__()
        self._finished: LruDict[K, None] = LruDict()

    def touch(self, key: K, *, finished: bool) -> None:
        """Mark an entry as just used."""
        self.move_to_end(key)
        self._finished.pop(key, None)
        if finished:
            self._finished[key] = None

    def cut(self, most: int, finished: int) -> None:
        """Evict all but `most` entries, and all but `finished` of the finished ones."""
        for key in self._finished.trim(finished):
            del self[key]
        for key in self.trim(most):
            self._finished.pop(key, None)
