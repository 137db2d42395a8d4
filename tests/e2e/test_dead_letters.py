"""Dead letters on real servers: counted, looked into, sent again; a flood of refusals halts its partition."""

import json
import time
from typing import Any

import pytest
from aiokafka.partitioner import DefaultPartitioner
from support.load import last_hours
from support.pantau import Exporter, Pantau, Worker, get, together
from support.processes import wait_until
from support.records import (
    PARTITIONS,
    letters,
    positions,
    publish,
    send,
    wait_until_read,
)
from support.truth import await_totals, decoded, reported
from typer.testing import CliRunner, Result

from stream.broker.topics import CONTACTS
from stream.cli import app
from stream.dev.simulator import SimulatedEvent

MARK = "Secret-4711"
_LONG = "[retention]\ncontact_days = 60\n"


def event(number: int, *, days_ago: float = 0.0) -> bytes:
    document = {
        "specversion": "1.0",
        "id": str(number),
        "source": "/e2e",
        "type": "visit.queued",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days_ago * 86_400)),
        "subject": f"{MARK}-{number}",
        "data": {"queue": "orders"},
    }
    return json.dumps(document).encode()


def keyed(values: list[bytes]) -> list[tuple[str, bytes | None, bytes | None]]:
    """All under one key, so in one partition."""
    return [(CONTACTS, b"one", value) for value in values]


def dead_letters(pantau: Pantau, *arguments: str, **settings: object) -> Result:
    """Run a command on dead letters in this process, which spares its start."""
    return CliRunner().invoke(app, ["dead-letters", *arguments], env=pantau.environment(**settings))


@pytest.mark.parametrize("kafka_protocol_address", ["apache"], indirect=True)
def test_letters_are_counted_looked_into_and_their_records_sent_again(pantau: Pantau) -> None:
    old, bad = [event(n, days_ago=30) for n in range(1, 4)], [b"{" + MARK.encode()] * 2
    with pantau.worker():
        places = send(pantau.kafka, keyed([event(0), *old, *bad]))
        wait_until_read(pantau.redis_url, 6)
    assert sorted(letter["offset"] for letter in letters(pantau.kafka, count=5)) == [1, 2, 3, 4, 5]
    assert_listed(pantau)
    assert_shown(pantau, "{}:{}:{}".format(*places[1]))
    assert "still refused 5 (2 json, 3 late)" in dead_letters(pantau, "redrive").stdout
    longer = pantau.folder / "longer.toml"
    longer.write_text(_LONG)
    told = dead_letters(pantau, "redrive", "--dry-run", config=longer).stdout
    assert told == "would redrive 3; still refused 2 (2 json); no longer kept 0\n"
    worker, exporter = pantau.worker(config=longer), pantau.exporter(config=longer)
    with together(worker, exporter):
        for sent in (3, 6):
            told = dead_letters(pantau, "redrive", "--reason", "late", config=longer).stdout
            assert told == "redriven 3; still refused 0; no longer kept 0\n"
            wait_until_read(pantau.redis_url, 6 + sent)
            assert wait_until(lambda: offered(exporter) == 4, seconds=10), offered(exporter)


def assert_listed(pantau: Pantau) -> None:
    listed = json.loads(dead_letters(pantau, "list", "--json").stdout)
    assert [(row["topic"], row["reason"], row["records"]) for row in listed] == [
        (CONTACTS, "json", 2),
        (CONTACTS, "late", 3),
    ]
    assert listed[0]["first_seen"] <= listed[0]["last_seen"]
    assert [len(row["places"]) for row in listed] == [2, 3]
    assert "JSON" in listed[0]["detail"]
    table = dead_letters(pantau, "list", "--reason", "late").stdout
    assert ("late" in table, "json" in table) == (True, False)
    assert "[retention]" in table
    since = dead_letters(pantau, "list", "--since", "2099-01-01T00:00:00Z").stdout
    assert since == "no dead letters\n"


def assert_shown(pantau: Pantau, place: str) -> None:
    """The shape by default, and the content when asked."""
    shown = dead_letters(pantau, "show", place)
    assert "visit.queued" in shown.output, shown
    assert MARK not in shown.output
    with_content = dead_letters(pantau, "show", place, "--content")
    assert MARK in with_content.output
    assert "personal data" in with_content.output
    assert dead_letters(pantau, "show", f"{CONTACTS}:0:999999").exit_code == 1


def offered(exporter: Exporter) -> float | None:
    wanted = {("queue", "orders"), ("media", "voice")}
    name = "pantau_queue_contacts_offered_total"
    return next((v for (n, labels), v in exporter.metrics().items() if n == name and wanted <= labels), None)


@pytest.mark.parametrize("kafka_protocol_address", ["apache"], indirect=True)
def test_a_flood_of_refusals_halts_its_partition_only_and_loses_nothing(pantau: Pantau) -> None:
    good = last_hours(3, 0.1, seed=2)
    with pantau.worker() as worker:
        places = send(pantau.kafka, keyed([b"{"] * 1_200))
        place = (CONTACTS, places[0].partition)
        assert wait_until(lambda: "partition_halted partition=" in worker.log(), seconds=20), worker.log()
        publish(pantau.kafka, good)
        elsewhere = sum(place_of(each) != place for each in good)
        assert wait_until(lambda: read_elsewhere(pantau, place) == elsewhere, seconds=20)
        assert wait_until(lambda: worker.log().count("partition_halted partition=") > 1, seconds=20)
        assert positions(pantau.redis_url).get(place, 0) < 500
        assert halted(worker) == {(*map(str, place), "json")}
        assert get(f"{worker.url}/healthz").status == 200
    assert len(letters(pantau.kafka, count=500, seconds=1)) < 500
    patient, exporter = pantau.worker(reject_limit_ratio=1), pantau.exporter()
    with together(patient, exporter):
        wait_until_read(pantau.redis_url, 1_200 + len(good))
        assert halted(patient) == set()
        await_totals(exporter, reported(decoded(good)))


def place_of(each: SimulatedEvent) -> tuple[str, int]:
    everywhere = list(range(PARTITIONS))
    return each.topic, DefaultPartitioner()(each.key.encode(), everywhere, everywhere)


def read_elsewhere(pantau: Pantau, place: tuple[str, int]) -> int:
    return sum(at for where, at in positions(pantau.redis_url).items() if where != place)


def halted(worker: Worker) -> set[Any]:
    """The (topic, partition, reason) of what a worker says is halted."""
    return {
        tuple(dict(labels)[name] for name in ("topic", "partition", "reason"))
        for (name, labels), value in worker.metrics().items()
        if name == "pantau_partition_halted" and value
    }
