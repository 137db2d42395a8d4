"""What stays in memory: mappings that forget what was least recently used first, and how much they keep."""

from collections import OrderedDict
from typing import Generic, NamedTuple, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Room(NamedTuple):
    """How many contacts and agents, finished contacts among them, and cells stay in memory.

    The rest is loaded again when an event of it comes. A contact takes about 2 KiB: who waits or talks is
    needed soon, who is finished mostly never.
    """

    entities: int = 50_000
    finished: int = 15_000
    cells: int = 40_000

    def among(self, partitions: int) -> "Room":
        """The share of each, where so many have it together."""
        return Room(*(max(_LEAST, most // max(1, partitions)) for most in self))


#: A share that is smaller would have everything loaded again and again.
_LEAST = 500


class Recent(OrderedDict[K, V], Generic[K, V]):
    """An ordered dict that `trim` cuts back, what was longest not moved to its end first."""

    def trim(self, most: int) -> list[K]:
        """Forget the oldest entries beyond so many; which."""
        return [self.popitem(last=False)[0] for _ in range(len(self) - most)]


class Visited(Recent[K, V], Generic[K, V]):
    """One that forgets who is finished before others."""

    def __init__(self) -> None:
        super().__init__()
        self._finished: Recent[K, None] = Recent()

    def touch(self, key: K, *, finished: bool) -> None:
        """It was used just now."""
        self.move_to_end(key)
        self._finished.pop(key, None)
        if finished:
            self._finished[key] = None

    def cut(self, most: int, finished: int) -> None:
        """Forget all but so many, and so many of those that are finished."""
        for key in self._finished.trim(finished):
            del self[key]
        for key in self.trim(most):
            self._finished.pop(key, None)
