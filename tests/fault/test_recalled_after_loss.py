"""Kafka forgets how a contact began, and Redis all: it waits on as before, for the changelog has it."""

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import redis
from aiokafka import TopicPartition
from support.installation import emptied
from support.pantau import Pantau, Worker
from support.processes import wait_until
from support.records import forget, positions, send
from support.redis_server import RealRedis

from stream.access import Access
from stream.broker.changelog import Changelog
from stream.broker.topics import AGENTS, CONTACTS
from stream.domain.instant import instant_text
from stream.store.partition import Partition

_HOUR_MS = 3_600_000


@pytest.fixture
def pantau(kafka_address: str, server: RealRedis, tmp_path: Path) -> Pantau:
    return emptied(kafka_address, server.url, tmp_path)


def event(
    type_: str, subject: str, at_ms: int, topic: str = CONTACTS, **data: object
) -> tuple[str, bytes, bytes]:
    document = {
        "specversion": "1.0",
        "id": f"{type_}-{subject}-{at_ms}",
        "source": "/acd",
        "type": type_,
        "time": instant_text(at_ms),
        "subject": subject,
        "data": data,
    }
    return topic, subject.encode(), json.dumps(document).encode()


def test_what_is_open_outlives_its_first_events_and_redis(pantau: Pantau, server: RealRedis) -> None:
    now_ms = time.time_ns() // 1_000_000
    began_ms, on_shift_ms = now_ms - 20 * 24 * _HOUR_MS, now_ms - 26 * _HOUR_MS
    with pantau.worker() as worker:
        placed = send(
            pantau.kafka,
            [
                event("visit.queued", "mail-1", began_ms, queue="letters", channel="email"),
                event("agent.state", "agent-1", on_shift_ms, AGENTS, state="not_ready", team="north"),
                event("visit.queued", "over", began_ms, queue="letters", channel="email"),
                event("visit.abandoned", "over", began_ms + 1_000),
            ],
        )
        assert wait_until(lambda: sum(positions(server.url).values()) == 4), positions(server.url)
    with redis.Redis.from_url(server.url) as client:  # a day passes
        for key in client.scan_iter("pantau:*:meta"):
            client.hdel(key, "kept")
    before = {TopicPartition(place.topic, place.partition): place.offset + 1 for place in placed}
    with pantau.worker() as worker:
        assert wait_until(lambda: written(worker) == 2, seconds=15), worker.log()
        kept = asyncio.run(entries(pantau.kafka, placed))
        assert {key.rpartition("\t")[0].rpartition("\t")[0] for key in kept} == {"c\tmail-1", "a\tagent-1"}
        assert sum(positions(server.url).values()) == 4  # nothing was added to the topics of sources
        forget(pantau.kafka, before)
        with redis.Redis.from_url(server.url) as client:
            client.flushall()
        assert wait_until(lambda: worker.log().count(" recalled partition=") == 2, seconds=15), worker.log()
        with pantau.exporter() as exporter:  # it has never seen but what was built again
            assert wait_until(lambda: queue(exporter.board())["now"]["waiting"] == 1)
            board = exporter.board()
            waits_ms = 1000 * queue(board)["now"]["longest_wait_seconds"]
            assert board["now_ms"] - waits_ms == began_ms
            assert not_ready(board) == {"north": 1}
            assert the_audit(pantau, worker) == 0
            send(pantau.kafka, [event("visit.answered", "mail-1", now_ms, agent="agent-1")])
            assert wait_until(lambda: queue(exporter.board())["totals"]["answered"] == 1)
            row = queue(exporter.board())
            assert the_audit(pantau, worker) == 0
        assert row["now"]["waiting"] == 0
        assert row["totals"]["asa_seconds"] == 20 * 24 * 3600
        assert not any(worker.total("pantau_events_rejected_total").values())


def the_audit(pantau: Pantau, worker: Worker) -> int:
    """How `pantau audit` ends."""
    ended = pantau.run("audit")
    assert ended.returncode == 0, ended.stdout + ended.stderr + worker.log()
    return ended.returncode


def queue(board: dict[str, Any]) -> dict[str, Any]:
    """The row of the one queue there is."""
    return next(iter(board["queues"]), {"now": {"waiting": None}, "totals": {"answered": None}})


def not_ready(board: dict[str, Any]) -> dict[str, int]:
    """How many agents are not ready, by team."""
    return {team["team"]: team["agents"]["not_ready"] for team in board["agents"]}


def written(worker: Worker) -> float:
    return sum(worker.total("pantau_changelog_records_written_total").values())


async def entries(address: str, places: Sequence[Any]) -> set[str]:
    """The keys that the changelogs have of partitions."""
    changelog = Changelog(Access(address))
    wanted = {Partition(place.topic, place.partition) for place in places}
    return {key for partition in wanted for key in await changelog.read(partition)}
