"""Kafka forgets how a contact began, and Redis all: it waits on as before, for it was told again."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
import redis
from aiokafka import TopicPartition
from support.installation import emptied
from support.pantau import APACHE_SESSION_SECONDS, Pantau, Worker
from support.processes import wait_until
from support.records import forget, positions, send
from support.redis_server import RealRedis

from stream.access import Access
from stream.broker.reading import reader
from stream.broker.topics import AGENTS, CONTACTS
from stream.domain.instant import instant_text
from stream.worker.decoding import RETOLD

_HOUR_MS = 3_600_000


@pytest.fixture
def pantau(kafka_address: str, server: RealRedis, tmp_path: Path) -> Pantau:
    return emptied(kafka_address, server.url, tmp_path, APACHE_SESSION_SECONDS)


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


def test_what_was_told_again_outlives_its_first_events_and_redis(pantau: Pantau, server: RealRedis) -> None:
    now_ms = time.time_ns() // 1_000_000
    began_ms, on_shift_ms = now_ms - 30 * _HOUR_MS, now_ms - 26 * _HOUR_MS
    placed = send(
        pantau.kafka,
        [
            event("visit.queued", "mail-1", began_ms, queue="letters", channel="email"),
            event("agent.state", "agent-1", on_shift_ms, AGENTS, state="not_ready", team="north"),
            event("visit.queued", "over", began_ms, queue="letters", channel="email"),
            event("visit.abandoned", "over", began_ms + 1_000),
        ],
    )
    before = {TopicPartition(place.topic, place.partition): place.offset + 1 for place in placed}
    with pantau.worker() as worker:
        assert wait_until(lambda: told(worker) == 2, seconds=15)
        assert wait_until(lambda: sum(positions(server.url).values()) == 6), positions(server.url)
        again = asyncio.run(records_from(pantau.kafka, before))
        assert {(place, key) for place, key, _ in again} == {
            (TopicPartition(placed[0].topic, placed[0].partition), b"mail-1"),
            (TopicPartition(placed[1].topic, placed[1].partition), b"agent-1"),
        }
        assert all(headers == (RETOLD,) for _, _, headers in again)
        forget(pantau.kafka, before)
        with redis.Redis.from_url(server.url) as client:
            client.flushall()
        assert wait_until(lambda: sum(positions(server.url).values()) >= 6, seconds=15)
        with pantau.exporter() as exporter:  # it has never seen but what was built again
            assert wait_until(lambda: queue(exporter.board())["now"]["waiting"] == 1)
            board = exporter.board()
            waits_ms = 1000 * queue(board)["now"]["longest_wait_seconds"]
            assert board["now_ms"] - waits_ms == began_ms
            assert not_ready(board) == {"north": 1}
            send(pantau.kafka, [event("visit.answered", "mail-1", now_ms, agent="agent-1")])
            assert wait_until(lambda: queue(exporter.board())["totals"]["answered"] == 1)
            row = queue(exporter.board())
        assert row["now"]["waiting"] == 0
        assert row["totals"]["asa_seconds"] == 30 * 3600
        assert not any(worker.total("pantau_events_rejected_total").values())


def queue(board: dict[str, Any]) -> dict[str, Any]:
    """The row of the one queue there is."""
    return next(iter(board["queues"]), {"now": {"waiting": None}, "totals": {"answered": None}})


def not_ready(board: dict[str, Any]) -> dict[str, int]:
    """How many agents are not ready, by team."""
    return {team["team"]: team["agents"]["not_ready"] for team in board["agents"]}


def told(worker: Worker) -> float:
    return sum(worker.total("pantau_events_retold_total").values())


async def records_from(
    address: str, first: dict[TopicPartition, int]
) -> list[tuple[TopicPartition, bytes, Any]]:
    """What lies in partitions from these offsets on."""
    async with reader(Access(address), "cannot be read") as consumer:
        consumer.assign(list(first))
        for place, offset in first.items():
            consumer.seek(place, offset)
        found = await consumer.getmany(timeout_ms=2_000)
        return [(place, r.key, tuple(r.headers)) for place, rs in found.items() for r in rs]
