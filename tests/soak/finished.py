"""Whether a worker's memory is bounded however many contacts have finished, and after a restart.

One worker with the settings that are shipped, which keeps facts for days, takes a simulated centre of
`CONTACTS` a second as fast as it can.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import redis
from bench.processes import resident_bytes
from bench.servers import Servers, servers

from soak.curve import sparkline
from soak.memory import EVENTS_PER_CONTACT, Load, stored
from soak.result import Result
from stream.dev.process import ChildError, ManagedProcess

_CONTACTS_PER_SECOND, _RATE = 40.0, 1e5
_SAMPLE_SECONDS = 5.0
_BEFORE_RATIO = 0.8
#: Half of what docker-compose.yml gives a worker.
_MOST_MIB = 384


def run(seconds: float, progress: Callable[[str], None]) -> Result:
    """Run for so long, restarting the worker near the end, and judge the most memory that was used."""
    with servers() as at, ExitStack() as running:
        worker = running.enter_context(_worker(at))
        load = Load(at, _RATE, speed=_RATE / EVENTS_PER_CONTACT / _CONTACTS_PER_SECOND)
        threading.Thread(target=load.send, daemon=True).start()
        running.callback(setattr, load, "over", True)  # noqa: FBT003 - its only value
        result = Result("finished")
        _watch(worker, load, seconds * _BEFORE_RATIO, progress, result)
        result.counts = {"contacts": _contacts(load), "events": load.stored}
        worker.kill()
        worker.start()
        _watch(worker, load, seconds * (1 - _BEFORE_RATIO), progress, result)
    return result


def _worker(at: Servers) -> ManagedProcess:
    environment = {
        **os.environ,
        "PANTAU_KAFKA": at.kafka,
        "PANTAU_REDIS_URL": at.redis_url,
        "PANTAU_WORKER_METRICS_PORT": "0",
    }
    argv = [sys.executable, "-m", "stream", "worker"]
    return ManagedProcess(name="worker", argv=argv, folder=at.folder, env=environment, ready=lambda: True)


def _watch(
    worker: ManagedProcess, load: Load, seconds: float, progress: Callable[[str], None], result: Result
) -> None:
    """Sample a worker for so long, from its start on."""
    used_mib: list[float] = []
    with redis.Redis.from_url(load.at.redis_url, decode_responses=True) as client:
        began = time.monotonic()
        while time.monotonic() - began < seconds and load.failure is None and worker.is_running:
            load.stored = stored(client)
            if time.monotonic() - began >= len(used_mib) * _SAMPLE_SECONDS:
                used_mib.append(resident_bytes(worker.pid) / 2**20)
                progress(f"finished: {_contacts(load):,} contacts, {used_mib[-1]:,.0f} MiB")
            time.sleep(0.2)
    result.curves.append(
        f"worker MiB   {sparkline(used_mib)} .. {used_mib[-1]:,.0f}, most {max(used_mib):,.0f}"
    )
    result.violations += _faults(worker, load, max(used_mib))


def _contacts(load: Load) -> int:
    return round(load.stored / EVENTS_PER_CONTACT)


def _faults(worker: ManagedProcess, load: Load, most_mib: float) -> Iterator[str]:
    if load.failure is not None:
        yield f"sending failed: {load.failure!r}"
    try:
        worker.check()
    except ChildError as died:
        yield str(died)
    if most_mib > _MOST_MIB:
        yield f"the worker took {most_mib:,.0f} MiB, at most {_MOST_MIB} is bounded"
