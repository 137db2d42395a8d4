"""Simulated faults, seed after seed, each a new one, on all cores: see `fault.simulated`."""

import time
from collections import Counter
from collections.abc import Callable
from itertools import count

from fault.simulated.cores import Cores, replay

from soak.result import Result

_MOST_VIOLATIONS = 5


def run(seconds: float, progress: Callable[[str], None]) -> Result:
    """Run seeds that no test runs, from the time of day on."""
    began, first = time.monotonic(), time.time_ns() // 1_000_000_000 * 100_000
    faults: Counter[str] = Counter()
    violations: list[str] = []
    done = 0
    with Cores() as cores:
        for done, outcome in enumerate(cores.outcomes(count(first)), 1):
            faults += outcome.faults
            if outcome.violation:
                last = outcome.trace.last(20)
                violations.append(f"{outcome.violation}\n{last}\nreplay: {replay(outcome.seed)}")
            spent = time.monotonic() - began
            progress(
                f"simulated: {done} seeds, {60 * done / spent:.0f} a minute, "
                f"{faults.total()} faults, {len(violations)} violations"
            )
            if spent > seconds or len(violations) >= _MOST_VIOLATIONS:
                break
    return Result("simulated", {"seeds": done, **dict(sorted(faults.items()))}, violations)
