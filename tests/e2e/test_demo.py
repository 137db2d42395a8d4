"""`pantau demo`: everything runs, shows fresh numbers, and leaves nothing behind, however it ends."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.pantau import Pantau, command, get, samples
from support.processes import is_alive, wait_until

from stream.dev import stack as stacks
from stream.dev.ports import LOOPBACK, free_port, is_listening
from stream.dev.programs import MissingError, installed

_FRESH_SECONDS = 90
_PARTS = ("tansu", "valkey-server", "exporter", "worker", "simulate")


@dataclass(frozen=True)
class Demo:
    """A demo that runs: its process, its port, and the folder that it makes its own folders in."""

    process: subprocess.Popen[str]
    port: int
    temporary: Path

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def children(self) -> dict[str, int]:
        """The ids of its parts by name."""
        ids = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        found: dict[str, int] = {}
        for pid in map(int, ids):
            with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
                words = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").split()
                found |= {part: pid for part in _PARTS if part in {Path(word).name for word in words[:8]}}
        return found

    def is_fresh(self) -> bool:
        """Whether the board has come to life."""
        if not is_listening(self.port):
            return False
        board = get(f"{self.url}/api/v1/board").json()
        states = board["all"]["now"]["agents"]
        return bool(
            board["state"] == "fresh"
            and board["rebuilding"] is None
            and board["all"]["totals"]["answered"]
            and sum(count for state, count in states.items() if state != "logged_out")
        )

    def await_fresh(self) -> None:
        assert wait_until(self.is_fresh, seconds=_FRESH_SECONDS), "the board is not fresh"

    def wallboard(self) -> str:
        """The address that it tells, as soon as it does."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"^wallboard\s+(\S+)", line):
                return found[1]
        raise AssertionError(self.process.communicate())

    def ended(self, children: Mapping[str, int], *, seconds: float = 25) -> tuple[int, str, str]:
        """Its exit code, what it said, and what it complained of; all of it must be gone, its parts too."""
        output, errors = self.process.communicate(timeout=seconds)
        assert not [name for name, pid in children.items() if is_alive(pid)]
        assert list(self.temporary.iterdir()) == []
        assert not is_listening(self.port)
        return self.process.returncode, output, errors


@contextmanager
def started(folder: Path, port: int | None, *arguments: str, config: str | None = None) -> Iterator[Demo]:
    """Start a demo on `port`, or on any; it is killed when the test is over, should it still run."""
    named = {} if config is None else {"PANTAU_CONFIG": config}
    temporary = folder / "temporary"
    temporary.mkdir()
    environment = Pantau("", "", folder).environment()
    environment = {name: value for name, value in environment.items() if not name.startswith("PANTAU_")}
    with subprocess.Popen(
        command("demo", *(() if port is None else ("--port", str(port))), *arguments),
        env=environment | named | {"TMPDIR": str(temporary), "COLUMNS": "120"},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Demo(process, port or 0, temporary)
        finally:
            process.kill()


def test_a_demo_shows_fresh_numbers_and_ends_by_itself(tmp_path: Path) -> None:
    seconds = 60
    begun = time.monotonic()
    with started(tmp_path, free_port(), "--seconds", str(seconds)) as demo:
        demo.await_fresh()
        children = demo.children()
        assert children.keys() == set(_PARTS)
        assert_wallboard(demo)
        assert_metrics_are_good(demo)
        board = get(f"{demo.url}/api/v1/board").json()
        assert targets(board)["mail"] == 900
        assert targets(board)["webchat"] == 30
        assert targets(board)["orders"] == 20
        assert board["all"]["windows"]["60m"]["service_level_ratio"] is not None
        code, output, errors = demo.ended(children, seconds=seconds + 15)
    assert (code, errors) == (0, "")
    assert time.monotonic() - begun >= seconds
    for what, path in (("wallboard", ""), ("metrics", "/metrics"), ("JSON board", "/api/v1/board")):
        assert re.search(rf"^{what}\s+{re.escape(demo.url + path)}\s*$", output, re.MULTILINE), output
    assert re.search(r"^live after \d+\.\d s", output, re.MULTILINE), output


def targets(board: dict[str, Any]) -> dict[str, float]:
    return {row["queue"]: row["target_seconds"] for row in board["queues"]}


def test_a_demo_follows_the_settings_that_its_user_names(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('tenant = "own"\n[channels.voice]\ntarget_seconds = 45\n')
    with started(tmp_path, free_port(), config="own.toml") as demo:
        demo.await_fresh()
        board = get(f"{demo.url}/api/v1/board").json()
        assert board["tenant"] == "own"
        assert targets(board)["orders"] == 45
        assert targets(board)["mail"] == 20


def assert_wallboard(demo: Demo) -> None:
    page = get(demo.url)
    assert (page.status, page.headers.get_content_type()) == (200, "text/html")
    for asset in set(re.findall(r'(?:src|href)="/?([\w.-]+)"', page.text)):
        assert get(f"{demo.url}/{asset}").status == 200, asset


def assert_metrics_are_good(demo: Demo) -> None:
    text = get(f"{demo.url}/metrics").text
    found = samples(text_string_to_metric_families(text))
    assert {name for name, _ in found} >= {"pantau_queue_contacts_offered_total", "pantau_exporter_redis_up"}
    lint(text)


def lint(text: str) -> None:
    try:
        promtool = installed("promtool")
    except MissingError as missing:
        if os.environ.get("PANTAU_REQUIRE_PROMETHEUS") == "1":
            pytest.fail(str(missing))
        pytest.skip(f"NOT TESTED: {missing}")
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("early", [True, False], ids=["while it starts", "while it runs"])
def test_an_interrupted_demo_leaves_nothing(tmp_path: Path, number: signal.Signals, early: bool) -> None:  # noqa: FBT001
    with started(tmp_path, free_port()) as demo:
        if early:
            assert wait_until(lambda: "valkey-server" in demo.children(), seconds=20)
        else:
            demo.await_fresh()
        children = demo.children()
        os.kill(demo.process.pid, number)
        code, output, errors = demo.ended(children)
    assert (code, errors) == (0, "")
    assert "stopped; all data is removed" in output


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with started(tmp_path, free_port()) as first:
        assert wait_until(lambda: is_listening(first.port), seconds=20)
        again = tmp_path / "again"
        again.mkdir()
        done = Pantau("127.0.0.1:1", "redis://127.0.0.1:1/0", again).run("demo", "--port", str(first.port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"pantau: port {first.port} is in use: give another with --port, or stop what listens there"
    ]


def test_two_at_once_have_each_a_wallboard_of_its_own(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
    with ExitStack() as running:
        demos = [running.enter_context(started(folder, None)) for folder in folders]
        assert len({demo.wallboard() for demo in demos}) == 2
        for demo in demos:
            os.kill(demo.process.pid, signal.SIGINT)
        assert [demo.process.communicate(timeout=25)[1] for demo in demos] == ["", ""]


def test_a_port_that_another_takes_first_is_not_told_as_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        taken = other.getsockname()[1]
        looks = iter([False])  # nobody listened yet when it was looked at
        monkeypatch.setattr(stacks, "PREFERRED_PORT", taken)
        monkeypatch.setattr(stacks, "is_listening", lambda port: next(looks, True) and is_listening(port))
        with stacks.stack(port=None, seed=1) as up:
            assert up.url != f"http://{LOOPBACK}:{taken}"
            assert "queues" in up.board()


def test_a_part_that_dies_ends_the_demo_and_is_named(tmp_path: Path) -> None:
    with started(tmp_path, free_port()) as demo:
        demo.await_fresh()
        children = demo.children()
        os.kill(children["worker"], signal.SIGKILL)
        code, _, errors = demo.ended(children)
    assert code == 1
    (line,) = errors.splitlines()
    assert line.startswith("pantau: worker ended with signal SIGKILL")


def test_a_demo_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    with started(tmp_path, free_port()) as demo:
        assert wait_until(lambda: is_listening(demo.port), seconds=20)
        children = demo.children()
        demo.process.kill()
        assert wait_until(lambda: not any(map(is_alive, children.values())))
