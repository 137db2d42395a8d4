"""Draws when customers arrive: a Poisson process whose rate follows the day."""

from collections.abc import Iterator
from random import Random

from stream.domain.instant import HOUR_MS

from .curve import Curve


def arrivals(
    rng: Random, *, curve: Curve, peak_per_hour: float, start_ms: int, until_ms: int | None = None
) -> Iterator[int]:
    """Yield the ms of each arrival in [start_ms, until_ms), endless without `until_ms`.

    Thinning: candidates come at the peak rate and each stays with probability rate / peak
    (Lewis and Shedler 1979, Simulation of nonhomogeneous Poisson processes by thinning).
    """
    at_ms = float(start_ms)
    while peak_per_hour > 0:
        at_ms += rng.expovariate(peak_per_hour / HOUR_MS)
        if until_ms is not None and at_ms >= until_ms:
            return
        if rng.random() < curve.level(at_ms):
            yield int(at_ms)
