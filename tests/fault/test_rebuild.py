"""Redis loses its state, comes back older, or is rebuilt on request: on real servers the numbers converge."""

import asyncio
import json
import os
import signal
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import redis
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import DefaultPartitioner
from support.installation import emptied
from support.load import last_hours
from support.pantau import Exporter, Pantau, get, together
from support.processes import wait_until
from support.records import PARTITIONS, forget, publish, wait_until_read
from support.redis_server import RealRedis
from support.truth import assert_recomputed, await_totals, decoded, reported

from stream.dev.simulator import SimulatedEvent

#: Small batches and long pauses between them: a rebuild lasts long enough to be looked at.
SLOWLY = {"batch_records": 100, "linger_ms": 20}


@cache
def load() -> list[SimulatedEvent]:
    return last_hours(5, 0.25, seed=7)


@pytest.fixture
def pantau(kafka_address: str, server: RealRedis, tmp_path: Path) -> Pantau:
    return emptied(kafka_address, server.url, tmp_path)


def offered(exporter: Exporter) -> int:
    return int(exporter.board()["all"]["totals"]["offered"])


def rebuilding(exporter: Exporter) -> bool:
    return exporter.board()["rebuilding"] is not None


def test_a_store_that_is_emptied_is_rebuilt_and_says_so_meanwhile(pantau: Pantau, server: RealRedis) -> None:
    events = load()
    half = len(events) // 2
    with together(pantau.worker(**SLOWLY), exporter := pantau.exporter()):
        publish(pantau.kafka, events[:half])
        wait_until_read(pantau.redis_url, half)
        with redis.Redis.from_url(server.url) as client:
            client.flushall()
        publish(pantau.kafka, events[half:])
        assert wait_until(lambda: rebuilding(exporter))
        ready, text = get(f"{exporter.url}/readyz"), get(f"{exporter.url}/metrics").text
        if rebuilding(exporter):
            assert exporter.board()["rebuilding"]["incomplete"]
            assert ready.status == 503
            assert ready.json()["because"].startswith("rebuilding from the log: ")
            assert "pantau_queue_contacts_offered_total{" not in text
        wait_until_read(pantau.redis_url, len(events), seconds=60)
        assert wait_until(lambda: get(f"{exporter.url}/readyz").status == 200)
        assert_recomputed(exporter, decoded(events))


def held_up(board: dict[str, Any]) -> set[str]:
    """What holds partitions up; while many are read again, some may lag as well."""
    return {held["what"] for held in board["held_up"]} - {"lagging"}


def test_a_rebuild_on_request_never_shows_less_than_before(pantau: Pantau, server: RealRedis) -> None:
    events = load()
    with together(pantau.worker(**SLOWLY), exporter := pantau.exporter()):
        publish(pantau.kafka, events)
        wait_until_read(pantau.redis_url, len(events), seconds=60)
        whole = reported_offered(events)
        assert wait_until(lambda: offered(exporter) == whole)
        with ThreadPoolExecutor(1) as aside:
            asked = aside.submit(pantau.run, "rebuild", "--json")
            seen = []
            while not asked.done():
                board = exporter.board()
                seen.append((board["all"]["totals"]["offered"], board["rebuilding"] is not None))
                if board["rebuilding"] is not None:
                    assert (board["state"], held_up(board)) == ("stale", {"rebuilding"})
        assert {shown for shown, _ in seen} == {whole}
        assert any(on for _, on in seen)
        assert wait_until(lambda: get(f"{exporter.url}/readyz").status == 200)
        done = asked.result()
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["lost"] == 0
        assert len(json.loads(done.stdout)["partitions"]) == 2 * PARTITIONS
        assert_recomputed(exporter, decoded(events))
        assert wait_until(lambda: old_versions(server) == set(), seconds=15)


def reported_offered(events: Sequence[SimulatedEvent]) -> int:
    return int(reported(decoded(events))["all"]["offered"])


def old_versions(server: RealRedis) -> set[str]:
    """The versions that are there and not served."""
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        found = defaultdict(set)
        for key in client.scan_iter("pantau:{*"):
            base, _, rest = key.partition("}:")
            found[base].add(rest.split(":")[0])
        served = {base: f"v{client.hget(f'{base}}}:meta', 'serving')}" for base in found}
        return {version for base in found for version in found[base] - {"meta", served[base]}}


def test_a_store_that_comes_back_older_catches_up(pantau: Pantau, server: RealRedis) -> None:
    events = load()
    half = len(events) // 2
    with together(pantau.worker(**SLOWLY), exporter := pantau.exporter()):
        publish(pantau.kafka, events[:half])
        wait_until_read(pantau.redis_url, half)
        with redis.Redis.from_url(server.url) as client:
            client.save()
        publish(pantau.kafka, events[half:])
        wait_until_read(pantau.redis_url, len(events), seconds=60)
        server.kill()
        server.start()
        wait_until_read(pantau.redis_url, len(events), seconds=60)
        assert_recomputed(exporter, decoded(events))
        assert "anew=False" in (pantau.folder / "worker.log").read_text()


def test_records_that_kafka_dropped_unread_are_told_and_the_rest_is_right(
    pantau: Pantau, server: RealRedis
) -> None:
    events = load()
    third = len(events) // 3
    with pantau.worker():
        publish(pantau.kafka, events[:third])
        wait_until_read(pantau.redis_url, third)
    publish(pantau.kafka, events[third:])
    placed = by_partition(events)
    dropped = {place: 2 * len(found) // 3 for place, found in placed.items()}
    forget(pantau.kafka, dropped)
    left = [event for place, found in placed.items() for event in found[dropped[place] :]]
    with together(pantau.worker("next", **SLOWLY), exporter := pantau.exporter()):
        assert wait_until(lambda: sum(map(bool, lost(exporter))) == len(placed), seconds=60), lost(exporter)
        assert len(lost(exporter)) == len(placed)
        assert wait_until(lambda: exporter.board()["rebuilding"] is None, seconds=30)
        await_totals(exporter, reported(decoded(left)))
        assert wait_until(lambda: get(f"{exporter.url}/readyz").status == 200)
    del server


def lost(exporter: Exporter) -> list[float]:
    """How many records each partition lacks."""
    return [value for (name, _), value in exporter.metrics().items() if name == "pantau_rebuild_incomplete"]


def test_records_that_kafka_dropped_before_a_living_worker_read_them_are_told_too(
    pantau: Pantau, server: RealRedis
) -> None:
    events = load()
    third = len(events) // 3
    with together(worker := pantau.worker(), exporter := pantau.exporter()):
        publish(pantau.kafka, events[:third])
        wait_until_read(pantau.redis_url, third)
        os.kill(worker.pid, signal.SIGSTOP)
        publish(pantau.kafka, events[third:])
        placed = by_partition(events)
        dropped = {place: 2 * len(found) // 3 for place, found in placed.items()}
        forget(pantau.kafka, dropped)
        os.kill(worker.pid, signal.SIGCONT)
        left = [event for place, found in placed.items() for event in found[dropped[place] :]]
        assert wait_until(lambda: worker.log().count("records_gone") == len(placed), seconds=30), worker.log()
        assert wait_until(lambda: exporter.board()["rebuilding"] is None, seconds=30)
        await_totals(exporter, reported(decoded(left)))
    del server


def test_a_log_that_ends_in_a_transaction_is_read_to_its_end(pantau: Pantau, server: RealRedis) -> None:
    first = next(event for event in load() if b"visit.queued" in event.value)
    asyncio.run(send_in_transaction(pantau.kafka, first))
    with together(pantau.worker(), exporter := pantau.exporter()):
        assert wait_until(lambda: exporter.board()["queues"] != [], seconds=30)
        assert wait_until(lambda: not rebuilding(exporter), seconds=15)
    del server


async def send_in_transaction(address: str, event: SimulatedEvent) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=address, transactional_id="source")
    await producer.start()
    try:
        async with producer.transaction():
            await producer.send_and_wait(event.topic, event.value, key=event.key.encode())
    finally:
        await producer.stop()


def by_partition(events: Sequence[SimulatedEvent]) -> dict[TopicPartition, list[SimulatedEvent]]:
    """What each partition holds, in the order of its offsets."""
    partition_of, everywhere = DefaultPartitioner(), list(range(PARTITIONS))
    found: dict[TopicPartition, list[SimulatedEvent]] = defaultdict(list)
    for event in events:
        number = partition_of(event.key.encode(), everywhere, everywhere)
        found[TopicPartition(event.topic, number)].append(event)
    return found
