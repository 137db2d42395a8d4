"""A whole installation to break: real servers, workers and an exporter, with a wire before each that matters.

What it has been sent is known to the last record, so what it shows can be held to it at any time.
"""

import json
import secrets
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.error import URLError

from support.faults import duplicate
from support.kafka import ApacheKafka
from support.load import last_hours
from support.pantau import Exporter, Pantau, Worker
from support.processes import wait_until
from support.records import fresh_topics, letters, positions
from support.redis_server import LastingCache
from support.remarks import remarked
from support.source import Sending, Source
from support.truth import assert_no_counter_lacks, decoded, reported, unlike
from support.wire import Wire

from stream.broker.topics import CONTACTS
from stream.dev.broker import EmbeddedBroker
from stream.dev.ports import LOOPBACK, free_port
from stream.dev.process import ManagedProcess
from stream.dev.simulator import SimulatedEvent
from stream.domain.fact import Event
from stream.domain.kinds import Kind
from stream.store.redis import RedisStore

#: How a checkpoint is known on the wire: scripts are called by their digest.
APPLY: bytes = RedisStore("redis://127.0.0.1:1")._apply.sha.encode()
_BATCH_RECORDS = 60
_RECOVERED_SECONDS = 90


class Found(NamedTuple):
    """What an inspection found: all zero and empty where nothing was lost, counted twice or wrong."""

    lost: int
    double: int
    letters_missing: int
    letters_wrong: int
    unlike: dict[str, Any]


@dataclass
class Rig:
    """Servers and processes; `start` begins with empty topics and an empty store."""

    folder: Path
    broker: ManagedProcess
    cache: LastingCache
    seed: int
    #: Before Kafka; the embedded broker has none.
    broker_wire: Wire | None = None
    wires: dict[str, Wire] = field(default_factory=dict)
    #: Of workers that have one to Kafka for themselves.
    broker_wires: dict[str, Wire] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)
    known: list[Event] = field(default_factory=list)
    canaries: int = 0

    @classmethod
    def on(cls, folder: Path, *, seed: int, apache: bool = True, valkey: bool = False) -> Self:
        """Make one; raises `MissingError` where a server is not installed."""
        for name in ("broker", "cache", "pantau"):
            (folder / name).mkdir()
        cache = LastingCache(folder=folder / "cache", port=free_port(), valkey=valkey)
        port = free_port()
        if not apache:
            return cls(folder, EmbeddedBroker(folder=folder / "broker", port=port), cache, seed)
        wire = Wire(port)
        broker = ApacheKafka(folder=folder / "broker", port=port, advertised=wire.port)
        own = {name: Wire(free_port()) for name in ("one", "other")}
        broker.lead_through({name: (way.target, way.port) for name, way in own.items()})
        return cls(folder, broker, cache, seed, wire, broker_wires=own)

    @property
    def apache(self) -> bool:
        """Whether the broker keeps what it holds when it crashes."""
        return self.broker_wire is not None

    @cached_property
    def address(self) -> str:
        """Where clients find Kafka."""
        port = self.broker_wire.port if self.broker_wire else self.broker.port  # type: ignore[attr-defined]
        return f"{LOOPBACK}:{port}"

    @cached_property
    def pantau(self) -> Pantau:
        """The installation, straight to the store."""
        return Pantau(self.address, self.cache.url, self.folder / "pantau")

    @cached_property
    def exporter(self) -> Exporter:
        """The exporter."""
        return self.pantau.exporter(redis_url=self._through("exporter"))

    @cached_property
    def source(self) -> Source:
        """The source of all events."""
        return Source(self.address, idempotent=self.apache)

    @cached_property
    def _events(self) -> deque[SimulatedEvent]:
        told = remarked(last_hours(6, 0.7, seed=self.seed), share=0.04, seed=self.seed)
        return deque(duplicate(list(told), share=0.03, seed=self.seed))

    @property
    def has_more(self) -> bool:
        """Whether there is a round's worth of events to send."""
        return len(self._events) > 1_000

    def start(self) -> Self:
        """Start everything, with two workers."""
        self.broker.start()
        self.cache.start()
        fresh_topics(self.address)
        self.source.start()
        self.workers = [self.worker("one"), self.worker("other")]
        for process in (*self.workers, self.exporter):
            process.launch()
        for process in (*self.workers, self.exporter):
            process.await_listening()
        self.feed(200)  # each partition needs a watermark before anything can be too late for it
        self.cache.backup()
        return self

    def stop(self) -> None:
        """Stop everything."""
        processes: Sequence[ManagedProcess] = (*self.workers, self.exporter)
        for process in (*processes, self.cache):
            process.kill()
        self.source.stop()
        self.broker.kill()
        for wire in (*self.wires.values(), *self.broker_wires.values(), *filter(None, [self.broker_wire])):
            wire.close()

    def worker(self, name: str) -> Worker:
        """Make a worker, not yet started, with a wire of its own to the store."""
        own = self.broker_wires.get(name)
        kafka = {} if own is None else {"kafka": f"{LOOPBACK}:{own.port}"}
        return self.pantau.worker(name, batch_records=_BATCH_RECORDS, redis_url=self._through(name), **kafka)

    def _through(self, name: str) -> str:
        wire = self.wires[name] = Wire(self.cache.port)
        return f"redis://{LOOPBACK}:{wire.port}/0"

    def begin(self, count: int, *, seconds: float, bad: int = 0) -> Any:
        """Begin to send the next events, and bad ones among them; give `source.wait` what comes back."""
        events = [self._events.popleft() for _ in range(count)]
        self.known += decoded(events)
        records = [Sending(event.topic, event.key, event.value) for event in events]
        for place in range(bad):
            at = (place + 1) * len(records) // (bad + 1)
            records.insert(at, Sending(CONTACTS, f"bad-{place}", _bad(place), bad=True))
        return self.source.feed(records, seconds=seconds)

    def feed(self, count: int, *, seconds: float = 0, bad: int = 0) -> None:
        """Send the next events; return once they are safe."""
        self.source.wait(self.begin(count, seconds=seconds, bad=bad))

    def recover(self, *, seconds: float = _RECOVERED_SECONDS) -> float:
        """Seconds until all that is safe now is read, and a canary that is sent now is on the board."""
        started, before = time.monotonic(), dict(self.source.ends)
        sending = self._send_canary()
        assert wait_until(lambda: self._has_recovered(before), seconds=seconds), (
            f"not recovered after {seconds} s: positions {positions(self.cache.url)}, "
            f"sent {self.source.ends}, canaries {self._canaries_seen()} of {self.canaries}"
        )
        took = time.monotonic() - started
        self.source.wait(sending)
        return took

    def read(self) -> bool:
        """Whether all that was sent has been folded, and nothing else."""
        return positions(self.cache.url) == self.source.ends

    def settle(self) -> None:
        """Wait until all that was sent is read."""
        assert wait_until(self.read, seconds=40), (positions(self.cache.url), self.source.ends)

    def inspect(self) -> Found:
        """Hold the installation to what it was sent."""
        wrong = self._unlike()
        expected = reported(self.known)
        totals = self.exporter.board()["all"]["totals"]
        double = sum(
            max(0, totals[name] - expected["all"][name]) for name in ("offered", "answered", "abandoned")
        )
        found = self._letters()
        if not wrong:
            assert_no_counter_lacks(self.exporter.metrics(), expected)
        return Found(
            lost=len(self._identities() - self._stored()),
            double=double,
            letters_missing=len(self.source.bad - found),
            letters_wrong=len(found - self.source.bad),
            unlike=wrong,
        )

    def assert_true(self) -> None:
        """Hold the board to a recomputation of all that was sent."""
        self.settle()
        assert self._unlike() == {}

    def told(self, verdict: str) -> float:
        """How often the store has given this verdict to workers that run."""
        return sum(
            count
            for worker in self.workers
            if worker.is_running
            for labels, count in worker.total("pantau_checkpoints_total").items()
            if labels == (verdict,)
        )

    def _unlike(self) -> dict[str, Any]:
        wrong: dict[str, Any] = {}

        def agrees() -> bool:
            wrong.clear()
            wrong.update(unlike(self.exporter.board(), self.known))
            return not wrong

        wait_until(agrees, seconds=4)
        return wrong

    def _send_canary(self) -> Any:
        self.canaries += 1
        subject = f"canary-{self.seed}-{self.canaries}"
        event = _canary(subject)
        self.known += decoded([event])
        return self.source.feed([Sending(event.topic, event.key, event.value)])

    def _has_recovered(self, before: Mapping[tuple[str, int], int]) -> bool:
        if self._canaries_seen() != self.canaries:
            return False
        reached = positions(self.cache.url)
        return all(reached.get(where, 0) >= end for where, end in before.items())

    def _canaries_seen(self) -> int:
        try:
            rows = self.exporter.board()["queues"]
        except (URLError, OSError, KeyError):
            return -1
        return sum(row["totals"]["offered"] for row in rows if row["queue"] == "canary")

    def _identities(self) -> set[str]:
        return {event.fact.uid for event in self.known if event.fact.kind < Kind.AGENT_STATE}

    def _stored(self) -> set[str]:
        with self.cache.client() as client:
            keys = list(client.scan_iter("pantau:{*}:v*:e:*", count=5_000))
            pipeline = client.pipeline(transaction=False)
            for key in keys:
                pipeline.hkeys(key)
            return {uid for uids in pipeline.execute() for uid in uids}

    def _letters(self) -> set[Any]:
        told = letters(self.address, count=len(self.source.bad), seconds=5)
        return {(letter["topic"], letter["partition"], letter["offset"]) for letter in told}


def _canary(subject: str) -> SimulatedEvent:
    now = time.time_ns() // 1_000_000
    document = {
        "specversion": "1.0",
        "id": secrets.token_hex(8),
        "source": "/canary",
        "type": "visit.queued",
        "time": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(now / 1000)),
        "subject": subject,
        "data": {"queue": "canary", "channel": "voice"},
    }
    return SimulatedEvent(CONTACTS, subject, now, json.dumps(document).encode())


def _bad(place: int) -> bytes:
    """Not JSON, ten minutes ahead, or a month old."""
    shift = {0: None, 1: 600, 2: -30 * 86_400}[place % 3]
    if shift is None:
        return b"{not json"
    document = {
        "specversion": "1.0",
        "id": secrets.token_hex(8),
        "source": "/bad",
        "type": "visit.queued",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + shift)),
        "subject": f"bad-{place}",
        "data": {"queue": "bad", "channel": "voice"},
    }
    return json.dumps(document).encode()
