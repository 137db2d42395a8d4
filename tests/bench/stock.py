"""The other yardstick: a stock Faust agent that computes the same KPIs, one event at a time.

It uses our decoder and our fold, and is let off lightly: it stores its state once in a thousand events.
Run as a program: address, Redis URL, number of events; prints events per second.
"""

import asyncio
import sys
import time
from tempfile import TemporaryDirectory
from typing import Any

import faust
from support.taking import take

from stream.adapters.canonical import CanonicalDecoder
from stream.broker.topics import FOLDED
from stream.domain.definition import definitions
from stream.domain.fold import PartitionFold
from stream.store.checkpoint import Checkpoint
from stream.store.partition import Partition
from stream.store.redis import RedisStore

_STORED_EVERY = 1_000


def main() -> None:
    """Fold with a stock app until all is read."""
    address, redis_url, expected = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with TemporaryDirectory() as folder:
        app = faust.App(
            "stock",
            broker=f"kafka://{address}",
            datadir=folder,
            web_enabled=False,
            topic_allow_declare=False,
            topic_disable_leader=True,
            table_standby_replicas=0,
            broker_session_timeout=3.0,
            broker_heartbeat_interval=1.0,
            consumer_auto_offset_reset="earliest",
        )
        counter = Counter(expected)
        for topic in FOLDED:
            app.agent(app.topic(topic, value_serializer="raw", value_type=bytes))(
                _agent(counter, RedisStore(redis_url))
            )
        worker = faust.Worker(
            app, quiet=True, loglevel="ERROR", redirect_stdouts=False, override_logging=False
        )
        worker.spinner = None
        worker.execute_from_commandline()


class Counter:
    """Counts events and prints the rate at the end."""

    def __init__(self, expected: int) -> None:
        self._expected, self._seen, self._started = expected, 0, 0.0

    def one(self) -> None:
        """Another event."""
        self._seen += 1
        if self._seen == 1:
            self._started = time.perf_counter()
        if self._seen == self._expected:
            sys.stdout.write(f"{self._seen / (time.perf_counter() - self._started)}\n")
            sys.stdout.flush()


def _agent(counter: Counter, store: RedisStore) -> Any:
    decoder, folds, tokens, pending = CanonicalDecoder(), {}, {}, {}

    async def fold(stream: Any) -> None:
        async for event in stream.events():
            message = event.message
            partition = Partition(message.topic, message.partition)
            state = folds.get(partition)
            if state is None:
                state = folds[partition] = PartitionFold(definitions())
                tokens[partition] = (await take(store, partition)).token
                pending[partition] = 0
            decoded = decoder.decode(event.value, None)
            state.missing_entities(decoded)
            state.fold(decoded, {})
            changes = state.settle({})
            pending[partition] += 1
            if pending[partition] % _STORED_EVERY == 0:
                offset = message.offset + 1
                checkpoint = Checkpoint(offset - _STORED_EVERY, offset, state.watermark_ms, 0, changes)
                await store.apply(partition, tokens[partition], checkpoint)
            counter.one()

    return fold


if __name__ == "__main__":
    asyncio.set_event_loop(asyncio.new_event_loop())
    main()
