"""From a batch to the checkpoint that stores it."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from stream.adapters.base import Decoder
from stream.adapters.heartbeat import TYPE as HEARTBEAT
from stream.domain.fact import Event
from stream.domain.fold import Cell, PartitionFold
from stream.domain.kinds import ROWS
from stream.domain.limits import Limits
from stream.domain.oddity import UNKNOWN, noted
from stream.store.base import Checkpoint, Loaded, Store, Verdict
from stream.worker.assignment import Assignment
from stream.worker.damage import Damage
from stream.worker.decoding import Decoded, decode_batch, too_late, too_many
from stream.worker.long_open import Entries, recalled
from stream.worker.noticing import sightings
from stream.worker.probes import BatchReport, Probe
from stream.worker.record import Batch, DeadLetter, DeadLetters
from stream.worker.reject_rate import Recent, Unfetched
from stream.worker.retry import Retry


class Lost(Exception):  # noqa: N818 - not an error: the batch is another's to fold
    """What was loaded is not of the state that this worker left."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict)
        self.verdict = verdict


class Folding:
    """Decodes and folds batches, and reports what it refuses; for the rest see `Processor`."""

    def __init__(  # noqa: PLR0913 - all that it is made of
        self,
        store: Store,
        decoder: Decoder,
        letters: DeadLetters,
        retry: Retry,
        probe: Probe,
        *,
        limits: Limits,
        reject_limit_ratio: float,
        clock: Callable[[], int],
    ) -> None:
        self._store, self._decoder, self._letters, self._retry = store, decoder, letters, retry
        self.damage = Damage(store, retry, probe, clock)
        self.limits, self._reject_limit_ratio, self._clock = limits, reject_limit_ratio, clock

    def decode(self, batch: Batch, report: BatchReport, partitions: int) -> Decoded:
        """What a batch holds, of a topic of so many partitions."""
        started = time.perf_counter()
        decoded = decode_batch(
            self._decoder, batch.partition, batch.records, now_ms=self._clock(), partitions=partitions
        )
        report.decode_seconds = time.perf_counter() - started
        return decoded

    def recent(self, owned: Assignment, batch: Batch, decoded: Decoded) -> Recent:
        """What is recent once the batch is stored; it may still hold events that are too late.

        Heartbeats are left out: they would thin what is refused. Raises `RejectRateExceeded`, and `Unfetched`
        where the client cannot read on.
        """
        if batch.failure is not None:
            raise Unfetched(batch.next_offset, batch.failure)
        records = batch.records
        if decoded.beats:
            records = [record for record in records if record.offset not in decoded.beats]
        why = {letter.offset: letter.reason for letter in decoded.letters}
        refused = [(n, why[r.offset]) for n, r in enumerate(records, 1) if r.offset in why] if why else []
        return owned.recent.after(len(records), refused, most_ratio=self._reject_limit_ratio)

    async def checkpoint(
        self, owned: Assignment, batch: Batch, decoded: Decoded, report: BatchReport
    ) -> Checkpoint:
        """All that a batch changes; letters about what it refused are safe by then. Raises `Lost`."""
        fold, events = owned.fold, decoded.events()
        loaded = await self._load(owned, report, entities=fold.missing_entities(events), cells=())
        started = time.perf_counter()
        missing = fold.fold(events, loaded.facts)
        report.fold_seconds = time.perf_counter() - started
        loaded = await self._load(owned, report, entities=(), cells=missing)
        started = time.perf_counter()
        changes = fold.settle(loaded.cells)
        report.fold_seconds += time.perf_counter() - started
        letters = [*decoded.letters, *self._refused(owned, decoded)]
        _account(report, events, decoded, letters, fold)
        report.delays_ms = [self._clock() - event.fact.at_ms for event in (*events[:1], *events[-1:])]
        if letters:
            await self._letters.send(letters)
        written_ms = self._clock()
        report.odd = sightings(batch.records, decoded, letters, now_ms=written_ms)
        return Checkpoint(
            *(owned.position, batch.next_offset, fold.watermark_ms, written_ms, changes, decoded.heartbeats),
            records=len(batch.records),
            gaps=batch.gaps,
            oddities=noted(owned.oddities, report.odd) if report.odd else {},
            rulebook=owned.book.id,
            booked_ms=max(owned.booked_ms, fold.watermark_ms, fold.booked_ms),
        )

    def recalled(self, entries: Entries) -> list[Event]:
        """The events of a changelog, in the order of time."""
        return sorted(recalled(entries, self._decoder, self._clock()), key=lambda event: event.fact.at_ms)

    async def recall(self, owned: Assignment, events: Sequence[Event], first: int) -> Checkpoint:
        """What events of before the log's `first` record change, in the order of time. Raises `Lost`."""
        fold, report = owned.fold, BatchReport(owned.partition, records=0)
        loaded = await self._load(owned, report, entities=fold.missing_entities(events), cells=())
        missing = fold.fold(events, loaded.facts, recalled=True)
        loaded = await self._load(owned, report, entities=(), cells=missing)
        changes, position = fold.settle(loaded.cells), owned.position
        return Checkpoint(
            *(position, first, owned.watermark_ms, self._clock(), changes),
            rulebook=owned.book.id,
            booked_ms=max([owned.booked_ms, *(event.fact.at_ms for event in events)]),
            gaps=first - position,
        )

    def _refused(self, owned: Assignment, decoded: Decoded) -> Iterator[DeadLetter]:
        for position in owned.fold.late:
            yield too_late(owned.partition, decoded.source_of(position))
        most = self.limits.by_kind()
        for position, kind in owned.fold.refused.items():
            yield too_many(owned.partition, decoded.source_of(position), kind, most[kind])

    async def _load(
        self,
        owned: Assignment,
        report: BatchReport,
        *,
        entities: set[str] | tuple[()],
        cells: set[Cell] | tuple[()],
    ) -> Loaded:
        """What the fold misses, of the state that this worker left and no other."""
        if not entities and not cells:
            return Loaded()
        started = time.perf_counter()
        loaded = await self._retry.call(
            "load", lambda: self._store.load(owned.partition, entities=entities, cells=cells)
        )
        report.called("load", time.perf_counter() - started)
        verdict = loaded.judged(owned.token, owned.position)
        if verdict is not Verdict.APPLIED:
            raise Lost(verdict)
        if loaded.unreadable and await self.damage.is_to_be_mended(owned, loaded.unreadable):
            raise Lost(Verdict.ELSEWHERE)
        return loaded


def _account(
    report: BatchReport, events: list[Event], decoded: Decoded, letters: list[DeadLetter], fold: PartitionFold
) -> None:
    for kind, count in Counter([event.fact.kind for event in events]).items():
        report.by_type[ROWS[kind].type] += count
    if decoded.unknown:
        report.by_type[UNKNOWN] += decoded.unknown
    if decoded.beats:
        report.by_type[HEARTBEAT] += len(decoded.beats)
    report.misplaced = decoded.misplaced
    report.rejected.update(letter.reason for letter in letters)
    report.duplicates, report.late = fold.duplicates, len(fold.late)
