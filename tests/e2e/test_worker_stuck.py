"""A worker whose consumer stops without a word exits; one that waits for what is away does not."""

import sys
import time
from pathlib import Path

import pytest
from support.pantau import Pantau, Served, get
from support.processes import wait_until
from support.records import fresh_topics, positions, send, wait_until_read

from stream.broker.topics import CONTACTS
from stream.dev.broker import EmbeddedBroker
from stream.dev.cache import EmbeddedValkey
from stream.dev.ports import free_port
from stream.dev.process import ChildError

_LIMIT_SECONDS = 5
#: The worker as it is, but for its consumer, which passes nothing on once this file is there.
_STALLS = """
import asyncio, sys
from pathlib import Path
from stream.app.transport import BatchConsumer
from stream.__main__ import main

deliver = BatchConsumer._deliver

async def stall(self, fetched):
    if fetched and Path("stall").exists():
        await asyncio.Event().wait()
    await deliver(self, fetched)

BatchConsumer._deliver = stall
sys.argv = ["pantau", "worker"]
main()
"""


def stalling_worker(pantau: Pantau) -> Served:
    port = free_port()
    environment = pantau.environment(worker_metrics_port=port, stall_seconds=_LIMIT_SECONDS)
    worker = Served(port, [], name="stalling", folder=pantau.folder, environment=environment)
    worker.argv = [sys.executable, "-c", _STALLS]
    return worker


def fill(pantau: Pantau) -> None:
    send(pantau.kafka, [(CONTACTS, b"one", b"{}")] * 20)


def test_a_worker_whose_consumer_stops_without_a_word_exits(embedded: Pantau) -> None:
    pantau, worker = embedded, stalling_worker(embedded)
    worker.start()
    try:
        fill(pantau)
        wait_until_read(pantau.redis_url, 20)
        assert get(f"{worker.url}/healthz").json() == {"status": "ok"}
        Path(pantau.folder, "stall").touch()
        fill(pantau)
        assert wait_until(lambda: not worker.is_running, seconds=3 * _LIMIT_SECONDS), worker.log()
        with pytest.raises(ChildError, match=r"exit code 1\b"):
            worker.check()
    finally:
        worker.stop()
    assert worker.log().count("worker_stuck partition=pantau.contacts:") == 1
    with pantau.worker():
        wait_until_read(pantau.redis_url, 40)


def test_a_worker_that_waits_for_redis_or_kafka_does_not_exit(tmp_path: Path) -> None:
    with (
        EmbeddedBroker(folder=tmp_path, port=free_port()) as broker,
        EmbeddedValkey(folder=tmp_path, port=free_port()) as cache,
    ):
        fresh_topics(broker.address)
        pantau = Pantau(broker.address, cache.url, tmp_path)
        with pantau.worker(stall_seconds=_LIMIT_SECONDS) as worker:
            fill(pantau)
            wait_until_read(pantau.redis_url, 20)
            cache.kill()
            fill(pantau)
            time.sleep(_LIMIT_SECONDS + 2)
            assert worker.is_running
            cache.start()
            assert wait_until(lambda: sum(positions(pantau.redis_url).values()) == 40, seconds=20)
            broker.kill()
            time.sleep(_LIMIT_SECONDS + 2)
            assert worker.is_running
        assert "worker_stuck" not in worker.log()
