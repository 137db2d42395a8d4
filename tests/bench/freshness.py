"""How long an event takes from being produced to being visible in /metrics, at 2,000 events a second."""

import asyncio
import re
import time
from typing import Any

import aiohttp

from bench.processes import exporter, pantau
from bench.servers import Servers, realistic
from stream.access import Access
from stream.broker.publisher import Publisher
from stream.domain.instant import instant_text

_RATE = 2_000
_SECONDS = 40
_TICK_SECONDS = 0.02
_PROBES_EVERY_SECONDS = 0.25
_SEEN = re.compile(rb'pantau_queue_contacts_offered_total\{[^}]*queue="probe"[^}]*\} (\d+)')


def measure(at: Servers) -> dict[str, Any]:
    """Milliseconds from the call that produced a probe event to the scrape that showed it."""
    serving, url = exporter(at)
    with pantau(at, "worker", "worker"), serving:
        waits = sorted(asyncio.run(_run(at.kafka, url)))
    return {
        "events_per_second": _RATE,
        "probes": len(waits),
        "p50_ms": round(waits[len(waits) // 2] * 1000),
        "p99_ms": round(waits[len(waits) * 99 // 100] * 1000),
        "longest_ms": round(waits[-1] * 1000),
    }


async def _run(kafka: str, url: str) -> list[float]:
    produced: list[float] = []
    shown: list[float] = []
    watching = asyncio.create_task(_watch(url, shown))
    await _produce(kafka, produced)
    async with asyncio.timeout(30):
        while len(shown) < len(produced):  # noqa: ASYNC110 - another task counts
            await asyncio.sleep(0.1)
    watching.cancel()
    warm = int(10 / _PROBES_EVERY_SECONDS)  # the group forms during the first seconds
    return [seen - sent for sent, seen in zip(produced, shown, strict=True)][warm:]


async def _produce(kafka: str, produced: list[float]) -> None:
    events = realistic(_RATE * _SECONDS)
    async with Publisher(Access(kafka)) as publisher:
        started, sent, probe_at = time.perf_counter(), 0, 0.0
        while sent < len(events):
            elapsed = time.perf_counter() - started
            due = min(len(events), int(elapsed * _RATE))
            for event in events[sent:due]:
                await publisher.send(event.topic, event.key, event.value)
            sent = due
            if elapsed >= probe_at:
                probe_at += _PROBES_EVERY_SECONDS
                produced.append(time.perf_counter())
                await publisher.send("pantau.contacts", f"probe-{len(produced)}", _probe(len(produced)))
            await publisher.flush()
            await asyncio.sleep(_TICK_SECONDS)


def _probe(number: int) -> bytes:
    now = instant_text(time.time_ns() // 1_000_000)
    return (
        f'{{"specversion":"1.0","id":"probe-{number}","source":"/bench","type":"visit.queued","time":"{now}",'
        f'"subject":"probe-{number}","data":{{"queue":"probe","channel":"voice"}}}}'
    ).encode()


async def _watch(url: str, shown: list[float]) -> None:
    async with aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{url}/metrics") as answer:
                found = _SEEN.search(await answer.read())
            now = time.perf_counter()
            shown.extend([now] * (int(found[1]) - len(shown) if found else 0))
            await asyncio.sleep(_TICK_SECONDS)
