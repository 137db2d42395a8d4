"""What a worker does with its partitions from time to time, besides folding their batches.

Each is repeated by a timer anyway, so what the store does not answer is left to the next time.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress

from stream.errors import StoreUnavailable
from stream.store.lease import Verdict
from stream.store.partition import Partition
from stream.store.sign import Hold, Standing
from stream.worker.assignment import Assignment
from stream.worker.backlog import Backlog
from stream.worker.notices import Notices
from stream.worker.ownership import Ownership
from stream.worker.retrying_store import RetryingStore
from stream.worker.stored_state import Lost, StoredState


class Upkeep:
    """Looks after what is owned. `clock` gives the time in ms."""

    def __init__(
        self,
        store: RetryingStore,
        state: StoredState,
        ownership: Ownership,
        notices: Notices,
        clock: Callable[[], int],
    ) -> None:
        self._store, self._state, self._ownership = store, state, ownership
        self._notices, self._clock = notices, clock

    async def check(self, partition: Partition) -> Verdict:
        """What `process` would find out with a batch: whether the store stands where this worker left it.

        `APPLIED` also where nothing is known: the store does not answer, or the partition changed hands.
        `ELSEWHERE`: it stays owned until it is acquired again; should that fail, a later check says so again.
        """
        assignment = self._ownership.get(partition)
        if assignment is None:
            return Verdict.APPLIED
        self._notices.log_due(partition, self._clock())
        verdict = await self._checked(assignment)
        # Whoever acquired it while the store was asked has a newer lease: the answer is about the old one.
        if verdict is Verdict.APPLIED or self._ownership.get(partition) is not assignment:
            return Verdict.APPLIED
        self._ownership.report_lost(assignment, verdict)
        if verdict is Verdict.FENCED:
            self._ownership.release(assignment)
        return verdict

    async def _checked(self, assignment: Assignment) -> Verdict:
        with suppress(Lost):  # the store's own answer says so too, or that we are fenced
            await self._ownership.follow(assignment)
        try:
            return await self._store.check(assignment.partition, assignment.token, assignment.position)
        except StoreUnavailable:
            return Verdict.APPLIED

    async def verify(self) -> None:
        """See whether the store still has all that was stored; what has lost something is rebuilt."""
        for assignment in self._ownership.all():
            try:
                found = await self._store.verify(assignment.partition)
            except StoreUnavailable:
                continue
            new = [one for one in found if one.name not in assignment.torn]
            if new and self._ownership.get(assignment.partition) is assignment:
                assignment.torn.update(one.name for one in new)
                await self._state.mend(assignment, new)

    async def sweep(self) -> None:
        """Remove from the store what is no longer needed of the partitions that are owned."""
        for assignment in self._ownership.all():
            with suppress(StoreUnavailable):
                await self._store.sweep(assignment.partition)

    async def sign(self, silent_seconds: float, backlogs: Mapping[Partition, Backlog]) -> None:
        """Give readers a sign of life for each partition, with how it stands with Kafka.

        `silent_seconds`: for how long Kafka has not answered. `backlogs`: what is to be read.
        """
        silent_ms = round(1000 * silent_seconds)
        for assignment in self._ownership.all():
            partition, token = assignment.partition, assignment.token
            records, waiting_ms, in_transaction = backlogs.get(partition, Backlog())
            hold = Hold.HALTED if assignment.halted else Hold.HELD if in_transaction else ""
            try:
                await self._store.sign(partition, token, Standing(silent_ms, records, waiting_ms, hold))
            except StoreUnavailable:
                return
