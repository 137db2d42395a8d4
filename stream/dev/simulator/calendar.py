"""Simulated time: processes that yield how long they wait, resumed in order of time.

A process is a generator of delays in ms; what it does between two delays happens at one instant.
"""

from collections.abc import Iterator
from heapq import heappop, heappush


class Calendar:
    """Orders the processes by time; of two due in the same ms, the one added first acts first."""

    __slots__ = ("_due", "_entries", "now_ms")

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms
        self._due: list[tuple[int, int, Iterator[int]]] = []
        self._entries = 0

    @property
    def next_ms(self) -> int:
        """When the next process is due."""
        return self._due[0][0]

    def begin(self, process: Iterator[int]) -> None:
        """Run a process now up to its first delay, and put the rest down for later."""
        delay_ms = next(process, None)
        if delay_ms is not None:
            self._entries += 1
            heappush(self._due, (self.now_ms + delay_ms, self._entries, process))

    def step(self) -> None:
        """Move on to the next due process and resume it."""
        self.now_ms, _, process = heappop(self._due)
        self.begin(process)
