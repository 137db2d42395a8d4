"""A partition that this worker owns."""

import logging
from collections.abc import Callable
from typing import NamedTuple

from stream.domain.fold import PartitionFold
from stream.domain.limits import Held, Limits
from stream.domain.oddity import taken
from stream.domain.rulebook import Rulebook
from stream.store.checkpoint import Checkpoint
from stream.store.lease import Lease
from stream.store.partition import Partition
from stream.store.rebuild import Plan
from stream.worker.reject_rate import RejectWindow

log = logging.getLogger("pantau.worker")
_DONE = "rebuild_done partition=%s:%d position=%d"


class Terms(NamedTuple):
    """What a partition is folded by: the rulebook, and how much it may hold."""

    book: Rulebook
    limits: Limits


#: Makes a fold that has nothing in memory, from terms, a watermark in ms and what the stored partition holds.
NewFold = Callable[[Terms, int, Held], PartitionFold]


class Assignment:
    """Where the state of a partition stands, the lease that it is written under, and the fold that goes on.

    `target` is the offset at which a plan is complete, None without one. `rejects` are the latest refusals,
    and `halted` is the reason why it stands still, if it does. `torn` names the hashes that have lost fields.
    `booked_ms` is the latest instant that was booked. `log_is_whole`: Kafka still has every record that
    matters.
    """

    def __init__(  # noqa: PLR0913 - all that ownership rests on
        self,
        partition: Partition,
        lease: Lease,
        plan: Plan | None,
        terms: Terms,
        new_fold: NewFold,
        *,
        log_is_whole: bool,
    ) -> None:
        self.partition, self.token, self._new_fold = partition, lease.token, new_fold
        self.log_is_whole = log_is_whole
        anew = plan is not None and plan.anew
        self.position = plan.start if plan is not None else lease.position or 0
        self.watermark_ms = 0 if anew else lease.watermark_ms
        self.booked_ms = 0 if anew else max(lease.booked_ms, lease.watermark_ms)
        self.held = Held() if anew else lease.held
        self.oddities = {} if anew else lease.oddities
        current = plan or lease.rebuild
        #: Nothing of a new version is stored yet.
        self.is_unbegun = current is not None and self.position == current.start and not self.watermark_ms
        is_behind = current is not None and current.target > self.position
        self.target = current.target if current is not None and is_behind else None
        self.rejects = RejectWindow()
        self.halted: str | None = None
        self.torn: set[str] = set()
        self.begin_anew(terms)

    def begin_anew(self, terms: Terms) -> None:
        """Replace the fold by one that has nothing in memory: what it needs is loaded again."""
        self.terms = terms
        self.fold = self._new_fold(terms, self.watermark_ms, self.held)

    def advance(self, checkpoint: Checkpoint) -> None:
        """Move on to where a stored checkpoint ends."""
        self.held.take(checkpoint.changes.names, checkpoint.changes.opened)
        self.watermark_ms = checkpoint.watermark_ms
        self.oddities = taken(self.oddities, checkpoint.oddities)
        self.booked_ms = checkpoint.booked_ms
        self.position = checkpoint.next_offset
        if self.target is not None and self.position >= self.target:
            self.target = None
            log.info(_DONE, *self.partition, self.position)
