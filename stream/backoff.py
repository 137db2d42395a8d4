"""Pauses between tries of what fails: each about twice the one before, and no two processes' alike."""

import random
from dataclasses import dataclass, field

#: The share of a pause that chance takes away: processes that failed at once do not try at once.
_JITTER_RATIO = 0.25


@dataclass(slots=True)
class Backoff:
    """Pauses in seconds from `first_seconds`, doubled up to `longest_seconds`, each less up to a quarter.

    The jitter is that of AWS's "Exponential Backoff And Jitter" (2015), less wide: what a log says is still
    near to what a person expects.
    """

    first_seconds: float
    longest_seconds: float
    _full_seconds: float = field(init=False)

    def __post_init__(self) -> None:
        self._full_seconds = self.first_seconds

    def pause_seconds(self) -> float:
        """How long to wait before the next try."""
        full = min(self._full_seconds, self.longest_seconds)
        self._full_seconds = min(2 * full, self.longest_seconds)
        return full * (1 - _JITTER_RATIO * random.random())  # noqa: S311 - no secret
