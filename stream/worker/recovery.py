"""What to do with an acquired partition: go on, catch up, or read it again into a new version."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from stream.store.lease import Lease
from stream.store.partition import Partition
from stream.store.rebuild import Plan


class Extent(NamedTuple):
    """What Kafka has of a partition, as offsets: its first record, the first that matters, and its end.

    `committed` is what the group has committed, 0 if unknown. The stored position was there or further once.
    """

    earliest: int
    horizon: int
    end: int = 0
    committed: int = 0

    @property
    def first(self) -> int:
        """The first offset to read."""
        return max(self.earliest, self.horizon)

    @property
    def is_whole(self) -> bool:
        """Whether nothing that matters has been deleted: no record was, or all that were are older."""
        return self.earliest == 0 or self.earliest < self.horizon


#: Tells what Kafka has of a partition by now. The log was read up to an offset once: an end before that is
#: believed only if reading the log shows it.
Ask = Callable[[Partition, int], Awaitable[Extent]]


def plan_for(lease: Lease, log: Extent, *, left_at: int, now_ms: int) -> Plan | None:
    """What must be read again before a partition is whole; None to go on where its state stands.

    `left_at` is the position at which this worker itself left the partition, 0 if it never had it.
    """
    stored = lease.position
    # Where the log does not begin at 0, a new version starts one offset before it: the checkpoint of what is
    # recalled covers that offset, so it moves the position as every checkpoint does.
    anew = Plan(max(0, log.first - 1), max(log.first, log.end), now_ms, anew=True)
    if stored is None or lease.requested:
        return anew
    if not log.earliest <= stored <= log.end:
        # Records after the position are gone, or the position is behind the end: the log is another one, or
        # has lost its tail. Neither can be caught up with. A version that has just begun has lost nothing
        # by that.
        is_unbegun = lease.rebuild is not None and stored == lease.rebuild.start and not lease.watermark_ms
        return anew if is_unbegun else anew._replace(lost=max(0, log.earliest - stored))
    # The store is older than what was committed, or than we left it: it fell back to a copy. The records
    # since are read again, and readers are told until they are.
    if lease.rebuild is None and stored < min(max(left_at, log.committed), log.end):
        return Plan(stored, log.end, now_ms, anew=False)
    return None
