"""A board is fresh only where nothing holds a partition up: what does is told in a word, everywhere."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
from aiokafka import AIOKafkaProducer
from support.installation import emptied
from support.missing import or_skip
from support.pantau import Exporter, Worker, get, messages, together
from support.processes import wait_until
from support.redis_server import RealRedis

from stream.broker.topics import CONTACTS
from stream.dev.ports import free_port

#: Within this a board says what is wrong, and again that nothing is.
WITHIN_SECONDS = 20.0
_FLOOD = 1_200


class Centre:
    """A worker and an exporter that are fresh; `address` is of Kafka, `server` is Redis."""

    def __init__(self, worker: Worker, exporter: Exporter, address: str, server: RealRedis) -> None:
        self.worker, self.exporter, self.address, self.server = worker, exporter, address, server
        self._sent = 0

    def state(self) -> tuple[str, list[str]]:
        board = self.exporter.board()
        return board["state"], [held["what"] for held in board["held_up"]]

    async def send(self, producer: AIOKafkaProducer, partition: int, value: bytes = b"") -> None:
        self._sent += 1
        name = f"c{self._sent}"
        await producer.send_and_wait(CONTACTS, value or event(name), key=name.encode(), partition=partition)

    def freshen(self) -> None:
        """An event comes in a partition that nothing is wrong with."""

        async def one() -> None:
            async with producing(self.address) as producer:
                await self.send(producer, 3)

        asyncio.run(one())


@asynccontextmanager
async def producing(address: str, **how: Any) -> Any:
    producer = AIOKafkaProducer(bootstrap_servers=address, **how)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def event(subject: str) -> bytes:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1))
    own = {"specversion": "1.0", "id": "1", "source": "/held", "type": "visit.queued", "time": at}
    return json.dumps({**own, "subject": subject, "data": {"queue": "held"}}).encode()


@pytest.fixture(scope="module")
def centre(kafka_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    folder: Path = tmp_path_factory.mktemp("held-up")
    (folder / "redis").mkdir()
    with or_skip(lambda: RealRedis(folder=folder / "redis", port=free_port()).start(), "REDIS") as server:
        pantau = emptied(kafka_address, server.url, folder)
        worker, exporter = pantau.worker(), pantau.exporter()
        with together(worker, exporter):
            found = Centre(worker, exporter, kafka_address, server)
            found.freshen()
            assert_well(found)
            yield found


def assert_well(centre: Centre) -> None:
    assert wait_until(lambda: centre.state() == ("fresh", []), seconds=WITHIN_SECONDS), (
        centre.exporter.board()
    )
    assert get(f"{centre.exporter.url}/readyz").status == 200


def assert_told(centre: Centre, what: str) -> None:
    """On the board, in its stream, in /metrics and at /readyz; and nothing is fresh."""
    assert wait_until(lambda: centre.state() == ("stale", [what]), seconds=WITHIN_SECONDS), centre.state()
    [streamed] = messages(f"{centre.exporter.url}/api/v1/stream", count=1)
    assert [held["what"] for held in streamed["held_up"]] == [what]
    told = {
        dict(labels)["what"]: value
        for (name, labels), value in centre.exporter.metrics().items()
        if name == "pantau_state_held_up_partitions"
    }
    assert [word for word, partitions in told.items() if partitions] == [what]
    ready = get(f"{centre.exporter.url}/readyz")
    assert (ready.status, what in ready.json()["because"]) == (503, True)


def test_a_partition_behind_an_open_transaction_is_held_back(centre: Centre) -> None:
    async def hold() -> None:
        async with (
            producing(centre.address, transactional_id="held-up") as open_one,
            producing(centre.address) as other,
        ):
            async with open_one.transaction():
                await centre.send(open_one, 1)
                for _ in range(20):
                    await centre.send(other, 1)
                await asyncio.to_thread(assert_told, centre, "held")
            await centre.send(other, 1)

    asyncio.run(hold())
    assert_well(centre)


def test_a_store_that_is_full_is_told_as_such(centre: Centre) -> None:
    with redis.Redis.from_url(centre.server.url) as client:
        client.config_set("maxmemory", int(client.info("memory")["used_memory"]) // 2)
        try:
            centre.freshen()
            assert_told(centre, "store_full")
        finally:
            client.config_set("maxmemory", 0)
    centre.freshen()
    assert_well(centre)


def test_a_partition_halted_for_a_flood_leaves_nothing_fresh(centre: Centre) -> None:
    async def flood() -> None:
        async with producing(centre.address) as producer:
            sent = [await producer.send(CONTACTS, b"{", key=b"flood", partition=2) for _ in range(_FLOOD)]
            await asyncio.gather(*sent)

    asyncio.run(flood())
    centre.freshen()
    assert_told(centre, "halted")
    centre.freshen()  # however new the newest event is
    assert_told(centre, "halted")
