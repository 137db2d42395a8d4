"""What is done with a partition that was taken over, case by case."""

import pytest

from stream.domain.limits import Held
from stream.store.lease import Lease
from stream.store.rebuild import Plan, Rebuild
from stream.worker.recovery import Extent, plan_for

pytestmark = pytest.mark.pure

NOW_MS = 77
#: Kafka keeps [100, 1000); what was recorded from 300 on matters.
LOG = Extent(earliest=100, horizon=300, end=1000)
GOING_ON = Rebuild(100, 900, 5, 400, complete=True)


def lease(position: int | None, rebuild: Rebuild | None = None, *, requested: bool = False) -> Lease:
    return Lease(1, position, 0, Held(), rebuild, requested)


CASES = {
    "it stands at the end": (lease(1000), LOG, 0, None),
    "it is behind, as after a pause": (lease(400), LOG, 0, None),
    "it is behind, and nobody was further": (lease(400), LOG._replace(committed=400), 400, None),
    "nothing was stored": (lease(None), LOG, 0, Plan(299, 1000, NOW_MS, anew=True)),
    "nothing was stored of a log that is empty": (
        lease(None),
        Extent(0, 0, 0),
        0,
        Plan(0, 0, NOW_MS, anew=True),
    ),
    "nothing was stored, and all that matters is gone": (
        lease(None),
        Extent(500, 300, 500),
        0,
        Plan(499, 500, NOW_MS, anew=True),
    ),
    "it was lost, and this worker knew more": (lease(None), LOG, 800, Plan(299, 1000, NOW_MS, anew=True)),
    "this worker was further": (lease(400), LOG, 800, Plan(400, 1000, NOW_MS, anew=False)),
    "the group was further": (
        lease(400),
        LOG._replace(committed=800),
        0,
        Plan(400, 1000, NOW_MS, anew=False),
    ),
    "somebody was further than the log is": (
        lease(1000),
        LOG._replace(committed=5000),
        0,
        None,
    ),
    "what follows is gone": (lease(40), LOG, 0, Plan(299, 1000, NOW_MS, anew=True, lost=60)),
    "what follows is just there": (lease(100), LOG, 100, None),
    "a rebuild is on": (lease(400, GOING_ON), LOG._replace(committed=1000), 1000, None),
    "what a rebuild would read is gone": (
        lease(40, GOING_ON),
        LOG,
        0,
        Plan(299, 1000, NOW_MS, anew=True, lost=60),
    ),
    "nothing of a rebuild is stored, and its beginning is gone": (
        lease(40, GOING_ON._replace(start=40)),
        LOG,
        0,
        Plan(299, 1000, NOW_MS, anew=True),
    ),
    "one is asked for": (lease(1000, requested=True), LOG, 1000, Plan(299, 1000, NOW_MS, anew=True)),
    "one is asked for while one is on": (
        lease(400, GOING_ON, requested=True),
        LOG,
        0,
        Plan(299, 1000, NOW_MS, anew=True),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_must_be_read_again(name: str) -> None:
    given, log, known, plan = CASES[name]
    assert plan_for(given, log, left_at=known, now_ms=NOW_MS) == plan
