"""Taking a partition over as a worker does."""

from stream.store.base import Lease, Partition, Plan, Store
from stream.worker.recovery import Ask, Extent


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
