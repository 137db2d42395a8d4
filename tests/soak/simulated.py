"""Simulated faults, seed after seed, each a new one: see `fault.simulated`."""

import time
from collections import Counter
from collections.abc import Callable

from fault.simulated.world import simulate

from soak.result import Result

_MOST_VIOLATIONS = 5


def run(seconds: float, progress: Callable[[str], None]) -> Result:
    """Run seeds that no test runs, from the time of day on."""
    began, first = time.monotonic(), time.time_ns() // 1_000_000_000 * 100_000
    faults: Counter[str] = Counter()
    violations: list[str] = []
    seed = first
    while time.monotonic() - began < seconds and len(violations) < _MOST_VIOLATIONS:
        outcome = simulate(seed)
        faults += outcome.faults
        if outcome.violation:
            again = f"PANTAU_TEST_SEED={seed} pytest tests/fault/simulated/test_simulated.py -k every_seed"
            violations.append(f"{outcome.violation}\n{outcome.trace.last(20)}\nreplay: {again}")
        seed += 1
        minutes = (time.monotonic() - began) / 60
        progress(
            f"simulated: {seed - first} seeds, {(seed - first) / minutes:.0f} a minute, "
            f"{faults.total()} faults, {len(violations)} violations"
        )
    return Result("simulated", {"seeds": seed - first, **dict(sorted(faults.items()))}, violations)
