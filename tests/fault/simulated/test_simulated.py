"""A simulated installation in which everything fails: whatever a seed does, the board comes to the log.

`PANTAU_TEST_SEED=7` runs that seed alone, as a failure says. Seeds run on all cores.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault.simulated.cores import Cores, replay
from fault.simulated.sabotage import SABOTAGES
from fault.simulated.world import Outcome, simulate
from support.effort import examples

pytestmark = pytest.mark.pure

SEEDS, BUDGET_SECONDS = examples(300), 10.0
#: Each missing mechanism is noticed by one seed in 50 at least: the chance that none of so many does is below
#: one in a million. Only as many run as it takes.
_WITHIN = 1_000
_DIGESTS = "from fault.simulated.world import simulate; print([simulate(s).trace.digest() for s in {}])"


@pytest.fixture(scope="module")
def cores() -> Iterator[Cores]:
    with Cores() as started:
        yield started


def told(outcome: Outcome) -> str:
    """A failure as a person can act on it."""
    return f"seed {outcome.seed}: {outcome.violation}\n{outcome.trace.last()}\nreplay: {replay(outcome.seed)}"


def seeds() -> list[int]:
    given = os.environ.get("PANTAU_TEST_SEED")
    return [int(given)] if given else [*range(SEEDS)]


def test_every_seed_comes_to_what_its_log_says(cores: Cores) -> None:
    until = time.monotonic() + BUDGET_SECONDS
    for outcome in cores.outcomes(seeds()):
        assert outcome.violation is None, told(outcome)
        if time.monotonic() > until:
            break


@pytest.mark.long
def test_a_seed_gives_the_same_run_each_time_in_every_process() -> None:
    chosen = [3, 16]
    here = [simulate(seed).trace.digest() for seed in chosen]
    assert len({*here}) == len(chosen)
    assert here == [simulate(seed).trace.digest() for seed in chosen]
    environment = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", _DIGESTS.format(chosen)]
    folder = Path(__file__).parents[2]
    there = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    assert there.stdout.strip() == str(here)


@pytest.mark.long
@pytest.mark.parametrize("missing", SABOTAGES)
def test_a_mechanism_that_is_missing_is_noticed(cores: Cores, missing: str) -> None:
    found = (outcome.violation for outcome in cores.outcomes(range(_WITHIN), missing))
    assert any(found), f"{_WITHIN} seeds ran well without the {missing}"
