"""One worker's work: batches of its partitions, each folded and stored once, in order.

The position lives with the state: a partition is read from where its stored state ends, whatever Kafka
has committed; what the store has lost is read again, as `recovery` says. A batch that could not be stored is
stored again until it is, or until it turns out that the partition has another owner; in between nothing is
acknowledged and nothing else is read.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from stream.adapters.base import Decoder
from stream.adapters.heartbeat import TYPE as HEARTBEAT
from stream.adapters.payload import TYPE_NAMES
from stream.clock import now_ms
from stream.domain.definition import Definitions
from stream.domain.fact import Event
from stream.domain.fold import Cell, Changes, PartitionFold, Retention
from stream.domain.limits import Held, Limits
from stream.domain.schedule import GRACE_MS
from stream.errors import PartitionsChanged, RejectReason, StoreUnavailable
from stream.store.base import Checkpoint, Loaded, Partition, Plan, Store, Verdict
from stream.store.keys import COUNTS
from stream.worker.decoding import UNKNOWN, Decoded, decode_batch, too_late, too_many
from stream.worker.flood import Flooded, Recent
from stream.worker.probes import BatchReport, Probe
from stream.worker.record import Batch, DeadLetter, DeadLetters, Record
from stream.worker.recovery import Extent, plan_for

log = logging.getLogger("pantau.worker")
T = TypeVar("T")
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
_LOST = "partition_lost partition=%s:%d verdict=%s"
_BEGINS = "rebuild_begins partition=%s:%d from=%d to=%d anew=%s"
_DONE = "rebuild_done partition=%s:%d position=%d"
_GONE = "records_gone partition=%s:%d from=%d to=%d: Kafka no longer has them; keep its records for longer"


class Stopping(Exception):  # noqa: N818 - not an error: the worker was told to stop
    """A call of the store was given up because the worker stops; the batch will be read again."""


async def hold_to(store: Store, topic: str, *, partitions: int) -> None:
    """Raise `PartitionsChanged` if the stored state is of another number of partitions."""
    recorded = await store.partition_count(topic, partitions)
    if recorded != partitions:
        raise PartitionsChanged(
            f"{topic} has {partitions} partitions and Redis holds the state of {recorded}: what is open "
            "now would be counted in two halves; when no contact is open and nobody is logged in, or where "
            f"that does no harm, run: redis-cli HDEL {COUNTS} {topic}"
        )


class _Lost(Exception):  # noqa: N818 - not an error: the batch is another's to fold
    """What was loaded is not of the state that this worker left."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict)
        self.verdict = verdict


class _Owned:
    """A partition in this worker's hands."""

    __slots__ = ("fold", "halted", "held", "position", "recent", "target", "token", "watermark_ms")

    def __init__(self, token: int, position: int, watermark_ms: int, held: Held, fold: PartitionFold) -> None:
        self.token, self.position, self.watermark_ms, self.fold = token, position, watermark_ms, fold
        self.held = held
        self.target: int | None = None  # of the plan by which it is read again
        self.recent = Recent()
        self.halted: RejectReason | None = None


class Processor:
    """Folds batches into a store: one instance for all partitions of a worker, one batch at a time each.

    `stopping` is asked after a failed call of the store: once it says yes, the call is given up. `clock`
    tells the time in ms: no record was received later. `flood_ratio` is the share that may be refused.
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
        flood_ratio: float = 0.5,
        stopping: Callable[[], bool] = lambda: False,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self._store = store
        self._decoder = decoder
        self._letters = letters
        self._probe = probe
        self._definitions = definitions
        self._retention = retention
        self._limits = limits or Limits()
        self._grace_ms = grace_ms
        self._owned: dict[Partition, _Owned] = {}
        self._flood_ratio = flood_ratio
        self._waiting = 0
        self._known: dict[Partition, int] = {}  # where each was left, held or not
        self._stopping = stopping
        self._clock = clock

    async def acquire(
        self,
        partition: Partition,
        *,
        earliest: int,
        horizon: int | None = None,
        end: int = 0,
        committed: int = 0,
    ) -> int:
        """Take a partition over, whose log is as `Extent` says; the offset to read from."""
        lease = await self._insist("acquire", lambda: self._store.acquire(partition))
        log_ = Extent(earliest, earliest if horizon is None else horizon, end, committed)
        plan = plan_for(lease, log_, known=self._known.get(partition, 0), now_ms=self._clock())
        if plan is not None:
            await self._begin(partition, lease.token, plan)
        anew = plan is not None and plan.anew
        position = plan.start if plan is not None else lease.position or 0
        watermark_ms = 0 if anew else lease.watermark_ms
        held = Held() if anew else lease.held
        owned = _Owned(lease.token, position, watermark_ms, held, self._fresh(watermark_ms, held))
        going_on = plan or lease.rebuild
        if going_on is not None and going_on.target > position:
            owned.target = going_on.target
        before = self._owned.get(partition)
        if before is not None and before.position == position:
            owned.recent, owned.halted = before.recent, before.halted
        self._owned[partition], self._known[partition] = owned, position
        self._probe.owned(set(self._owned))
        return position

    async def hold_to(self, topic: str, *, partitions: int) -> None:
        """Raise `PartitionsChanged` if the stored state is of another number of partitions."""
        await self._insist("acquire", lambda: hold_to(self._store, topic, partitions=partitions))

    async def _begin(self, partition: Partition, token: int, plan: Plan) -> None:
        """Begin a plan. Should another worker have taken over meanwhile, the next batch or check tells."""
        if plan.lost:
            log.error(_GONE, *partition, plan.start - plan.lost, plan.start)
        if plan.target > plan.start:
            log.warning(_BEGINS, *partition, plan.start, plan.target, plan.anew)
        await self._insist("begin", lambda: self._store.begin(partition, token, plan))

    def _fresh(self, watermark_ms: int, held: Held) -> PartitionFold:
        return PartitionFold(
            self._definitions,
            limits=self._limits,
            held=held,
            retention=self._retention,
            watermark_ms=watermark_ms,
            grace_ms=self._grace_ms,
        )

    def keep_only(self, partitions: set[Partition]) -> None:
        """Let go of every other partition."""
        for partition in self._owned.keys() - partitions:
            del self._owned[partition]
        self._probe.owned(set(self._owned))

    def positions(self) -> dict[Partition, int]:
        """The next offset to read of every partition that is owned; may be asked from another thread."""
        return {partition: owned.position for partition, owned in list(self._owned.items())}

    @property
    def waits_for_store(self) -> bool:
        """Whether a call of the store has failed and is being repeated."""
        return self._waiting > 0

    def halted(self) -> set[Partition]:
        """The partitions that stand still because most of them is refused."""
        return {partition for partition, owned in list(self._owned.items()) if owned.halted}

    async def process(self, batch: Batch) -> Verdict:
        """Fold and store a batch, if it goes on where the stored state ends; `REPEAT` if it does not.

        `FENCED`: another worker owns the partition; it has been let go. `ELSEWHERE`: acquire it again.
        Raises `Flooded` when too much is refused: nothing of the batch was stored or reported.
        """
        partition, records = batch.partition, batch.records
        owned = self._owned.get(partition)
        if owned is None:
            return Verdict.FENCED
        if not batch.from_offset <= owned.position <= records[0].offset:
            return Verdict.REPEAT
        report = BatchReport(partition, records=len(records))
        decoded = self._decode(partition, records, report)
        recent = self._recent(owned, partition, records, decoded)
        try:
            checkpoint = await self._fold(owned, partition, records, decoded, report)
            started = time.perf_counter()
            verdict = await self._insist(
                "apply", lambda: self._store.apply(partition, owned.token, checkpoint)
            )
            report.called("apply", time.perf_counter() - started)
        except _Lost as lost:
            return self._lose(partition, owned, lost.verdict)
        except BaseException:
            # It knows of events that may not be stored.
            owned.fold = self._fresh(owned.watermark_ms, owned.held)
            raise
        if verdict in {Verdict.FENCED, Verdict.ELSEWHERE}:
            return self._lose(partition, owned, verdict)
        self._probe.judged(partition, verdict)
        report.position = checkpoint.next_offset
        self._advance(partition, owned, checkpoint.next_offset)
        owned.recent = recent
        owned.held.take(checkpoint.changes.names, checkpoint.changes.opened)
        report.used = owned.held.used()
        if owned.halted:
            owned.halted = None
            self._probe.halted(partition, None)
        owned.watermark_ms = checkpoint.watermark_ms
        report.watermark_ms = checkpoint.watermark_ms
        self._probe.batch(report)
        return verdict

    def _lose(self, partition: Partition, owned: _Owned, verdict: Verdict) -> Verdict:
        self._probe.judged(partition, verdict)
        log.warning(_LOST, *partition, verdict)
        self._let_go(partition, owned)
        return verdict

    def is_rebuilding(self, partition: Partition) -> bool:
        """Whether a plan for a partition that is owned has not reached its target."""
        owned = self._owned.get(partition)
        return owned is not None and owned.target is not None

    async def skip(self, partition: Partition, first: int, end: int) -> Verdict:
        """Pass over [first, end), which holds no record: a plan may end there, after a transaction."""
        owned = self._owned.get(partition)
        if owned is None or owned.target is None or owned.position != first or owned.target > end:
            return Verdict.APPLIED
        to, mark_ms = owned.target, owned.watermark_ms
        step = Checkpoint(first, to, mark_ms, self._clock(), Changes())
        verdict = await self._insist("apply", lambda: self._store.apply(partition, owned.token, step))
        if verdict in {Verdict.APPLIED, Verdict.REPEAT}:
            self._advance(partition, owned, to)
        else:
            self._let_go(partition, owned)
        return verdict

    def _advance(self, partition: Partition, owned: _Owned, position: int) -> None:
        owned.position = self._known[partition] = position
        if owned.target is not None and position >= owned.target:
            owned.target = None
            log.info(_DONE, *partition, position)

    async def sweep(self) -> None:
        """Have what is no longer needed of the partitions that are owned removed from the store."""
        for partition in list(self._owned):
            try:
                await self._store.sweep(partition)
            except StoreUnavailable:
                self._probe.store_failed("sweep")

    async def check(self, partition: Partition) -> Verdict:
        """What `process` would find out with a batch: whether the store stands where this worker left it.

        `APPLIED` also where nothing is known: the store does not answer, or the partition changed hands.
        `ELSEWHERE`: it is held until it is acquired again; should that fail, a later check tells so again.
        """
        owned = self._owned.get(partition)
        if owned is None:
            return Verdict.APPLIED
        try:
            verdict = await self._store.check(partition, owned.token, owned.position)
        except StoreUnavailable:
            self._probe.store_failed("check")
            return Verdict.APPLIED
        if verdict is Verdict.APPLIED or self._owned.get(partition) is not owned:
            return Verdict.APPLIED
        self._probe.judged(partition, verdict)
        log.warning(_LOST, *partition, verdict)
        if verdict is Verdict.FENCED:
            self._let_go(partition, owned)
        return verdict

    def _let_go(self, partition: Partition, owned: _Owned) -> None:
        if self._owned.get(partition) is owned:  # else it was acquired again meanwhile
            del self._owned[partition]

    def _decode(self, partition: Partition, records: Sequence[Record], report: BatchReport) -> Decoded:
        started = time.perf_counter()
        decoded = decode_batch(self._decoder, partition, records, now_ms=self._clock())
        report.decode_seconds = time.perf_counter() - started
        return decoded

    def _recent(
        self, owned: _Owned, partition: Partition, records: Sequence[Record], decoded: Decoded
    ) -> Recent:
        """What is recent once the batch is stored; it may still hold events that are too late.

        Heartbeats are left out: they would thin what is refused.
        """
        if decoded.beats:
            records = [record for record in records if record.offset not in decoded.beats]
        why = {letter.offset: letter.reason for letter in decoded.letters}
        refused = [(n, why[r.offset]) for n, r in enumerate(records, 1) if r.offset in why] if why else []
        try:
            return owned.recent.after(len(records), refused, most_ratio=self._flood_ratio)
        except Flooded as flooded:
            owned.halted = flooded.reason
            self._probe.halted(partition, flooded.reason)
            raise

    async def _fold(
        self,
        owned: _Owned,
        partition: Partition,
        records: Sequence[Record],
        decoded: Decoded,
        report: BatchReport,
    ) -> Checkpoint:
        fold, events = owned.fold, decoded.events()
        loaded = await self._load(partition, owned, report, entities=fold.missing_entities(events), cells=())
        started = time.perf_counter()
        missing = fold.fold(events, loaded.facts)
        report.fold_seconds = time.perf_counter() - started
        loaded = await self._load(partition, owned, report, entities=(), cells=missing)
        started = time.perf_counter()
        changes = fold.settle(loaded.cells)
        report.fold_seconds += time.perf_counter() - started
        letters = [
            *decoded.letters,
            *(too_late(partition, decoded.source_of(position)) for position in fold.late),
            *self._too_many(partition, decoded, fold.refused),
        ]
        _account(report, events, decoded, letters, fold)
        report.delays_ms = [self._clock() - event.fact.at_ms for event in (*events[:1], *events[-1:])]
        if letters:
            await self._letters.send(letters)
        next_offset, written_ms = records[-1].offset + 1, self._clock()
        return Checkpoint(
            owned.position, next_offset, fold.watermark_ms, written_ms, changes, decoded.heartbeats
        )

    def _too_many(
        self, partition: Partition, decoded: Decoded, refused: Mapping[int, str]
    ) -> Iterator[DeadLetter]:
        most = self._limits.by_kind()
        for position, kind in refused.items():
            yield too_many(partition, decoded.source_of(position), kind, most[kind])

    async def _load(
        self,
        partition: Partition,
        owned: _Owned,
        report: BatchReport,
        *,
        entities: set[str] | tuple[()],
        cells: set[Cell] | tuple[()],
    ) -> Loaded:
        """What the fold misses, of the state that this worker left and no other; raises `_Lost`."""
        if not entities and not cells:
            return Loaded()
        started = time.perf_counter()
        loaded = await self._insist(
            "load", lambda: self._store.load(partition, entities=entities, cells=cells)
        )
        report.called("load", time.perf_counter() - started)
        verdict = loaded.judged(owned.token, owned.position)
        if verdict is not Verdict.APPLIED:
            raise _Lost(verdict)
        return loaded

    async def _insist(self, operation: str, call: Callable[[], Awaitable[T]]) -> T:
        """Call the store until it answers, with growing pauses: nothing is lost meanwhile, only later."""
        try:
            return await call()
        except StoreUnavailable as failure:
            self._waiting += 1
            try:
                return await self._repeat(operation, call, failure)
            finally:
                self._waiting -= 1

    async def _repeat(self, operation: str, call: Callable[[], Awaitable[T]], failure: StoreUnavailable) -> T:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            self._probe.store_failed(operation)
            if self._stopping():
                raise Stopping from failure
            log.warning("store_unavailable operation=%s again_in_seconds=%.1f: %s", operation, pause, failure)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            try:
                return await call()
            except StoreUnavailable as again:
                failure = again


def _account(
    report: BatchReport, events: list[Event], decoded: Decoded, letters: list[DeadLetter], fold: PartitionFold
) -> None:
    for kind, count in Counter([event[1][1] for event in events]).items():
        report.by_type[TYPE_NAMES[kind]] += count
    if decoded.unknown:
        report.by_type[UNKNOWN] += decoded.unknown
    if decoded.beats:
        report.by_type[HEARTBEAT] += len(decoded.beats)
    report.misplaced = decoded.misplaced
    report.rejected.update(letter.reason for letter in letters)
    report.duplicates, report.late = fold.duplicates, len(fold.late)
