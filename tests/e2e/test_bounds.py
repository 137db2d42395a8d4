"""What is above a bound waits or is refused: memory stays, lag grows, and nothing is lost."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from bench.processes import resident_bytes
from support.load import last_hours
from support.pantau import Pantau, Worker, together
from support.processes import wait_until
from support.records import fresh_topics, letters, publish, send, wait_until_read
from support.redis_server import RealRedis
from support.truth import await_totals, decoded, reported

from stream.broker.topics import CONTACTS
from stream.dev.ports import free_port
from stream.dev.simulator import SimulatedEvent

_MIB = 2**20
_PADDED, _PADDING = 3_000, b" " * 60_000
#: 9 batches of at most 4 MiB in a topic, 4 MiB of each of 8 partitions, and as much again for the objects.
_MOST_GROWTH_MIB = 100
#: Keys of a partition without a time to live; what they hold is bounded by `[limits]` or by itself.
_KEPT = {"meta", "changes", "counts", "live", "total", "names", "rulebook"}


@pytest.fixture
def stoppable_redis(redis_url: str, tmp_path: Path) -> Iterator[RealRedis]:
    assert redis_url, "skipped with its reason where Redis cannot run"
    with RealRedis(folder=tmp_path, port=free_port()) as server:
        yield server
        os.kill(server.pid, signal.SIGCONT)


def load(hours: float, seed: int) -> list[SimulatedEvent]:
    return last_hours(3, 0.3, seed=seed, hours=hours)


def padded(event: SimulatedEvent) -> SimulatedEvent:
    return SimulatedEvent(event.topic, event.key, event.at_ms, event.value[:-1] + _PADDING + b"}")


def test_while_redis_stands_still_memory_stays_and_lag_grows(
    broker_address: str, stoppable_redis: RealRedis, tmp_path: Path
) -> None:
    fresh_topics(broker_address)
    pantau = Pantau(broker_address, stoppable_redis.url, tmp_path)
    small, large = load(0.2, 1), [padded(event) for event in load(2, 2)[-_PADDED:]]
    worker, exporter = pantau.worker(), pantau.exporter()
    with together(worker, exporter):
        publish(pantau.kafka, small)
        wait_until_read(pantau.redis_url, len(small))
        before = resident_bytes(worker.pid)
        os.kill(stoppable_redis.pid, signal.SIGSTOP)
        until = time.monotonic() + 10
        publish(pantau.kafka, large)
        most = max(_peak(worker, until))
        assert wait_until(lambda: _lag(worker) > _PADDED * 3 // 4, seconds=10), _lag(worker)
        assert len(large) == _PADDED
        os.kill(stoppable_redis.pid, signal.SIGCONT)
        grown_mib = (most - before) / _MIB
        assert grown_mib < _MOST_GROWTH_MIB
        wait_until_read(pantau.redis_url, len(small) + len(large))
        await_totals(exporter, reported(decoded([*small, *large])))
        assert_every_key_is_bounded(pantau.redis_url)
    assert "Traceback" not in worker.log()


def _peak(worker: Worker, until: float) -> Iterator[int]:
    while time.monotonic() < until:
        yield resident_bytes(worker.pid)
        time.sleep(0.05)
    yield resident_bytes(worker.pid)


def _lag(worker: Worker) -> float:
    return sum(
        value for (name, _), value in worker.metrics().items() if name == "pantau_consumer_lag_records"
    )


def assert_every_key_is_bounded(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        keys = set(client.scan_iter())
        lasting = {key for key in keys if client.ttl(key) == -1}
        entities = {key for key in lasting if ":e:" in key}
        lasting -= entities | {"pantau:partitions", "pantau:partition-counts"}
        assert {key.rpartition(":")[2] for key in lasting} == _KEPT
        assert {key.partition(":e:")[2] for key in entities} == _live(client, lasting)
        assert len(keys) > 10 * len(lasting)


def _live(client: "redis.Redis[str]", keys: set[str]) -> set[str]:
    """What is open: it lasts until it ends."""
    return {entity for key in keys if key.endswith(":live") for entity in client.hkeys(key)}


def test_names_beyond_the_limits_come_back_once_these_are_raised(embedded: Pantau, tmp_path: Path) -> None:
    events = [
        SimulatedEvent(event.topic, event.key, event.at_ms, event.value.replace(b"queue-000", name))
        for name in (b"first-", b"second-")
        for event in load(0.05, 3)
    ]
    events = [event for event in events if event.topic == CONTACTS]
    few, more = tmp_path / "few.toml", tmp_path / "more.toml"
    few.write_text("[limits]\nqueues = 1\n")
    more.write_text("[limits]\nqueues = 50\n")
    with embedded.exporter() as exporter:
        with embedded.worker(config=few) as worker:
            places = send(embedded.kafka, [(e.topic, e.key.encode(), e.value) for e in events])
            wait_until_read(embedded.redis_url, len(events))
            refused = int(worker.total("pantau_events_rejected_total")["too_many",])
            assert refused > 0
            told = letters(embedded.kafka, count=refused)
            assert {letter["reason"] for letter in told} == {"too_many"}
            bad = {(letter["topic"], letter["partition"], letter["offset"]) for letter in told}
            rest = [event for place, event in zip(places, events, strict=True) if tuple(place) not in bad]
            await_totals(exporter, reported(decoded(rest)))
        assert f"still refused {refused} ({refused} too_many)" in redriven(embedded, few)
        with embedded.worker(config=more):
            assert f"redriven {refused};" in redriven(embedded, more)
            wait_until_read(embedded.redis_url, len(events) + refused)
            await_totals(exporter, reported(decoded(events)))


def redriven(pantau: Pantau, config: Path) -> str:
    done = pantau.run("dead-letters", "redrive", "--reason", "too_many", config=config)
    assert done.returncode == 0, done.stderr
    return done.stdout
