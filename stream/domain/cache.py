"""A bounded mapping that forgets what was least recently written or read first."""

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(OrderedDict[K, V], Generic[K, V]):
    """An ordered dict that `trim` cuts back to `limit` entries, oldest first."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def trim(self) -> None:
        """Forget the oldest entries beyond the limit."""
        while len(self) > self._limit:
            self.popitem(last=False)
