"""Worker and exporter processes for benchmarks."""

import os
import sys
from pathlib import Path

from bench.servers import Servers
from stream.dev.ports import free_port, is_listening
from stream.dev.process import ManagedProcess


def pantau(
    at: Servers, name: str, *arguments: str, port: int | None = None, config: Path | None = None
) -> ManagedProcess:
    """A `pantau` process against the benchmark's servers; with a port it is ready once it listens."""
    return ManagedProcess(
        name=name,
        argv=[sys.executable, "-m", "stream", *arguments],
        folder=at.folder,
        env={
            **os.environ,
            "PANTAU_KAFKA": at.kafka,
            "PANTAU_REDIS_URL": at.redis_url,
            "PANTAU_GROUP": f"bench-{name}",
            "PANTAU_SESSION_SECONDS": "3",
            "PANTAU_WORKER_METRICS_PORT": "0",
            **({} if config is None else {"PANTAU_CONFIG": str(config)}),
        },
        ready=(lambda: is_listening(port)) if port else (lambda: True),
    )


def exporter(at: Servers, config: Path | None = None) -> tuple[ManagedProcess, str]:
    """An exporter, and its address."""
    port = free_port()
    return pantau(
        at, f"exporter-{port}", "exporter", "--port", str(port), port=port, config=config
    ), f"http://127.0.0.1:{port}"


def resident_bytes(pid: int) -> int:
    """The memory a process holds, by the kernel's account."""
    return _told(pid, "VmRSS:")


def peak_bytes(pid: int) -> int:
    """The most memory that a process ever held."""
    return _told(pid, "VmHWM:")


def _told(pid: int, what: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(what):
            return int(line.split()[1]) * 1024
    raise LookupError(pid)
