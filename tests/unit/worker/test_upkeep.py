"""What a worker does between batches: signs of life, checks, and what it looks after."""

import asyncio

import pytest
from aiokafka.errors import CorruptRecordException
from support.factories import (
    AGENTS,
    CONTACTS,
    batch,
)
from support.taking import log_of
from support.worker_bench import LIFE, Unsteady, clean_run, numbers, started

from stream.store.checkpoint import Checkpoint
from stream.store.lease import Verdict
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.worker.backlog import Backlog
from stream.worker.record import Batch
from stream.worker.reject_rate import Halted

pytestmark = pytest.mark.pure


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
