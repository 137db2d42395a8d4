"""A source that sends each event once, whatever happens to the broker, and remembers where each went."""

import asyncio
import threading
from collections.abc import Iterable
from functools import partial
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from support.records import Placed

_BURST = 40


class Sending(NamedTuple):
    """A record to send; one that is bad is to be refused, and must come out as a dead letter."""

    topic: str
    key: str
    value: bytes
    bad: bool = False


class Source:
    """Sends from a thread of its own. `ends` tells where the log ends for all it has sent."""

    def __init__(self, address: str, *, idempotent: bool) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._address, self._idempotent = address, idempotent
        self._producer: Any = None
        self.ends: dict[tuple[str, int], int] = {}
        self.bad: set[Placed] = set()
        self.sent = 0

    def start(self) -> None:
        """Connect."""
        self.wait(self._submit(self._start()))

    def stop(self) -> None:
        """Disconnect."""
        try:
            if self._producer is not None:
                self.wait(self._submit(self._producer.stop()))
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def feed(self, records: Iterable[Sending], *, seconds: float = 0) -> Any:
        """Begin to send records, spread over so many seconds; give `wait` what comes back."""
        return self._submit(self._feed(list(records), seconds))

    def wait(self, feeding: Any) -> None:
        """Return once all that was fed is safe."""
        feeding.result(timeout=180)

    def _submit(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _start(self) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._address,
            acks="all",
            enable_idempotence=self._idempotent,
            request_timeout_ms=120_000 if self._idempotent else 40_000,
            retry_backoff_ms=50,
        )
        await self._producer.start()

    async def _feed(self, records: list[Sending], seconds: float) -> None:
        pause = seconds / max(1, len(records) // _BURST)
        awaited = []
        for place, record in enumerate(records):
            key = record.key.encode()
            told = await self._producer.send(record.topic, record.value, key=key)
            told.add_done_callback(partial(self._took, record))
            awaited.append(told)
            if place % _BURST == _BURST - 1:
                await asyncio.sleep(pause)
        for told in awaited:
            await told

    def _took(self, record: Sending, told: Any) -> None:
        if told.cancelled() or told.exception():
            return
        self.sent += 1
        at = told.result()
        where = (at.topic, at.partition)
        self.ends[where] = max(self.ends.get(where, 0), at.offset + 1)
        if record.bad:
            self.bad.add(Placed(at.topic, at.partition, at.offset))
