"""What to do with a partition that was taken over: go on, catch up, or read it again into a new version."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from stream.store.base import Lease, Partition, Plan


class Extent(NamedTuple):
    """What the log has of a partition, as offsets: its first record, the first that matters, its end.

    `committed` is how far a worker of the group had come, 0 if unknown; what is stored was there or further.
    """

    earliest: int
    horizon: int
    end: int = 0
    committed: int = 0

    @property
    def first(self) -> int:
        """From where on it is read."""
        return max(self.earliest, self.horizon)

    @property
    def is_whole(self) -> bool:
        """Whether nothing that matters has been deleted: no record was, or all that were are older."""
        return self.earliest == 0 or self.earliest < self.horizon


#: Tells what the log has of a partition by now.
Ask = Callable[[Partition], Awaitable[Extent]]


def plan_for(lease: Lease, log: Extent, *, known: int, now_ms: int) -> Plan | None:
    """What must be read again before a partition is whole; None to go on where it stands.

    `known`: where this worker itself left it, 0 if it did not have it. A new version of a log that is not
    read from its beginning starts one offset before: what is recalled takes that place, so that each step
    moves on.
    """
    stored = lease.position
    anew = Plan(max(0, log.first - 1), max(log.first, log.end), now_ms, anew=True)
    if stored is None or lease.requested:
        return anew
    if not log.earliest <= stored <= log.end:  # behind its end: it is another log, or has lost its tail
        is_unbegun = lease.rebuild is not None and stored == lease.rebuild.start and not lease.watermark_ms
        return anew if is_unbegun else anew._replace(lost=max(0, log.earliest - stored))
    if lease.rebuild is None and stored < min(max(known, log.committed), log.end):
        return Plan(stored, log.end, now_ms, anew=False)
    return None
