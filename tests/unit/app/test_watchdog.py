"""What the watchdog ends a worker for, and what it waits for."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.errors import KafkaError
from support.factories import CONTACTS

from stream.access import Access
from stream.app import watchdog
from stream.app.membership import Membership
from stream.app.watchdog import Watchdog
from stream.errors import BrokerRefused, BrokerUnavailable
from stream.store.partition import Partition
from stream.worker.worker import Worker

pytestmark = pytest.mark.pure

LIMIT = 60.0


async def refuses() -> None:
    raise BrokerRefused("the session is too short")


class Bench:
    """A watchdog whose worker stands at 5 of 9, and whose clock moves by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at_seconds = 1_000.0
        self.exits: list[Any] = []
        self.stopping = False
        self.store = SimpleNamespace(is_waiting=False)
        self.ownership = SimpleNamespace(positions=lambda: {CONTACTS: 5}, halted=set[Partition])
        worker = SimpleNamespace(store=self.store, ownership=self.ownership)
        monkeypatch.setattr(watchdog, "end", lambda _, *told: self.exits.append(told))
        monkeypatch.setattr(watchdog.time, "monotonic", lambda: self.at_seconds)
        self.membership = Membership(refuses)
        self.membership.is_member = True
        self.dog = Watchdog(
            Access(""),
            cast(Worker, worker),
            self.membership,
            limit_seconds=LIMIT,
            stopping=lambda: self.stopping,
        )

    async def look(self, *, after: float) -> int:
        """Look so many seconds later; how often the process would have ended so far."""
        self.at_seconds += after
        await self.dog.look(self.ends)
        return len(self.exits)

    async def ends(self, partitions: list[Partition]) -> dict[Partition, int]:
        return dict.fromkeys(partitions, 9)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


async def test_a_worker_that_stands_still_while_records_wait_is_ended(bench: Bench) -> None:
    assert [await bench.look(after=seconds) for seconds in (0, 59, 2)] == [0, 0, 1]
    assert bench.exits[0][1:5] == (*CONTACTS, 5, 9)


@pytest.mark.parametrize("why", ["store", "halted", "stopping"])
async def test_a_worker_that_stands_for_a_reason_is_not(bench: Bench, why: str) -> None:
    bench.store.is_waiting = why == "store"
    bench.ownership.halted = lambda: {CONTACTS} if why == "halted" else set()
    bench.stopping = why == "stopping"
    assert [await bench.look(after=100) for _ in range(5)] == [0] * 5


async def test_a_worker_without_partitions_is_not(bench: Bench) -> None:
    bench.ownership.positions = dict
    assert [await bench.look(after=1_000) for _ in range(3)] == [0] * 3


async def test_it_tells_for_how_long_kafka_has_not_answered(bench: Bench) -> None:
    bench.at_seconds += 3
    assert bench.dog.silent_seconds == 3
    await bench.look(after=1)
    assert bench.dog.silent_seconds == 0
    bench.ends = silent  # type: ignore[method-assign]
    with pytest.raises(KafkaError):
        await bench.look(after=5)
    assert bench.dog.silent_seconds == 5


async def silent(_: list[Partition]) -> dict[Partition, int]:
    raise KafkaError


async def test_one_that_had_nothing_to_ask_does_not_call_kafka_silent(bench: Bench) -> None:
    bench.ownership.positions = dict
    await bench.look(after=100)
    assert bench.dog.silent_seconds == 0


async def test_a_watchdog_that_looks_no_more_is_not_well(bench: Bench) -> None:
    assert bench.dog.healthy
    bench.at_seconds += LIMIT + 60
    assert not bench.dog.healthy


@pytest.fixture
def left_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A worker that no partition was given to, for its group has not admitted it; Kafka answers."""

    async def answers(_: Access) -> None: ...

    monkeypatch.setattr(watchdog, "check", answers)
    bench.ownership.positions = dict
    bench.membership.is_member = False
    return bench


async def test_a_worker_that_the_group_leaves_out_is_ended_with_the_reason(left_out: Bench) -> None:
    assert [await left_out.look(after=seconds) for seconds in (0, 59, 2)] == [0, 0, 1]
    assert left_out.exits[0][2] == "the session is too short"


async def test_a_member_without_a_partition_is_not(left_out: Bench) -> None:
    left_out.membership.is_member = True
    assert [await left_out.look(after=100) for _ in range(3)] == [0] * 3


async def test_a_worker_is_not_ended_where_kafka_does_not_answer(
    left_out: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: Access) -> None:
        raise BrokerUnavailable("away")

    await left_out.look(after=0)
    monkeypatch.setattr(watchdog, "check", away)
    with pytest.raises(BrokerUnavailable):
        await left_out.look(after=100)
    assert left_out.exits == []
