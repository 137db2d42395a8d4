"""Pantau's own processes, started as a person starts them, on servers that a test already has."""

import json
import os
import secrets
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from stream.dev.ports import LOOPBACK, free_port, is_listening
from stream.dev.process import ManagedProcess, at_once

REPOSITORY = Path(__file__).parents[2]
#: A process that keeps what Python compiled starts in a third of the time.
_COMPILED = REPOSITORY / ".pytest_cache" / "bytecode"
#: So soon a group misses who has died. The embedded broker waits half of it for a group to form.
SESSION_SECONDS = 2

Labels = frozenset[tuple[str, str]]
Samples = dict[tuple[str, Labels], float]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an HTTP server said, whatever its status."""

    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Pantau:
    """One installation: where its servers are, and the folder in which its processes run and log."""

    kafka: str
    redis_url: str
    folder: Path
    #: Of its own, so that members who died in an earlier test are not waited for.
    group: str = field(default_factory=lambda: f"pantau-{secrets.token_hex(4)}")

    def environment(self, **more: object) -> dict[str, str]:
        """Give the whole environment of a process; `more` are settings without their prefix."""
        ours = {
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONPYCACHEPREFIX": str(_COMPILED),
            "TMPDIR": str(self.folder),
            "PANTAU_KAFKA": self.kafka,
            "PANTAU_REDIS_URL": self.redis_url,
            "PANTAU_SESSION_SECONDS": str(SESSION_SECONDS),
            "PANTAU_GROUP": self.group,
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PANTAU_")}
        inherited.pop("PYTHONDONTWRITEBYTECODE", None)
        return inherited | ours | {f"PANTAU_{name.upper()}": str(value) for name, value in more.items()}

    def run(
        self, *arguments: str, seconds: float = 60, **settings: object
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            command(*arguments),
            env=self.environment(**settings),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )

    def worker(self, name: str = "worker", **settings: object) -> "Worker":
        """Make a worker, not yet started, that serves its metrics on a port of its own."""
        port = free_port()
        environment = self.environment(worker_metrics_port=port, **settings)
        return Worker(port, ["worker"], name=name, folder=self.folder, environment=environment)

    def exporter(self, name: str = "exporter", **settings: object) -> "Exporter":
        """Make an exporter, not yet started, on a port of its own."""
        port = free_port()
        arguments = ["exporter", "--port", str(port)]
        return Exporter(
            port, arguments, name=name, folder=self.folder, environment=self.environment(**settings)
        )


class Served(ManagedProcess):
    """A process of ours that is ready when it listens."""

    def __init__(
        self, port: int, arguments: list[str], *, name: str, folder: Path, environment: Mapping[str, str]
    ) -> None:
        self.port = port
        self.url = f"http://{LOOPBACK}:{port}"
        super().__init__(
            name=name,
            argv=command(*arguments),
            folder=folder,
            env=environment,
            cwd=folder,
            ready=lambda: is_listening(port),
        )

    def launch(self) -> None:
        """Start it without waiting until it listens."""
        self.ready, ready = at_once, self.ready
        self.start()
        self.ready = ready

    def await_listening(self) -> None:
        """Wait until it listens; raises `ChildError` when it has died or takes too long."""
        self._await_ready()

    def terminate(self) -> None:
        """Ask it to end, without waiting until it has."""
        if self.is_running:
            os.kill(self.pid, signal.SIGTERM)

    def log(self) -> str:
        """What it has logged so far."""
        return self.log_path.read_text(errors="replace")

    def metrics(self) -> Samples:
        """Every sample of /metrics."""
        return samples(text_string_to_metric_families(get(f"{self.url}/metrics").text))

    def exit_code(self, *, seconds: float) -> int:
        """Wait until it has ended by itself; raises `subprocess.TimeoutExpired` when it does not in time."""
        assert self._child is not None, f"{self.name} was never started"
        return self._child.wait(seconds)


class Worker(Served):
    """`pantau worker`."""

    def owned(self) -> set[tuple[str, int]]:
        """The partitions whose lag it tells, as (topic, number)."""
        found = (dict(labels) for name, labels in self.metrics() if name == "pantau_consumer_lag_records")
        return {(labels["topic"], int(labels["partition"])) for labels in found}

    def total(self, name: str) -> dict[tuple[str, ...], float]:
        """A counter of its own, summed over topics, by the values of its other labels."""
        found: dict[tuple[str, ...], float] = defaultdict(float)
        for (sample, labels), value in self.metrics().items():
            if sample == name:
                found[*(text for label, text in sorted(labels) if label != "topic"),] += value
        return dict(found)


class Exporter(Served):
    """`pantau exporter`."""

    def board(self) -> dict[str, Any]:
        """The JSON board."""
        return dict(get(f"{self.url}/api/v1/board").json())


@contextmanager
def together(*processes: Served) -> Iterator[None]:
    """Run them all: they start at once and end at once, which takes no longer than the slowest."""
    with ExitStack() as running:
        for process in processes:
            running.callback(process.stop)
            process.launch()
        for process in processes:
            process.await_listening()
        yield
        for process in processes:
            process.terminate()


def command(*arguments: str) -> list[str]:
    """Give what starts a command of ours."""
    return [sys.executable, "-m", "stream", *arguments]


def get(url: str, **headers: str) -> Answer:
    """Ask an HTTP server; underscores in the names of headers stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urlopen(Request(url, headers=named), timeout=15) as answer:  # noqa: S310 - loopback
            return Answer(answer.status, answer.headers, answer.read())
    except HTTPError as refused:
        with refused:
            return Answer(refused.code, refused.headers, refused.read())


def messages(url: str, *, count: int) -> Iterator[Any]:
    """Give the first messages of a stream of server-sent events."""
    with urlopen(url, timeout=15) as stream:  # noqa: S310 - loopback
        for line in stream:
            if line.startswith(b"data: "):
                yield json.loads(line.removeprefix(b"data: "))
                count -= 1
            if not count:
                return


def samples(families: Iterable[Metric]) -> Samples:
    """Give all samples by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }
