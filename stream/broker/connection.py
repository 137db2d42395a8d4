"""Reaching Kafka: once, with a clear line, or for as long as it takes."""

import asyncio
import logging

from aiokafka import AIOKafkaClient
from aiokafka.errors import KafkaError

from stream.errors import BrokerUnavailable

log = logging.getLogger("pantau.broker")
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 15.0


async def check(address: str) -> None:
    """Raise `BrokerUnavailable` unless a broker answers at `address`."""
    client = AIOKafkaClient(bootstrap_servers=address, request_timeout_ms=5_000)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        await client.bootstrap()
    except (KafkaError, OSError) as failure:
        raise BrokerUnavailable(
            f"Kafka does not answer at {address}: {failure}; start it or set PANTAU_KAFKA to host:port"
        ) from None
    finally:
        await client.close()
        logging.getLogger("aiokafka").setLevel(logging.WARNING)


async def wait_for(address: str) -> None:
    """Return once a broker answers at `address`, telling meanwhile that it does not."""
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            await check(address)
        except BrokerUnavailable as failure:
            log.warning("broker_unavailable again_in_seconds=%.0f: %s", pause, failure)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        else:
            return
