"""A worker on the store in memory, with all that surrounds it, for the tests of its parts."""

from collections.abc import Iterable
from typing import Any

from support.factories import (
    CONTACTS,
    Record,
    abandoned,
    answered,
    batch,
    batch_of,
    ended,
    ms,
    of,
    queued,
    wrapped_up,
)
from support.taking import log_of, new_worker

from stream.domain.fact import Event
from stream.domain.fold import TOTAL, Cell, Retention
from stream.domain.limits import Limits
from stream.errors import BrokerUnavailable, RejectReason, StoreUnavailable
from stream.store.checkpoint import Checkpoint, Loaded
from stream.store.delta import Delta
from stream.store.lease import Lease, Verdict
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.store.rebuild import Plan
from stream.store.sign import Standing
from stream.worker.probes import BatchReport
from stream.worker.record import Batch, DeadLetter
from stream.worker.worker import Worker

NOW_MS = ms(7200)
BILLING = "c\tbilling\tvoice"
LIFE = of("c1", queued(0), answered(5), ended(60), wrapped_up(90))
KEYS = [b"c1", None, b"agent-9", b"c1"]
OTHERS = [*of("c2", queued(10), abandoned(70)), *of("c3", queued(20))]


class Letters:
    """Where refused records go."""

    def __init__(self) -> None:
        self.sent: list[DeadLetter] = []
        self.broken = False

    async def send(self, letters: list[DeadLetter]) -> None:
        if self.broken:
            raise BrokerUnavailable("Kafka does not answer")
        self.sent += letters

    def reasons(self) -> dict[int, RejectReason]:
        return {letter.offset: letter.reason for letter in self.sent}


class Probe:
    """What a worker told."""

    def __init__(self) -> None:
        self.reports: list[BatchReport] = []
        self.verdicts: list[tuple[Partition, Verdict]] = []
        self.failures: list[str] = []
        self.held: list[set[Partition]] = []
        self.halts: list[tuple[Partition, RejectReason | None]] = []

    def batch(self, report: BatchReport) -> None:
        self.reports.append(report)

    def judged(self, partition: Partition, verdict: Verdict) -> None:
        self.verdicts.append((partition, verdict))

    def store_failed(self, operation: str) -> None:
        self.failures.append(operation)

    def owned(self, partitions: set[Partition]) -> None:
        self.held.append(partitions)

    def halted(self, partition: Partition, reason: RejectReason | None) -> None:
        self.halts.append((partition, reason))


class Unsteady(MemoryStore):
    """Fails calls of the named operations, once each: before they do anything; those of `lost` after."""

    def __init__(self, *fails: str, lost: Iterable[str] = ()) -> None:
        super().__init__()
        self._fails, self._lost = [*fails], [*lost]

    def _maybe_fail(self, operation: str, due: list[str]) -> None:
        if operation in due:
            due.remove(operation)
            raise StoreUnavailable("Redis cannot be reached")

    async def acquire(self, partition: Partition) -> Lease:
        self._maybe_fail("acquire", self._fails)
        lease = await super().acquire(partition)
        self._maybe_fail("acquire", self._lost)
        return lease

    async def load(self, partition: Partition, **wanted: Any) -> Loaded:
        self._maybe_fail("load", self._fails)
        return await super().load(partition, **wanted)

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        self._maybe_fail("apply", self._fails)
        verdict = await super().apply(partition, token, checkpoint)
        self._maybe_fail("apply", self._lost)
        return verdict

    async def check(self, partition: Partition, token: int, position: int) -> Verdict:
        self._maybe_fail("check", self._fails)
        return await super().check(partition, token, position)

    async def sign(self, partition: Partition, token: int, standing: Standing) -> None:
        self._maybe_fail("sign", self._fails)
        await super().sign(partition, token, standing)

    async def begin(self, partition: Partition, token: int, plan: Plan) -> Verdict:
        self._maybe_fail("begin", self._fails)
        verdict = await super().begin(partition, token, plan)
        self._maybe_fail("begin", self._lost)
        return verdict

    async def sweep(self, partition: Partition) -> None:
        self._maybe_fail("sweep", self._fails)
        await super().sweep(partition)


class Bench:
    """A worker with all its surroundings."""

    def __init__(self, store: MemoryStore | None = None, limits: Limits | None = None) -> None:
        self.store = store or MemoryStore()
        self.limits = limits
        self.letters, self.probe = Letters(), Probe()
        self.worker = self.another()

    def another(self) -> Worker:
        return new_worker(
            self.store,
            self.letters,
            self.probe,
            lambda: NOW_MS,
            retention=Retention(contacts_ms=1000_000, agents_ms=500_000),
            limits=self.limits,
        )

    async def state(self, partition: Partition = CONTACTS) -> Delta:
        return await self.store.delta(partition, 0, since_ms=0)

    async def total(self) -> dict[str, int]:
        return (await self.state()).cells.get(Cell(TOTAL, TOTAL, BILLING), {})

    @property
    def report(self) -> BatchReport:
        return self.probe.reports[-1]


async def started(store: MemoryStore | None = None) -> Bench:
    bench = Bench(store)
    await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0))
    return bench


def raw(*values: bytes | None, first: int = 0, received: float = 3600) -> Batch:
    return batch_of(
        CONTACTS, first, [Record(first + n, ms(received), value) for n, value in enumerate(values)]
    )


async def clean_run(events: list[Event]) -> Delta:
    bench = await started()
    assert await bench.worker.processor.process(batch(events)) is Verdict.APPLIED
    return await bench.state()


def numbers(delta: Delta) -> tuple[object, ...]:
    """All of a partition but when it was written, and how late its facts came: that depends on batches."""
    cells = {cell: tally for cell, tally in delta.cells.items() if not cell.series.startswith("l")}
    return cells, delta.live, delta.position, delta.watermark_ms


GOOD = [record.value for record in batch(LIFE).records]
BAD = {
    RejectReason.JSON: b"{",
    RejectReason.SCHEMA: b"{}",
    RejectReason.TOO_LARGE: b" " * 70_000,
    RejectReason.CLOCK: (GOOD[0] or b"").replace(b"2026", b"2036"),
}
