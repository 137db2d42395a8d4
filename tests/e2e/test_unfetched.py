"""What a client may fail to read: every compression is read, and damage halts its own partition alone."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from support.installation import emptied
from support.kafka import ApacheKafka
from support.missing import or_skip
from support.pantau import Exporter, Pantau, Worker, together
from support.processes import wait_until
from support.records import PARTITIONS, forget, letters, positions, wait_until_read

from stream.broker.topics import CONTACTS, DEAD_LETTERS
from stream.dev.ports import free_port

COMPRESSIONS = ("uncompressed", "gzip", "snappy", "lz4", "zstd")
_EACH = 40
#: What docker-compose.yml gives a worker.
_COMPOSE_MIB = 768


def event(subject: str) -> bytes:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 30))
    own = {"specversion": "1.0", "id": "1", "source": "/codecs", "type": "visit.queued", "time": at}
    return json.dumps({**own, "subject": subject, "data": {"queue": "packed"}}).encode()


def send(address: str, records: list[tuple[int, bytes, bytes]], **how: Any) -> None:
    """Send (partition, key, value), as few batches as the producer makes of them."""

    async def whole() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=address, linger_ms=50, **how)
        await producer.start()
        try:
            sent = [
                await producer.send(CONTACTS, value, key=key, partition=partition)
                for partition, key, value in records
            ]
            await asyncio.gather(*sent)
        finally:
            await producer.stop()

    asyncio.run(whole())


def pack(address: str, compression: str) -> None:
    """Have the broker itself, and its own codecs, pack what it is sent."""

    async def alter() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=address)
        await admin.start()
        try:
            wanted = {"compression.type": compression}
            for topic in (CONTACTS, DEAD_LETTERS):
                await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, wanted)])
        finally:
            await admin.close()

    asyncio.run(alter())


def offered(exporter: Exporter) -> int:
    rows = [row for row in exporter.board()["queues"] if row["queue"] == "packed"]
    return rows[0]["totals"]["offered"] if rows else 0


def audited(pantau: Pantau) -> dict[str, Any]:
    done = pantau.run("audit", "--json", seconds=120)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-3_000:]
    return dict(json.loads(done.stdout))


def test_whatever_a_broker_packs_with_is_read_by_every_reader(
    kafka_address: str, redis_url: str, tmp_path: Path
) -> None:
    pantau = emptied(kafka_address, redis_url, tmp_path)
    worker, exporter = pantau.worker(), pantau.exporter()
    with together(worker, exporter):
        for done, compression in enumerate(COMPRESSIONS, 1):
            pack(pantau.kafka, compression)
            names = [f"{compression}-{n}" for n in range(_EACH)]
            good = [(n % PARTITIONS, name.encode(), event(name)) for n, name in enumerate(names)]
            send(pantau.kafka, [*good, (0, b"bad", b"{" + compression.encode())])
            wait_until_read(pantau.redis_url, done * (_EACH + 1))
        assert wait_until(lambda: offered(exporter) == _EACH * len(COMPRESSIONS), seconds=10)
        found = audited(pantau)
        assert (found["differences"], found["refused"]) == ([], {"json": len(COMPRESSIONS)})
        assert len(letters(pantau.kafka, count=len(COMPRESSIONS))) == len(COMPRESSIONS)
        redriven = pantau.run("dead-letters", "redrive", "--reason", "json", seconds=60)
        assert f"still refused {len(COMPRESSIONS)} ({len(COMPRESSIONS)} json)" in redriven.stdout
        rebuilt = pantau.run("rebuild", seconds=60)
        assert rebuilt.returncode == 0, rebuilt.stderr
        assert wait_until(lambda: offered(exporter) == _EACH * len(COMPRESSIONS), seconds=10)


def test_a_batch_that_unpacks_to_very_much_halts_its_partition_and_takes_no_memory(
    kafka_address: str, redis_url: str, tmp_path: Path
) -> None:
    pantau = emptied(kafka_address, redis_url, tmp_path)
    pack(pantau.kafka, "producer")
    worker, exporter = pantau.worker(), pantau.exporter()
    with together(worker, exporter):
        send_bomb(pantau.kafka, partition=1)
        assert wait_until(lambda: halted(worker) == {("1", "unfetched")}, seconds=20), worker.log()
        send(pantau.kafka, [(n % PARTITIONS, b"c%d" % n, event(f"c{n}")) for n in range(_EACH)])
        rest = _EACH - _EACH // PARTITIONS
        assert wait_until(lambda: offered(exporter) == rest, seconds=20)
        assert peak_mib(worker) < 300
        told = [line for line in worker.log().splitlines() if "partition_halted" in line]
        assert "partition=pantau.contacts:1" in told[0]
        assert "offset 0 cannot be read (UnpacksTooLargeError: a batch of more than 32 MB" in told[0]
        assert audited(pantau)["differences"] == []  # it is read up to where the board has come


def test_batches_just_below_the_bound_fit_into_the_memory_of_a_worker(
    kafka_address: str, redis_url: str, tmp_path: Path
) -> None:
    pantau = emptied(kafka_address, redis_url, tmp_path)
    pack(pantau.kafka, "producer")
    worker, exporter = pantau.worker(), pantau.exporter()
    with together(worker, exporter):
        for _ in range(3):
            for partition in range(PARTITIONS):
                send_bomb(pantau.kafka, partition=partition, megabytes=30, codec="zstd")
        send(pantau.kafka, [(n % PARTITIONS, b"c%d" % n, event(f"c{n}")) for n in range(_EACH)])
        assert wait_until(lambda: offered(exporter) == _EACH, seconds=40)
        assert halted(worker) == set()
        assert peak_mib(worker) < _COMPOSE_MIB


def send_bomb(address: str, *, partition: int, megabytes: int = 300, codec: str = "gzip") -> None:
    async def whole() -> None:
        large = 400 << 20
        producer = AIOKafkaProducer(
            bootstrap_servers=address, compression_type=codec, max_batch_size=large, max_request_size=large
        )
        await producer.start()
        try:
            batch = producer.create_batch()
            for _ in range(megabytes):
                batch.append(key=b"bomb", value=bytes(1_000_000), timestamp=None)
            await (await producer.send_batch(batch, CONTACTS, partition=partition))
        finally:
            await producer.stop()

    asyncio.run(whole())


def halted(worker: Worker) -> set[tuple[str, str]]:
    return {
        (dict(labels)["partition"], dict(labels)["reason"])
        for (name, labels), value in worker.metrics().items()
        if name == "pantau_partition_halted" and value
    }


def peak_mib(worker: Worker) -> float:
    status = Path(f"/proc/{worker.pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


@pytest.fixture
def own_kafka(tmp_path: Path) -> Any:
    folder = tmp_path / "kafka"
    folder.mkdir()
    with or_skip(lambda: ApacheKafka(folder=folder, port=free_port()).start(), "KAFKA") as kafka:
        yield kafka


def test_a_damaged_segment_halts_its_partition_alone_until_it_is_deleted(
    own_kafka: ApacheKafka, redis_url: str, tmp_path: Path
) -> None:
    pantau = emptied(own_kafka.address, redis_url, tmp_path)
    for first in (0, 20, 40):  # three batches in each partition
        some = [(n % PARTITIONS, b"c%d" % n, event(f"c{n}")) for n in range(first, first + 20)]
        send(pantau.kafka, some)
    damage_second_batch(own_kafka.folder / "data" / f"{CONTACTS}-2")
    worker, exporter = pantau.worker(), pantau.exporter()
    with together(worker, exporter):
        assert wait_until(lambda: halted(worker) == {("2", "unfetched")}, seconds=20), worker.log()
        assert wait_until(lambda: offered(exporter) == 50, seconds=10)
        assert positions(pantau.redis_url)[CONTACTS, 2] == 5
        assert "offset 5 cannot be read ([Error 2] CorruptRecordException: Invalid CRC" in worker.log()
        refused = pantau.run("audit", seconds=60)
        forget(pantau.kafka, {TopicPartition(CONTACTS, 2): 10})
        assert wait_until(lambda: not halted(worker), seconds=30), worker.log()
        assert wait_until(lambda: offered(exporter) == 50, seconds=10)  # 15 of each, and 5 that are left
    assert "Traceback" not in refused.stderr
    assert refused.returncode == 0, refused.stderr  # it reads up to where the board has come


def damage_second_batch(folder: Path) -> None:
    """Turn a byte over in the second batch of a segment, as a disk may."""
    (segment,) = folder.glob("*.log")
    data = bytearray(segment.read_bytes())
    second = 12 + int.from_bytes(data[8:12], "big")
    data[second + 80] ^= 0xFF
    with segment.open("r+b") as file:
        file.write(data)
