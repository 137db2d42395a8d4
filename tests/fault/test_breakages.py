"""Each thing that can break is broken once, under load: afterwards every number is as recomputed.

At random, for as long as asked, and two at once: `make soak`.
"""

import pytest
from support.breakages import BREAKAGES
from support.rig import Rig
from support.rounds import play

#: What has a test of its own, which shows the mechanism too.
_ELSEWHERE = {"worker frozen", "redis put back", "redis emptied", "replies lost", "redis frozen"}


@pytest.mark.parametrize("name", sorted(BREAKAGES.keys() - _ELSEWHERE))
def test_what_breaks_changes_no_number(rig: Rig, name: str) -> None:
    played = play(rig, seed=1, broken=(name,), load=300)
    assert played.is_true, str(played)
