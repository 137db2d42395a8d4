"""A partition in a worker's hands."""

import logging
from collections.abc import Callable

from stream.domain.fold import PartitionFold
from stream.domain.limits import Held
from stream.domain.oddity import taken
from stream.domain.rulebook import Rulebook
from stream.store.base import Checkpoint, Lease, Partition, Plan
from stream.worker.reject_rate import Recent

log = logging.getLogger("pantau.worker")
Fresh = Callable[[Rulebook, int, Held], PartitionFold]
_DONE = "rebuild_done partition=%s:%d position=%d"


class Assignment:
    """Where its state stands, by which lease it is written, and the fold that goes on from there.

    `target` is that of a plan by which it is read again; `recent` and `halted` tell of refusals, `torn`
    of what was found to be lost of its state. It is booked by `book`, up to `booked_ms`. `fresh` makes a fold
    that knows nothing, from that, the watermark and what is held; once `is_fresh` is taken away, one is made
    for the next batch. `log_is_whole`: all that matters of it can be read again.
    """

    def __init__(  # noqa: PLR0913 - all that ownership rests on
        self,
        partition: Partition,
        lease: Lease,
        plan: Plan | None,
        book: Rulebook,
        fresh: Fresh,
        *,
        log_is_whole: bool,
    ) -> None:
        self.partition, self.token, self.book, self._fresh = partition, lease.token, book, fresh
        self.log_is_whole = log_is_whole
        anew = plan is not None and plan.anew
        self.position = plan.start if plan is not None else lease.position or 0
        self.watermark_ms = 0 if anew else lease.watermark_ms
        self.booked_ms = 0 if anew else max(lease.booked_ms, lease.watermark_ms)
        self.held = Held() if anew else lease.held
        self.oddities = {} if anew else lease.oddities
        going_on = plan or lease.rebuild
        #: Nothing of a new version is stored yet.
        self.is_unbegun = going_on is not None and self.position == going_on.start and not self.watermark_ms
        behind = going_on is not None and going_on.target > self.position
        self.target = going_on.target if going_on is not None and behind else None
        self.recent = Recent()
        self.halted: str | None = None
        self.torn: set[str] = set()
        self.begin_anew()

    def begin_anew(self) -> None:
        """Throw the fold away: what it knows is loaded again."""
        self.fold = self._fresh(self.book, self.watermark_ms, self.held)
        self.is_fresh = True

    def take(self, checkpoint: Checkpoint) -> None:
        """Follow a checkpoint that was stored."""
        self.held.take(checkpoint.changes.names, checkpoint.changes.opened)
        self.watermark_ms = checkpoint.watermark_ms
        self.oddities = taken(self.oddities, checkpoint.oddities)
        self.booked_ms = checkpoint.booked_ms
        self.position = checkpoint.next_offset
        if self.target is not None and self.position >= self.target:
            self.target = None
            log.info(_DONE, *self.partition, self.position)
