"""Whether worker, exporter and Redis live within the memory that docker-compose.yml gives each of them.

They run with its arguments, in control groups with its limits, under `RATE` events a second of a simulated
centre, while boards are asked for, streamed and scraped. Without root: see `WITHOUT_ROOT`.
"""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

import yaml
from bench.processes import resident_bytes

from soak.boxed import HEADER, WITHOUT_ROOT, Curve, Group, limit_mib, within
from soak.result import Result
from soak.sending import Sending
from stream.access import Access
from stream.broker import topics
from stream.broker.publisher import Publisher
from stream.dev.broker import EmbeddedBroker
from stream.dev.ports import LOOPBACK, free_ports, is_listening
from stream.dev.process import ManagedProcess
from stream.dev.simulator import scaled, simulate

_COMPOSE = Path(__file__).parents[2] / "docker-compose.yml"
_SERVICES = {"redis": "redis", "worker": "worker-1", "exporter": "exporter-1"}
_SAMPLE_SECONDS, _PARTITIONS, _VIEWERS = 3.0, 8, 20
_QUEUES, _HISTORY_MS = 500, 10 * 60_000
_EVENTS_PER_CONTACT = 9.0
_CHUNK = 500


@dataclass
class _Load(Sending):
    """Sends what has happened by now, from `_HISTORY_MS` ago on, in a thread of its own."""

    kafka: str
    rate: float
    sent: int = 0
    over: bool = False

    async def _send(self) -> None:
        start_ms = time.time_ns() // 1_000_000 - _HISTORY_MS
        events = simulate(scaled(_QUEUES, self.rate / _EVENTS_PER_CONTACT), seed=1, start_ms=start_ms)
        async with Publisher(Access(self.kafka)) as publisher:
            while not self.over:
                chunk = list(islice(events, _CHUNK))
                ahead_ms = chunk[-1].at_ms - time.time_ns() // 1_000_000
                await asyncio.sleep(max(0, ahead_ms) / 1000)
                for event in chunk:
                    await publisher.send(event.topic, event.key, event.value)
                await publisher.flush()
                self.sent += len(chunk)


@dataclass
class _Asking:
    """Scrapes, asks for boards and watches, as Prometheus and people do."""

    url: str
    answers: int = 0
    over: bool = False
    failures: list[str] = field(default_factory=list)

    def ask(self) -> None:
        while not self.over:
            for path in ("/metrics", "/api/v1/board"):
                with suppress(OSError), urlopen(f"{self.url}{path}", timeout=30) as answer:  # noqa: S310 - ours
                    while answer.read(1 << 16):
                        pass
                    self.answers += 1
            time.sleep(3)

    def watch(self) -> None:
        while not self.over:
            with suppress(OSError), urlopen(f"{self.url}/api/v1/stream", timeout=30) as answer:  # noqa: S310 - ours
                while not self.over and answer.readline():
                    pass


def run(seconds: float, progress: Callable[[str], None]) -> Result:
    """Run for so long; a line for each service with its curve."""
    services = yaml.safe_load(_COMPOSE.read_text())["services"]
    curves = {name: Curve(name, limit_mib(services[of])) for name, of in _SERVICES.items()}
    with TemporaryDirectory(prefix="pantau-limits-") as name, ExitStack() as running:
        stack = _Stack(Path(name), services, running)
        load, asking = _Load(stack.kafka, float(os.environ.get("RATE", "1000"))), _Asking(stack.url)
        for work in (load.send, asking.ask, *[asking.watch] * _VIEWERS):
            threading.Thread(target=work, daemon=True).start()
        _sample(seconds, stack, curves, load, progress)
        load.over = asking.over = True
        died = [process.name for process in stack.processes if not process.is_running]
        if load.failure is None:
            time.sleep(1)
    result = Result("limits", {"events": load.sent, "answers": asking.answers})
    result.curves += [] if os.geteuid() == 0 else [WITHOUT_ROOT]
    result.curves += [HEADER, *(curve.row() for curve in curves.values())]
    result.violations += [fault for curve in curves.values() for fault in curve.faults]
    result.violations += [f"the {name} died" for name in died]
    if load.failure is not None:
        result.violations.append(f"sending failed: {load.failure!r}")
    if not asking.answers:
        result.violations.append("the exporter answered nobody")
    return result


class _Stack:
    """The three in their groups, beside a broker without limits."""

    def __init__(self, folder: Path, services: Any, running: ExitStack) -> None:
        kafka, redis, worker, exporter = free_ports(4)
        broker = running.enter_context(EmbeddedBroker(folder=folder, port=kafka))
        asyncio.run(topics.create(Access(broker.address), partitions=_PARTITIONS))
        self.kafka, self.url = broker.address, f"http://{LOOPBACK}:{exporter}"
        self.processes: list[ManagedProcess] = []
        self.groups: dict[str, Group | None] = {}
        arguments = {
            "redis": [*services["redis"]["command"], "--port", str(redis), "--dir", str(folder)],
            "worker": [sys.executable, "-m", "stream", *services["worker-1"]["command"]],
            "exporter": [
                *(sys.executable, "-m", "stream", *services["exporter-1"]["command"]),
                *("--host", LOOPBACK, "--port", str(exporter)),
            ],
        }
        environment = {
            **os.environ,
            "PANTAU_KAFKA": broker.address,
            "PANTAU_REDIS_URL": f"redis://{LOOPBACK}:{redis}/0",
            "PANTAU_WORKER_METRICS_PORT": str(worker),
        }
        for (name, argv), port in zip(arguments.items(), (redis, worker, exporter), strict=True):
            boxed, group = running.enter_context(within(name, services[_SERVICES[name]], argv))
            self.groups[name] = group
            process = ManagedProcess(
                name=name, argv=boxed, folder=folder, env=environment, ready=_listens(port)
            )
            self.processes.append(running.enter_context(process))


def _listens(port: int) -> Callable[[], bool]:
    return lambda: is_listening(port)


def _sample(
    seconds: float,
    stack: _Stack,
    curves: dict[str, Curve],
    load: _Load,
    progress: Callable[[str], None],
) -> None:
    for now in _ticks(seconds):
        for process, group in zip(stack.processes, stack.groups.values(), strict=True):
            curve = curves[process.name]
            used = resident_bytes(process.pid) if group is None else group.used_bytes()
            curve.used_mib.append(used / 2**20)
            curve.killed = 0 if group is None else group.killed()
        told = ", ".join(f"{name} {curve.used_mib[-1]:,.0f}" for name, curve in curves.items())
        progress(f"limits: {now:.0f} s, {load.sent:,} events, MiB: {told}")
        if load.failure is not None or not all(process.is_running for process in stack.processes):
            return


def _ticks(seconds: float) -> Iterator[float]:
    began = time.monotonic()
    while (now := time.monotonic() - began) < seconds:
        yield now
        time.sleep(_SAMPLE_SECONDS)
