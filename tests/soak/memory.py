"""Whether memory is bounded: one worker and one exporter under load for as long as asked.

A simulated centre, whose contacts come and go, is sent as fast as the worker takes it, at most `RATE` events
a second. Its time passes `SPEED` times as fast as ours, and state is kept for minutes: see `soak.compressed`.
"""

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import urlopen

import redis
from bench.processes import resident_bytes
from bench.servers import PARTITIONS, Servers, servers

from soak.compressed import SPEED
from soak.curve import MOST_GROWTH_RATIO, growth, is_flat, sparkline
from soak.result import Result
from soak.sending import Sending
from stream.access import Access
from stream.broker.publisher import Publisher
from stream.broker.topics import FOLDED
from stream.dev.ports import free_port, is_listening
from stream.dev.process import ManagedProcess
from stream.dev.simulator import scaled, simulate

_SAMPLE_SECONDS, _SCRAPE_SECONDS = 10.0, 5.0
_QUEUES = 100
EVENTS_PER_CONTACT = 9.0  # of a scaled centre, those of its agents included
_MOST_LAG = 100_000  # three batches of the worker: one folded, one fetched, one being sent
_CHUNK = 1_000
_OUT = Path(__file__).parents[2] / "build" / "soak-memory.json"
#: What is judged, in the unit it is shown in.
_JUDGED = ("worker_mib", "exporter_mib", "redis_mib", "redis_keys")


@dataclass
class Load(Sending):
    """The sending thread's account; it waits while more than `_MOST_LAG` sent events are not stored.

    A centre's time passes `speed` times as fast as ours if `rate` events a second are sent.
    """

    at: Servers
    rate: float
    speed: float
    sent: int = 0
    stored: int = 0
    over: bool = False

    async def _send(self) -> None:
        centre = scaled(_QUEUES, self.rate / self.speed / EVENTS_PER_CONTACT)
        start_ms = time.time_ns() // 1_000_000 - 7 * 86_400_000
        events, clock = simulate(centre, seed=1, start_ms=start_ms), self.at.folder / "clock"
        began = time.monotonic()
        async with Publisher(Access(self.at.kafka)) as publisher:
            while not self.over:
                chunk = list(islice(events, _CHUNK))
                for event in chunk:
                    await publisher.send(event.topic, event.key, event.value)
                self.sent += len(chunk)
                _tell(clock, chunk[-1].at_ms)
                ahead = self.sent / self.rate - (time.monotonic() - began)
                if ahead < -1:
                    began = time.monotonic() - self.sent / self.rate  # what was missed is not made up for
                await publisher.flush()
                await asyncio.sleep(max(0.0, ahead))
                while self.sent - self.stored > _MOST_LAG and not self.over:  # noqa: ASYNC110 - set by a thread
                    await asyncio.sleep(0.1)


def _tell(clock: Path, at_ms: int) -> None:
    new = clock.with_suffix(".new")
    new.write_text(str(at_ms))
    new.replace(clock)


@dataclass
class _Samples:
    """What was measured, by name; all of the same length."""

    seconds: list[float] = field(default_factory=list)
    found: dict[str, list[float]] = field(default_factory=dict)

    def add(self, at_seconds: float, **values: float) -> None:
        self.seconds.append(round(at_seconds, 1))
        for name, value in values.items():
            self.found.setdefault(name, []).append(round(value, 1))


def run(seconds: float, progress: Callable[[str], None]) -> Result:
    """Run for so long, print the curves, write them to `build/soak-memory.json`, and judge them."""
    rate, samples = float(os.environ.get("RATE", "20000")), _Samples()
    with servers() as at, ExitStack() as running:
        _tell(at.folder / "clock", time.time_ns() // 1_000_000 - 7 * 86_400_000)
        port = free_port()
        worker = running.enter_context(_process(at, "worker", lambda: True, "worker"))
        exporter = running.enter_context(
            _process(at, "exporter", lambda: is_listening(port), "exporter", "--port", str(port))
        )
        load = Load(at, rate, SPEED)
        sending = threading.Thread(target=load.send, daemon=True)
        sending.start()
        running.callback(setattr, load, "over", True)  # noqa: FBT003 - its only value
        _watch(seconds, load, samples, (worker, exporter, port), progress)
        load.over = True
        sending.join(30)
        died = [p.name for p in (worker, exporter) if not p.is_running]
    _OUT.parent.mkdir(exist_ok=True)
    _OUT.write_text(json.dumps({"speed": SPEED, "rate": rate, "seconds": samples.seconds, **samples.found}))
    return _result(load, samples, died)


def _process(at: Servers, name: str, ready: Callable[[], bool], *arguments: str) -> ManagedProcess:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PANTAU_KAFKA": at.kafka,
        "PANTAU_REDIS_URL": at.redis_url,
        "PANTAU_GROUP": "soak",
        "PANTAU_SESSION_SECONDS": "6",
        "PANTAU_WORKER_METRICS_PORT": "0",
    }
    if name == "exporter":
        environment["CLOCK"] = str(at.folder / "clock")
    argv = [sys.executable, "-m", "soak.compressed", *arguments]
    return ManagedProcess(name=name, argv=argv, folder=at.folder, env=environment, ready=ready)


def _watch(
    seconds: float,
    load: Load,
    samples: _Samples,
    processes: tuple[Any, Any, int],
    progress: Callable[[str], None],
) -> None:
    worker, exporter, port = processes
    began = time.monotonic()
    scraped = sampled = 0.0
    with redis.Redis.from_url(load.at.redis_url, decode_responses=True) as client:
        while (now := time.monotonic() - began) < seconds and load.failure is None:
            load.stored = stored(client)
            if now - scraped >= _SCRAPE_SECONDS:
                scraped = now
                with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
                    series = answer.read().count(b"\n")
            if now - sampled >= _SAMPLE_SECONDS:
                sampled = now
                samples.add(
                    now,
                    worker_mib=resident_bytes(worker.pid) / 2**20,
                    exporter_mib=resident_bytes(exporter.pid) / 2**20,
                    redis_mib=client.info("memory")["used_memory"] / 2**20,
                    redis_keys=client.dbsize(),
                    lag=load.sent - load.stored,
                    stored=load.stored,
                    lines=series,
                )
                progress(
                    f"memory: {now:.0f} s, {load.stored / now:,.0f} events/s, lag {load.sent - load.stored:,}"
                )
            time.sleep(0.2)


def stored(client: Any) -> int:
    """How many records of all partitions the store has."""
    places = [f"pantau:{{{topic}:{number}}}:meta" for topic in FOLDED for number in range(PARTITIONS)]
    return sum(int(client.hget(place, "next") or 0) for place in places)


def _result(load: Load, samples: _Samples, died: list[str]) -> Result:
    found, seconds = samples.found, samples.seconds
    result = Result("memory", {"samples": len(seconds), "events": load.stored})
    if load.failure is not None:
        return Result("memory", result.counts, [f"sending failed: {load.failure!r}"])
    if len(seconds) < 6:
        return Result("memory", result.counts, [f"only {len(seconds)} samples; give it a minute and more"])
    result.counts["events_per_second"] = round(
        (found["stored"][-1] - found["stored"][0]) / (seconds[-1] - seconds[0])
    )
    for name in (*_JUDGED, "lag", "lines"):
        values = found[name]
        by = growth(seconds, values)
        result.curves.append(
            f"{name:12} {sparkline(values)} {min(values):,.0f} .. {values[-1]:,.0f}, {by:+,.1f}"
        )
    result.violations += [
        f"{name} grew by {growth(seconds, found[name]):,.1f} in the last two thirds; "
        f"at most {MOST_GROWTH_RATIO:.0%} of its mean is flat"
        for name in _JUDGED
        if not is_flat(seconds, found[name])
    ]
    if median(found["lag"]) > 2 * _MOST_LAG:
        result.violations.append(f"lag is not bounded: {median(found['lag']):,.0f} in the middle")
    result.violations += [f"the {name} died" for name in died]
    return result
