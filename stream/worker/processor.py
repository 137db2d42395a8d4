"""One worker's work: batches of its partitions, each folded and stored once, in order.

The position lives with the state: a partition is read from where its stored state ends, whatever Kafka
has committed; what the store has lost is read again, as `recovery` says. A batch that could not be stored is
stored again until it is, or until it turns out that the partition has another owner; in between nothing is
acknowledged and nothing else is read.
"""

import logging
import time
from collections.abc import Callable, Mapping

from stream.adapters.base import Decoder
from stream.clock import now_ms
from stream.domain.agent.schedule import GRACE_MS
from stream.domain.cache import Room
from stream.domain.definition import Definitions
from stream.domain.entities import ENTITIES
from stream.domain.entity import Entities
from stream.domain.fold import PartitionFold, Retention
from stream.domain.limits import Held, Limits
from stream.domain.rulebook import Rulebook, Wanted, begun
from stream.errors import PartitionsChanged, StoreUnavailable
from stream.store.base import Checkpoint, Hold, Lease, Partition, Plan, Standing, Store, Verdict
from stream.store.keys import COUNTS
from stream.worker.assignment import Assignment
from stream.worker.bookkeeping import Bookkeeper
from stream.worker.folding import Folding, Lost
from stream.worker.long_open import Recall, nothing
from stream.worker.notices import Notices
from stream.worker.probes import BatchReport, Probe
from stream.worker.progress import Backlog
from stream.worker.record import Batch, DeadLetters
from stream.worker.recovery import Ask, plan_for
from stream.worker.reject_rate import Halted, Recent
from stream.worker.retry import Retry

log = logging.getLogger("pantau.worker")
_LOST = "partition_lost partition=%s:%d verdict=%s"
_BEGINS = "rebuild_begins partition=%s:%d from=%d to=%d anew=%s"
_OTHERWISE = "booked_otherwise partition=%s:%d it was booked by another rulebook and is built anew"
_LACKS = (
    "records_missing partition=%s:%d offsets=%d were passed over and nobody knows what they hold; built anew"
)
_UNACCOUNTED = (
    "records_unaccounted partition=%s:%d from=%d to=%d: more offsets than records and known gaps; read again"
)
_SHORTER = (
    "log_shorter partition=%s:%d ends at %d and was read up to %d: it is another, or has lost its tail; what "
    "was counted from it is built anew from what there is"
)
_RECALLED = "recalled partition=%s:%d events=%d of what was open before the first record that Kafka has"
_GONE = "records_gone partition=%s:%d from=%d to=%d: Kafka no longer has them; keep its records for longer"


async def hold_to(store: Store, topic: str, *, partitions: int) -> None:
    """Raise `PartitionsChanged` if the stored state is of another number of partitions."""
    recorded = await store.partition_count(topic, partitions)
    if recorded != partitions:
        raise PartitionsChanged(
            f"{topic} has {partitions} partitions and Redis holds the state of {recorded}: what is open "
            "now would be counted in two halves; when no contact is open and nobody is logged in, or where "
            f"that does no harm, run: redis-cli HDEL {COUNTS} {topic}"
        )


class Processor:
    """Folds batches into a store: one instance for all partitions of a worker, one batch at a time each.

    `stopping` is asked after a failed call of the store: once it says yes, the call is given up. `clock`
    tells the time in ms: no record was received later. `reject_limit_ratio` is the share that may be refused.
    With a `bookkeeper` all is booked by the rulebook that it finds, else by `definitions`.
    """

    def __init__(  # noqa: PLR0913 - all that a worker is made of
        self,
        store: Store,
        decoder: Decoder,
        letters: DeadLetters,
        probe: Probe,
        *,
        definitions: Definitions,
        retention: Retention,
        limits: Limits | None = None,
        grace_ms: int = GRACE_MS,
        reject_limit_ratio: float = 0.5,
        stopping: Callable[[], bool] = lambda: False,
        clock: Callable[[], int] = now_ms,
        bookkeeper: Bookkeeper | None = None,
        recall: Recall = nothing,
        entities: Entities = ENTITIES,
    ) -> None:
        self._store = store
        self._recall, self._entities = recall, entities
        self._probe = probe
        self._bookkeeper = bookkeeper
        self._book = begun(Wanted(definitions, grace_ms), 0)
        self._retention = retention
        self._limits = limits or Limits()
        self._owned: dict[Partition, Assignment] = {}
        self._partitions: dict[str, int] = {}  # how many each topic has
        self._known: dict[Partition, int] = {}  # where each was left, held or not
        self._clock = clock
        self._retry = Retry(probe, stopping)
        self._notices = Notices()
        self._folding = Folding(
            store,
            decoder,
            letters,
            self._retry,
            probe,
            limits=self._limits,
            reject_limit_ratio=reject_limit_ratio,
            clock=clock,
        )

    async def acquire(self, partition: Partition, ask: Ask) -> int:
        """Take a partition over; the offset to read from.

        The log is asked after the store: what was known of its end before may lie behind what is stored.
        """
        if self._bookkeeper is not None:
            self._book = await self._retry.call("rulebook", self._bookkeeper.look)
        book = self._book
        lease = await self._retry.call("acquire", lambda: self._store.acquire(partition))
        lease = self._held_to(book, partition, lease)
        told = await ask(partition)
        if lease.position is not None and lease.position > told.end:
            log.error(_SHORTER, *partition, told.end, lease.position)
        plan = plan_for(lease, told, known=self._known.get(partition, 0), now_ms=self._clock())
        if plan is not None:
            await self._begin(partition, lease.token, plan, told.first)
        owned = Assignment(partition, lease, plan, book, self._fresh, log_is_whole=told.is_whole)
        if owned.is_unbegun and owned.position < told.first:
            await self._recall_into(owned, told.first)
        before = self._owned.get(partition)
        if before is not None and before.position == owned.position:
            owned.recent, owned.halted = before.recent, before.halted
        elif before is not None and before.halted:
            self._probe.halted(partition, None)
        self._owned[partition], self._known[partition] = owned, owned.position
        self._note_owned()
        return owned.position

    async def _recall_into(self, owned: Assignment, first: int) -> None:
        """Fold what was open before the log begins, in the place of the offset before its `first`.

        Should somebody have taken over meanwhile, or the store have lost it, the next batch or check tells.
        """
        events = self._folding.recalled(await self._recall(owned.partition))
        try:
            checkpoint = await self._folding.recall(owned, events, first)
            verdict = await self._apply(owned, checkpoint, BatchReport(owned.partition, records=0))
        except Lost as lost:
            verdict = lost.verdict
        if verdict in {Verdict.APPLIED, Verdict.REPEAT}:
            self._advance(owned, checkpoint)
            log.log(logging.WARNING if events else logging.DEBUG, _RECALLED, *owned.partition, len(events))
        else:
            owned.begin_anew()
            owned.position = first

    def _note_owned(self) -> None:
        """Tell which are owned; all together keep as much in memory as one alone would."""
        for owned in self._owned.values():
            owned.fold.room = self._room
        self._probe.owned(set(self._owned))

    @property
    def _room(self) -> Room:
        """What the fold of each partition may keep in memory."""
        return Room().among(len(self._owned))

    def _held_to(self, book: Rulebook, partition: Partition, lease: Lease) -> Lease:
        """A lease on what was booked otherwise, or lacks records, is one on what is to be built anew."""
        if lease.unaccounted:
            log.error(_LACKS, *partition, lease.unaccounted)
            return lease._replace(requested=True)
        if self._bookkeeper is None or not book.contradicts(lease.rulebook, lease.booked_ms):
            return lease
        log.warning(_OTHERWISE, *partition)
        return lease._replace(requested=True)

    async def look(self) -> None:
        """Follow the rulebook, and have our own settings told; each partition does with its next batch."""
        if self._bookkeeper is None:
            return
        try:
            self._book = await self._bookkeeper.look()
        except StoreUnavailable:
            self._probe.store_failed("rulebook")

    def hold_to_limits(self, limits: Limits) -> None:
        """What partitions may hold from their next batch on."""
        self._limits = self._folding.limits = limits
        for owned in self._owned.values():
            owned.is_fresh = False

    async def _follows(self, owned: Assignment) -> bool:
        """Have a partition booked by the rulebook that holds; False where it is to be built anew for that."""
        if owned.book is self._book and owned.is_fresh:
            return True
        if self._book.contradicts(owned.book.id, owned.booked_ms):
            await self._store.request(owned.partition)
            return False
        owned.book = self._book
        owned.begin_anew()
        return True

    async def hold_to(self, topic: str, *, partitions: int) -> None:
        """Raise `PartitionsChanged` if the stored state is of another number of partitions.

        Where there are several, events without a key are refused from then on.
        """
        await self._retry.call("acquire", lambda: hold_to(self._store, topic, partitions=partitions))
        self._partitions[topic] = partitions

    async def _begin(self, partition: Partition, token: int, plan: Plan, first: int) -> None:
        """Begin a plan. Should another worker have taken over meanwhile, the next batch or check tells."""
        if plan.lost:
            log.error(_GONE, *partition, first - plan.lost, first)
        if plan.target > (start := max(plan.start, first)):
            log.warning(_BEGINS, *partition, start, plan.target, plan.anew)
        await self._retry.call("begin", lambda: self._store.begin(partition, token, plan))

    def _fresh(self, book: Rulebook, watermark_ms: int, held: Held) -> PartitionFold:
        return PartitionFold(
            book.definitions,
            limits=self._limits,
            held=held,
            retention=self._retention,
            watermark_ms=watermark_ms,
            grace_ms=book.grace_ms,
            room=self._room,
            entities=self._entities,
        )

    def keep_only(self, partitions: set[Partition]) -> None:
        """Let go of every other partition."""
        for partition in self._owned.keys() - partitions:
            del self._owned[partition]
            self._notices.let_go(partition)
        self._note_owned()

    def positions(self) -> dict[Partition, int]:
        """The next offset to read of every partition that is owned; may be asked from another thread."""
        return {partition: owned.position for partition, owned in list(self._owned.items())}

    @property
    def waits_for_store(self) -> bool:
        """Whether a call of the store has failed and is being repeated."""
        return self._retry.waits

    def halted(self) -> set[Partition]:
        """The partitions that stand still because most of them is refused."""
        return {partition for partition, owned in list(self._owned.items()) if owned.halted}

    def settled(self) -> dict[Partition, int]:
        """The token of every partition that is owned and whole: not being read again."""
        return {partition: owned.token for partition, owned in self._owned.items() if owned.target is None}

    async def process(self, batch: Batch) -> Verdict:
        """Fold and store a batch, if it goes on where the stored state ends; `REPEAT` if it does not.

        `FENCED`: another worker owns the partition; it has been let go. `ELSEWHERE`: acquire it again.
        Raises `Halted` when too much is refused or the client cannot read on: nothing was stored or reported.
        """
        owned = self._owned.get(batch.partition)
        if owned is None:
            return Verdict.FENCED
        if not batch.goes_on_at(owned.position):
            return Verdict.REPEAT
        return await self._process(owned, batch.since(owned.position))

    async def _process(self, owned: Assignment, batch: Batch) -> Verdict:
        if not batch.is_accounted:
            log.error(_UNACCOUNTED, *owned.partition, batch.from_offset, batch.next_offset)
            return self._lose(owned, Verdict.ELSEWHERE)
        if not await self._retry.call("request", lambda: self._follows(owned)):
            return self._lose(owned, Verdict.ELSEWHERE)
        report = BatchReport(batch.partition, records=len(batch.records))
        decoded = self._folding.decode(batch, report, self._partitions.get(batch.partition.topic, 1))
        try:
            recent = self._folding.recent(owned, batch, decoded)
            checkpoint = await self._folding.checkpoint(owned, batch, decoded, report)
            verdict = await self._apply(owned, checkpoint, report)
        except Halted as halted:
            owned.halted = halted.reason
            self._probe.halted(batch.partition, halted.reason)
            raise
        except Lost as lost:
            return self._lose(owned, lost.verdict)
        except BaseException:
            # Whether it was stored is not known. Under this lease it might be again, otherwise, over an older
            # copy of the store, and readers of the first would not be told of the second.
            self._let_go(owned)
            raise
        if verdict in {Verdict.FENCED, Verdict.ELSEWHERE}:
            return self._lose(owned, verdict)
        self._probe.judged(batch.partition, verdict)
        self._stored(owned, checkpoint, recent, report)
        return verdict

    async def _apply(self, owned: Assignment, checkpoint: Checkpoint, report: BatchReport) -> Verdict:
        started = time.perf_counter()
        verdict = await self._retry.call(
            "apply", lambda: self._store.apply(owned.partition, owned.token, checkpoint)
        )
        report.called("apply", time.perf_counter() - started)
        return verdict

    def _stored(self, owned: Assignment, checkpoint: Checkpoint, recent: Recent, report: BatchReport) -> None:
        self._advance(owned, checkpoint)
        owned.recent = recent
        if owned.halted:
            owned.halted = None
            self._probe.halted(owned.partition, None)
        report.position, report.watermark_ms = owned.position, owned.watermark_ms
        report.used = owned.held.used()
        self._probe.batch(report)
        self._notices.take(owned.partition, report.odd, self._clock())

    def _lose(self, owned: Assignment, verdict: Verdict) -> Verdict:
        self._probe.judged(owned.partition, verdict)
        log.warning(_LOST, *owned.partition, verdict)
        self._let_go(owned)
        return verdict

    def _advance(self, owned: Assignment, checkpoint: Checkpoint) -> None:
        owned.take(checkpoint)
        self._known[owned.partition] = owned.position

    async def sweep(self) -> None:
        """Have what is no longer needed of the partitions that are owned removed from the store."""
        for partition in list(self._owned):
            try:
                await self._store.sweep(partition)
            except StoreUnavailable:
                self._probe.store_failed("sweep")

    async def verify(self) -> None:
        """See whether the store still has all that was stored; what has lost something is built anew."""
        for partition, owned in list(self._owned.items()):
            try:
                found = await self._store.verify(partition)
                new = [one for one in found if one.name not in owned.torn]
                if new and self._owned.get(partition) is owned:
                    owned.torn.update(one.name for one in new)
                    await self._folding.damage.is_to_be_mended(owned, new)
            except StoreUnavailable:
                self._probe.store_failed("verify")

    async def sign(self, silent_seconds: float, backlogs: Mapping[Partition, Backlog]) -> None:
        """Tell readers that this worker lives, and how it stands with Kafka: since when that has been silent.

        `backlogs` tells what is to be read of each partition.
        """
        silent_ms = round(1000 * silent_seconds)
        for partition, owned in list(self._owned.items()):
            records, waiting_ms, is_held = backlogs.get(partition, Backlog())
            hold = Hold.HALTED if owned.halted else Hold.HELD if is_held else ""
            try:
                await self._store.sign(partition, owned.token, Standing(silent_ms, records, waiting_ms, hold))
            except StoreUnavailable:
                self._probe.store_failed("sign")
                return

    async def check(self, partition: Partition) -> Verdict:
        """What `process` would find out with a batch: whether the store stands where this worker left it.

        `APPLIED` also where nothing is known: the store does not answer, or the partition changed hands.
        `ELSEWHERE`: it is held until it is acquired again; should that fail, a later check tells so again.
        """
        owned = self._owned.get(partition)
        if owned is None:
            return Verdict.APPLIED
        self._notices.tell(partition, self._clock())
        try:
            await self._follows(owned)
            verdict = await self._store.check(partition, owned.token, owned.position)
        except StoreUnavailable:
            self._probe.store_failed("check")
            return Verdict.APPLIED
        if verdict is Verdict.APPLIED or self._owned.get(partition) is not owned:
            return Verdict.APPLIED
        self._probe.judged(partition, verdict)
        log.warning(_LOST, *partition, verdict)
        if verdict is Verdict.FENCED:
            self._let_go(owned)
        return verdict

    def _let_go(self, owned: Assignment) -> None:
        if self._owned.get(owned.partition) is owned:  # else it was acquired again meanwhile
            del self._owned[owned.partition]
            self._notices.let_go(owned.partition)
