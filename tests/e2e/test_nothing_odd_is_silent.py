"""Odd records on real servers: told in the log, on the board and by commands, and not forgotten."""

import json
import time
from typing import Any

from support.pantau import Exporter, Pantau, together
from support.processes import wait_until
from support.records import send, wait_until_read

from stream.broker.topics import CONTACTS

_PHONE = "+49 30 4711 0815"


def event(number: int, **more: object) -> bytes:
    document: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(number),
        "source": "/pbx",
        "type": "visit.queued",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "subject": "c1",
        "data": {"queue": "billing"},
    }
    return json.dumps(document | more).encode()


#: All under one key, so in one partition.
_ODD = [
    *[event(n, data={}) for n in range(20)],
    *[b"{", event(30, subject=_PHONE), event(31, type="visit.teleported"), event(32, subject="c2")],
]


def test_nothing_odd_is_silent_and_nothing_is_forgotten_with_the_worker(embedded: Pantau) -> None:
    records = [(CONTACTS, b"c1", value) for value in [event(0), *_ODD]]
    exporter = embedded.exporter()
    with together(exporter):
        with embedded.worker() as worker:
            places = send(embedded.kafka, records)
            wait_until_read(embedded.redis_url, len(records))
            assert wait_until(lambda: "type_unknown" in worker.log(), seconds=10)
            log = worker.log()
        assert_told_in_log(log, "{}:{}".format(*places[0][:2]))
        assert wait_until(lambda: last_hour(exporter)["refused"] == 22, seconds=10), last_hour(exporter)
        with embedded.worker("other"):
            send(embedded.kafka, [(CONTACTS, b"c1", b"{")])
            wait_until_read(embedded.redis_url, len(records) + 1)
        assert wait_until(lambda: last_hour(exporter)["refused"] == 23, seconds=10), last_hour(exporter)
        assert_told_on_board(exporter)
    checked = json.loads(embedded.run("check", "--json").stdout)["records"]
    assert checked.startswith("warning: 23 records refused in the last hour (20 schema of /pbx, latest ")
    assert "1 records of the last hour have another key than their subject (1 /pbx, latest " in checked
    assert "unknown types (1 visit.teleported, latest " in checked
    listed = json.loads(embedded.run("dead-letters", "list", "--json").stdout)
    assert [(row["reason"], row["records"], len(row["places"])) for row in listed] == [
        *[("json", 2, 2), ("personal", 1, 1), ("schema", 20, 10)],
    ]


def assert_told_in_log(log: str, partition: str) -> None:
    """A line for each reason, not for each record, with a place; and nothing of a customer."""
    lines = [line for line in log.splitlines() if "record_" in line or "type_unknown" in line]
    assert 5 <= len(lines) <= 8, log  # a batch may end anywhere; a minute later there would be more
    assert all(f" at={partition}:" in line for line in lines)
    for told in ("reason=schema source=/pbx", "reason=json", "reason=personal", "types=visit.teleported"):
        assert any(told in line for line in lines), told
    assert _PHONE not in log


def assert_told_on_board(exporter: Exporter) -> None:
    hour = last_hour(exporter)
    assert (hour["misplaced"], hour["unknown"]) == (1, 1)
    assert hour["sorts"][0]["kind"] == "schema"
    refused = {
        dict(labels)["reason"]: value
        for (name, labels), value in exporter.metrics().items()
        if name == "pantau_records_refused"
    }
    assert refused == {"schema": 20, "json": 2, "personal": 1}


def last_hour(exporter: Exporter) -> Any:
    return exporter.board()["last_hour"]
