"""Taking a partition over as a worker does."""

from stream.store.base import Lease, Partition, Plan, Store


async def take(store: Store, partition: Partition, *, earliest: int = 0) -> Lease:
    """Acquire a partition, and begin at `earliest` where nothing is stored."""
    lease = await store.acquire(partition)
    if lease.position is not None:
        return lease
    await store.begin(partition, lease.token, Plan(earliest, earliest, 0, anew=True))
    return lease._replace(position=earliest)
