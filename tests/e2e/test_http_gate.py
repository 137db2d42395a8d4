"""What every port of ours does with strange names, slow and greedy clients; what stands on all answers."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from support.browser import Browser
from support.pantau import Pantau, Served, get, together
from support.processes import wait_until

from stream.dev.ports import LOOPBACK
from stream.web.binding import BACKLOG
from stream.web.listening import KEPT_ALIVE_SECONDS, MOST_CONNECTIONS, PATIENCE_SECONDS

NAME = "board.example.org"
LONG = b"x" * 5_000
WHICH = ["exporter", "worker"]


@dataclass(frozen=True)
class Said:
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture(scope="module")
def ports(valkey_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Served]]:
    """An exporter, and a worker that waits for Kafka: its port is served all the same."""
    pantau = Pantau("127.0.0.1:1", valkey_url, tmp_path_factory.mktemp("gate"))
    given = {"exporter_hosts": f"{NAME},exporter-1", "exporter_token": "T0ken"}
    exporter, worker = pantau.exporter(**given), pantau.worker(**given)
    with together(exporter, worker):
        yield {"exporter": exporter, "worker": worker}


def said(port: int, sent: bytes, *, seconds: float = 10) -> Said:
    """What a server answers to these bytes, until it hangs up."""
    with socket.create_connection((LOOPBACK, port), timeout=seconds) as connection:
        connection.sendall(sent)
        return answer(connection)


def answer(connection: socket.socket) -> Said:
    reader = connection.makefile("rb")
    status = int(reader.readline().split()[1])
    headers = {}
    while line := reader.readline().strip():
        name, _, value = line.decode().partition(": ")
        headers[name.lower()] = value
    length = headers.get("content-length")
    return Said(status, headers, reader.read() if length is None else reader.read(int(length)))


def request(path: str = "/healthz", host: str | None = "localhost", *more: str, method: str = "GET") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", *([] if host is None else [f"Host: {host}"]), *more]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


TOKEN = "Authorization: Bearer T0ken"  # noqa: S105 - of this test alone
#: What is asked, and the status that it has at both ports.
ASKED = {
    "healthz": (request(), 200),
    "no login": (request("/metrics"), 401),
    "not found": (request("/nowhere", "localhost", TOKEN), 404),
    "not allowed": (request("/metrics", "localhost", TOKEN, method="POST"), 405),
    "another host": (request("/healthz", "evil.example"), 421),
    "another host with a login": (request("/metrics", "evil.example:9464", TOKEN), 421),
    "no host": (request("/healthz", None), 400),
    "two hosts": (request("/healthz", "localhost", "Host: evil.example"), 400),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
    "a long line": (request("/" + "x" * 5_000), 400),
    "a long header": (request("/healthz", "localhost", "X: " + "x" * 5_000), 400),
    "many headers": (request("/healthz", "localhost", *(f"X-{n}: 1" for n in range(100))), 400),
}


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("name", ASKED)
def test_every_answer_is_guarded_whatever_it_is(ports: dict[str, Served], which: str, name: str) -> None:
    asked, status = ASKED[name]
    found = said(ports[which].port, asked)
    assert found.status == status
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["referrer-policy"] == "no-referrer"
    assert found.headers["cache-control"] == "no-store"
    assert found.headers["server"] == "pantau"
    policy = found.headers["content-security-policy"].split("; ")
    assert {"default-src 'self'", "frame-ancestors 'self'", "base-uri 'none'"} <= set(policy)
    if status >= 400:
        assert list(json.loads(found.body)) == ["error"]
        assert found.body.count(b"\n") == 0


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("host", [NAME, f"{NAME}:9464", "exporter-1", "10.1.2.3:9465", "[::1]:9464"])
def test_names_that_are_set_and_addresses_are_answered(
    ports: dict[str, Served], which: str, host: str
) -> None:
    assert said(ports[which].port, request("/metrics", host, TOKEN)).status == 200


@pytest.mark.parametrize("which", WHICH)
def test_a_refused_name_is_told_with_what_to_do(ports: dict[str, Served], which: str) -> None:
    error = json.loads(said(ports[which].port, request("/healthz", "evil.example")).body)["error"]
    for told in ('"evil.example"', "localhost", NAME, "PANTAU_EXPORTER_HOSTS"):
        assert told in error
    assert 'host_refused host="evil.example"' in ports[which].log()


def test_who_asks_nothing_more_is_hung_up_on(ports: dict[str, Served]) -> None:
    """Nor does a second question that drips in keep a connection: a head has its time, each one."""
    began, drips = time.monotonic(), request().replace(b"Connection: close", b"Connection: keep-alive")
    with ExitStack() as open_:
        connections = [
            open_.enter_context(socket.create_connection((LOOPBACK, ports[which].port), timeout=30))
            for which in WHICH
            for _ in range(2)
        ]
        for connection in connections:
            connection.sendall(drips)
            assert answer(connection).status == 200
        for slow in connections[::2]:
            slow.sendall(b"GET /healthz HTTP/1.1\r\n")
        for connection in connections:
            assert hung_up(connection)
            assert KEPT_ALIVE_SECONDS - 2 < time.monotonic() - began < KEPT_ALIVE_SECONDS + 6


@pytest.mark.parametrize("which", WHICH)
def test_a_head_that_drips_is_not_waited_for(ports: dict[str, Served], which: str) -> None:
    began = time.monotonic()
    with socket.create_connection((LOOPBACK, ports[which].port), timeout=1) as slow:
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
        while not hung_up(slow):
            assert time.monotonic() - began < PATIENCE_SECONDS + 6
            try:
                slow.sendall(b"X: 1\r\n")
            except OSError:
                break


def hung_up(connection: socket.socket) -> bool:
    try:
        return connection.recv(4_096) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


@pytest.mark.parametrize("which", WHICH)
def test_connections_are_bounded_and_come_back(ports: dict[str, Served], which: str) -> None:
    port = ports[which].port
    with ExitStack() as open_:
        for _ in range(MOST_CONNECTIONS + BACKLOG):  # as many may be taken at one go
            open_.enter_context(socket.create_connection((LOOPBACK, port), timeout=10))
        more = said(port, request())
        assert (more.status, more.headers["x-content-type-options"]) == (503, "nosniff")
        assert "too many connections" in json.loads(more.body)["error"]
    assert wait_until(lambda: get(f"http://{LOOPBACK}:{port}/healthz").status == 200)


@pytest.mark.parametrize("path", ["/", "/wallboard.js", "/wallboard.css"])
def test_files_are_asked_for_again_before_they_are_used(ports: dict[str, Served], path: str) -> None:
    answered = said(ports["exporter"].port, request(path, "localhost", TOKEN))
    assert (answered.status, answered.headers["cache-control"]) == (200, "no-cache")


async def test_a_browser_that_was_led_here_by_a_foreign_name_is_told_nothing(
    valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Browsers take every name below `localhost` to this machine, as they do a name that was rebound."""
    exporter = Pantau("127.0.0.1:1", valkey_url, tmp_path_factory.mktemp("browser")).exporter()
    with exporter:
        async with Browser.launch() as browser:
            foreign = await browser.open(f"http://evil.localhost:{exporter.port}/api/v1/board")
            text = await foreign.eval("document.body.innerText")
            assert "is not accepted" in text
            assert "queues" not in text
            ours = await browser.open(f"http://localhost:{exporter.port}/")
            await ours.wait_for("document.querySelector('#state-word')?.innerText !== 'CONNECTING'")
            assert ours.errors == []
