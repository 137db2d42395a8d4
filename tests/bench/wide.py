"""What an exporter of thousands of queues holds, how long a board takes, and who waits meanwhile.

`QUEUES`, `CONTACTS` of each and `HOURS` of history in the environment change the centre.
"""

import asyncio
import os
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.request import urlopen

import aiohttp

from bench.deaf import deafen
from bench.filling import Centre
from bench.processes import exporter, peak_bytes, resident_bytes
from bench.servers import Servers
from stream.store.redis import RedisStore

_STREAMS, _SCRAPES, _BOARDS = 20, 6, 4
_ASK_SECONDS = 0.2


@dataclass
class _Health:
    """How long the health check took, asked all the time; the worst by what else was asked for."""

    url: str
    phase: str = "beginning"
    waits: list[float] = field(default_factory=list)
    worst: dict[str, float] = field(default_factory=dict)
    refused: int = 0
    over: bool = False

    def ask(self) -> None:
        """From a thread: what is measured is how long the exporter takes, and not this process."""
        while not self.over:
            began = time.perf_counter()
            try:
                with urlopen(f"{self.url}/healthz", timeout=60) as answer:  # noqa: S310 - ours
                    answer.read()
            except OSError:
                self.refused += 1
            took = time.perf_counter() - began
            self.waits.append(took)
            self.worst[self.phase] = round(max(self.worst.get(self.phase, 0.0), took), 3)
            time.sleep(_ASK_SECONDS)


def measure(at: Servers) -> dict[str, Any]:
    """MiB, and seconds of scrapes, boards and health checks."""
    return asyncio.run(_measure(at))


async def _measure(at: Servers) -> dict[str, Any]:
    queues, contacts = int(os.environ.get("QUEUES", "8000")), int(os.environ.get("CONTACTS", "12"))
    hours = float(os.environ.get("HOURS", "3"))
    store = RedisStore(at.redis_url)
    centre = Centre(store, queues, contacts, round(hours * 3_600_000))
    sys.stderr.write(f"filling {queues:,} queues\n")
    events = await centre.begin()
    sys.stderr.write(f"{events:,} events are stored\n")
    (at.folder / "pantau.toml").write_text(f"max_queues = {min(queues, 10_000)}\n")
    serving, url = exporter(at, config=at.folder / "pantau.toml")
    with serving:
        going = asyncio.create_task(_go_on(centre))
        found = await _asked(url, serving.pid)
        going.cancel()
    await store.close()
    return {"queues": queues, "events": events, **found}


async def _go_on(centre: Centre) -> None:
    while True:
        await centre.go_on()
        await asyncio.sleep(0.5)


async def _asked(url: str, pid: int) -> dict[str, Any]:
    limits = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(timeout=limits, auto_decompress=False) as session:
        health = _Health(url)
        asking = threading.Thread(target=health.ask, daemon=True)
        asking.start()
        async with asyncio.timeout(120):
            while not await _is_ready(session, url):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.2)
        found: dict[str, Any] = {"ready_mib": _mib(resident_bytes(pid))}
        for name, path, count in (("scrape", "/metrics", _SCRAPES), ("board", "/api/v1/board", _BOARDS)):
            health.phase = name
            found |= await _timed(session, url, name, path, count)
            found[f"after_{name}s_mib"] = _mib(resident_bytes(pid))
        health.phase = "streams"
        streams = [asyncio.create_task(_watch(session, url)) for _ in range(_STREAMS)]
        await asyncio.sleep(10)
        found |= await _timed(session, url, "board_beside_streams", "/api/v1/board", _BOARDS)
        found["stream_messages"] = sum([(await _ended(stream)) for stream in streams])
        health.phase = "deaf"
        found["deaf"] = await deafen(int(url.rpartition(":")[2]), pid)
        health.over = True
        await asyncio.to_thread(asking.join)
    waits = sorted(health.waits)
    return found | {
        "peak_mib": _mib(peak_bytes(pid)),
        "last_mib": _mib(resident_bytes(pid)),
        "health_asked": len(waits),
        "health_median_ms": round(waits[len(waits) // 2] * 1000, 1),
        "health_refused": health.refused,
        "health_worst_seconds": health.worst,
    }


async def _is_ready(session: aiohttp.ClientSession, url: str) -> bool:
    async with session.get(f"{url}/readyz") as answer:
        return answer.status == 200


async def _timed(
    session: aiohttp.ClientSession, url: str, name: str, path: str, count: int
) -> dict[str, Any]:
    waits, size = [], 0
    for _ in range(count):
        began = time.perf_counter()
        async with session.get(f"{url}{path}", headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.status == 200, await answer.text()
            size = sum([len(chunk) async for chunk in answer.content.iter_any()])
        waits.append(time.perf_counter() - began)
        await asyncio.sleep(0.5)
    return {
        f"{name}_first_seconds": round(waits[0], 2),
        f"{name}_median_seconds": round(sorted(waits)[len(waits) // 2], 2),
        f"{name}_worst_seconds": round(max(waits), 2),
        f"{name}_packed_mib": _mib(size),
    }


async def _watch(session: aiohttp.ClientSession, url: str) -> int:
    count = 0
    try:
        async with session.get(f"{url}/api/v1/stream", headers={"Accept-Encoding": "identity"}) as answer:
            async for part in answer.content.iter_any():
                count += part.endswith(b"\n\n")
    except asyncio.CancelledError:
        return count


async def _ended(stream: "asyncio.Task[int]") -> int:
    stream.cancel()
    return await stream or 0


def _mib(count: float) -> float:
    return round(count / 2**20, 1)
