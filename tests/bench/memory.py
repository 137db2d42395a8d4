"""What 10,000 open contacts cost: in a worker, and in Redis."""

import asyncio
import gc
import tracemalloc
from typing import Any

from redis.asyncio import Redis
from support.taking import take

from bench.servers import Servers
from stream.domain.definition import definitions
from stream.domain.fact import Event, Fact
from stream.domain.fold import PartitionFold
from stream.domain.kinds import Kind
from stream.store.checkpoint import Checkpoint
from stream.store.partition import Partition
from stream.store.redis import RedisStore

_CONTACTS = 10_000
_BATCH = 2_000


def measure(at: Servers) -> dict[str, Any]:
    """MiB for 10,000 contacts that are started, queued, and wait or talk."""
    return asyncio.run(_measure(at.redis_url))


def _open(number: int) -> list[Event]:
    subject, at_ms = f"contact-{number:08d}", 1_795_255_200_000 + number * 7

    def event(kind: Kind, after_ms: int, a: str = "", b: str = "") -> Event:
        uid = f"/telephony/jakarta\t{subject}-{int(kind)}"
        return Event(subject, Fact(at_ms + after_ms, int(kind), uid, 1, a, b))

    life = [event(Kind.CONTACT_STARTED, 0), event(Kind.VISIT_QUEUED, 900, f"queue-{number % 100}", "voice")]
    if number % 2:
        life.append(event(Kind.VISIT_ANSWERED, 15_000, f"agent-{number % 500}"))
    return life


async def _measure(redis_url: str) -> dict[str, Any]:
    store, redis, partition = (
        RedisStore(redis_url),
        Redis.from_url(redis_url),
        Partition("pantau.contacts", 0),
    )
    await redis.flushall()
    before = (await redis.info("memory"))["used_memory"]
    token = (await take(store, partition)).token
    gc.collect()
    tracemalloc.start()
    fold = PartitionFold(definitions())
    for at in range(0, _CONTACTS, _BATCH):
        fold.fold([event for number in range(at, at + _BATCH) for event in _open(number)], {})
        checkpoint = Checkpoint(at, at + _BATCH, fold.watermark_ms, 0, fold.settle({}))
        await store.apply(partition, token, checkpoint)
        fold.fold([], {})
        del checkpoint
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    stored = (await redis.info("memory"))["used_memory"] - before
    await store.close()
    await redis.aclose()
    return {
        "open_contacts": _CONTACTS,
        "worker_mib": round(held / 2**20, 1),
        "redis_mib": round(stored / 2**20, 1),
    }
