"""The queues of partitions: what follows what, what is checked when, and what becomes of a verdict."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import AsyncMock, Mock

import pytest
from aiokafka.errors import KafkaConnectionError
from faust.types import TP
from support.factories import AGENTS, CONTACTS, batch_of

from stream.app.circuit_breaker import CircuitBreakers
from stream.app.partition_queues import PartitionQueues
from stream.errors import RejectReason
from stream.store.lease import Verdict
from stream.store.partition import Partition
from stream.worker.record import Batch
from stream.worker.reject_rate import RejectRateExceeded
from stream.worker.retrying_store import Stopping
from stream.worker.worker import Worker

pytestmark = pytest.mark.pure


class Diary:
    """Stands in for a worker's parts: notes when work begins and ends, and answers as told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.may_end = asyncio.Event()
        self.answer: Verdict | Exception = Verdict.APPLIED
        self.held: set[Partition] = set()

    def positions(self) -> dict[Partition, int]:
        return dict.fromkeys(self.held, 0)

    def keep_only(self, partitions: set[Partition]) -> None:
        raise AssertionError(partitions)

    async def check(self, partition: Partition) -> Verdict:
        return await self._note("check", partition)

    async def process(self, batch: Batch) -> Verdict:
        return await self._note(f"batch {batch.from_offset}", batch.partition)

    async def _note(self, what: str, partition: Partition) -> Verdict:
        name = f"{partition.topic.removeprefix('pantau.')} {what}"
        self.lines.append(f"{name} begins")
        await self.may_end.wait()
        self.lines.append(f"{name} ends")
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Bench:
    """Partition queues with all their surroundings."""

    def __init__(self) -> None:
        self.diary = Diary()
        self.failures: list[Exception] = []
        self.consumer = SimpleNamespace(
            flow_active=True,
            assignment=lambda: {TP(*CONTACTS), TP(*AGENTS)},
            seek_stored=AsyncMock(side_effect=self._seek),
            give_up=Mock(),
            pause_partitions=Mock(),
            resume_partitions=Mock(),
        )
        self.app = SimpleNamespace(
            consumer=self.consumer,
            rebalancing=False,
            should_stop=False,
            crash=AsyncMock(),
            conf=SimpleNamespace(broker_session_timeout=0),
        )
        worker = SimpleNamespace(ownership=self.diary, processor=self.diary, upkeep=self.diary)
        self.queues = PartitionQueues(cast(Any, self.app), cast(Worker, worker))
        self.queues._breakers = CircuitBreakers(cast(Any, self.app), first_pause_seconds=0)

    async def _seek(self, tps: set[TP]) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.diary.held |= {Partition(*tp) for tp in tps}

    async def put(self, first: int, partition: Partition = CONTACTS) -> Mock:
        event = Mock(value=batch_of(partition, first, []))
        await self.queues.put(event)
        return event

    async def settle(self) -> list[str]:
        """Let everything end; what happened."""
        self.diary.may_end.set()
        for _ in range(10):
            await asyncio.sleep(0)
        return self.diary.lines


async def test_a_check_waits_for_no_batch_and_a_batch_for_a_check() -> None:
    bench = Bench()
    bench.queues.check(CONTACTS)
    await asyncio.sleep(0)
    event = await bench.put(0)
    bench.queues.check(CONTACTS)  # one is on its way
    assert await bench.settle() == [
        "contacts check begins",
        "contacts check ends",
        "contacts batch 0 begins",
        "contacts batch 0 ends",
    ]
    event.ack.assert_called_once()


async def test_a_partition_with_a_batch_in_hand_is_not_checked_and_others_are() -> None:
    bench = Bench()
    await bench.put(0)
    for partition in (CONTACTS, AGENTS):
        bench.queues.check(partition)
    assert await bench.settle() == [
        "contacts batch 0 begins",
        "contacts batch 0 ends",
        "agents check begins",
        "agents check ends",
    ]
    bench.queues.check(CONTACTS)
    assert "contacts check ends" in await bench.settle()


@pytest.mark.parametrize("why", ["rebalance", "flow", "assignment", "stop"])
async def test_nothing_is_checked_while_ownership_moves(why: str) -> None:
    bench = Bench()
    bench.app.rebalancing = why == "rebalance"
    bench.app.should_stop = why == "stop"
    bench.consumer.flow_active = why != "flow"
    if why == "assignment":
        bench.consumer.assignment = set
    bench.queues.check(CONTACTS)
    assert await bench.settle() == []


async def test_a_check_that_finds_a_loss_reads_from_the_stored_position() -> None:
    bench = Bench()
    bench.diary.answer = Verdict.ELSEWHERE
    bench.queues.check(CONTACTS)
    await bench.settle()
    bench.consumer.seek_stored.assert_awaited_once_with({TP(*CONTACTS)})


async def test_a_check_that_finds_another_owner_claims_the_partition_that_the_group_gives_us() -> None:
    bench = Bench()
    bench.diary.answer = Verdict.FENCED
    bench.queues.check(CONTACTS)
    await bench.settle()
    bench.consumer.seek_stored.assert_awaited_once_with({TP(*CONTACTS)})


@pytest.mark.parametrize("failure", [KafkaConnectionError("away"), Stopping()])
async def test_a_loss_that_cannot_be_mended_now_is_left_to_the_next_check(failure: Exception) -> None:
    bench = Bench()
    bench.diary.answer = Verdict.ELSEWHERE
    bench.failures.append(failure)
    for _ in range(2):
        bench.queues.check(CONTACTS)
        await bench.settle()
    assert bench.consumer.seek_stored.await_count == 2
    bench.app.crash.assert_not_awaited()


@pytest.mark.parametrize("where", ["in the batch", "in reading it again"])
async def test_a_batch_that_kafka_fails_ends_the_worker_for_nothing_else_would_read_it_again(
    where: str,
) -> None:
    bench, failure = Bench(), KafkaConnectionError("away")
    bench.diary.answer = failure if where == "in the batch" else Verdict.ELSEWHERE
    bench.consumer.seek_stored.side_effect = failure
    event = await bench.put(0)
    await bench.settle()
    bench.app.crash.assert_awaited_once_with(failure)
    event.ack.assert_not_called()


async def test_a_check_that_fails_otherwise_stops_the_worker() -> None:
    bench = Bench()
    bench.diary.answer = failure = ZeroDivisionError()
    bench.queues.check(CONTACTS)
    await bench.settle()
    bench.app.crash.assert_awaited_once_with(failure)


FLOOD = RejectRateExceeded(600, 600, RejectReason.JSON)


async def test_a_flooded_partition_is_fetched_no_more_and_nothing_of_it_is_acknowledged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("stream.backoff._JITTER_RATIO", 0)
    bench = Bench()
    bench.queues._breakers = breakers = CircuitBreakers(cast(Any, bench.app), first_pause_seconds=30)
    bench.diary.answer = FLOOD
    event = await bench.put(0)
    await bench.settle()
    bench.diary.answer = Verdict.REPEAT
    following = await bench.put(600)
    await bench.settle()
    for each in (event, following):
        each.ack.assert_not_called()
        bench.consumer.give_up.assert_any_call(each.message)
    bench.consumer.pause_partitions.assert_called_once_with({TP(*CONTACTS)})
    bench.app.crash.assert_not_awaited()
    (line,) = [record.getMessage() for record in caplog.records]
    assert "partition_halted partition=pantau.contacts:0 again_in_seconds=30: 600 of the last 600" in line
    assert "PANTAU_REJECT_LIMIT_RATIO=1" in line
    other = await bench.put(0, AGENTS)
    bench.diary.answer = Verdict.APPLIED
    await bench.settle()
    other.ack.assert_called_once()
    for task in breakers._waiting.values():
        task.cancel()


async def test_a_flooded_partition_is_read_again_with_growing_pauses_until_it_passes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("stream.app.circuit_breaker._LONGEST_PAUSE_SECONDS", 0.002)
    bench = Bench()
    bench.queues._breakers = CircuitBreakers(cast(Any, bench.app), first_pause_seconds=0.001)
    bench.diary.answer = FLOOD
    for _ in range(3):
        await bench.put(0)
        await bench.settle()
        await asyncio.sleep(0.02)
    assert bench.consumer.seek_stored.await_args_list == [(({TP(*CONTACTS)},),)] * 3
    assert bench.consumer.resume_partitions.call_count == 3
    (backoff,) = bench.queues._breakers._backoffs.values()
    assert 0.0015 < backoff.pause_seconds() <= 0.002
    bench.diary.answer = Verdict.APPLIED
    event = await bench.put(0)
    await bench.settle()
    event.ack.assert_called_once()
    assert bench.queues._breakers._backoffs == {}
    assert "partition_resumed partition=pantau.contacts:0" in caplog.text


@pytest.mark.parametrize("failure", [KafkaConnectionError("away"), Stopping()])
async def test_a_flooded_partition_that_cannot_be_read_again_now_is_later(failure: Exception) -> None:
    bench = Bench()
    bench.failures.append(failure)
    bench.diary.answer = FLOOD
    await bench.put(0)
    await bench.settle()
    await asyncio.sleep(0.02)
    assert bench.consumer.seek_stored.await_count == 2
    assert CONTACTS not in bench.queues._breakers


async def test_a_flooded_partition_that_was_taken_away_is_left_to_its_owner() -> None:
    bench = Bench()
    bench.diary.answer = FLOOD
    bench.consumer.assignment = set
    await bench.put(0)
    await bench.settle()
    await asyncio.sleep(0.01)
    bench.consumer.seek_stored.assert_not_awaited()
    bench.consumer.resume_partitions.assert_not_called()


@pytest.mark.parametrize("failure", [KafkaConnectionError("away"), Stopping()])
async def test_a_claim_that_fails_is_made_again(failure: Exception) -> None:
    # Nothing else would: a partition that is not held is not checked.
    bench = Bench()
    bench.diary.answer = Verdict.FENCED
    bench.failures.append(failure)
    bench.queues.check(CONTACTS)
    await bench.settle()
    await bench.settle()
    assert bench.consumer.seek_stored.await_count == 2


async def test_what_is_fenced_again_while_it_is_claimed_is_claimed_again() -> None:
    bench = Bench()
    bench.diary.answer = Verdict.FENCED

    async def lost_again(_: set[TP]) -> None:
        await bench.queues._react(CONTACTS, Verdict.FENCED)  # while this claim ends
        bench.consumer.seek_stored.side_effect = bench._seek

    bench.consumer.seek_stored.side_effect = lost_again
    bench.queues.check(CONTACTS)
    await bench.settle()
    await bench.settle()
    assert bench.diary.held == {CONTACTS}
    assert bench.consumer.seek_stored.await_count == 2
