"""Rushes: for some minutes one queue gets two to three times its usual contacts."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from stream.domain.instant import MINUTE_MS

from .centre import Centre, Queue

SHORTEST_MS = 4 * MINUTE_MS
LONGEST_MS = 12 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Overload:
    """One rush on one queue in [start_ms, end_ms): the arrival rate is multiplied by `factor`."""

    queue: Queue
    start_ms: int
    end_ms: int
    factor: float


def overloads(centre: Centre, *, seed: int, start_ms: int) -> Iterator[Overload]:
    """Yield the rushes to come, in order of start; the gaps between starts are exponential."""
    rng = Random(f"{seed}/overloads")
    at_ms = start_ms
    while centre.overload_every_ms is not None:
        at_ms += int(rng.expovariate(1 / centre.overload_every_ms))
        end_ms = at_ms + rng.randrange(SHORTEST_MS, LONGEST_MS)
        yield Overload(rng.choice(centre.queues), at_ms, end_ms, rng.uniform(2.0, 3.0))
