"""How long a scrape takes with 100 and 1,000 queues while events keep coming; what the exporter holds."""

import asyncio
import itertools
import sys
import time
from collections.abc import Iterator
from typing import Any

import aiohttp
from redis.asyncio import Redis

from bench.processes import exporter, pantau, resident_bytes
from bench.servers import PARTITIONS, Servers, publish
from stream.access import Access
from stream.broker.publisher import Publisher
from stream.broker.topics import AGENTS, CONTACTS
from stream.clock import now_ms
from stream.dev.simulator import SimulatedEvent, scaled, simulate
from stream.domain.fold import Retention
from stream.store.keys import Keys
from stream.store.partition import Partition

_HISTORY_MS = 35 * 60_000
_SCRAPES = 30


def measure(at: Servers) -> dict[str, Any]:
    """Scrape times in ms by number of queues, and memory for 1,000 queues."""
    return {"queues_100": asyncio.run(_scrapes(at, 100)), "queues_1000": asyncio.run(_scrapes(at, 1_000))}


async def _scrapes(at: Servers, queues: int) -> dict[str, Any]:
    redis = Redis.from_url(at.redis_url)
    await redis.flushall()
    empty = (await redis.info("memory"))["used_memory"]
    start_ms = now_ms() - _HISTORY_MS
    events = simulate(scaled(queues, queues / 20), seed=queues, start_ms=start_ms)
    serving, url = exporter(at)
    with pantau(at, f"worker-{queues}", "worker"), serving:
        await _caught_up(at, redis, events, few=queues)
        sys.stderr.write(f"scraping {queues:,} queues\n")
        keeping = asyncio.create_task(_keep_coming(at.kafka, events))
        waits, lines = await _timed(url)
        keeping.cancel()
        held = resident_bytes(serving.pid)
    stored = (await redis.info("memory"))["used_memory"] - empty
    await redis.aclose()
    return {
        "series": lines,
        "first_ms": round(waits[0] * 1000),
        "median_ms": round(sorted(waits[5:])[len(waits[5:]) // 2] * 1000),
        "longest_warm_ms": round(max(waits[5:]) * 1000),
        "exporter_resident_mib": round(held / 2**20),
        "redis_mib": round(stored / 2**20),
    }


async def _caught_up(at: Servers, redis: Redis, events: Iterator[SimulatedEvent], few: int) -> None:
    """Send what has happened, and what happens while that is folded, until only a `few` events are left."""
    sent, left = 0, few
    while left >= few:
        due = list(itertools.takewhile(lambda event: event.at_ms < now_ms(), events))
        await publish(at.kafka, due)
        left = len(due)
        sent += left
        await _folded(redis, sent)


async def _folded(redis: Redis, events: int) -> None:
    """Wait until the worker has stored so many events: a worker that catches up has a core for itself."""
    keys = [
        Keys(Partition(topic, number), Retention()).meta
        for topic in (CONTACTS, AGENTS)
        for number in range(PARTITIONS)
    ]
    sys.stderr.write(f"folding {events:,} events\n")
    done = 0
    while done < events:
        await asyncio.sleep(0.5)
        done = sum([int(await redis.hget(key, "next") or 0) for key in keys])


async def _keep_coming(kafka: str, events: Any) -> None:
    async with Publisher(Access(kafka)) as publisher:
        for event in events:
            while event.at_ms > now_ms():
                await publisher.flush()
                await asyncio.sleep(0.05)
            await publisher.send(event.topic, event.key, event.value)


async def _timed(url: str) -> tuple[list[float], int]:
    waits, lines = [], 0
    async with aiohttp.ClientSession(auto_decompress=True) as session:
        for _ in range(_SCRAPES):
            started = time.perf_counter()
            async with session.get(f"{url}/metrics") as answer:
                body = await answer.read()
            waits.append(time.perf_counter() - started)
            lines = sum(1 for line in body.splitlines() if line[:1] != b"#")
            await asyncio.sleep(1)
    return waits, lines
