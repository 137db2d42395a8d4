"""The yardstick: a bare aiokafka `getmany` loop that only counts."""

import time

from aiokafka import AIOKafkaConsumer

from stream.broker.topics import FOLDED


async def count(address: str, expected: int) -> float:
    """Events per second of reading `expected` records of the folded topics from their beginning."""
    consumer = AIOKafkaConsumer(
        *FOLDED,
        bootstrap_servers=address,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=2 << 20,
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        seen, started, first = 0, 0.0, 0
        while seen < expected:
            fetched = await consumer.getmany(timeout_ms=1_000, max_records=4_000)
            seen += sum(map(len, fetched.values()))
            if not started and seen:
                started, first = time.perf_counter(), seen
        return (seen - first) / (time.perf_counter() - started)
    finally:
        await consumer.stop()
