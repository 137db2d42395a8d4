"""The waiting line of one queue: the highest priority first, then the longest wait."""

from dataclasses import dataclass
from heapq import heappop, heappush

from .centre import Queue
from .floor import Agent


@dataclass(slots=True, eq=False)
class Contact:
    """One customer's matter; it ends when the customer has gone and no leg is left to wrap up."""

    id: str
    channel: str
    gone: bool = False
    legs: int = 0


@dataclass(slots=True, eq=False)
class Visit:
    """One stay in one queue, `over` once it was answered, abandoned or left.

    `rank` orders the line: (-priority, queued at, serial). `ringing` is the agent to whom it is offered.
    """

    contact: Contact
    number: int
    queue: Queue
    rank: tuple[int, int, int]
    ringing: Agent | None = None
    over: bool = False


class Line:
    """The waiting visits of one queue. Who left in the meantime is passed over when reached."""

    __slots__ = ("_visits",)

    def __init__(self) -> None:
        self._visits: list[tuple[tuple[int, int, int], Visit]] = []

    def join(self, visit: Visit) -> None:
        """Take the place that the visit's rank gives it, also after a declined offer."""
        heappush(self._visits, (visit.rank, visit))

    def head(self) -> Visit | None:
        """Whose turn it is."""
        while self._visits and self._visits[0][1].over:
            heappop(self._visits)
        return self._visits[0][1] if self._visits else None

    def take(self) -> None:
        """Remove the head: it is being offered."""
        heappop(self._visits)
