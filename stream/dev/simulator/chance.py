"""Draws the behaviour of people at random: how long they wait, ring, talk, hold and wrap up.

Every duration is in ms and at least 1, so that no two steps of one person share an instant.
"""

from math import log
from random import Random

from .centre import HOLD_SHARE_OF_TALK, Exit, Queue

RING_FROM_MS, RING_TO_MS = 1_000, 3_500
CALLBACK_MEAN_MS = 180_000


class Chance:
    """One seeded source of behaviour for a whole run."""

    __slots__ = ("_rng",)

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def happens(self, share: float) -> bool:
        """Tell yes in `share` of the cases."""
        return share > 0 and self._rng.random() < share

    def within(self, limit_ms: int) -> int:
        """Draw any moment up to `limit_ms`, all equally likely."""
        return self._rng.randint(1, limit_ms)

    def around(self, spread_ms: int) -> int:
        """Draw a deviation of up to `spread_ms` to either side."""
        return self._rng.randint(-spread_ms, spread_ms)

    def patience(self, queue: Queue) -> int | None:
        """Draw an exponential patience, as in the Erlang-A queue (Palm 1957); None never gives up."""
        mean_ms = queue.patience_mean_ms
        return None if mean_ms is None else self._exponential(mean_ms)

    def exit(self, queue: Queue) -> Exit | None:
        """Choose the way out that this visit would take if it waited long enough."""
        return queue.exit if queue.exit and self.happens(queue.exit.share) else None

    def menu(self, queue: Queue) -> int:
        """Draw the time before the queue: announcements and choices."""
        return self._exponential(queue.menu_mean_ms)

    def ring(self) -> int:
        """Draw the time from offer to answer."""
        return self._rng.randint(RING_FROM_MS, RING_TO_MS)

    def talk(self, queue: Queue) -> int:
        """Draw a log-normal talk (Brown et al. 2005, Statistical analysis of a telephone call center)."""
        return max(2, int(self._rng.lognormvariate(log(queue.talk_median_ms), queue.talk_sigma)))

    def hold(self, queue: Queue) -> int:
        """Draw the length of one hold."""
        return self._exponential(queue.talk_median_ms * HOLD_SHARE_OF_TALK)

    def acw(self, queue: Queue) -> int:
        """Draw the after-contact work."""
        return self._exponential(queue.acw_mean_ms)

    def callback(self) -> int:
        """Draw the time from the promise of a callback until it is due."""
        return self._exponential(CALLBACK_MEAN_MS)

    def _exponential(self, mean_ms: float) -> int:
        return 1 + int(self._rng.expovariate(1 / mean_ms))
