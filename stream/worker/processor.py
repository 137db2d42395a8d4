"""The path of a batch: decoded, folded and stored once, in order.

A batch that could not be stored is stored again until it is, or until the partition turns out to have another
owner. Meanwhile nothing of it is acknowledged, and nothing behind it is read.
"""

import logging

from stream.store.checkpoint import Checkpoint
from stream.store.lease import Verdict
from stream.worker.assignment import Assignment
from stream.worker.decoding import Decoded
from stream.worker.folding import Folding
from stream.worker.notices import Notices
from stream.worker.ownership import Ownership
from stream.worker.probes import BatchReport, Probe
from stream.worker.record import Batch
from stream.worker.reject_rate import Halted, RejectWindow, Unfetched
from stream.worker.stored_state import Lost, StoredState

log = logging.getLogger("pantau.worker")
_UNACCOUNTED = (
    "records_unaccounted partition=%s:%d from=%d to=%d: more offsets than records and known gaps; read again"
)


class Processor:
    """Folds batches of all partitions of a worker, one batch at a time of each.

    `reject_limit_ratio` is the share of a partition's records that may be refused.
    """

    def __init__(  # noqa: PLR0913 - all that a batch meets
        self,
        ownership: Ownership,
        folding: Folding,
        state: StoredState,
        probe: Probe,
        notices: Notices,
        *,
        reject_limit_ratio: float,
    ) -> None:
        self._ownership, self._folding, self._state = ownership, folding, state
        self._probe, self._notices = probe, notices
        self._reject_limit_ratio = reject_limit_ratio

    async def process(self, batch: Batch) -> Verdict:
        """Fold and store a batch that goes on at the stored position; `REPEAT` for any other.

        `FENCED`: another worker owns the partition, which is given up. `ELSEWHERE`: acquire it again. Raises
        `Halted` when too much is refused or the client cannot read on: nothing was stored or reported.
        """
        assignment = self._ownership.get(batch.partition)
        if assignment is None:
            return Verdict.FENCED
        if not batch.goes_on_at(assignment.position):
            return Verdict.REPEAT
        try:
            return await self._process(assignment, batch.since(assignment.position))
        except Halted as halted:
            self._ownership.halt(assignment, halted.reason)
            raise
        except Lost as lost:
            self._ownership.lose(assignment, lost.verdict)
            return lost.verdict
        except BaseException:
            # Whether it was stored is not known. If the store then fell back to an older copy, the same lease
            # could store other contents for the same offsets, and readers of the first would not notice: only
            # a new lease has them read everything anew.
            self._ownership.release(assignment)
            raise

    async def _process(self, assignment: Assignment, batch: Batch) -> Verdict:
        # The position is about to pass these offsets. One that is neither a record nor a known gap may be a
        # record that was not delivered, and would be missing for good.
        if not batch.is_accounted:
            log.error(_UNACCOUNTED, *assignment.partition, batch.from_offset, batch.next_offset)
            raise Lost(Verdict.ELSEWHERE)
        await self._ownership.follow(assignment)
        report = BatchReport(batch.partition, records=len(batch.records))
        decoded = self._folding.decode(batch, report, self._ownership.partition_count(batch.partition.topic))
        rejects = self._rejects(assignment, batch, decoded)
        checkpoint = await self._folding.checkpoint(assignment, batch, decoded, report)
        verdict = await self._state.apply(assignment, checkpoint, report)
        self._probe.judged(batch.partition, verdict)
        assignment.rejects = rejects
        self._advance(assignment, checkpoint, report)
        return verdict

    def _rejects(self, assignment: Assignment, batch: Batch, decoded: Decoded) -> RejectWindow:
        """The latest refusals, once the batch is stored; without those that only the fold can find.

        Heartbeats do not count: they would dilute the share of refusals. Raises `RejectRateExceeded`, and
        `Unfetched` where the client cannot read on.
        """
        if batch.failure is not None:
            raise Unfetched(batch.next_offset, batch.failure)
        records = batch.records
        if decoded.beats:
            records = [record for record in records if record.offset not in decoded.beats]
        why = {letter.offset: letter.reason for letter in decoded.dead_letters}
        refused = [(n, why[r.offset]) for n, r in enumerate(records, 1) if r.offset in why] if why else []
        return assignment.rejects.after(len(records), refused, most_ratio=self._reject_limit_ratio)

    def _advance(self, assignment: Assignment, checkpoint: Checkpoint, report: BatchReport) -> None:
        self._ownership.advance(assignment, checkpoint)
        self._ownership.halt(assignment, None)
        report.position, report.watermark_ms = assignment.position, assignment.watermark_ms
        report.used = assignment.held.used()
        self._probe.batch(report)
        self._notices.take(assignment.partition, report.sightings, checkpoint.written_ms)
