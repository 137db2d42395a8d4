"""The embedded stack: every process that Pantau needs, and a simulated centre, as children of one."""

import asyncio
import json
import os
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from stream.access import Access
from stream.broker import topics
from stream.dev.broker import EmbeddedBroker
from stream.dev.cache import EmbeddedValkey
from stream.dev.ports import LOOPBACK, PortError, free_ports, is_listening, require_free
from stream.dev.process import ChildError, ManagedProcess, at_once
from stream.web.listening import LISTENS

PREFERRED_PORT = 9464
_SETTINGS = Path(__file__).with_name("demo.toml")
_PARTITIONS = 4
_BUSY_HOUR = "10:30"  # whatever the clock says, a demo begins in the morning rush


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack: `url` is the exporter's."""

    url: str
    worker_url: str
    kafka: str
    redis_url: str
    processes: tuple[ManagedProcess, ...]

    def check(self) -> None:
        """Raise `ChildError`, one line that names it, if a process has died."""
        for process in self.processes:
            process.check()

    def board(self) -> dict[str, Any]:
        """The JSON board."""
        with urllib.request.urlopen(f"{self.url}/api/v1/board", timeout=5) as answer:  # noqa: S310 - loopback
            return dict(json.load(answer))


@contextmanager
def stack(*, port: int | None, seed: int) -> Iterator[Stack]:
    """Start everything on free ports with data in a folder of its own; leaving it stops and removes all."""
    if port is not None:
        require_free(port, option="--port")
    kafka_port, redis_port, worker_port, spare_port = free_ports(4)
    with TemporaryDirectory(prefix="pantau-") as name, ExitStack() as running:
        folder = Path(name)
        broker = running.enter_context(EmbeddedBroker(folder=folder, port=kafka_port))
        cache = running.enter_context(EmbeddedValkey(folder=folder, port=redis_port))
        asyncio.run(topics.create(Access(broker.address), partitions=_PARTITIONS))
        environment = {
            **os.environ,
            "TMPDIR": name,
            "PANTAU_KAFKA": broker.address,
            "PANTAU_REDIS_URL": cache.url,
            "PANTAU_CONFIG": str(Path(os.environ.get("PANTAU_CONFIG") or _SETTINGS).absolute()),
            "PANTAU_SESSION_SECONDS": "3",  # the embedded broker lets a group wait half a session to form
            "PANTAU_WORKER_METRICS_PORT": str(worker_port),
        }
        start = partial(_process, folder=folder, environment=environment)
        exporter, web_port = _exporter(start, folder, _ports(port, spare_port))
        running.enter_context(exporter)
        commands = (
            ("worker", ["worker"], partial(is_listening, worker_port)),
            ("heartbeat", ["heartbeat"], at_once),
            ("simulator", ["simulate", "--seed", str(seed), "--local-time", _BUSY_HOUR], at_once),
        )
        processes = [running.enter_context(start(*command)) for command in commands]
        yield Stack(
            f"http://{LOOPBACK}:{web_port}",
            f"http://{LOOPBACK}:{worker_port}",
            broker.address,
            cache.url,
            (broker, cache, exporter, *processes),
        )


def _ports(wanted: int | None, spare: int) -> list[int]:
    """The ports that an exporter tries, one after the other."""
    if wanted is not None:
        return [wanted]
    return [spare] if is_listening(PREFERRED_PORT) else [PREFERRED_PORT, spare]


def _exporter(
    start: Callable[..., ManagedProcess], folder: Path, ports: Sequence[int]
) -> tuple[ManagedProcess, int]:
    """An exporter on the first of `ports` that it can listen on, and that one.

    That something listens there says nothing: it may be the exporter of another stack. So it says so itself.
    """
    for port in ports:
        says = partial(_says, folder / "exporter.log", LISTENS % (LOOPBACK, port))
        exporter = start("exporter", ["exporter", "--port", str(port)], says)
        try:
            return exporter.start(), port
        except ChildError:
            if port == ports[-1]:
                raise
    raise PortError("no port is given to listen on")


def _says(log: Path, line: str) -> bool:
    return f" {line}\n" in log.read_text(errors="replace")


def _process(
    name: str, arguments: list[str], ready: Callable[[], bool], *, folder: Path, environment: dict[str, str]
) -> ManagedProcess:
    return ManagedProcess(
        name=name,
        argv=[sys.executable, "-m", "stream", *arguments],
        folder=folder,
        env=environment,
        cwd=folder,
        ready=ready,
    )
