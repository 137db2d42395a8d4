"""Workers, and taking a partition over as they do."""

from collections.abc import Callable

from stream.adapters.canonical import CanonicalDecoder
from stream.domain.agent.schedule import GRACE_MS
from stream.domain.definition import definitions
from stream.domain.fold import Retention
from stream.domain.limits import Limits
from stream.domain.rulebook import Wanted
from stream.store.lease import Lease
from stream.store.partition import Partition
from stream.store.ports import Store
from stream.store.rebuild import Plan
from stream.worker.long_open import Recall, nothing
from stream.worker.probes import Probe
from stream.worker.record import DeadLetters
from stream.worker.recovery import Ask, Extent
from stream.worker.worker import Worker


def new_worker(  # noqa: PLR0913 - what a worker is made of
    store: Store,
    letters: DeadLetters,
    probe: Probe,
    clock: Callable[[], int],
    *,
    retention: Retention | None = None,
    limits: Limits | None = None,
    stopping: Callable[[], bool] = lambda: False,
    recall: Recall = nothing,
) -> Worker:
    """A worker that reads our own events, by the definitions that hold where none are given."""
    return Worker.of(
        store,
        CanonicalDecoder(),
        letters,
        probe,
        wanted=Wanted(definitions(), GRACE_MS),
        retention=retention or Retention(),
        limits=limits,
        stopping=stopping,
        clock=clock,
        recall=recall,
    )


async def take(store: Store, partition: Partition, *, earliest: int = 0) -> Lease:
    """Acquire a partition, and begin at `earliest` where nothing is stored."""
    lease = await store.acquire(partition)
    if lease.position is not None:
        return lease
    await store.begin(partition, lease.token, Plan(earliest, earliest, 0, anew=True))
    return lease._replace(position=earliest)


def log_of(*, earliest: int, horizon: int | None = None, end: int = 0, committed: int = 0) -> Ask:
    """A log that is so whoever asks."""

    async def ask(_: Partition, __: int) -> Extent:
        return Extent(earliest, earliest if horizon is None else horizon, end, committed)

    return ask
