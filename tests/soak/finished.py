"""Whether a worker's memory stays flat however many contacts have finished.

One worker with the settings that are shipped, which keeps facts for days, takes a simulated centre of
`CONTACTS` a second as fast as it can.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import redis
from bench.processes import resident_bytes
from bench.servers import servers

from soak.curve import sparkline
from soak.memory import EVENTS_PER_CONTACT, Load, stored
from soak.result import Result
from stream.dev.process import ChildError, ManagedProcess

_CONTACTS_PER_SECOND, _RATE = 40.0, 1e5
_SAMPLE_SECONDS = 10.0
#: What docker-compose.yml gives a worker is two and a half times as much.
_MOST_MIB = 300


def run(seconds: float, progress: Callable[[str], None]) -> Result:
    """Run for so long, and judge the most memory that was used."""
    used_mib: list[float] = []
    with servers() as at, ExitStack() as running:
        environment = {
            **os.environ,
            "PANTAU_KAFKA": at.kafka,
            "PANTAU_REDIS_URL": at.redis_url,
            "PANTAU_WORKER_METRICS_PORT": "0",
        }
        argv = [sys.executable, "-m", "stream", "worker"]
        worker = running.enter_context(
            ManagedProcess(name="worker", argv=argv, folder=at.folder, env=environment, ready=lambda: True)
        )
        load = Load(at, _RATE, speed=_RATE / EVENTS_PER_CONTACT / _CONTACTS_PER_SECOND)
        threading.Thread(target=load.send, daemon=True).start()
        running.callback(setattr, load, "over", True)  # noqa: FBT003 - its only value
        with redis.Redis.from_url(at.redis_url, decode_responses=True) as client:
            began = time.monotonic()
            while time.monotonic() - began < seconds and load.failure is None and worker.is_running:
                load.stored = stored(client)
                if time.monotonic() - began >= len(used_mib) * _SAMPLE_SECONDS:
                    used_mib.append(resident_bytes(worker.pid) / 2**20)
                    progress(f"finished: {_contacts(load):,} contacts, {used_mib[-1]:,.0f} MiB")
                time.sleep(0.2)
        return _result(load, used_mib, worker)


def _contacts(load: Load) -> int:
    return round(load.stored / EVENTS_PER_CONTACT)


def _result(load: Load, used_mib: list[float], worker: ManagedProcess) -> Result:
    result = Result("finished", {"contacts": _contacts(load), "events": load.stored})
    if load.failure is not None:
        result.violations.append(f"sending failed: {load.failure!r}")
    try:
        worker.check()
    except ChildError as died:
        result.violations.append(str(died))
    result.curves.append(f"worker MiB   {sparkline(used_mib)} {used_mib[0]:,.0f} .. {used_mib[-1]:,.0f}")
    if max(used_mib) > _MOST_MIB:
        result.violations.append(f"the worker took {max(used_mib):,.0f} MiB, at most {_MOST_MIB} is bounded")
    return result
