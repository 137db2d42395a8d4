"""The number of partitions that a topic's state is of: with another, keys would lie elsewhere."""

from stream.errors import PartitionsChanged
from stream.store.keys import COUNTS
from stream.store.ports import PartitionCounts


async def require_partition_count(store: PartitionCounts, topic: str, partitions: int) -> None:
    """Raise `PartitionsChanged` unless the stored state of `topic` is of that number of partitions."""
    recorded = await store.partition_count(topic, partitions)
    if recorded != partitions:
        raise PartitionsChanged(
            f"{topic} has {partitions} partitions and Redis holds the state of {recorded}: what is open "
            "now would be counted in two halves; when no contact is open and nobody is logged in, or where "
            f"that does no harm, run: redis-cli HDEL {COUNTS} {topic}"
        )
