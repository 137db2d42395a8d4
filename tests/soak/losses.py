"""Redis loses everything under load just after all workers stood still, again and again: see `soak.real`."""

from collections.abc import Callable

from soak import real
from soak.result import Result


def run(seconds: float, progress: Callable[[str], None]) -> Result:
    """Lose it for so long; a line for each loss, and a table of how long recovering took."""
    found = real.run(seconds, progress, broken=("stalled, then emptied",))
    return Result("losses", found.counts, found.violations)
