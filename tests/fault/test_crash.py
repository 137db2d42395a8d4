"""Workers are killed, stopped and frozen under load, on the embedded stack: no number changes."""

import asyncio
import os
import random
import signal
from collections.abc import Iterator
from functools import cache

import pytest
from support.faults import duplicate
from support.load import last_hours
from support.pantau import Exporter, Pantau, Worker, together
from support.processes import wait_until
from support.records import PARTITIONS, committed, positions, publish, read_so_far, wait_until_read
from support.truth import assert_recomputed, decoded

from stream.broker.topics import CONTACTS, FOLDED
from stream.dev.simulator import SimulatedEvent
from stream.store.partition import Partition
from stream.store.redis import RedisStore

#: Small batches, so that a signal finds one in hand and many still to come.
BATCH_RECORDS = 100
EVERYTHING = {(topic, number) for topic in FOLDED for number in range(PARTITIONS)}


@cache
def load() -> list[SimulatedEvent]:
    """An hour that ends now, of which the source delivers some events twice."""
    return list(duplicate(last_hours(6, 0.35, seed=5), share=0.03, seed=5))


@pytest.fixture
def exporter(embedded: Pantau) -> Iterator[Exporter]:
    with embedded.exporter() as running:
        yield running


@pytest.fixture
def workers(embedded: Pantau) -> Iterator[list[Worker]]:
    pair = [embedded.worker(name, batch_records=BATCH_RECORDS) for name in ("one", "other")]
    with together(*pair):
        yield pair


def await_progress(embedded: Pantau, records: int, *, of: int) -> None:
    """Wait until so many have been folded, and hold the test to there being more to do."""
    assert wait_until(lambda: read_so_far(embedded.redis_url) >= records, seconds=40), positions(
        embedded.redis_url
    )
    assert read_so_far(embedded.redis_url) < of, "the load was over before the signal"


def test_three_kills_at_random_change_no_number(
    embedded: Pantau, exporter: Exporter, workers: list[Worker]
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    chance = random.Random(seed)
    events = load()
    publish(embedded.kafka, events)
    for place in sorted(chance.sample(range(1, 80), 3)):
        await_progress(embedded, len(events) * place // 100, of=len(events))
        victim = chance.choice(workers)
        victim.kill()
        victim.start()
    wait_until_read(embedded.redis_url, len(events), seconds=60)
    assert_recomputed(exporter, decoded(events))
    # The embedded broker tells an end of before where many wrote at once: none of it is another log.
    assert not [worker.name for worker in workers if "log_shorter" in worker.log()]


def test_a_worker_that_is_told_to_stop_drains_and_commits(embedded: Pantau, exporter: Exporter) -> None:
    events = load()
    publish(embedded.kafka, events)
    with embedded.worker(batch_records=BATCH_RECORDS) as worker:
        await_progress(embedded, len(events) // 10, of=len(events))
        worker.terminate()
        assert worker.exit_code(seconds=20) == 0
        read = {where: at for where, at in positions(embedded.redis_url).items() if at}
        assert committed(embedded.kafka, group=embedded.group) == read
        assert read_so_far(embedded.redis_url) < len(events), "the load was over before the signal"
    with embedded.worker("next"):
        wait_until_read(embedded.redis_url, len(events))
        assert_recomputed(exporter, decoded(events))


def test_a_frozen_worker_that_wakes_changes_nothing(
    embedded: Pantau, exporter: Exporter, workers: list[Worker]
) -> None:
    events = load()
    third = len(events) // 3
    publish(embedded.kafka, events[:third])
    await_progress(embedded, third // 4, of=third)
    zombie, heir = workers
    os.kill(zombie.pid, signal.SIGSTOP)
    publish(embedded.kafka, events[third : 2 * third])
    wait_until_read(embedded.redis_url, 2 * third, seconds=60)
    assert wait_until(lambda: heir.owned() == EVERYTHING)
    os.kill(zombie.pid, signal.SIGCONT)
    publish(embedded.kafka, events[2 * third :])
    wait_until_read(embedded.redis_url, len(events), seconds=60)
    assert wait_until(lambda: len(zombie.owned()) == len(heir.owned()) == PARTITIONS, seconds=30)
    assert_recomputed(exporter, decoded(events))


def test_a_takeover_that_comes_too_late_does_not_stall_the_partition(embedded: Pantau) -> None:
    events = load()[:4_000]
    with embedded.worker():
        publish(embedded.kafka, events[:2_000])
        wait_until_read(embedded.redis_url, 2_000)
        asyncio.run(take_over(embedded.redis_url, Partition(CONTACTS, 0)))
        publish(embedded.kafka, events[2_000:])
        wait_until_read(embedded.redis_url, 4_000, seconds=8)


async def take_over(redis_url: str, partition: Partition) -> None:
    """Do what a worker does that was frozen while partitions were given to it."""
    store = RedisStore(redis_url)
    try:
        await store.acquire(partition)
    finally:
        await store.close()
