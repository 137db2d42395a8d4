"""Redis or Kafka is not there, goes away, or comes back: it is told, waited for, and nothing is lost."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from support.load import last_hours
from support.pantau import Exporter, Pantau, Worker, get, together
from support.processes import wait_until
from support.records import fresh_topics, publish, read_so_far, wait_until_read
from support.redis_server import RealRedis
from support.truth import assert_totals, decoded

from stream.dev.broker import EmbeddedBroker
from stream.dev.cache import CacheServer, EmbeddedValkey
from stream.dev.ports import free_port
from stream.dev.process import ManagedProcess
from stream.dev.simulator import SimulatedEvent

#: What a worker says while the store is away; its pauses double up to five seconds.
_STORE_AWAY = re.compile(
    r"pantau\.worker store_unavailable operation=(\w+) again_in_seconds=([\d.]+): Redis cannot be reached: "
)
_BROKER_AWAY = re.compile(
    r"pantau\.broker broker_unavailable again_in_seconds=\d+: Kafka does not answer at 127\.0\.0\.1:\d+: "
)
_NOWHERE = "127.0.0.1:1"


@cache
def load() -> list[SimulatedEvent]:
    return last_hours(5, 0.15, seed=9)


@pytest.fixture
def lasting_redis(redis_url: str, tmp_path: Path) -> Iterator[RealRedis]:
    assert redis_url, "skipped with its reason where Redis cannot run"
    folder = tmp_path / "redis"
    folder.mkdir()
    with RealRedis(folder=folder, port=free_port(), appendonly=True) as server:
        yield server


@pytest.fixture
def forgetful_cache(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    folder = tmp_path / "valkey"
    folder.mkdir()
    with EmbeddedValkey(folder=folder, port=free_port()) as server:
        yield server


@pytest.fixture
def late_broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    broker = EmbeddedBroker(folder=tmp_path, port=free_port())
    yield broker
    broker.stop()


def on(broker_address: str, server: CacheServer, folder: Path) -> Pantau:
    fresh_topics(broker_address)
    return Pantau(broker_address, server.url, folder)


def pauses(worker: Worker) -> list[float]:
    """How long it said it would wait, each time that the store did not answer."""
    return [float(seconds) for _, seconds in _STORE_AWAY.findall(worker.log())]


def paused_for(worker: Worker, full_seconds: float) -> bool:
    """Whether a pause was that long, less the quarter that chance may take and what the log rounds away."""
    return any(0.75 * full_seconds - 0.05 <= said <= full_seconds for said in pauses(worker))


def await_log(process: ManagedProcess, pattern: re.Pattern[str], *, seconds: float = 15) -> None:
    told = wait_until(
        lambda: process.log_path.exists() and pattern.search(process.log_path.read_text()) is not None,
        seconds=seconds,
    )
    assert told, f"{process.name} never said {pattern.pattern}: {process.log_path.read_text()}"


def test_redis_may_crash_under_load_and_come_back(
    broker_address: str, lasting_redis: RealRedis, tmp_path: Path
) -> None:
    pantau, events = on(broker_address, lasting_redis, tmp_path), load()
    worker, exporter = pantau.worker(batch_records=100), pantau.exporter()
    with together(worker, exporter):
        pid = worker.pid
        publish(pantau.kafka, events)
        assert wait_until(lambda: read_so_far(pantau.redis_url) > len(events) // 5, seconds=20)
        assert read_so_far(pantau.redis_url) < len(events)
        lasting_redis.kill()
        assert wait_until(lambda: paused_for(worker, 1.6), seconds=30), worker.log()
        assert_exporter_stands_without_redis(exporter)
        lasting_redis.start()
        wait_until_read(pantau.redis_url, len(events))
        assert_totals(exporter, decoded(events))
        assert wait_until(lambda: get(f"{exporter.url}/readyz").status == 200)
        assert sum(worker.total("pantau_redis_errors_total").values()) >= len(pauses(worker))
        assert worker.pid == pid
    assert worker.log().count("Traceback") == 0
    assert all(paused_for(worker, full) for full in (0.1, 0.2, 0.4, 0.8, 1.6)), pauses(worker)
    assert "store_unavailable the board stands still" in exporter.log()


def assert_exporter_stands_without_redis(exporter: Exporter) -> None:
    answer = get(f"{exporter.url}/metrics")
    assert (answer.status, "\npantau_exporter_redis_up 0.0\n" in answer.text) == (200, True)
    ready = get(f"{exporter.url}/readyz")
    assert (ready.status, ready.json()["status"]) == (503, "not ready")
    assert get(f"{exporter.url}/healthz").status == 200


def test_redis_may_come_back_empty_again_and_again(
    broker_address: str, forgetful_cache: EmbeddedValkey, tmp_path: Path
) -> None:
    pantau, events = on(broker_address, forgetful_cache, tmp_path), load()
    third = len(events) // 3
    with together(pantau.worker(batch_records=100), exporter := pantau.exporter()):
        publish(pantau.kafka, events[:third])
        assert wait_until(lambda: read_so_far(pantau.redis_url) > third // 3, seconds=20)
        lose(forgetful_cache)
        publish(pantau.kafka, events[third : 2 * third])
        wait_until_read(pantau.redis_url, 2 * third, seconds=15)
        lose(forgetful_cache)
        publish(pantau.kafka, events[2 * third :])
        wait_until_read(pantau.redis_url, len(events), seconds=15)
        assert_totals(exporter, decoded(events))


def test_redis_may_come_back_empty_while_nothing_happens(
    broker_address: str, forgetful_cache: EmbeddedValkey, tmp_path: Path
) -> None:
    pantau, events = on(broker_address, forgetful_cache, tmp_path), load()[:3_000]
    with together(pantau.worker(), exporter := pantau.exporter()):
        publish(pantau.kafka, events)
        wait_until_read(pantau.redis_url, len(events))
        lose(forgetful_cache)
        wait_until_read(pantau.redis_url, len(events), seconds=8)
        assert_totals(exporter, decoded(events))


def lose(cache: EmbeddedValkey) -> None:
    cache.kill()
    cache.start()


def test_an_exporter_may_start_before_redis(tmp_path: Path) -> None:
    with EmbeddedValkey(folder=tmp_path, port=free_port()) as cache:
        cache.stop()
        with Pantau(_NOWHERE, cache.url, tmp_path).exporter() as exporter:
            assert_exporter_stands_without_redis(exporter)
            assert exporter.board()["state"] == "empty"
            cache.start()
            assert wait_until(lambda: "worker away" in get(f"{exporter.url}/readyz").text)
            assert "\npantau_exporter_redis_up 1.0\n" in get(f"{exporter.url}/metrics").text


def test_a_worker_may_start_before_kafka(
    late_broker: EmbeddedBroker, valkey_url: str, tmp_path: Path
) -> None:
    pantau = Pantau(late_broker.address, valkey_url, tmp_path)
    worker = pantau.worker()
    worker.launch()
    try:
        await_log(worker, _BROKER_AWAY)
        late_broker.start()
        fresh_topics(pantau.kafka)
        publish(pantau.kafka, load())
        wait_until_read(pantau.redis_url, len(load()))
    finally:
        worker.stop()
    assert worker.log().count("Traceback") == 0


def test_a_worker_may_start_before_the_topics_exist(
    late_broker: EmbeddedBroker, valkey_url: str, tmp_path: Path
) -> None:
    pantau = Pantau(late_broker.start().address, valkey_url, tmp_path)
    with pantau.worker():
        fresh_topics(pantau.kafka)
        publish(pantau.kafka, load())
        wait_until_read(pantau.redis_url, len(load()))


def test_a_worker_stops_in_time_although_redis_is_away(
    broker_address: str, forgetful_cache: EmbeddedValkey, tmp_path: Path
) -> None:
    pantau, events = on(broker_address, forgetful_cache, tmp_path), load()
    with pantau.worker() as worker:
        publish(pantau.kafka, events[:2_000])
        wait_until_read(pantau.redis_url, 2_000)
        forgetful_cache.kill()
        publish(pantau.kafka, events[2_000:])
        await_log(worker, _STORE_AWAY)
        worker.terminate()
        in_time = wait_until(lambda: not worker.is_running, seconds=12)
        worker.kill()
    assert in_time
