"""End to end: Kafka record to committed Redis state, by one worker process, against two yardsticks."""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from typing import Any

from bench import bare
from bench.processes import pantau
from bench.servers import Servers, publish, realistic
from stream.store.redis import RedisStore

_EVENTS = 400_000
_STOCK_EVENTS = 40_000
_ROUNDS = 3


def measure(at: Servers) -> dict[str, Any]:
    """Rates in events per second, and the ratios, medians of rounds in which the two take turns."""
    events = realistic(_EVENTS)
    asyncio.run(publish(at.kafka, events))
    stock = _stock(at)
    rounds = []
    for number in range(_ROUNDS):
        bare_rate = asyncio.run(bare.count(at.kafka, _EVENTS))
        rounds.append((_worker(at, number), bare_rate))
    rate = statistics.median(ours for ours, _ in rounds)
    return {
        "events": _EVENTS,
        "bytes_per_event": round(sum(len(e.value) for e in events) / _EVENTS),
        "worker_events_per_second": round(rate),
        "stock_faust_events_per_second": round(stock),
        "bare_getmany_events_per_second": round(statistics.median(b for _, b in rounds)),
        "worker_to_stock_faust_ratio": round(rate / stock, 2),
        "worker_to_bare_getmany_ratio": round(statistics.median(ours / b for ours, b in rounds), 3),
        "rounds": [{"worker": round(ours), "bare": round(b)} for ours, b in rounds],
    }


def _worker(at: Servers, number: int) -> float:
    asyncio.run(_flush(at.redis_url))
    worker = pantau(at, f"worker-{number}", "worker")
    with worker:
        return asyncio.run(_follow(at.redis_url))


async def _follow(redis_url: str) -> float:
    store = RedisStore(redis_url)
    started, first = 0.0, 0
    try:
        while True:
            stored = 0
            for partition in await store.partitions():
                stored += (await store.delta(partition, 1 << 62, since_ms=1 << 62)).position
            now = time.perf_counter()
            if stored and not started:
                started, first = now, stored
            if stored >= _EVENTS:
                return (stored - first) / (now - started)
            await asyncio.sleep(0.05)
    finally:
        await store.close()


async def _flush(redis_url: str) -> None:
    from redis.asyncio import Redis  # noqa: PLC0415

    redis = Redis.from_url(redis_url)
    await redis.flushall()
    await redis.aclose()


def _stock(at: Servers) -> float:
    program = subprocess.Popen(
        [sys.executable, "-m", "bench.stock", at.kafka, at.redis_url, str(_STOCK_EVENTS)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    )
    try:
        assert program.stdout is not None
        return float(program.stdout.readline())
    finally:
        program.kill()
        program.wait()
