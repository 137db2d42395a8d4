"""What the store holds of owned partitions: loaded, written and mended under their leases.

Something stored that cannot be read is named and counted, and nothing else waits for it. Once a day at most
its partition is rebuilt from the log, beside what readers have. Where that has been tried, or the log lacks
records, it is set aside: a contact or agent begins as one that nothing is known of, a cell as an empty one.
"""

import logging
import time
from collections.abc import Callable, Collection, Sequence

from stream.domain.fold import Cell
from stream.store.checkpoint import Checkpoint, Loaded
from stream.store.lease import Verdict
from stream.store.unreadable import Unreadable
from stream.worker.assignment import Assignment
from stream.worker.probes import BatchReport, Probe
from stream.worker.retrying_store import RetryingStore

log = logging.getLogger("pantau.worker")
#: How often a partition is rebuilt for this reason, at most.
AGAIN_MS = 24 * 3600 * 1000
#: How many are named at a time.
MOST_NAMED = 10
_FOUND = "state_unreadable partition=%s:%d %s"
_MORE = "state_unreadable partition=%s:%d and %d more"
_MENDED = "state_mended partition=%s:%d it is rebuilt from the log, while readers keep what they have"
_ASIDE = (
    "state_set_aside partition=%s:%d %s; numbers may be wrong until `pantau rebuild` has been run: "
    "`pantau audit` tells which"
)


class Lost(Exception):  # noqa: N818 - not an error: another worker, or a later acquisition, folds the batch
    """The lease is no longer good: `FENCED`, or `ELSEWHERE` where the partition must be acquired again."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict)
        self.verdict = verdict


class StoredState:
    """Reads and writes the state behind assignments. `clock` gives the time in ms."""

    def __init__(self, store: RetryingStore, probe: Probe, clock: Callable[[], int]) -> None:
        self._store, self._probe, self._clock = store, probe, clock

    async def load(
        self,
        assignment: Assignment,
        report: BatchReport,
        *,
        entities: Collection[str] = (),
        cells: Collection[Cell] = (),
    ) -> Loaded:
        """The facts of `entities` and the values of `cells`. Raises `Lost`, and `Stopping`."""
        if not entities and not cells:
            return Loaded()
        started = time.perf_counter()
        loaded = await self._store.load(assignment.partition, entities=entities, cells=cells)
        report.called("load", time.perf_counter() - started)
        # `apply` checks lease and position only when it writes. Between load and write a store can fall
        # back to an older copy in which both are ours again, while what was loaded came from another owner.
        # So what is loaded must itself be of our lease and position.
        _require_ours(loaded.judged(assignment.token, assignment.position))
        if loaded.unreadable and await self.mend(assignment, loaded.unreadable):
            raise Lost(Verdict.ELSEWHERE)
        return loaded

    async def apply(self, assignment: Assignment, checkpoint: Checkpoint, report: BatchReport) -> Verdict:
        """Store a checkpoint: `APPLIED`, or `REPEAT` where it was before. Raises `Lost`, and `Stopping`."""
        started = time.perf_counter()
        verdict = await self._store.apply(assignment.partition, assignment.token, checkpoint)
        report.called("apply", time.perf_counter() - started)
        _require_ours(verdict)
        return verdict

    async def mend(self, assignment: Assignment, found: Sequence[Unreadable]) -> bool:
        """Report what cannot be read, and request a rebuild; True if there will be one. Raises `Stopping`."""
        partition = assignment.partition
        self._probe.unreadable(partition, found)
        for one in found[:MOST_NAMED]:
            log.error(_FOUND, *partition, one)
        if len(found) > MOST_NAMED:
            log.error(_MORE, *partition, len(found) - MOST_NAMED)
        if not assignment.log_is_whole:
            log.error(_ASIDE, *partition, "Kafka no longer has all its records")
            return False
        if await self._store.mend(partition, self._clock(), again_ms=AGAIN_MS):
            log.warning(_MENDED, *partition)
            return True
        log.error(_ASIDE, *partition, "it was rebuilt for that reason within a day")
        return False


def _require_ours(verdict: Verdict) -> None:
    if verdict in {Verdict.FENCED, Verdict.ELSEWHERE}:
        raise Lost(verdict)
