"""The exporter over HTTP: formats that agree, a board of its published shape, a stream, and good manners."""

import gzip
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as text_families
from support.installation import emptied
from support.load import last_hours
from support.pantau import REPOSITORY, Exporter, Samples, Worker, get, messages, samples, together
from support.processes import wait_until
from support.records import publish, wait_until_read
from support.truth import decoded, flat, unlike

from stream.broker.topics import CONTACTS
from stream.dev.simulator import SimulatedEvent
from stream.web import server

_OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_PATHS = ("/", "/wallboard.js", "/wallboard.css", "/metrics", "/api/v1/board", "/healthz", "/readyz")
_STATIC = Path(server.__file__).parent / "static"
#: Browsers run a module only as JavaScript, whichever of its two names it has.
_TYPES = {
    "": {"text/html"},
    ".html": {"text/html"},
    ".css": {"text/css"},
    ".js": {"text/javascript", "application/javascript"},
    ".svg": {"image/svg+xml"},
}
#: What the exporter tells of itself, and what moves with the clock alone.
_OWN = re.compile(r"^(process_|pantau_exporter_collect_duration)|_created$")
_MOVING = re.compile(
    r"^/(now|now_ms|age_seconds)$|(wait|talk|unanswered)_seconds$|/(state_seconds|not_ready)/|/(from_ms|to_ms)$"
)


@dataclass(frozen=True)
class Running:
    """One exporter that saw everything arrive and one that was started afterwards, over the same store."""

    early: Exporter
    late: Exporter
    worker: Worker
    events: list[SimulatedEvent]


@pytest.fixture(scope="module")
def running(
    broker_address: str, valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    pantau = emptied(broker_address, valkey_url, tmp_path_factory.mktemp("exporter"))
    events = [event for event in last_hours(5, 0.5, seed=4) if event.topic == CONTACTS]
    early, late, worker = pantau.exporter("early"), pantau.exporter("late"), pantau.worker()
    with together(early, worker):
        publish(pantau.kafka, events)
        wait_until_read(pantau.redis_url, len(events))
        assert wait_until(lambda: early.board()["all"]["totals"]["offered"] > 0)
        with late:
            yield Running(early, late, worker, events)


@pytest.fixture(scope="module")
def shape() -> Draft202012Validator:
    schema = json.loads((REPOSITORY / "docs" / "board.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def text_samples(exporter: Exporter, **headers: str) -> Samples:
    answer = get(f"{exporter.url}/metrics", **headers)
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return business(samples(text_families(answer.text)))


def openmetrics_samples(exporter: Exporter) -> Samples:
    answer = get(f"{exporter.url}/metrics", Accept=_OPENMETRICS)
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=")
    assert answer.text.endswith("\n# EOF\n")
    return business(samples(openmetrics_families(answer.text)))


def business(found: Samples) -> Samples:
    return {key: value for key, value in found.items() if not _OWN.search(key[0])}


def test_both_formats_parse_and_agree(running: Running) -> None:
    assert len(text_samples(running.early)) > 100
    assert wait_until(lambda: text_samples(running.early) == openmetrics_samples(running.early), seconds=5)


def test_two_exporters_give_the_same_metrics(running: Running) -> None:
    assert wait_until(lambda: text_samples(running.early) == text_samples(running.late), seconds=5)


def test_two_exporters_give_the_same_board(running: Running) -> None:
    assert wait_until(lambda: still(running.early) == still(running.late), seconds=5)


def still(exporter: Exporter) -> dict[str, Any]:
    """What a board shows that does not move with the clock alone."""
    return {path: value for path, value in flat(exporter.board()).items() if not _MOVING.search(path)}


@pytest.mark.parametrize("which", ["early", "late"])
def test_the_board_is_a_recomputation_from_the_events(running: Running, which: str) -> None:
    assert unlike(getattr(running, which).board(), decoded(running.events)) == {}


def test_the_board_has_its_published_shape(running: Running, shape: Draft202012Validator) -> None:
    board = running.early.board()
    assert [error.message for error in shape.iter_errors(board)] == []
    assert len(board["queues"]) == 5


def test_the_stream_gives_the_board_every_second(running: Running, shape: Draft202012Validator) -> None:
    boards = list(messages(f"{running.early.url}/api/v1/stream", count=4))
    steps = [after["now_ms"] - before["now_ms"] for before, after in pairwise(boards)]
    assert all(800 <= step <= 2_500 for step in steps), steps
    assert sum(steps) <= 5_000
    assert [error.message for board in boards for error in shape.iter_errors(board)] == []


def test_a_stream_may_be_of_some_queues(running: Running) -> None:
    (board,) = messages(f"{running.early.url}/api/v1/stream?queue=queue-0001,queue-0003", count=1)
    assert [queue["queue"] for queue in board["queues"]] == ["queue-0001", "queue-0003"]
    assert board["all"]["totals"]["offered"] == running.early.board()["all"]["totals"]["offered"]


@pytest.mark.parametrize("path", _PATHS)
def test_every_answer_has_the_security_headers(running: Running, path: str) -> None:
    answer = get(f"{running.early.url}{path}")
    assert answer.status == 200
    assert_secure(answer.headers)


@pytest.mark.parametrize("path", ["/nothing-here", "/wallboard.html/more", "/api/v1/nothing"])
def test_a_refusal_has_the_security_headers(running: Running, path: str) -> None:
    answer = get(f"{running.early.url}{path}")
    assert answer.status == 404
    assert_secure(answer.headers)


def assert_secure(headers: Any) -> None:
    policy = headers["Content-Security-Policy"]
    assert policy is not None
    assert {"default-src 'self'", "base-uri 'none'"} <= set(policy.split("; "))
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_the_stream_has_the_security_headers_and_is_not_kept(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.early.port), timeout=10) as connection:
        connection.sendall(b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
    told = head.partition(b"\r\n\r\n")[0].decode().lower()
    for header in ("content-security-policy: ", "nosniff", "cache-control: no-store", "text/event-stream"):
        assert header in told


@pytest.mark.parametrize("which", ["early", "worker"])
def test_nothing_listens_beyond_the_loopback_address(running: Running, which: str) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", getattr(running, which).port), timeout=2).close()


@pytest.mark.parametrize("path", ["/", *(f"/{file.name}" for file in sorted(_STATIC.iterdir()))])
def test_files_are_served_as_what_they_are_and_known_again(running: Running, path: str) -> None:
    answer = get(f"{running.early.url}{path}")
    assert (answer.status, len(answer.body) > 100) == (200, True)
    assert answer.headers.get_content_type() in _TYPES[Path(path).suffix]
    again = get(f"{running.early.url}{path}", If_None_Match=answer.headers["ETag"])
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/../server.py", "/%2e%2e/server.py", "/..%2fserver.py", "//etc/passwd", "/%00", "/static/"]
)
def test_no_other_file_is_served(running: Running, path: str) -> None:
    with socket.create_connection(("127.0.0.1", running.early.port), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        status = connection.makefile("rb").readline().split()[1]
    assert status in {b"400", b"403", b"404"}


@pytest.mark.parametrize("path", ["/metrics", "/api/v1/board", "/"])
def test_nothing_can_be_written(running: Running, path: str) -> None:
    with socket.create_connection(("127.0.0.1", running.early.port), timeout=10) as connection:
        connection.sendall(f"POST {path} HTTP/1.0\r\nContent-Length: 0\r\n\r\n".encode())
        assert connection.makefile("rb").readline().split()[1] == b"405"


def test_agents_are_not_ranked_unasked(running: Running) -> None:
    answer = get(f"{running.early.url}/api/v1/agents")
    assert (answer.status, "set ranking = true" in answer.text) == (404, True)


def test_a_compressed_scrape_says_the_same(running: Running) -> None:
    answer = get(f"{running.early.url}/metrics", Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    packed = business(samples(text_families(gzip.decompress(answer.body).decode())))
    assert packed.keys() == text_samples(running.early).keys()
