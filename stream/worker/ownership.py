"""Which partitions this worker owns: acquires them, keeps them to the rulebook, and gives them up.

The position lives with the state: a partition is read from where its stored state ends, whatever Kafka has
committed. What the store has lost is read again, as `recovery` plans it.
"""

import logging
from collections.abc import Callable

from stream.domain.cache import Room
from stream.domain.entities import ENTITIES
from stream.domain.entity import Entities
from stream.domain.fold import PartitionFold, Retention
from stream.domain.limits import Held, Limits
from stream.domain.rulebook import Rulebook
from stream.errors import StoreUnavailable
from stream.store.checkpoint import Checkpoint
from stream.store.lease import Lease, Verdict
from stream.store.partition import Partition
from stream.store.partition_count import require_partition_count
from stream.store.rebuild import Plan
from stream.worker.assignment import Assignment, Terms
from stream.worker.bookkeeping import Bookkeeper
from stream.worker.folding import Folding
from stream.worker.long_open import Recall, nothing
from stream.worker.notices import Notices
from stream.worker.probes import BatchReport, Probe
from stream.worker.recovery import Ask, Extent, plan_for
from stream.worker.retrying_store import RetryingStore
from stream.worker.stored_state import Lost, StoredState

log = logging.getLogger("pantau.worker")
_LOST = "partition_lost partition=%s:%d verdict=%s"
_BEGINS = "rebuild_begins partition=%s:%d from=%d to=%d anew=%s"
_OTHERWISE = "booked_otherwise partition=%s:%d it was booked by another rulebook and is rebuilt"
_LACKS = (
    "records_missing partition=%s:%d offsets=%d were passed over and nobody knows what they hold; rebuilt"
)
_SHORTER = (
    "log_shorter partition=%s:%d ends at %d and was read up to %d: it is another log, or has lost its tail; "
    "what was counted from it is rebuilt from what there is"
)
_RECALLED = "recalled partition=%s:%d events=%d of what was open before the first record that Kafka has"
_GONE = "records_gone partition=%s:%d from=%d to=%d: Kafka no longer has them; keep its records for longer"


class Ownership:
    """The assignments of a worker. `clock` gives the time in ms.

    With a `bookkeeper` all is folded by the rulebook that it finds, else by that of `terms`.
    """

    def __init__(  # noqa: PLR0913 - all that ownership rests on
        self,
        store: RetryingStore,
        state: StoredState,
        folding: Folding,
        probe: Probe,
        notices: Notices,
        *,
        terms: Terms,
        retention: Retention,
        clock: Callable[[], int],
        bookkeeper: Bookkeeper | None = None,
        recall: Recall = nothing,
        entities: Entities = ENTITIES,
    ) -> None:
        self._store, self._state, self._folding = store, state, folding
        self._probe, self._notices, self._clock = probe, notices, clock
        self._terms, self._retention, self._bookkeeper = terms, retention, bookkeeper
        self._recall, self._entities = recall, entities
        self._assignments: dict[Partition, Assignment] = {}
        #: Where each partition was left, still owned or not.
        self._left_at: dict[Partition, int] = {}
        self._partition_counts: dict[str, int] = {}

    def get(self, partition: Partition) -> Assignment | None:
        """The assignment of a partition; None where it is not owned."""
        return self._assignments.get(partition)

    def all(self) -> list[Assignment]:
        """Those of all partitions that are owned; may be asked from another thread."""
        return list(self._assignments.values())

    def positions(self) -> dict[Partition, int]:
        """The next offset to read of every partition that is owned; may be asked from another thread."""
        return {assignment.partition: assignment.position for assignment in self.all()}

    def halted(self) -> set[Partition]:
        """The partitions that stand still; may be asked from another thread."""
        return {assignment.partition for assignment in self.all() if assignment.halted}

    def settled(self) -> dict[Partition, int]:
        """The token of every partition that is owned and whole: not being read again."""
        return {
            assignment.partition: assignment.token for assignment in self.all() if assignment.target is None
        }

    def partition_count(self, topic: str) -> int:
        """How many partitions a topic has, as far as is known."""
        return self._partition_counts.get(topic, 1)

    async def require_partition_count(self, topic: str, partitions: int) -> None:
        """Raise `PartitionsChanged` unless the stored state is of that number of partitions.

        Where there are several, events without a key are refused from then on.
        """
        await require_partition_count(self._store, topic, partitions)
        self._partition_counts[topic] = partitions

    async def acquire(self, partition: Partition, ask: Ask) -> int:
        """Take a partition over, and return the offset to read from.

        `ask` is called after the store has answered: a log's end that was known before may lie behind what is
        stored by now, and would look like a log that has lost its tail.
        """
        if self._bookkeeper is not None:
            self._follow_book(await self._store.retried("rulebook", self._bookkeeper.look))
        terms = self._terms
        lease = self._rebuilt_if_needed(terms, partition, await self._store.acquire(partition))
        log_extent = await ask(partition, max(lease.position or 0, self._left_at.get(partition, 0)))
        plan = await self._begin(partition, lease, log_extent)
        assignment = Assignment(
            partition, lease, plan, terms, self._new_fold, log_is_whole=log_extent.is_whole
        )
        if assignment.is_unbegun and assignment.position < log_extent.first:
            await self._recall_into(assignment, log_extent.first)
        self._add(assignment)
        return assignment.position

    def _rebuilt_if_needed(self, terms: Terms, partition: Partition, lease: Lease) -> Lease:
        """The lease, with a rebuild requested where its state lacks records or was booked otherwise."""
        if lease.unaccounted:
            log.error(_LACKS, *partition, lease.unaccounted)
            return lease._replace(requested=True)
        if self._bookkeeper is None or not terms.book.contradicts(lease.rulebook, lease.booked_ms):
            return lease
        log.warning(_OTHERWISE, *partition)
        return lease._replace(requested=True)

    async def _begin(self, partition: Partition, lease: Lease, log_extent: Extent) -> Plan | None:
        """Begin what must be read again, if anything.

        Where another worker takes over meanwhile, this is refused, and the next batch or check finds out.
        """
        if lease.position is not None and lease.position > log_extent.end:
            log.error(_SHORTER, *partition, log_extent.end, lease.position)
        left_at = self._left_at.get(partition, 0)
        plan = plan_for(lease, log_extent, left_at=left_at, now_ms=self._clock())
        if plan is None:
            return None
        first = log_extent.first
        if plan.lost:
            log.error(_GONE, *partition, first - plan.lost, first)
        if plan.target > (start := max(plan.start, first)):
            log.warning(_BEGINS, *partition, start, plan.target, plan.anew)
        await self._store.begin(partition, lease.token, plan)
        return plan

    async def _recall_into(self, assignment: Assignment, first: int) -> None:
        """Fold what was open before the log's `first` record.

        Its checkpoint takes the place of the offset before, so it is checked and stored like any other. Where
        it is refused, the next batch or check finds out why.
        """
        events = self._folding.recalled(await self._recall(assignment.partition))
        try:
            checkpoint = await self._folding.recall(assignment, events, first)
            await self._state.apply(assignment, checkpoint, BatchReport(assignment.partition))
        except Lost:
            assignment.begin_anew(assignment.terms)
            assignment.position = first
            return
        self.advance(assignment, checkpoint)
        level = logging.WARNING if events else logging.DEBUG
        log.log(level, _RECALLED, *assignment.partition, len(events))

    def _add(self, assignment: Assignment) -> None:
        partition, before = assignment.partition, self.get(assignment.partition)
        if before is not None and before.position == assignment.position:
            # Nothing was stored in between: what was refused there still counts, or a flood that is retried
            # would find an empty window each time and pass.
            assignment.rejects, assignment.halted = before.rejects, before.halted
        elif before is not None and before.halted:
            self._probe.halted(partition, None)
        self._assignments[partition], self._left_at[partition] = assignment, assignment.position
        self._share_room()

    def _new_fold(self, terms: Terms, watermark_ms: int, held: Held) -> PartitionFold:
        return PartitionFold(
            terms.book.definitions,
            limits=terms.limits,
            held=held,
            retention=self._retention,
            watermark_ms=watermark_ms,
            grace_ms=terms.book.grace_ms,
            room=self._room,
            entities=self._entities,
        )

    @property
    def _room(self) -> Room:
        """What the fold of each partition may keep in memory: all together as much as one alone would."""
        return Room().among(len(self._assignments))

    def _share_room(self) -> None:
        for assignment in self.all():
            assignment.fold.room = self._room
        self._probe.owned(set(self._assignments))

    async def look(self) -> None:
        """Follow the rulebook, after our settings have amended it; partitions do so with their next batch."""
        if self._bookkeeper is None:
            return
        try:
            self._follow_book(await self._store.once("rulebook", self._bookkeeper.look))
        except StoreUnavailable:
            return

    def set_limits(self, limits: Limits) -> None:
        """What partitions may hold, from their next batch on."""
        self._terms = self._terms._replace(limits=limits)

    def _follow_book(self, book: Rulebook) -> None:
        if book is not self._terms.book:
            self._terms = self._terms._replace(book=book)

    async def follow(self, assignment: Assignment) -> None:
        """Have a partition folded by the terms that hold. Raises `Lost` where it must be rebuilt for that."""
        if assignment.terms is self._terms:
            return
        if self._terms.book.contradicts(assignment.terms.book.id, assignment.booked_ms):
            await self._store.request(assignment.partition)
            raise Lost(Verdict.ELSEWHERE)
        assignment.begin_anew(self._terms)

    def advance(self, assignment: Assignment, checkpoint: Checkpoint) -> None:
        """Move on to where a stored checkpoint ends."""
        assignment.advance(checkpoint)
        self._left_at[assignment.partition] = assignment.position

    def halt(self, assignment: Assignment, reason: str | None) -> None:
        """Note that a partition stands still for `reason`; None: it moves on."""
        if assignment.halted or reason:
            assignment.halted = reason
            if self.get(assignment.partition) is assignment:  # else it is for a later assignment to say
                self._probe.halted(assignment.partition, reason)

    def lose(self, assignment: Assignment, verdict: Verdict) -> None:
        """Report that the store no longer takes what we write, and give the partition up."""
        self.report_lost(assignment, verdict)
        self.release(assignment)

    def report_lost(self, assignment: Assignment, verdict: Verdict) -> None:
        """Log and count the verdict by which a partition is lost."""
        self._probe.judged(assignment.partition, verdict)
        log.warning(_LOST, *assignment.partition, verdict)

    def release(self, assignment: Assignment) -> None:
        """Give a partition up, unless it has been acquired again meanwhile."""
        if self.get(assignment.partition) is assignment:
            del self._assignments[assignment.partition]
            if assignment.halted:
                self._probe.halted(assignment.partition, None)
            self._notices.revoke(assignment.partition)

    def keep_only(self, partitions: set[Partition]) -> None:
        """Give up every other partition."""
        for assignment in self.all():
            if assignment.partition not in partitions:
                self.release(assignment)
        self._share_room()
