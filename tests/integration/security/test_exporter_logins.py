"""The exporter and the metrics of a worker with TLS, a login and a token, asked by what asks them really."""

import base64
import json
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import redis
from support.authority import Authority
from support.browser import Browser
from support.pantau import Exporter, Pantau, Worker, get, together
from support.processes import wait_until

from stream.dev.ports import LOOPBACK, free_port
from stream.dev.process import ManagedProcess
from stream.dev.programs import installed
from stream.web.listening import PATIENCE_SECONDS

USER, PASSWORD, TOKEN = "board", "B0ard-Canary", "T0ken-Canary"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
BEARER = f"Bearer {TOKEN}"
LOGIN = {"exporter_user": USER, "exporter_password": PASSWORD, "exporter_token": TOKEN}
PATHS = ("/", "/wallboard.js", "/metrics", "/api/v1/board", "/api/v1/agents", "/api/v1/stream", "/nowhere")


@dataclass(frozen=True)
class Asked:
    status: int
    headers: Any
    body: str


@dataclass(frozen=True)
class Running:
    exporter: Exporter
    worker: Worker
    trusting: ssl.SSLContext

    def ask(self, port: int, path: str, authorization: str | None = None) -> Asked:
        headers = {} if authorization is None else {"Authorization": authorization}
        asked = Request(f"https://{LOOPBACK}:{port}{path}", headers=headers)
        try:
            with urlopen(asked, timeout=15, context=self.trusting) as answer:  # noqa: S310 - loopback
                body = answer.readline() if "stream" in path else answer.read()
                return Asked(answer.status, answer.headers, body.decode())
        except HTTPError as refused:
            with refused:
                return Asked(refused.code, refused.headers, refused.read().decode())


@pytest.fixture(scope="module")
def running(
    broker_address: str, valkey_url: str, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    with redis.Redis.from_url(valkey_url) as client:
        client.flushall()  # partitions that another module left there have no owner
    pantau = Pantau(broker_address, valkey_url, tmp_path_factory.mktemp("exporter"))
    assert pantau.run("topics", "--create").returncode == 0
    own = authority.issue("exporter")
    given = {"exporter_tls_cert": own.cert, "exporter_tls_key": own.key, **LOGIN}
    exporter, worker = pantau.exporter(**given), pantau.worker(**given)
    with together(exporter, worker):
        yield Running(exporter, worker, ssl.create_default_context(cafile=authority.file))


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_told_without_a_login(running: Running, path: str) -> None:
    for shown in (None, "", "Basic", "Bearer", f"Bearer {TOKEN}x", "Basic !!", BASIC[:-4], f"Basic {TOKEN}"):
        answer = running.ask(running.exporter.port, path, shown)
        assert answer.status == 401, shown
        assert 'Basic realm="pantau"' in answer.headers["WWW-Authenticate"]
        assert json.loads(answer.body) == {"error": "a login is required"}


@pytest.mark.parametrize("shown", [BASIC, BEARER, BASIC.replace("Basic", "basic"), f"bearer  {TOKEN}"])
def test_login_and_token_open_everything(running: Running, shown: str) -> None:
    for path, status in zip(PATHS, (200, 200, 200, 200, 404, 200, 404), strict=True):
        assert running.ask(running.exporter.port, path, shown).status == status, path
    assert running.ask(running.worker.port, "/metrics", shown).status == 200


def test_the_stream_lives_behind_a_login(running: Running) -> None:
    answer = running.ask(running.exporter.port, "/api/v1/stream", BASIC)
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert "queues" in json.loads(answer.body.removeprefix("data: "))


def test_health_is_open_and_says_its_state_alone(running: Running) -> None:
    assert json.loads(running.ask(running.exporter.port, "/healthz").body) == {"status": "ok"}
    assert wait_until(lambda: running.ask(running.exporter.port, "/readyz").status == 200)
    ready = json.loads(running.ask(running.exporter.port, "/readyz").body)
    assert ready.keys() == {"status", "away", "unreadable"}
    assert (ready["status"], ready["unreadable"]) == ("ready", 0)
    assert json.loads(running.ask(running.worker.port, "/healthz").body) == {"status": "ok"}


def test_every_answer_is_guarded_and_names_no_version(running: Running) -> None:
    for port in (running.exporter.port, running.worker.port):
        for path in ("/metrics", "/nowhere", "/healthz"):
            for shown in (None, BASIC):
                headers = running.ask(port, path, shown).headers
                assert headers["X-Content-Type-Options"] == "nosniff"
                assert headers["Content-Security-Policy"].startswith("default-src 'self'; frame-ancestors")
                assert headers["Server"] == "pantau"


def test_worker_metrics_are_behind_the_same_login(running: Running) -> None:
    answer = running.ask(running.worker.port, "/metrics")
    assert (answer.status, json.loads(answer.body)) == (401, {"error": "a login is required"})
    assert "pantau_build_info" in running.ask(running.worker.port, "/metrics", BEARER).body


def test_who_says_nothing_is_hung_up_on_and_holds_up_nobody(running: Running) -> None:
    ports = (running.exporter.port, running.worker.port)
    with ExitStack() as open_:
        silent = [open_.enter_context(socket.create_connection((LOOPBACK, port))) for port in ports]
        slow = []
        for port in ports:
            raw = open_.enter_context(socket.create_connection((LOOPBACK, port)))
            slow.append(open_.enter_context(running.trusting.wrap_socket(raw, server_hostname=LOOPBACK)))
            slow[-1].sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n")
        for port in ports:
            assert running.ask(port, "/healthz").status == 200
        for client in (*silent, *slow):
            client.settimeout(2 * PATIENCE_SECONDS)
            try:
                while client.recv(4_096):
                    pass
            except (ConnectionError, ssl.SSLError):
                pass  # hung up on, too


def test_large_requests_are_refused(running: Running) -> None:
    answer = running.ask(running.exporter.port, "/" + "x" * 10_000, BASIC)
    assert answer.status in {400, 414}
    assert answer.headers["Server"] == "pantau"
    assert "Traceback" not in running.exporter.log()


def test_prometheus_scrapes_both_with_a_login_over_tls(
    running: Running, authority: Authority, tmp_path: Path
) -> None:
    port = free_port()
    (tmp_path / "password").write_text(PASSWORD)
    job = {
        "scheme": "https",
        "tls_config": {"ca_file": str(authority.file)},
        "basic_auth": {"username": USER, "password_file": str(tmp_path / "password")},
        "static_configs": [
            {"targets": [f"{LOOPBACK}:{one.port}" for one in (running.exporter, running.worker)]}
        ],
    }
    config = {"global": {"scrape_interval": "1s"}, "scrape_configs": [{"job_name": "pantau", **job}]}
    (tmp_path / "prometheus.yml").write_text(json.dumps(config))
    server = ManagedProcess(
        name="prometheus",
        argv=[
            installed("prometheus"),
            f"--config.file={tmp_path / 'prometheus.yml'}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address={LOOPBACK}:{port}",
        ],
        folder=tmp_path,
    )
    with server:
        assert wait_until(lambda: up(port) == ["1", "1"], seconds=20), server.log_path.read_text()


def up(port: int) -> list[str]:
    try:
        found = get(f"http://{LOOPBACK}:{port}/api/v1/query?query=up")
    except OSError:
        return []
    return [each["value"][1] for each in found.json()["data"]["result"]] if found.status == 200 else []


async def test_a_browser_shows_the_wallboard_behind_a_login(
    broker_address: str, valkey_url: str, tmp_path: Path
) -> None:
    exporter = Pantau(broker_address, valkey_url, tmp_path).exporter(
        exporter_user=USER, exporter_password=PASSWORD
    )
    with exporter:
        async with Browser.launch() as browser:
            await browser.open(f"http://{USER}:{PASSWORD}@{LOOPBACK}:{exporter.port}/healthz")
            page = await browser.open(exporter.url.replace("http://", f"http://{USER}:{PASSWORD}@"))
            await page.wait_for("document.querySelector('#state-word')?.innerText !== 'CONNECTING'")
            assert page.errors == []


def test_an_open_port_without_a_login_is_told(embedded_pantau: Pantau) -> None:
    port = free_port()
    process = ManagedProcess(
        name="open",
        argv=[sys.executable, "-m", "stream", "exporter", "--host", "0.0.0.0", "--port", str(port)],  # noqa: S104 - to be told of it
        folder=embedded_pantau.folder,
        env=embedded_pantau.environment(),
    )
    with process:
        assert wait_until(lambda: "open_to_all the exporter on 0.0.0.0" in process.log_path.read_text())


@pytest.fixture
def embedded_pantau(broker_address: str, valkey_url: str, tmp_path: Path) -> Pantau:
    return Pantau(broker_address, valkey_url, tmp_path)
