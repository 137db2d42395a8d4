"""Each thing that can break is broken once, under load: afterwards every number is as recomputed."""

import random

import pytest
from support.breakages import BREAKAGES
from support.rig import Rig
from support.rounds import play, play_for

#: What has a test of its own, which shows the mechanism too.
_ELSEWHERE = {"worker frozen", "redis put back", "redis emptied", "replies lost", "redis frozen"}


@pytest.mark.parametrize("name", sorted(BREAKAGES.keys() - _ELSEWHERE))
def test_what_breaks_changes_no_number(rig: Rig, name: str) -> None:
    played = play(rig, seed=1, broken=(name,), load=300)
    assert played.is_true, str(played)


def test_whatever_breaks_for_half_a_minute_changes_no_number(rig: Rig) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    for played in play_for(rig, seed, seconds=30):
        print(played)  # noqa: T201 - as above
        assert played.is_true, str(played)
