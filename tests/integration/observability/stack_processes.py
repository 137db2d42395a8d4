"""Starts Debian's Prometheus and Alertmanager on loopback, for as long as a test needs them."""

import contextlib
import http.server
import json
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PATIENCE_S = 30
TEXT = "text/plain; version=0.0.4; charset=utf-8"


def needed(name: str) -> str:
    """Find a program by name; without it skip loudly, or fail where it is required."""
    found = shutil.which(name)
    if found is None and os.environ.get("PANTAU_REQUIRE_PROMETHEUS") == "1":
        pytest.fail(f"{name} is missing, and PANTAU_REQUIRE_PROMETHEUS=1 asks for it")
    if found is None:
        pytest.skip(
            f"NOT CHECKED: {name} is missing; install Debian's prometheus and prometheus-alertmanager"
        )
    return found


def run(name: str, *arguments: str, given: bytes | None = None) -> str:
    """Run a checker to its end; what it prints is the message of a failure."""
    done = subprocess.run(
        [needed(name), *arguments],
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=240,
    )
    output = done.stdout.decode()
    assert done.returncode == 0, output
    return output


def free_port() -> int:
    """Take a port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(truth: Callable[[], bool], what: str) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            if truth():
                return
        time.sleep(0.1)
    pytest.fail(f"after {PATIENCE_S} s still not: {what}")


def asked(url: str, **query: str) -> Any:
    """Ask an HTTP API for JSON."""
    full = f"{url}?{urllib.parse.urlencode(query)}" if query else url
    try:
        with urllib.request.urlopen(full, timeout=10) as answer:  # noqa: S310 - loopback
            return json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            pytest.fail(f"{full}: {refused.read().decode()}")


def told(url: str, body: Any) -> None:
    """Post JSON to an HTTP API."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - loopback
        pass


def is_ready(url: str) -> bool:
    """Whether a server says that it is ready."""
    try:
        with urllib.request.urlopen(f"{url}/-/ready", timeout=5) as answer:  # noqa: S310 - loopback
            return answer.status == http.HTTPStatus.OK
    except urllib.error.HTTPError as not_yet:
        not_yet.close()
        return False


@contextlib.contextmanager
def serving(command: list[str], url: str, log: Path) -> Iterator[str]:
    """Run a server until the test is done with it; its log is the message when it does not start."""
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            until(lambda: process.poll() is not None or is_ready(url), f"{command[0]} ready")
            assert process.poll() is None, log.read_text()
            yield url
        finally:
            process.terminate()


@contextlib.contextmanager
def scraped(render: Callable[[], bytes]) -> Iterator[str]:
    """Serve a text on a port of its own; yields host and port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = render()
            self.send_response(http.HTTPStatus.OK)
            self.send_header("Content-Type", TEXT)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
