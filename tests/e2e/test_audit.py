"""`pantau audit`: nothing differs on a real log and on disturbed live traffic; what is wrong is named."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
import redis
from support.faults import delay, duplicate, shuffle_within_key
from support.installation import emptied
from support.pantau import Exporter, Pantau, Served, together
from support.processes import wait_until
from support.records import positions, publish, send, wait_until_read
from support.truth import ALL, COUNTED

from stream.access import Access
from stream.audit import topic
from stream.audit.recomputation import Audit, FigureKey
from stream.audit.round import FigureFilter
from stream.cli import audit as command
from stream.connectors.anonymous_bank.decode import AnonymousBankDecoder
from stream.dev.ports import free_port
from stream.dev.simulator import CONTACTS, SimulatedEvent, scaled, simulate
from stream.errors import BrokerUnavailable
from stream.replay.source import Source
from stream.settings import Settings

_SPAN_MS = 1_800_000
#: Fewer than a partition of the events below tells; a queue that is written down is let in besides.
_LIMITS = '[limits]\nqueues = 4\nagents = 3\nopen_contacts = 3\n[[queues]]\nname = "never-seen"\n'
TOTALS = ("offered", "answered", "abandoned")


def test_a_real_call_log_differs_nowhere_and_is_what_was_counted(call_log: Path, tmp_path: Path) -> None:
    source = Source(call_log, AnonymousBankDecoder())
    with Audit(tmp_path / "database") as audit:
        outcome = asyncio.run(command._of_file(audit, Settings(), source, FigureFilter()))
        figures = dict(audit.figures())
    assert outcome.differences == []
    assert outcome.comparison.equal > 2_000
    found = {
        queue: tuple(figures[FigureKey("queue", queue, "voice", "totals", name)] for name in TOTALS)
        for queue in COUNTED
        if queue != "all"
    }
    assert {**found, "all": tuple(figures[of_all(name)] for name in TOTALS)} == COUNTED
    for name in ("answered_in_target", "short_abandoned", "asa_seconds", "aht_seconds"):
        assert figures[of_all(name)] == ALL[name]
    rules = {rule: figures[of_all(f"service_level.{rule}")] for rule in ALL["service_level"]}
    assert rules == ALL["service_level"]


def of_all(name: str) -> FigureKey:
    return FigureKey("all", "", "", "totals", name)


@dataclass(frozen=True)
class Running:
    """A centre whose disturbed events have been folded, but what its limits refused."""

    pantau: Pantau
    exporter: Exporter
    limits: Path
    refused: int


@pytest.fixture(scope="module")
def running(
    broker_address: str, valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    pantau = emptied(broker_address, valkey_url, tmp_path_factory.mktemp("audit"))
    limits = pantau.folder / "limits.toml"
    limits.write_text(_LIMITS)
    exporter, worker = pantau.exporter(config=limits), pantau.worker(config=limits)
    events = disturbed(time.time_ns() // 1_000_000)
    with together(exporter, worker):
        publish(pantau.kafka, events)
        wait_until_read(pantau.redis_url, len(events))
        refused = settled(lambda: int(worker.total("pantau_events_rejected_total")["too_many",]))
        worker.terminate()
        at = {f"{topic}:{number}": next_ for (topic, number), next_ in positions(pantau.redis_url).items()}
        assert wait_until(lambda: shown_positions(exporter) == at, seconds=5)
        yield Running(pantau, exporter, limits, refused)


def settled(read: Callable[[], int]) -> int:
    """What is read twice alike: a worker counts a batch once it is stored."""
    before, now = -1, read()
    while before != now:
        time.sleep(0.5)
        before, now = now, read()
    return now


def shown_positions(exporter: Exporter) -> dict[str, int]:
    return {name: at for name, at in exporter.board()["positions"].items() if at}


def disturbed(now_ms: int) -> list[SimulatedEvent]:
    """Half an hour with remarks about events, repeats, records that are none, any order within a contact."""
    plain = simulate(scaled(6, 0.5), seed=8, start_ms=now_ms - _SPAN_MS, until_ms=now_ms - 1_000)
    chance = Random(8)
    events = [told for event in plain for told in (event, *remarks(event, chance, now_ms))]
    events.append(SimulatedEvent(CONTACTS, "junk", now_ms, b'{"id": 5'))
    late = delay(duplicate(events, share=0.05, seed=8), share=0.03, by=2_000, seed=8)
    return list(shuffle_within_key(late, key=lambda event: event.key, seed=8))


def remarks(event: SimulatedEvent, chance: Random, now_ms: int) -> Iterator[SimulatedEvent]:
    """Now and then a correction (five seconds earlier, or another outcome), or a retraction."""
    said = json.loads(event.value)
    draw = chance.random()
    if event.topic != CONTACTS or draw > 0.06:
        return
    other = {"id": said["id"], "type": said["type"]}
    if draw > 0.02:
        back = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(event.at_ms / 1000 - 5))
        other |= {"time": f"{back}.250Z", "data": said["data"]}
        if said["type"] == "visit.answered" and draw > 0.04:
            visit = {"visit": said["data"]["visit"]} if "visit" in said["data"] else {}
            other |= {"type": "visit.abandoned", "data": visit}
    remark = {
        **said,
        "id": f"r-{said['id']}",
        "type": "event.corrected" if draw > 0.02 else "event.retracted",
        "data": other,
    }
    yield SimulatedEvent(event.topic, event.key, now_ms, json.dumps(remark).encode())


def asked(running: Running, *arguments: str, code: int = 0) -> dict[str, Any]:
    done = running.pantau.run("audit", *arguments, "--json", seconds=120, config=running.limits)
    assert done.returncode == code, (done.stdout[-3_000:], done.stderr)
    return dict(json.loads(done.stdout))


def test_the_board_in_redis_equals_the_log_without_what_was_refused(running: Running) -> None:
    done = running.pantau.run("audit", seconds=120, config=running.limits)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    wrong, out, bounded, untold, equal = done.stdout.splitlines()
    assert re.fullmatch(r"refused by workers and audit: \d+ json", wrong)
    total, kinds = re.fullmatch(r"([\d,]+) records left out because of \[limits\]: (.*)", out).groups()
    assert int(total.replace(",", "")) == running.refused
    assert re.sub(r"\d[\d,]* ", "", kinds) == "agents, open_contacts by dead letters, queues"
    assert bounded.startswith("only an upper bound is known: late_corrections (")
    assert untold == "not audited: nothing"
    assert re.match(
        r"[\d,]+ figures of \d+ queues and 10 windows equal, \d+ within their bounds, from ", equal
    )


def test_a_cell_changed_by_hand_is_found(running: Running) -> None:
    with redis.Redis.from_url(running.pantau.redis_url, decode_responses=True) as client:
        key, cell = total_of_a_queue(client)
        before = client.hget(key, cell)
        tally = json.loads(before)
        client.hset(key, cell, json.dumps({**tally, "offered": tally["offered"] + 1}))
        try:
            found = asked(running, code=1)
        finally:
            client.hset(key, cell, before)
    queue = cell.split("\t")[3]
    own = {
        d["name"]: d
        for d in found["differences"]
        if (d["scope"], d["queue"]) == ("queue", queue) and d["window"] in {"now", "totals"}
    }
    assert own["offered"]["board"] == own["offered"]["log"] + 1
    assert own["offered"]["contacts"]
    assert own["reconciliation_difference"]["board"] == 1
    assert {d["scope"] for d in found["differences"]} == {"queue", "all", "contacts"}


def total_of_a_queue(client: "redis.Redis") -> tuple[str, str]:
    for key in client.keys("pantau:{pantau.contacts:*}:v*:total"):
        for cell, tally in client.hgetall(key).items():
            if "\tc\t" in cell and "offered" in json.loads(tally):
                return key, cell
    raise AssertionError("no queue has a total")


def test_a_record_that_was_passed_over_is_found_and_its_contact_named(running: Running) -> None:
    pantau = running.pantau
    at = {"specversion": "1.0", "source": "/by-hand", "subject": "lost-1", "id": "lost-event"}
    at["time"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    value = {**at, "type": "visit.queued", "data": {"queue": "never-seen"}}
    (placed,) = send(pantau.kafka, [(CONTACTS, b"lost-1", json.dumps(value).encode())])
    with redis.Redis.from_url(pantau.redis_url) as client:
        meta = f"pantau:{{{CONTACTS}:{placed.partition}}}:meta"
        client.hset(meta, "next", placed.offset + 1)
        try:
            found = asked(running, "--queue", "never-seen", code=1)
        finally:
            client.hset(meta, "next", placed.offset)
    assert {d["queue"] for d in found["differences"]} == {"never-seen"}
    offered = next(d for d in found["differences"] if (d["window"], d["name"]) == ("totals", "offered"))
    assert (offered["log"], offered["board"], offered["contacts"]) == (1, 0, ["lost-1"])
    assert found["suspects"] == [
        {"contact": "lost-1", "queues": "never-seen", "why": "the board lacks event lost-event"}
    ]


def test_a_board_that_has_read_further_than_the_log_reaches_is_told(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic, "_MOST_SILENT", 1)
    at = positions(running.pantau.redis_url)[CONTACTS, 0]
    log, beyond = topic.Topic(Access(running.pantau.kafka)), {(CONTACTS, 0): at + 1_000}
    fix = "set PANTAU_KAFKA to the Kafka that its workers read"
    with pytest.raises(BrokerUnavailable, match=fix):
        asyncio.run(log.read(beyond, lambda *_: None, lambda _: None))


def test_a_watch_of_an_exporter_tells_in_its_metrics_that_nothing_differs(running: Running) -> None:
    pantau, port = running.pantau, free_port()
    at = ("--host", "localhost", "--port", str(port))
    watch = Served(
        port,
        [*("audit", "--exporter", running.exporter.url, "--watch", "--every", "1"), *at],
        name="watch",
        folder=pantau.folder,
        environment=pantau.environment(config=running.limits),
    )
    with together(pantau.worker("watched", config=running.limits), watch):
        assert wait_until(lambda: "pantau_audit_records" in of_audit(watch), seconds=40), watch.log()
        first = of_audit(watch)
        later = first["pantau_audit_last_success_timestamp_seconds"]
        assert wait_until(
            lambda: of_audit(watch)["pantau_audit_last_success_timestamp_seconds"] > later, seconds=60
        ), watch.log()
        found = of_audit(watch)
    assert found["pantau_audit_differences"] == 0
    assert found["pantau_audit_figures"] > 2_000
    assert found["pantau_audit_records"] >= first["pantau_audit_records"]  # what is open may be told again


def of_audit(watch: Served) -> dict[str, float]:
    return {name: value for (name, _), value in watch.metrics().items() if name.startswith("pantau_audit_")}
