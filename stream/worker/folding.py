"""From a batch to the checkpoint that stores it."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from stream.adapters.base import Decoder
from stream.adapters.heartbeat import TYPE as HEARTBEAT
from stream.domain.fact import Event, Fact
from stream.domain.fold import PartitionFold
from stream.domain.kinds import ROWS
from stream.domain.oddity import UNKNOWN, noted
from stream.store.checkpoint import Checkpoint
from stream.worker.assignment import Assignment
from stream.worker.decoding import Decoded, decode_batch, too_late, too_many
from stream.worker.long_open import Entries, events_of
from stream.worker.notices import sightings
from stream.worker.probes import BatchReport
from stream.worker.record import Batch, DeadLetter, DeadLetters
from stream.worker.stored_state import StoredState


class Folding:
    """Decodes and folds batches, and reports what it refuses. `clock` gives the time in ms."""

    def __init__(
        self, state: StoredState, decoder: Decoder, dead_letters: DeadLetters, clock: Callable[[], int]
    ) -> None:
        self._state, self._decoder, self._dead_letters, self._clock = state, decoder, dead_letters, clock

    def decode(self, batch: Batch, report: BatchReport, partitions: int) -> Decoded:
        """What a batch holds, of a topic of so many partitions."""
        started = time.perf_counter()
        decoded = decode_batch(
            self._decoder, batch.partition, batch.records, now_ms=self._clock(), partitions=partitions
        )
        report.decode_seconds = time.perf_counter() - started
        return decoded

    async def checkpoint(
        self, assignment: Assignment, batch: Batch, decoded: Decoded, report: BatchReport
    ) -> Checkpoint:
        """All that a batch changes; dead letters for what it refused are safe by then. Raises `Lost`."""
        # In two steps, because which cells change is known only once the events are folded.
        fold, events = assignment.fold, decoded.events()
        facts = await self._facts(assignment, events, report)
        started = time.perf_counter()
        missing = fold.fold(events, facts)
        report.fold_seconds = time.perf_counter() - started
        loaded = await self._state.load(assignment, report, cells=missing)
        started = time.perf_counter()
        changes = fold.settle(loaded.cells)
        report.fold_seconds += time.perf_counter() - started
        dead_letters = [*decoded.dead_letters, *_refused(assignment, decoded)]
        _account(report, events, decoded, dead_letters, fold)
        report.delays_ms = [self._clock() - event.fact.at_ms for event in (*events[:1], *events[-1:])]
        # Before the position moves on: a worker that dies in between sends them twice, and never not at all.
        if dead_letters:
            await self._dead_letters.send(dead_letters)
        written_ms = self._clock()
        report.sightings = sightings(batch.records, decoded, dead_letters, now_ms=written_ms)
        return Checkpoint(
            *(assignment.position, batch.next_offset, fold.watermark_ms, written_ms, changes),
            decoded.heartbeats,
            records=len(batch.records),
            gaps=batch.gaps,
            oddities=noted(assignment.oddities, report.sightings) if report.sightings else {},
            rulebook=assignment.terms.book.id,
            booked_ms=max(assignment.booked_ms, fold.watermark_ms, fold.booked_ms),
        )

    async def _facts(
        self, assignment: Assignment, events: Sequence[Event], report: BatchReport
    ) -> dict[str, list[Fact]]:
        """The facts that folding `events` needs beside those in memory. Raises `Lost`."""
        fold, load = assignment.fold, self._state.load
        missing = fold.missing_entities(events)
        if pieces := [*fold.pieces(missing)]:
            for keys in pieces:
                fold.remember(keys, (await load(assignment, report, entities=keys)).facts)
            missing = fold.missing_entities(events)
        return (await load(assignment, report, entities=missing)).facts

    def recalled(self, entries: Entries) -> list[Event]:
        """The events of a changelog, in the order of time."""
        return sorted(events_of(entries, self._decoder, self._clock()), key=lambda event: event.fact.at_ms)

    async def recall(self, assignment: Assignment, events: Sequence[Event], first: int) -> Checkpoint:
        """What recalled events change, which come before the log's `first` record. Raises `Lost`."""
        fold, report, position = assignment.fold, BatchReport(assignment.partition), assignment.position
        facts = await self._facts(assignment, events, report)
        missing = fold.fold(events, facts, recalled=True)
        loaded = await self._state.load(assignment, report, cells=missing)
        return Checkpoint(
            *(position, first, assignment.watermark_ms, self._clock(), fold.settle(loaded.cells)),
            rulebook=assignment.terms.book.id,
            booked_ms=max([assignment.booked_ms, *(event.fact.at_ms for event in events)]),
            gaps=first - position,
        )


def _refused(assignment: Assignment, decoded: Decoded) -> Iterator[DeadLetter]:
    """What only the fold could refuse."""
    for position in assignment.fold.late:
        yield too_late(assignment.partition, decoded.source_of(position))
    most = assignment.terms.limits.by_kind()
    for position, kind in assignment.fold.refused.items():
        yield too_many(assignment.partition, decoded.source_of(position), kind, most[kind])


def _account(
    report: BatchReport,
    events: list[Event],
    decoded: Decoded,
    dead_letters: list[DeadLetter],
    fold: PartitionFold,
) -> None:
    for kind, count in Counter([event.fact.kind for event in events]).items():
        report.by_type[ROWS[kind].type] += count
    if decoded.unknown:
        report.by_type[UNKNOWN] += decoded.unknown
    if decoded.beats:
        report.by_type[HEARTBEAT] += len(decoded.beats)
    report.misplaced = decoded.misplaced
    report.rejected.update(letter.reason for letter in dead_letters)
    report.duplicates, report.late = fold.duplicates, len(fold.late)
