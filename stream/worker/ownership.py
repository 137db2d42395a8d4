"""A partition in a worker's hands."""

import logging
from collections.abc import Callable

from stream.domain.fold import PartitionFold
from stream.domain.limits import Held
from stream.errors import RejectReason
from stream.store.base import Checkpoint, Lease, Partition, Plan
from stream.worker.flood import Recent

log = logging.getLogger("pantau.worker")
Fresh = Callable[[int, Held], PartitionFold]
_DONE = "rebuild_done partition=%s:%d position=%d"


class Owned:
    """Where its state stands, by which lease it is written, and the fold that goes on from there.

    `target` is that of a plan by which it is read again; `recent` and `halted` tell of floods. `fresh` makes
    a fold that knows nothing, from the watermark and what is held. `log_is_whole`: all that matters of it
    can be read again.
    """

    def __init__(
        self, partition: Partition, lease: Lease, plan: Plan | None, fresh: Fresh, *, log_is_whole: bool
    ) -> None:
        self.partition, self.token, self._fresh = partition, lease.token, fresh
        self.log_is_whole = log_is_whole
        anew = plan is not None and plan.anew
        self.position = plan.start if plan is not None else lease.position or 0
        self.watermark_ms = 0 if anew else lease.watermark_ms
        self.held = Held() if anew else lease.held
        going_on = plan or lease.rebuild
        behind = going_on is not None and going_on.target > self.position
        self.target = going_on.target if going_on is not None and behind else None
        self.recent = Recent()
        self.halted: RejectReason | None = None
        self.begin_anew()

    def begin_anew(self) -> None:
        """Throw the fold away: what it knows is loaded again."""
        self.fold = self._fresh(self.watermark_ms, self.held)

    def take(self, checkpoint: Checkpoint) -> None:
        """Follow a checkpoint that was stored."""
        self.held.take(checkpoint.changes.names, checkpoint.changes.opened)
        self.watermark_ms = checkpoint.watermark_ms
        self.position = checkpoint.next_offset
        if self.target is not None and self.position >= self.target:
            self.target = None
            log.info(_DONE, *self.partition, self.position)
