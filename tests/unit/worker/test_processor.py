"""What a batch does, what is refused of it, and what stops it."""

import asyncio
import json

import pytest
from support.factories import (
    AGENTS,
    CONTACTS,
    Record,
    batch,
    batch_of,
    beat,
    fact,
    ms,
    of,
    queued,
    state,
)
from support.taking import log_of
from support.worker_bench import (
    BAD,
    BILLING,
    GOOD,
    KEYS,
    LIFE,
    NOW_MS,
    OTHERS,
    Bench,
    Unsteady,
    clean_run,
    numbers,
    raw,
    started,
)

from stream.domain.agent.state import AgentLive
from stream.domain.contact.contribution import Live
from stream.domain.fact import Event
from stream.domain.kinds import Kind
from stream.domain.limits import Limits
from stream.errors import BrokerUnavailable, RejectReason
from stream.store.checkpoint import Checkpoint
from stream.store.lease import Verdict
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.worker.probes import BatchReport, SilentProbe
from stream.worker.reject_rate import RejectRateExceeded

pytestmark = pytest.mark.pure


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
