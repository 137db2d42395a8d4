"""A part of the way from the sources to the board goes away: within 15 seconds every face says which."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.factories import fact, of
from support.pantau import Exporter, Pantau, Worker, command, get, messages
from support.processes import wait_until
from support.records import fresh_topics, send
from support.redis_server import RealRedis

from stream.adapters.canonical import encode
from stream.broker.topics import CONTACTS
from stream.dev.broker import EmbeddedBroker
from stream.dev.ports import free_port
from stream.dev.process import ManagedProcess
from stream.domain.kinds import Kind

WITHIN_SECONDS = 15
FRESH_SECONDS = 5
#: How long the board is looked at to see whether a wait goes on.
_LOOK_SECONDS = 3


@dataclass
class Centre:
    """A whole installation in which one contact waits."""

    broker: EmbeddedBroker
    redis: RealRedis
    pantau: Pantau
    worker: Worker
    exporter: Exporter

    def queue(self, contact: str) -> None:
        queued = fact(Kind.VISIT_QUEUED, 0, text=("billing", "voice"))._replace(at_ms=time.time_ns() // 10**6)
        [event] = of(contact, queued)
        send(self.pantau.kafka, [(CONTACTS, contact.encode(), encode(event))])

    def away(self) -> list[str]:
        return [away["what"] for away in self.exporter.board()["away"]]

    def state(self) -> str:
        return str(self.exporter.board()["state"])

    def now(self) -> dict[str, Any]:
        return dict(self.exporter.board()["all"]["now"])

    def met(self) -> int:
        """How many visits have been decided: who waits past the target is one."""
        return int(self.exporter.board()["all"]["windows"]["30m"]["service_level_counted"])


@pytest.fixture
def centre(redis_url: str, tmp_path: Path) -> Iterator[Centre]:
    assert redis_url, "skipped with its reason where Redis cannot run"
    folder = tmp_path / "redis"
    folder.mkdir()
    with (
        EmbeddedBroker(folder=tmp_path, port=free_port()) as broker,
        RealRedis(folder=folder, port=free_port(), appendonly=True) as redis,
    ):
        fresh_topics(broker.address)
        pantau = Pantau(broker.address, redis.url, tmp_path)
        with pantau.worker() as worker, pantau.exporter() as exporter:
            found = Centre(broker, redis, pantau, worker, exporter)
            assert wait_until(lambda: not found.away(), seconds=20), "nobody took the partitions"
            found.queue("c1")
            assert wait_until(lambda: found.state() == "fresh", seconds=FRESH_SECONDS), exporter.board()
            assert found.away() == []
            yield found


def assert_told(centre: Centre, what: str, since: float) -> None:
    """On the board, in its stream, in /metrics and at /readyz, in time."""
    assert wait_until(lambda: what in centre.away(), seconds=WITHIN_SECONDS), centre.exporter.board()
    assert time.monotonic() - since < WITHIN_SECONDS
    board = centre.exporter.board()
    assert ([away["what"] for away in board["away"]], board["state"]) == ([what], "stale")
    [streamed] = messages(f"{centre.exporter.url}/api/v1/stream", count=1)
    assert [away["what"] for away in streamed["away"]] == [what]
    told = {
        dict(labels)["what"]: value
        for (name, labels), value in centre.exporter.metrics().items()
        if name == "pantau_state_away"
    }
    assert told == {other: int(other == what) for other in ("store", "worker", "broker", "source")}
    ready = get(f"{centre.exporter.url}/readyz")
    assert (ready.status, ready.json()["away"]) == (200 if what == "source" else 503, [what])


def assert_stands_still(centre: Centre) -> None:
    """Who waits grows no older, and is no miss that has not been one; partitions are missed one by one."""

    def nothing_is_followed() -> bool:
        board = centre.exporter.board()
        return bool(board["away"][0]["partitions"] == len(board["positions"]))

    assert wait_until(nothing_is_followed, seconds=_LOOK_SECONDS), centre.exporter.board()["away"]
    before, met = centre.now(), centre.met()
    time.sleep(_LOOK_SECONDS)
    after = centre.now()
    assert before["waiting"] == after["waiting"] == 1
    assert after["longest_wait_seconds"] == pytest.approx(before["longest_wait_seconds"], abs=0.01)
    assert (after["waiting_over_target"], centre.met()) == (before["waiting_over_target"], met)


def assert_heals(centre: Centre, well: Callable[[], object]) -> None:
    """Within seconds after the way is whole, with what has come meanwhile."""
    assert wait_until(lambda: bool(well()), seconds=40)
    assert wait_until(lambda: centre.away() == [], seconds=FRESH_SECONDS), centre.exporter.board()
    centre.queue("c2")
    assert wait_until(lambda: centre.state() == "fresh", seconds=FRESH_SECONDS), centre.exporter.board()
    assert wait_until(lambda: centre.now()["waiting"] == 2, seconds=FRESH_SECONDS)
    before = centre.now()["longest_wait_seconds"]
    time.sleep(1)
    assert centre.now()["longest_wait_seconds"] > before


def newest_waits(centre: Centre) -> bool:
    """Whether the longest wait is that of who came last."""
    return bool((centre.now()["longest_wait_seconds"] or 0) < WITHIN_SECONDS / 2)


def test_the_only_worker_is_killed(centre: Centre) -> None:
    since = time.monotonic()
    centre.worker.kill()
    assert_told(centre, "worker", since)
    assert_stands_still(centre)
    centre.worker.start()
    assert_heals(centre, centre.worker.owned)


def test_redis_is_killed(centre: Centre) -> None:
    since = time.monotonic()
    centre.redis.kill()
    assert_told(centre, "store", since)
    assert_stands_still(centre)
    centre.redis.start()
    assert_heals(centre, lambda: True)


def test_the_broker_stands_still(centre: Centre) -> None:
    since = time.monotonic()
    os.kill(centre.broker.pid, signal.SIGSTOP)
    assert_told(centre, "broker", since)
    assert_stands_still(centre)
    os.kill(centre.broker.pid, signal.SIGCONT)
    assert_heals(centre, lambda: "broker" not in centre.away())
    assert centre.worker.log().count("Traceback") == 0


def test_the_broker_is_killed_and_its_log_is_gone_with_it(centre: Centre) -> None:
    since = time.monotonic()
    centre.broker.kill()
    assert_told(centre, "broker", since)
    assert_stands_still(centre)
    centre.broker.start()
    assert wait_until(lambda: centre.away() == [], seconds=40)
    centre.queue("c2")
    assert wait_until(lambda: centre.now()["waiting"] == 1 and newest_waits(centre), seconds=20)
    assert "log_shorter partition=pantau.contacts:" in centre.worker.log()
    assert centre.worker.log().count("Traceback") == 0


def test_the_source_stops(centre: Centre) -> None:
    heart = ManagedProcess(
        name="heartbeat",
        argv=command("heartbeat"),
        folder=centre.pantau.folder,
        env=centre.pantau.environment(),
        cwd=centre.pantau.folder,
    )
    with heart:

        def beaten() -> bool:
            return not centre.away() and centre.exporter.board()["heartbeat"] is not None

        assert wait_until(beaten, seconds=20)
        time.sleep(11)  # two more, which tell how often they come
        heart.kill()
        since = time.monotonic()
        assert_told(centre, "source", since)
        assert_stands_still(centre)
        heart.start()
        assert_heals(centre, lambda: "source" not in centre.away())
