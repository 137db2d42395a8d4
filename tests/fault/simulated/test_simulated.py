"""A simulated installation in which everything fails: whatever a seed does, the board comes to the log.

`PANTAU_TEST_SEED=7` runs that seed alone, as a failure says.
"""

import os
import time

import pytest
from fault.simulated.sabotage import SABOTAGES
from fault.simulated.world import Outcome, simulate

pytestmark = pytest.mark.pure

SEEDS, BUDGET_SECONDS = 300, 25.0
#: Seeds that found something once: a first position that nobody had stored, a token that was given out twice,
#: readers that went on from a history that was lost, facts loaded from one history and stored in another.
FOUND = (7, 16, 34, 112, 212)
#: Within how many seeds a missing mechanism is noticed: mostly within a few.
_WITHIN = 300


def told(outcome: Outcome) -> str:
    """A failure as a person can act on it."""
    again = f"PANTAU_TEST_SEED={outcome.seed} pytest tests/fault/simulated/test_simulated.py -k every_seed"
    return f"seed {outcome.seed}: {outcome.violation}\n{outcome.trace.last()}\nreplay: {again}"


def seeds() -> list[int]:
    given = os.environ.get("PANTAU_TEST_SEED")
    return [int(given)] if given else [*FOUND, *range(SEEDS)]


def test_every_seed_comes_to_what_its_log_says() -> None:
    until = time.monotonic() + BUDGET_SECONDS
    for done, seed in enumerate(seeds()):
        outcome = simulate(seed)
        assert outcome.violation is None, told(outcome)
        if time.monotonic() > until and done >= len(FOUND):
            break


def test_a_seed_gives_the_same_run_each_time() -> None:
    for seed in (3, 16):
        one, other = simulate(seed), simulate(seed)
        assert (one.trace.digest(), one.steps, one.faults) == (
            other.trace.digest(),
            other.steps,
            other.faults,
        )
    assert simulate(3).trace.digest() != simulate(4).trace.digest()


@pytest.mark.parametrize("missing", SABOTAGES)
def test_a_mechanism_that_is_missing_is_noticed(missing: str) -> None:
    found = (simulate(seed, SABOTAGES[missing]).violation for seed in (*FOUND, *range(_WITHIN)))
    assert any(found), f"{_WITHIN} seeds ran well without the {missing}"
