"""Workers, and taking a partition over as they do."""

from collections.abc import Callable

from stream.adapters.canonical import CanonicalDecoder
from stream.domain.definition import definitions
from stream.domain.fold import Retention
from stream.domain.limits import Limits
from stream.store.base import Lease, Partition, Plan, Store
from stream.worker.long_open import Recall, nothing
from stream.worker.probes import Probe
from stream.worker.processor import Processor
from stream.worker.record import DeadLetters
from stream.worker.recovery import Ask, Extent


def processor(  # noqa: PLR0913 - what a worker is made of
    store: Store,
    letters: DeadLetters,
    probe: Probe,
    clock: Callable[[], int],
    *,
    retention: Retention | None = None,
    limits: Limits | None = None,
    stopping: Callable[[], bool] = lambda: False,
    recall: Recall = nothing,
) -> Processor:
    """A worker that reads our own events, by the definitions that hold where none are given."""
    return Processor(
        store,
        CanonicalDecoder(),
        letters,
        probe,
        definitions=definitions(),
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

    async def ask(_: Partition) -> Extent:
        return Extent(earliest, earliest if horizon is None else horizon, end, committed)

    return ask
