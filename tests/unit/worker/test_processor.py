"""A worker's work on the store in memory: what a batch does, what stops it, and that nothing is lost."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from copy import deepcopy
from typing import Any

import pytest
from aiokafka.errors import CorruptRecordException
from support.factories import (
    AGENTS,
    CONTACTS,
    Record,
    abandoned,
    answered,
    batch,
    batch_of,
    beat,
    ended,
    fact,
    ms,
    of,
    queued,
    state,
    wrapped_up,
)
from support.taking import log_of, new_worker

from stream.domain.agent.state import AgentLive
from stream.domain.contact.contribution import Live
from stream.domain.fact import Event
from stream.domain.fold import TOTAL, Cell, Changes, Retention
from stream.domain.kinds import Kind
from stream.domain.limits import Limits
from stream.errors import BrokerUnavailable, PartitionsChanged, RejectReason, StoreUnavailable
from stream.store.checkpoint import Checkpoint, Loaded
from stream.store.delta import Delta
from stream.store.lease import Lease, Verdict
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.store.rebuild import Plan, Rebuild
from stream.store.sign import Standing
from stream.worker.backlog import Backlog
from stream.worker.probes import BatchReport, SilentProbe
from stream.worker.record import Batch, DeadLetter
from stream.worker.reject_rate import Halted, RejectRateExceeded
from stream.worker.retrying_store import Stopping
from stream.worker.worker import Worker

pytestmark = pytest.mark.pure

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


# Signs of life.


async def test_a_worker_tells_readers_that_it_lives_and_how_it_stands_with_kafka() -> None:
    bench = await started()
    await bench.worker.ownership.acquire(AGENTS, log_of(earliest=0))
    await bench.worker.processor.process(batch(LIFE))
    await bench.worker.upkeep.sign(1.25, {CONTACTS: Backlog(6, 700, in_transaction=True)})
    found = [(await bench.state(partition)).sign for partition in (CONTACTS, AGENTS)]
    assert [sign and sign[1:] for sign in found] == [(1_250, 6, 700, "held"), (1_250, 0, 0, "")]


async def test_a_worker_tells_readers_that_a_partition_is_halted() -> None:
    bench = await started()
    with pytest.raises(Halted):
        await bench.worker.processor.process(
            Batch(CONTACTS, 0, 0, (), 0, CorruptRecordException("Invalid CRC"))
        )
    await bench.worker.upkeep.sign(0, {CONTACTS: Backlog(6, 700)})
    assert ((await bench.state()).sign or ())[1:] == (0, 6, 700, "halted")


async def test_a_worker_that_lost_a_partition_gives_no_signs_for_it() -> None:
    bench = await started()
    await bench.another().ownership.acquire(CONTACTS, log_of(earliest=0, end=9))
    await bench.worker.upkeep.sign(9.0, {})
    assert ((await bench.state()).sign or ())[1:] == (0, 0, 0, ""), "by who took it over"
    bench.worker.ownership.keep_only(set())
    await bench.worker.upkeep.sign(9.0, {})


async def test_a_sign_that_the_store_does_not_take_is_counted_and_not_repeated() -> None:
    bench = await started(Unsteady("sign"))
    await bench.worker.upkeep.sign(9.0, {})
    assert bench.probe.failures == ["sign"]
    await bench.worker.upkeep.sign(8.0, {})
    assert ((await bench.state()).sign or ())[1:] == (8_000, 0, 0, "")


# A batch.


async def test_a_batch_is_folded_and_stored_with_its_end() -> None:
    bench = await started()
    assert await bench.worker.processor.process(batch(LIFE + OTHERS)) is Verdict.APPLIED
    total = await bench.total()
    assert (total["offered"], total["a5000"], total["x60000"], total["handled"]) == (3, 1, 1, 1)
    delta = await bench.state()
    assert delta.live == {"c\tc3": (Live(waiting=True, series=BILLING, since_ms=ms(20)),)}
    assert (delta.position, delta.watermark_ms) == (7, ms(90))
    assert bench.worker.ownership.positions() == {CONTACTS: 7}


async def test_heartbeats_are_stored_with_their_batch_and_change_nothing_else() -> None:
    alone, together = await started(), await started()
    events = batch(LIFE).records
    await alone.worker.processor.process(batch_of(CONTACTS, 0, events))
    beats = [beat(7000, offset=4), beat(7000, source="/crm", offset=5)]
    await together.worker.processor.process(batch_of(CONTACTS, 0, [*events, *beats]))
    plain, beaten = await alone.state(), await together.state()
    assert (beaten.cells, beaten.live) == (plain.cells, plain.live)
    assert (beaten.watermark_ms, beaten.position) == (plain.watermark_ms, 6)
    assert beaten.heartbeats == {"/pantau/heartbeat": ms(7000), "/crm": ms(7000)}
    report = together.report
    assert report.by_type.pop("pantau.heartbeat") == 2
    assert (report.by_type, report.misplaced) == (alone.report.by_type, 0)
    assert report.delays_ms == alone.report.delays_ms


async def test_heartbeats_alone_move_the_position_and_no_watermark() -> None:
    bench = await started()
    assert await bench.worker.processor.process(batch_of(CONTACTS, 0, [beat(60)])) is Verdict.APPLIED
    delta = await bench.state()
    assert (delta.position, delta.watermark_ms, delta.cells, delta.live) == (1, 0, {}, {})
    assert delta.heartbeats == {"/pantau/heartbeat": ms(60)}
    assert bench.report.watermark_ms == 0


async def test_a_heartbeat_from_the_future_is_refused_with_a_letter() -> None:
    bench = await started()
    forged = beat(9_000)._replace(timestamp=ms(3600))
    await bench.worker.processor.process(batch_of(CONTACTS, 0, [forged]))
    assert bench.letters.reasons() == {0: RejectReason.CLOCK}
    assert (await bench.state()).heartbeats == {}


async def test_what_a_batch_did_is_told_once() -> None:
    bench = await started()
    await bench.worker.processor.process(batch([*LIFE, LIFE[0], *of("a9", state(3, "available"))]))
    report = bench.report
    assert (report.partition, report.records, report.position) == (CONTACTS, 6, 6)
    assert report.by_type == {
        "visit.queued": 2,
        "visit.answered": 1,
        "leg.ended": 1,
        "leg.wrapped_up": 1,
        "agent.state": 1,
    }
    assert (report.duplicates, report.late, report.watermark_ms) == (1, 0, ms(90))
    assert not report.rejected
    assert len(report.delays_ms) == 2
    assert [operation for operation, _ in report.calls] == ["load", "load", "apply"]
    assert report.store_seconds == sum(seconds for _, seconds in report.calls)
    assert len(bench.probe.reports) == 1


async def test_events_under_a_foreign_key_are_folded_and_told() -> None:
    bench = await started()
    records = [record._replace(key=key) for record, key in zip(batch(LIFE).records, KEYS, strict=True)]
    assert await bench.worker.processor.process(batch_of(CONTACTS, 0, records)) is Verdict.APPLIED
    assert bench.report.misplaced == 1
    assert numbers(await bench.state()) == numbers(await clean_run(LIFE))


async def test_batches_follow_each_other_and_may_split_a_contact() -> None:
    bench = await started()
    for n, event in enumerate(LIFE + OTHERS):
        assert await bench.worker.processor.process(batch([event], first=n)) is Verdict.APPLIED
    assert numbers(await bench.state()) == numbers(await clean_run(LIFE + OTHERS))


async def test_offsets_without_records_are_no_hole() -> None:
    bench = await started()
    # Compaction and transaction markers leave gaps: 0 and 7 hold records, 8 and 9 none, 12 holds one.
    records = [
        Record(offset, ms(100), r.value) for offset, r in zip((0, 7), batch(LIFE[:2]).records, strict=True)
    ]
    assert await bench.worker.processor.process(batch_of(CONTACTS, 0, records)) is Verdict.APPLIED
    assert bench.worker.ownership.positions() == {CONTACTS: 8}
    late = Record(12, ms(100), batch(LIFE[2:3]).records[0].value)
    assert await bench.worker.processor.process(batch_of(CONTACTS, 8, [late])) is Verdict.APPLIED
    assert bench.worker.ownership.positions() == {CONTACTS: 13}


async def test_partitions_are_apart() -> None:
    bench = await started()
    await bench.worker.ownership.acquire(AGENTS, log_of(earliest=40))
    shift = of("a1", state(0, "available", team="north"))
    assert await bench.worker.processor.process(batch(shift, first=40, partition=AGENTS)) is Verdict.APPLIED
    assert await bench.worker.processor.process(batch(LIFE)) is Verdict.APPLIED
    assert bench.worker.ownership.positions() == {CONTACTS: 4, AGENTS: 41}
    assert (await bench.state(AGENTS)).live == {"a\ta1": AgentLive("available", ms(0), "north", (), 1)}


# What is refused is reported, and nothing else changes.

GOOD = [record.value for record in batch(LIFE).records]
BAD = {
    RejectReason.JSON: b"{",
    RejectReason.SCHEMA: b"{}",
    RejectReason.TOO_LARGE: b" " * 70_000,
    RejectReason.CLOCK: (GOOD[0] or b"").replace(b"2026", b"2036"),
}


@pytest.mark.parametrize("reason", BAD)
@pytest.mark.parametrize("place", [0, 2, 4])
async def test_a_bad_record_is_reported_and_changes_nothing(reason: RejectReason, place: int) -> None:
    bench = await started()
    values = [*GOOD[:place], BAD[reason], *GOOD[place:]]
    assert await bench.worker.processor.process(raw(*values)) is Verdict.APPLIED
    (letter,) = bench.letters.sent
    assert (letter.partition, letter.offset, letter.reason) == (CONTACTS, place, reason)
    assert letter.size_bytes == len(BAD[reason])
    assert bench.report.rejected == {reason: 1}
    found = await bench.state()
    wanted = await clean_run(LIFE)
    assert (found.cells, found.live, found.watermark_ms) == (wanted.cells, wanted.live, wanted.watermark_ms)
    assert found.position == 5


async def test_a_record_from_the_future_vouches_for_no_event() -> None:
    # A producer whose clock is wrong stamps the record as it stamped the event.
    bench = await started()
    ahead = batch(of("c8", queued(7200 + 301))).records[0].value
    assert await bench.worker.processor.process(raw(*GOOD, ahead, received=7200 + 301)) is Verdict.APPLIED
    assert bench.letters.reasons() == {4: RejectReason.CLOCK}
    found, wanted = await bench.state(), await clean_run(LIFE)
    assert (found.cells, found.live, found.watermark_ms) == (wanted.cells, wanted.live, wanted.watermark_ms)


async def test_a_batch_is_stamped_and_its_delays_are_told_by_the_clock() -> None:
    bench = await started()
    await bench.worker.processor.process(batch(LIFE))
    assert (await bench.state()).written_ms == NOW_MS
    assert bench.report.delays_ms == [7_200_000, 7_110_000]


async def test_a_batch_of_bad_records_moves_the_position_and_nothing_else() -> None:
    bench = await started()
    assert await bench.worker.processor.process(raw(*BAD.values(), None)) is Verdict.APPLIED
    assert bench.letters.reasons() == {**dict(enumerate(BAD)), 4: RejectReason.JSON}
    found = await bench.state()
    assert (found.cells, found.live, found.position) == ({}, {}, 5)


async def test_letters_say_where_and_why_and_never_what() -> None:
    bench = await started()
    secret = json.loads(GOOD[0] or b"") | {"subject": "+62-812-3456\t"}
    await bench.worker.processor.process(raw(json.dumps(secret).encode()))
    (letter,) = bench.letters.sent
    assert letter.detail.startswith("subject: ")
    assert "812" not in str(letter)


async def test_unknown_types_are_counted_and_passed_over() -> None:
    bench = await started()
    unknown = (GOOD[0] or b"").replace(b"visit.queued", b"ticket.opened")
    await bench.worker.processor.process(raw(unknown, GOOD[0], unknown))
    assert bench.report.by_type == {"unknown": 2, "visit.queued": 1}
    assert bench.letters.sent == []


async def test_a_late_event_is_reported_and_changes_nothing() -> None:
    bench = await started()
    late = of("c9", queued(-1000))  # contacts are kept for 1000 s
    assert await bench.worker.processor.process(batch([*LIFE, *late, *OTHERS])) is Verdict.APPLIED
    assert bench.letters.reasons() == {4: RejectReason.LATE}
    assert (bench.report.late, bench.report.rejected) == (1, {RejectReason.LATE: 1})
    found, wanted = await bench.state(), await clean_run(LIFE + OTHERS)
    assert (found.cells, found.live) == (wanted.cells, wanted.live)


async def test_the_letter_about_a_late_event_names_its_own_record() -> None:
    bench = await started()
    late = batch(of("c9", queued(-1000))).records[0].value
    unknown = (GOOD[0] or b"").replace(b"visit.queued", b"ticket.opened")
    await bench.worker.processor.process(raw(b"{", unknown, *GOOD, unknown, late, b"[]"))
    assert bench.letters.reasons() == {0: RejectReason.JSON, 7: RejectReason.LATE, 8: RejectReason.SCHEMA}


async def test_events_are_late_after_a_restart_as_they_were_before() -> None:
    bench = await started()
    await bench.worker.processor.process(batch(of("c1", queued(1000))))
    second = bench.another()
    assert await second.ownership.acquire(CONTACTS, log_of(earliest=0, end=1)) == 1
    await second.processor.process(batch(of("c2", queued(-1)), first=1))
    assert bench.letters.reasons() == {1: RejectReason.LATE}


async def test_duplicates_are_counted_and_change_nothing() -> None:
    bench = await started()
    await bench.worker.processor.process(batch(LIFE + OTHERS))
    before = await bench.state()
    await bench.worker.processor.process(batch(LIFE + OTHERS, first=7))
    assert bench.report.duplicates == 7
    after = await bench.state()
    assert (after.cells, after.live) == (before.cells, before.live)


async def test_heartbeats_move_the_watermark() -> None:
    bench = await started()
    await bench.worker.processor.process(batch(of("a1", fact(Kind.AGENT_HEARTBEAT, 500))))
    found = await bench.state()
    assert (found.watermark_ms, found.cells, found.live) == (ms(500), {}, {})
    assert bench.report.by_type == {"agent.heartbeat": 1}


# Ownership.


async def test_reading_begins_where_the_stored_state_ends() -> None:
    bench = await started()
    await bench.worker.processor.process(batch(LIFE))
    assert await bench.another().ownership.acquire(CONTACTS, log_of(earliest=0, end=4)) == 4
    assert await bench.another().ownership.acquire(CONTACTS, log_of(earliest=2, end=4)) == 4


async def test_reading_begins_at_the_earliest_record_when_nothing_was_stored() -> None:
    bench = Bench()
    assert await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=123)) == 123
    assert await bench.worker.processor.process(batch(LIFE, first=123)) is Verdict.APPLIED


async def test_a_worker_that_was_overtaken_stores_nothing_and_lets_go() -> None:
    bench = await started()
    await bench.worker.processor.process(batch(LIFE))
    second = bench.another()
    await second.ownership.acquire(CONTACTS, log_of(earliest=0, end=9))
    before = await bench.state()
    assert await bench.worker.processor.process(batch(OTHERS, first=4)) is Verdict.FENCED
    assert numbers(await bench.state()) == numbers(before)
    assert bench.worker.ownership.positions() == {}
    assert bench.probe.verdicts == [(CONTACTS, Verdict.APPLIED), (CONTACTS, Verdict.FENCED)]
    assert await bench.worker.processor.process(batch(OTHERS, first=4)) is Verdict.FENCED
    assert await second.processor.process(batch(OTHERS, first=4)) is Verdict.APPLIED
    assert numbers(await bench.state()) == numbers(await clean_run(LIFE + OTHERS))


class Overtaken(MemoryStore):
    """Has another owner store a batch just before a worker loads; falls back to what was, just after."""

    def __init__(self) -> None:
        super().__init__()
        self.between: Callable[[], Awaitable[None]] | None = None

    async def load(self, partition: Partition, **wanted: Any) -> Loaded:
        if self.between is None:
            return await super().load(partition, **wanted)
        between, self.between = self.between, None
        before = deepcopy(self._states)
        await between()
        loaded = await super().load(partition, **wanted)
        self._states = before
        return loaded


async def test_what_was_loaded_from_another_owners_state_is_not_built_upon() -> None:
    store = Overtaken()
    bench = await started(store)
    second = bench.another()

    async def overtake() -> None:
        await second.ownership.acquire(CONTACTS, log_of(earliest=0, end=9))
        assert await second.processor.process(batch(LIFE)) is Verdict.APPLIED

    store.between = overtake
    assert await bench.worker.processor.process(batch(LIFE)) is Verdict.FENCED
    assert bench.probe.verdicts[-1] == (CONTACTS, Verdict.FENCED)
    assert bench.worker.ownership.positions() == {}
    await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0))
    assert await bench.worker.processor.process(batch(LIFE)) is Verdict.APPLIED
    assert numbers(await bench.state()) == numbers(await clean_run(LIFE))


async def test_state_of_another_number_of_partitions_is_refused() -> None:
    bench = Bench()
    await bench.worker.ownership.require_partition_count("pantau.contacts", 4)
    await bench.worker.ownership.require_partition_count("pantau.agents", 6)
    await bench.worker.ownership.require_partition_count("pantau.contacts", 4)
    with pytest.raises(
        PartitionsChanged, match=r"pantau\.contacts has 6 partitions and .* state of 4: .* HDEL"
    ):
        await bench.worker.ownership.require_partition_count("pantau.contacts", 6)


async def test_an_event_without_a_key_is_refused_once_its_topic_is_known_to_have_several_partitions() -> None:
    for partitions, wanted in ((1, {}), (4, dict.fromkeys(range(len(LIFE)), RejectReason.UNKEYED))):
        bench = Bench()
        await bench.worker.ownership.require_partition_count(CONTACTS.topic, partitions)
        await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0))
        assert await bench.worker.processor.process(batch(LIFE)) is Verdict.APPLIED
        assert bench.letters.reasons() == wanted


async def test_what_is_not_owned_is_not_touched() -> None:
    bench = Bench()
    assert await bench.worker.processor.process(batch(LIFE)) is Verdict.FENCED
    await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0))
    bench.worker.ownership.keep_only({AGENTS})
    assert await bench.worker.processor.process(batch(LIFE)) is Verdict.FENCED
    assert bench.probe.held == [{CONTACTS}, set()]
    assert bench.letters.sent == []


async def test_of_a_batch_that_is_partly_known_the_rest_is_folded() -> None:
    bench = await started()
    await bench.worker.processor.process(batch(LIFE))
    assert await bench.worker.processor.process(batch(LIFE + OTHERS)) is Verdict.APPLIED
    assert numbers(await bench.state()) == numbers(await clean_run(LIFE + OTHERS))
    assert bench.report.records == len(OTHERS)


@pytest.mark.parametrize("first", [0, 1, 5, 99])
async def test_a_batch_from_elsewhere_is_not_folded(first: int) -> None:
    bench = await started()
    await bench.worker.processor.process(batch(LIFE))
    before = numbers(await bench.state())
    assert await bench.worker.processor.process(batch(OTHERS, first=first)) is Verdict.REPEAT
    assert numbers(await bench.state()) == before
    assert await bench.worker.processor.process(batch(OTHERS, first=4)) is Verdict.APPLIED
    assert numbers(await bench.state()) == numbers(await clean_run(LIFE + OTHERS))


async def test_a_store_that_stands_elsewhere_is_read_again() -> None:
    # A stale replica took over, or a backup was restored: the stored position is not the worker's.
    bench = await started()
    await bench.worker.processor.process(batch(LIFE[:2]))
    old = bench.store._states[CONTACTS].written
    old.position = old.counted = 1
    assert await bench.worker.processor.process(batch(LIFE[2:], first=2)) is Verdict.ELSEWHERE
    assert bench.worker.ownership.positions() == {}
    assert await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0, end=1)) == 1
    assert await bench.worker.processor.process(batch(LIFE[1:], first=1)) is Verdict.APPLIED
    assert (await bench.total())["handled"] == 1


# What the store lost is read again: into a new version, or from where it stands.


async def test_a_lost_store_is_rebuilt_up_to_where_the_log_ended() -> None:
    bench = Bench()
    assert await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0, end=7)) == 0
    await bench.worker.processor.process(batch(LIFE))
    rebuild = (await bench.state()).rebuild
    assert rebuild == Rebuild(0, 7, NOW_MS, 4, complete=False)
    await bench.worker.processor.process(batch(OTHERS, first=4))
    assert (await bench.state()).rebuild is None
    assert numbers(await bench.state()) == numbers(await clean_run(LIFE + OTHERS))


async def test_a_rebuild_reads_what_matters_only() -> None:
    bench = Bench()
    assert await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=2, horizon=5, end=9)) == 5


async def test_readers_keep_what_they_have_while_a_requested_rebuild_is_on() -> None:
    bench = await started()
    await bench.worker.processor.process(batch(LIFE + OTHERS))
    before = numbers(await bench.state())
    await bench.store.request(CONTACTS)
    assert await bench.worker.upkeep.check(CONTACTS) is Verdict.ELSEWHERE
    assert await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0, end=7)) == 0
    assert await bench.worker.processor.process(batch(LIFE)) is Verdict.APPLIED
    assert numbers(await bench.state()) == before
    assert await bench.worker.processor.process(batch(OTHERS, first=4)) is Verdict.APPLIED
    assert numbers(await bench.state()) == before
    assert (await bench.state()).rebuild is None


async def test_a_rebuild_goes_on_with_another_worker_where_it_stood() -> None:
    bench = Bench()
    await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0, end=7))
    await bench.worker.processor.process(batch(LIFE))
    second = bench.another()
    assert await second.ownership.acquire(CONTACTS, log_of(earliest=0, end=7, committed=4)) == 4
    await second.processor.process(batch(OTHERS, first=4))
    assert (await bench.state()).rebuild is None
    assert numbers(await bench.state()) == numbers(await clean_run(LIFE + OTHERS))


async def test_a_store_that_came_back_older_catches_up_from_where_it_stands() -> None:
    bench = await started()
    await bench.worker.processor.process(batch(LIFE[:2]))
    older = deepcopy(bench.store._states)
    await bench.worker.processor.process(batch(LIFE[2:] + OTHERS, first=2))
    bench.store._states = older
    assert await bench.worker.upkeep.check(CONTACTS) is Verdict.ELSEWHERE
    assert await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=1, end=7)) == 2
    assert (await bench.state()).rebuild == Rebuild(2, 7, NOW_MS, 2, complete=True)
    await bench.worker.processor.process(batch(LIFE[2:] + OTHERS, first=2))
    assert (await bench.state()).rebuild is None
    assert numbers(await bench.state()) == numbers(await clean_run(LIFE + OTHERS))


async def test_records_that_kafka_dropped_unread_are_told_and_the_rest_is_built_anew(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = await started()
    await bench.worker.processor.process(batch(LIFE))
    assert await bench.another().ownership.acquire(CONTACTS, log_of(earliest=6, end=7)) == 6
    assert "records_gone partition=pantau.contacts:0 from=4 to=6" in caplog.text
    state = await bench.state()
    assert (state.lost, state.rebuild) == (2, Rebuild(5, 7, NOW_MS, 6, complete=True))


async def test_a_rebuild_ends_where_the_log_shows_offsets_without_records() -> None:
    bench = Bench()
    await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0, end=6))
    await bench.worker.processor.process(batch(LIFE))
    assert bench.worker.ownership.settled() == {}
    assert (
        await bench.worker.processor.process(Batch(CONTACTS, 2, 6, batch(LIFE).records[2:], 2))
        is Verdict.APPLIED
    )
    assert bench.worker.ownership.settled().keys() == {CONTACTS}
    assert ((await bench.state()).rebuild, (await bench.state()).unaccounted) == (None, 0)
    await bench.worker.processor.process(batch(OTHERS, first=6))
    assert (await bench.total())["offered"] == 3


async def test_offsets_that_nobody_has_accounted_for_are_not_passed_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = await started()
    await bench.worker.processor.process(batch(LIFE))
    later = batch(OTHERS, first=7)
    assert await bench.worker.processor.process(later._replace(from_offset=4)) is Verdict.ELSEWHERE
    assert "records_unaccounted partition=pantau.contacts:0 from=4 to=10" in caplog.text
    assert (await bench.state()).position == 4


async def test_what_the_store_lacks_is_built_anew_by_whoever_takes_it_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = await started()
    await bench.worker.processor.process(batch(LIFE))
    token = (await bench.store.acquire(CONTACTS)).token
    torn = Checkpoint(4, 9, ms(9), ms(9), Changes(), records=2, gaps=1)
    assert await bench.store.apply(CONTACTS, token, torn) is Verdict.APPLIED
    assert (await bench.state()).unaccounted == 2
    assert await bench.another().ownership.acquire(CONTACTS, log_of(earliest=0, end=9)) == 0
    assert "records_missing partition=pantau.contacts:0 offsets=2" in caplog.text
    assert (await bench.store.rebuild_status(CONTACTS)).rebuild is not None


async def test_what_the_client_cannot_read_halts_its_partition_where_it_is() -> None:
    bench = await started()
    await bench.worker.processor.process(batch(LIFE))
    damaged = Batch(CONTACTS, 4, 4, (), 0, CorruptRecordException("Invalid CRC"))
    with pytest.raises(Halted, match=r"at offset 4 .*Invalid CRC.*nothing was passed over") as told:
        await bench.worker.processor.process(damaged)
    assert (told.value.reason, bench.worker.ownership.halted()) == ("unfetched", {CONTACTS})
    assert (
        await bench.worker.processor.process(damaged._replace(from_offset=9, next_offset=9)) is Verdict.REPEAT
    )
    await bench.worker.processor.process(batch(OTHERS, first=4))
    assert bench.worker.ownership.halted() == set()


async def test_a_rebuild_with_nothing_to_read_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    with caplog.at_level("INFO", logger="pantau"):
        await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0))
        await bench.worker.processor.process(batch(LIFE))
    assert caplog.records == []
    assert (await bench.state()).rebuild is None


async def test_sweeping_passes_over_a_store_that_is_away() -> None:
    bench = await started(Unsteady("sweep"))
    await bench.worker.upkeep.sweep()
    assert bench.probe.failures == ["sweep"]


# A check: what the next batch would find out, without one.


async def test_a_check_of_a_store_that_stands_changes_nothing() -> None:
    bench = await started()
    assert await bench.worker.upkeep.check(CONTACTS) is Verdict.APPLIED
    await bench.worker.processor.process(batch(LIFE))
    before = numbers(await bench.state())
    assert await bench.worker.upkeep.check(CONTACTS) is Verdict.APPLIED
    assert numbers(await bench.state()) == before
    assert bench.worker.ownership.positions() == {CONTACTS: 4}


async def test_a_check_finds_a_loss_again_until_the_partition_is_acquired() -> None:
    bench = await started()
    await bench.worker.processor.process(batch(LIFE))
    bench.store._states.clear()
    assert [await bench.worker.upkeep.check(CONTACTS) for _ in range(2)] == 2 * [Verdict.ELSEWHERE]
    assert await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0)) == 0
    assert await bench.worker.upkeep.check(CONTACTS) is Verdict.APPLIED
    assert await bench.worker.processor.process(batch(LIFE)) is Verdict.APPLIED
    assert numbers(await bench.state()) == numbers(await clean_run(LIFE))


async def test_a_check_finds_another_owner_and_lets_go() -> None:
    bench = await started()
    await bench.another().ownership.acquire(CONTACTS, log_of(earliest=0, end=9))
    assert await bench.worker.upkeep.check(CONTACTS) is Verdict.FENCED
    assert bench.worker.ownership.positions() == {}
    assert await bench.worker.upkeep.check(CONTACTS) is Verdict.APPLIED


async def test_a_check_of_a_store_that_is_away_finds_nothing_and_says_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = await started(Unsteady("check"))
    with caplog.at_level("DEBUG", logger="pantau"):
        assert await bench.worker.upkeep.check(CONTACTS) is Verdict.APPLIED
    assert (caplog.records, bench.probe.failures) == ([], ["check"])
    assert bench.worker.ownership.positions() == {CONTACTS: 0}


class Slow(MemoryStore):
    """Answers a checkpoint or a check only once it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.may = asyncio.Event()

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        await self.may.wait()
        return await super().apply(partition, token, checkpoint)

    async def check(self, partition: Partition, token: int, position: int) -> Verdict:
        await self.may.wait()
        return await super().check(partition, token, position)


@pytest.mark.parametrize("operation", ["check", "process"])
async def test_an_answer_about_an_earlier_lease_does_not_take_the_new_one(operation: str) -> None:
    store = Slow()
    bench = await started(store)
    calls = {
        "check": bench.worker.upkeep.check(CONTACTS),
        "process": bench.worker.processor.process(batch(LIFE)),
    }
    asking = asyncio.create_task(calls.pop(operation))
    calls.popitem()[1].close()
    await asyncio.sleep(0)
    await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0))
    store.may.set()
    await asking
    assert bench.worker.ownership.positions() == {CONTACTS: 0}
    assert await bench.worker.processor.process(batch(LIFE)) is Verdict.APPLIED


# A store that fails for a while: later, and nothing lost.


@pytest.mark.parametrize("operation", ["acquire", "begin", "load", "apply"])
async def test_a_call_that_failed_is_repeated(operation: str) -> None:
    bench = await started(Unsteady(operation))
    assert await bench.worker.processor.process(batch(LIFE + OTHERS)) is Verdict.APPLIED
    assert bench.probe.failures == [operation]
    assert numbers(await bench.state()) == numbers(await clean_run(LIFE + OTHERS))
    assert (bench.report.records, bench.report.duplicates, len(bench.probe.reports)) == (7, 0, 1)


async def test_a_reply_that_was_lost_is_recognised() -> None:
    bench = await started(Unsteady(lost=["acquire", "begin", "apply"]))
    assert await bench.worker.processor.process(batch(LIFE)) is Verdict.REPEAT  # it had been stored
    assert bench.worker.ownership.positions() == {CONTACTS: 4}
    assert await bench.worker.processor.process(batch(OTHERS, first=4)) is Verdict.APPLIED
    assert numbers(await bench.state()) == numbers(await clean_run(LIFE + OTHERS))
    assert [report.position for report in bench.probe.reports] == [4, 7]


async def test_pauses_grow_and_nothing_is_acknowledged_meanwhile(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("stream.backoff._JITTER_RATIO", 0)
    bench = await started(Unsteady("apply", "apply"))
    with caplog.at_level("WARNING"):
        processing = asyncio.create_task(bench.worker.processor.process(batch(LIFE)))
        await asyncio.sleep(0.02)
        assert bench.worker.ownership.positions() == {CONTACTS: 0}
        assert bench.probe.reports == []
        assert await processing is Verdict.APPLIED
    assert bench.probe.failures == ["apply", "apply"]
    pauses = [record.getMessage().split("again_in_seconds=")[1][:3] for record in caplog.records]
    assert pauses == ["0.1", "0.2"]


@pytest.mark.parametrize("operation", ["acquire", "begin", "load", "apply"])
async def test_a_worker_that_is_told_to_stop_gives_a_failed_call_up(operation: str) -> None:
    bench = Bench(Unsteady(operation))
    bench.worker = new_worker(bench.store, bench.letters, bench.probe, lambda: NOW_MS, stopping=lambda: True)

    async def work() -> None:
        await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0))
        await bench.worker.processor.process(batch(LIFE))

    with pytest.raises(Stopping):
        await work()
    assert (bench.probe.failures, bench.probe.reports) == ([operation], [])
    # What was stored is not known: under this lease nothing is. Whoever takes over reads the batch again.
    assert bench.worker.ownership.positions() == {}
    second = bench.another()
    assert await second.ownership.acquire(CONTACTS, log_of(earliest=0)) == 0
    assert await second.processor.process(batch(LIFE)) is Verdict.APPLIED
    assert (await bench.total())["handled"] == 1


# A flood of refusals halts the partition where it is.


async def test_a_flood_of_refusals_is_not_passed_over() -> None:
    bench = await started()
    await bench.worker.processor.process(raw(*GOOD))
    before = await bench.state()
    with pytest.raises(RejectRateExceeded):
        await bench.worker.processor.process(raw(*[b"{"] * 600, *GOOD, first=4))
    assert bench.worker.ownership.positions() == {CONTACTS: 4}
    assert bench.worker.ownership.halted() == {CONTACTS}
    assert bench.letters.sent == []
    assert await bench.state() == before
    assert bench.probe.halts == [(CONTACTS, RejectReason.JSON)]


async def test_a_halted_partition_stays_so_however_small_its_batches_when_it_is_taken_again() -> None:
    bench = await started()
    for first in range(0, 450, 50):
        await bench.worker.processor.process(raw(*[b"{"] * 50, first=first))
    for _ in range(3):
        with pytest.raises(RejectRateExceeded):
            await bench.worker.processor.process(raw(*[b"{"] * 50, first=450))
        assert await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0, end=450)) == 450
        assert bench.worker.ownership.halted() == {CONTACTS}
    assert len(bench.letters.sent) == 450


async def test_a_halted_partition_moves_on_once_most_of_it_can_be_read() -> None:
    bench = await started()
    with pytest.raises(RejectRateExceeded):
        await bench.worker.processor.process(raw(*[b"{"] * 600))
    assert (
        await bench.another().ownership.acquire(CONTACTS, log_of(earliest=0)) == 0
    )  # as another version would
    await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0))
    assert await bench.worker.processor.process(raw(*GOOD)) is Verdict.APPLIED
    assert bench.probe.halts[-1] == (CONTACTS, None)
    assert bench.worker.ownership.halted() == set()


async def test_heartbeats_do_not_thin_a_flood() -> None:
    bench = await started()
    garbage = [Record(n, ms(3600), b"{") for n in range(0, 1800, 3)]
    beats = [beat(3600, offset=n) for n in range(1800) if n % 3]
    mixed = sorted([*garbage, *beats], key=lambda record: record.offset)
    with pytest.raises(RejectRateExceeded):
        await bench.worker.processor.process(batch_of(CONTACTS, 0, mixed))


async def test_events_too_late_are_no_flood() -> None:
    bench = await started()
    await bench.worker.processor.process(raw(*GOOD))
    old = [record.value for record in batch(of("old", *[queued(-2_000)] * 600)).records]
    assert await bench.worker.processor.process(raw(*old, first=4)) is Verdict.APPLIED
    assert set(bench.letters.reasons().values()) == {RejectReason.LATE}
    assert len(bench.letters.sent) == 600


async def test_a_worker_tells_that_it_waits_for_its_store() -> None:
    bench = await started(Unsteady("apply"))
    processing = asyncio.create_task(bench.worker.processor.process(batch(LIFE)))
    await asyncio.sleep(0.02)
    assert bench.worker.store.is_waiting
    await processing
    assert not bench.worker.store.is_waiting


# Letters that cannot be sent stop the worker: what was refused must not pass unseen.


async def test_without_letters_nothing_is_stored() -> None:
    bench = await started()
    bench.letters.broken = True
    before = numbers(await bench.state())
    with pytest.raises(BrokerUnavailable):
        await bench.worker.processor.process(raw(*GOOD, b"{"))
    assert numbers(await bench.state()) == before
    assert bench.probe.reports == []


async def test_a_batch_whose_letters_failed_can_be_processed_again() -> None:
    bench = await started()
    bench.letters.broken = True
    with pytest.raises(BrokerUnavailable):
        await bench.worker.processor.process(raw(*GOOD, b"{"))
    bench.letters.broken = False
    if await bench.worker.processor.process(raw(*GOOD, b"{")) is not Verdict.APPLIED:
        await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0))
        await bench.worker.processor.process(raw(*GOOD, b"{"))
    assert (await bench.total())["handled"] == 1


class Stuck(MemoryStore):
    """Never answers the first checkpoint."""

    stuck = True

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        if self.stuck:
            await asyncio.Event().wait()
        return await super().apply(partition, token, checkpoint)


async def test_a_batch_that_was_cancelled_can_be_processed_again() -> None:
    store = Stuck()
    bench = await started(store)
    processing = asyncio.create_task(bench.worker.processor.process(batch(LIFE)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    processing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await processing
    store.stuck = False
    if await bench.worker.processor.process(batch(LIFE)) is not Verdict.APPLIED:
        await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0))
        await bench.worker.processor.process(batch(LIFE))
    assert (await bench.total())["handled"] == 1


def test_a_silent_probe_says_nothing() -> None:
    probe = SilentProbe()
    probe.batch(BatchReport(CONTACTS))
    probe.judged(CONTACTS, Verdict.APPLIED)
    probe.store_failed("apply")
    probe.owned({CONTACTS})


# Limits.


async def test_what_is_too_many_is_reported_and_the_rest_goes_on() -> None:
    bench = Bench(limits=Limits(queues=1, open_contacts=2))
    await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0))
    events = [
        *of("c1", queued(0)),
        *of("c2", queued(1, "made-up")),
        *of("c3", queued(2)),
        *of("c4", queued(3)),
    ]
    assert await bench.worker.processor.process(batch(events)) is Verdict.APPLIED
    assert bench.letters.reasons() == {1: RejectReason.TOO_MANY, 3: RejectReason.TOO_MANY}
    assert [letter.detail.split(";")[0] for letter in bench.letters.sent] == [
        "more than 1 queues in its partition",
        "more than 2 open_contacts in its partition",
    ]
    assert "made-up" not in str(bench.letters.sent)
    report = bench.probe.reports[-1]
    assert (report.rejected, report.used["queues"], report.used["open_contacts"]) == ({"too_many": 2}, 1, 2)
    assert set((await bench.state()).live) == {"c\tc1", "c\tc3"}


async def test_limits_hold_after_a_takeover_and_after_a_batch_that_was_not_stored() -> None:
    bench = Bench(limits=Limits(queues=2, open_contacts=3))
    await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0))
    await bench.worker.processor.process(batch(of("c1", queued(0, "a"))))
    bench.letters.broken = True
    with pytest.raises(BrokerUnavailable):
        await bench.worker.processor.process(
            batch_of(CONTACTS, 1, [Record(1, None, b"{"), *_at(2, of("c2", queued(1, "b")))])
        )
    bench.letters.broken = False
    assert bench.probe.reports[-1].used["queues"] == 1
    bench.worker = bench.another()
    assert await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0, end=1)) == 1
    events = [
        *of("c2", queued(1, "b")),
        *of("c3", queued(2, "c")),
        *of("c4", queued(3, "a")),
        *of("c5", queued(4, "a")),
    ]
    await bench.worker.processor.process(batch_of(CONTACTS, 1, _at(1, events)))
    assert {letter.offset: letter.detail.split()[3] for letter in bench.letters.sent} == {
        2: "queues",
        4: "open_contacts",
    }


async def test_a_flood_of_names_halts_nothing() -> None:
    bench = Bench(limits=Limits(queues=1))
    await bench.worker.ownership.acquire(CONTACTS, log_of(earliest=0))
    events = [event for at in range(600) for event in of(f"c{at}", queued(at / 10, f"q{at}"))]
    assert await bench.worker.processor.process(batch(events)) is Verdict.APPLIED
    assert len(bench.letters.sent) == 599


def _at(offset: int, events: list[Event]) -> list[Record]:
    return [Record(offset + n, r.timestamp, r.value) for n, r in enumerate(batch(events).records)]
