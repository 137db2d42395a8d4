"""Odd records on real servers: worker and audit read them alike, and nothing that was refused is printed."""

import asyncio
import json
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from support.pantau import Exporter, Pantau, Worker, together
from support.processes import wait_until
from support.records import PARTITIONS, letters, wait_until_read

from stream.broker.topics import CONTACTS

_SEEN = "ana.perez@example.org"
Headers = list[tuple[str, bytes | None]]


class Odd(NamedTuple):
    """A record, and where it is put."""

    key: bytes | None
    value: bytes | None
    headers: Headers
    partition: int | None = None


def at(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + seconds))


def event(
    subject: str, type_: str = "visit.queued", data: Any = None, *, after: float = -60
) -> dict[str, Any]:
    own = {"specversion": "1.0", "id": f"{subject}-{type_}", "source": "/odd", "type": type_}
    return {**own, "time": at(after), "subject": subject, "data": data or {}}


def structured(document: dict[str, Any], *headers: tuple[str, bytes | None]) -> Odd:
    return Odd(str(document["subject"]).encode(), json.dumps(document).encode(), list(headers))


def binary(document: dict[str, Any], *headers: tuple[str, bytes | None]) -> Odd:
    attributes: Headers = [(f"ce_{name}", v.encode()) for name, v in document.items() if name != "data"]
    told = [(name, text) for name, text in attributes if name not in {header for header, _ in headers}]
    return Odd(document["subject"].encode(), json.dumps(document["data"]).encode(), [*told, *headers])


def send(address: str, records: Iterable[Odd]) -> None:
    async def whole() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=address)
        await producer.start()
        try:
            for key, value, headers, partition in records:
                await producer.send_and_wait(CONTACTS, value, key=key, headers=headers, partition=partition)
        finally:
            await producer.stop()

    asyncio.run(whole())


def queue(exporter: Exporter, name: str) -> dict[str, Any]:
    return next((row for row in exporter.board()["queues"] if row["queue"] == name), {})


def waiting(exporter: Exporter, name: str) -> int | None:
    """How many wait in a queue; None while the board does not have it."""
    return queue(exporter, name).get("now", {}).get("waiting")


def counted(exporter: Exporter, name: str) -> tuple[int, ...]:
    """Offered, answered and waiting of a queue; empty while the board does not have it."""
    row = queue(exporter, name)
    return (row["totals"]["offered"], row["totals"]["answered"], row["now"]["waiting"]) if row else ()


def refusals(worker: Worker) -> dict[tuple[str, ...], float]:
    """How many records were refused, by reason; reasons without any are told as 0."""
    told = worker.total("pantau_events_rejected_total")
    return {why: count for why, count in told.items() if count}


def audited(pantau: Pantau) -> dict[str, Any]:
    done = pantau.run("audit", "--json", seconds=120)
    assert done.returncode == 0, done.stdout[-3_000:]
    assert (done.stderr, _SEEN in done.stdout) == ("", False)
    return dict(json.loads(done.stdout))


IN = {"queue": "odd"}
_STRUCTURED = ("content-type", b"application/cloudevents+json; charset=UTF-8")
COUNTED = [
    structured(event("a", data=IN)),
    structured(event("b", data=IN), _STRUCTURED, ("ce_traceparent", b"00-1")),
    structured(event("c", data=IN), ("ce_traceparent", b"00-1"), ("other", None)),
    binary(event("d", data=IN), ("content-type", b"application/json")),
    binary(event("e", data=IN), ("ce_tracestate", None)),
    binary(event("f", data=IN), ("ce_sequence", b"7"), ("ce_sequence2", b"\xff")),
    structured(event("g", data={**IN, "more": 10**4_000, "visit": 1.0})),
]
REFUSED = [
    ("schema", binary(event("h", data=IN), ("ce_subject", None))),
    ("schema", binary(event("i", data=IN), ("ce_id", b"\xff"))),
    ("schema", structured(event("j", data={**IN, "visit": True}))),
    (
        "json",
        structured(event("k", data=IN))._replace(value=json.dumps(event("k", data=IN)).encode()[:-1] + b",}"),
    ),
    (
        "json",
        structured(event("l", data=IN))._replace(
            value=b'{"id":"1",' + json.dumps(event("l", data=IN)).encode()[1:]
        ),
    ),
    ("personal", structured(event("m", "offer.made", {"agent": _SEEN}))),
]


def test_worker_and_audit_take_and_refuse_the_same_records(pantau: Pantau) -> None:
    worker, exporter = pantau.worker(), pantau.exporter()
    with together(worker, exporter):
        send(pantau.kafka, [*COUNTED, *(record for _, record in REFUSED)])
        wait_until_read(pantau.redis_url, len(COUNTED) + len(REFUSED))
        counted = len(COUNTED)
        assert wait_until(lambda: waiting(exporter, "odd") == counted, seconds=10)
        reasons = {reason: sum(why == reason for why, _ in REFUSED) for reason, _ in REFUSED}
        assert refusals(worker) == {(why,): n for why, n in reasons.items()}
        found = audited(pantau)
    assert (found["differences"], found["refused"]) == ([], reasons)
    assert found["records"] == len(COUNTED) + len(REFUSED)


def test_events_without_a_key_are_refused_and_sent_again_under_their_subject(embedded: Pantau) -> None:
    contacts, life = 40, ("visit.queued", "visit.answered", "leg.ended", "contact.ended")
    torn = [
        Odd(
            None,
            json.dumps(event(f"n{n}", type_, data, after=step - 60)).encode(),
            [],
            (n + step) % PARTITIONS,
        )
        for n in range(contacts)
        for step, type_ in enumerate(life)
        for data in [{"queue": "nokey"} if step == 0 else {"agent": "ana"} if step < 3 else {}]
    ]
    worker, exporter = embedded.worker(), embedded.exporter()
    with together(worker, exporter):
        send(embedded.kafka, torn)
        wait_until_read(embedded.redis_url, len(torn))
        assert refusals(worker) == {("unkeyed",): len(torn)}
        assert {letter["reason"] for letter in letters(embedded.kafka, count=len(torn))} == {"unkeyed"}
        assert (queue(exporter, "nokey"), audited(embedded)["refused"]) == ({}, {"unkeyed": len(torn)})
        done = embedded.run("dead-letters", "redrive", "--reason", "unkeyed", seconds=60)
        assert done.stdout == f"redriven {len(torn)}; still refused 0; no longer kept 0\n"
        wait_until_read(embedded.redis_url, 2 * len(torn))
        assert wait_until(lambda: counted(exporter, "nokey") == (contacts, contacts, 0), seconds=10)
        assert audited(embedded)["differences"] == []
