"""A broker and a Redis for a benchmark, with the events it is about."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from support.redis_server import RealRedis

from stream.access import Access
from stream.broker import topics
from stream.broker.publisher import Publisher
from stream.dev.broker import EmbeddedBroker
from stream.dev.cache import CacheServer, EmbeddedValkey
from stream.dev.ports import free_ports
from stream.dev.simulator import SimulatedEvent, scaled, simulate

PARTITIONS = 4
START_MS = 1_795_255_200_000


@dataclass(frozen=True, slots=True)
class Servers:
    """Where they listen, and a folder for whatever else runs."""

    kafka: str
    redis_url: str
    redis: str
    folder: Path


@contextmanager
def servers() -> Iterator[Servers]:
    """The embedded broker, and Debian's Redis or else the embedded Valkey."""
    with TemporaryDirectory(prefix="pantau-bench-") as name:
        folder = Path(name)
        kafka_port, redis_port = free_ports(2)
        store: type[CacheServer] = RealRedis if shutil.which("redis-server") else EmbeddedValkey
        with (
            EmbeddedBroker(folder=folder, port=kafka_port) as broker,
            store(folder=folder, port=redis_port) as cache,
        ):
            asyncio.run(topics.create(Access(broker.address), partitions=PARTITIONS))
            yield Servers(broker.address, cache.url, store.__name__, folder)


def realistic(count: int, *, queues: int = 100, contacts_per_second: float = 50.0) -> list[SimulatedEvent]:
    """Events of a centre: contacts with transfers and holds, and agents with every change of state."""
    centre = scaled(queues, contacts_per_second)
    return list(islice(simulate(centre, seed=1, start_ms=START_MS), count))


async def publish(address: str, events: list[SimulatedEvent]) -> None:
    """Send events as fast as the broker takes them."""
    async with Publisher(Access(address)) as publisher:
        for event in events:
            await publisher.send(event.topic, event.key, event.value)
