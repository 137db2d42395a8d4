"""Which partitions a worker owns, from where on, and what it reads again."""

from collections.abc import Awaitable, Callable
from copy import deepcopy
from typing import Any

import pytest
from aiokafka.errors import CorruptRecordException
from support.factories import (
    AGENTS,
    CONTACTS,
    batch,
    ms,
)
from support.taking import log_of
from support.worker_bench import LIFE, NOW_MS, OTHERS, Bench, Unsteady, clean_run, numbers, started

from stream.domain.fold import Changes
from stream.errors import PartitionsChanged, RejectReason
from stream.store.checkpoint import Checkpoint, Loaded
from stream.store.lease import Verdict
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.store.rebuild import Rebuild
from stream.worker.record import Batch
from stream.worker.reject_rate import Halted

pytestmark = pytest.mark.pure


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


async def test_an_assignment_that_is_over_halts_nothing() -> None:
    bench = await started()
    ownership, damaged = bench.worker.ownership, CorruptRecordException("Invalid CRC")
    before = ownership.get(CONTACTS)
    await ownership.acquire(CONTACTS, log_of(earliest=0))
    assert before is not None
    ownership.halt(before, "unfetched")
    assert (ownership.halted(), bench.probe.halts) == (set(), [])
    with pytest.raises(Halted):
        await bench.worker.processor.process(Batch(CONTACTS, 0, 0, (), 0, damaged))
    now = ownership.get(CONTACTS)
    assert now is not None
    ownership.release(now)
    assert bench.probe.halts == [(CONTACTS, "unfetched"), (CONTACTS, None)]


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
