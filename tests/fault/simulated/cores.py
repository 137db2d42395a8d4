"""Seeds on all cores, a process for each; their outcomes in order, whatever finished first."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from itertools import islice
from multiprocessing import get_context
from types import TracebackType
from typing import Self

from fault.simulated.sabotage import SABOTAGES
from fault.simulated.trace import Trace
from fault.simulated.world import Outcome, Parts, simulate

_AT_ONCE = 4


def replay(seed: int) -> str:
    """How to run one seed alone, as a person types it."""
    return f"PANTAU_TEST_SEED={seed} pytest tests/fault/simulated/test_simulated.py -k every_seed"


class Cores:
    """Runs seeds with the parts that lack a mechanism, or with all. With one core, in this process."""

    def __init__(self, count: int | None = None) -> None:
        taken = "PYTEST_XDIST_WORKER" in os.environ  # whose processes have the cores already
        count = count or (1 if taken else os.cpu_count() or 1)
        # Started anew, not forked: who forks a process with threads gets their locks.
        self._pool = ProcessPoolExecutor(count, get_context("spawn")) if count > 1 else None
        self._ahead = 3 * count

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def outcomes(self, seeds: Iterable[int], missing: str = "") -> Iterator[Outcome]:
        """What becomes of each seed, one after the other; ends what is not needed when nobody asks on."""
        seeds = iter(seeds)
        if self._pool is None:
            for seed in seeds:
                yield from _run([seed], missing)
            return
        running: deque[Future[list[Outcome]]] = deque()
        try:
            while True:
                while len(running) < self._ahead and (some := [*islice(seeds, _AT_ONCE)]):
                    running.append(self._pool.submit(_run, some, missing))
                if not running:
                    return
                yield from running.popleft().result()
        finally:
            for future in running:
                future.cancel()


def _run(seeds: list[int], missing: str) -> list[Outcome]:
    parts = SABOTAGES[missing] if missing else Parts()
    found = [simulate(seed, parts) for seed in seeds]
    return [one if one.violation else replace(one, trace=Trace()) for one in found]
