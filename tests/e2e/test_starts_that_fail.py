"""What cannot start ends within seconds, with one line and an exit code; none lives on without serving."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from support.installation import emptied
from support.kafka import ApacheKafka
from support.pantau import Pantau, get
from support.processes import wait_until
from support.redis_server import RealRedis

from stream.dev.ports import LOOPBACK, free_port

#: A process starts in two seconds, on a machine that does something else as well.
_SOON_SECONDS = 25
_ELSEWHERE = "203.0.113.7"  # of no machine: RFC 5737
_NOBODY = "nobody.invalid"  # RFC 6761
_NOWHERE = "127.0.0.1:1"


def ended(pantau: Pantau, words: list[str], **settings: object) -> tuple[int, list[str]]:
    """How a command ended, which it did soon, and the lines that are no warnings."""
    began = time.monotonic()
    done = pantau.run(*words, seconds=_SOON_SECONDS, **settings)
    assert time.monotonic() - began < _SOON_SECONDS
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if " WARNING " not in line and " INFO " not in line]
    return done.returncode, lines


#: Commands that listen, as words and settings with a host and a port to fill in.
LISTEN = {
    "exporter": (["exporter", "--host", "{host}", "--port", "{port}"], "--host", "--port"),
    "worker": (["worker"], "PANTAU_WORKER_METRICS_HOST", "PANTAU_WORKER_METRICS_PORT"),
    "audit": (["audit", "--watch", "--host", "{host}", "--port", "{port}"], "--host", "--port"),
}


def listens(pantau: Pantau, name: str, host: str, port: int) -> tuple[int, list[str]]:
    words = [word.format(host=host, port=port) for word in LISTEN[name][0]]
    return ended(pantau, words, worker_metrics_host=host, worker_metrics_port=port)


@pytest.fixture
def on_store(valkey_url: str, tmp_path: Path) -> Pantau:
    """Redis is there, so that all that an exporter does beside is under way; Kafka is not."""
    return Pantau(_NOWHERE, valkey_url, tmp_path)


@pytest.mark.parametrize("name", LISTEN)
def test_a_port_in_use(on_store: Pantau, name: str) -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        code, lines = listens(on_store, name, LOOPBACK, port)
    _, _, option = LISTEN[name]
    assert (code, len(lines)) == (1, 1), lines
    assert f"cannot listen on {LOOPBACK}:{port}: the port is in use; give another with {option}" in lines[0]


@pytest.mark.parametrize("name", LISTEN)
@pytest.mark.parametrize(
    ("host", "told"), [(_ELSEWHERE, "no such address; give {}"), (_NOBODY, "the name is unknown; give {}")]
)
def test_a_host_that_is_not_here(on_store: Pantau, name: str, host: str, told: str) -> None:
    code, lines = listens(on_store, name, host, free_port())
    assert (code, len(lines)) == (1, 1), lines
    assert host in lines[0]
    assert told.format(LISTEN[name][1]) in lines[0]


@pytest.mark.parametrize(
    "words", [["exporter"], ["worker"], ["audit", "--watch"]], ids=lambda words: words[0]
)
@pytest.mark.parametrize("of", ["exporter", "kafka", "redis"])
def test_files_of_tls_that_cannot_be_read(on_store: Pantau, words: list[str], of: str) -> None:
    missing = on_store.folder / "missing.pem"
    given = {f"{of}_tls_{part}": missing for part in ("cert", "key")} | (
        {"redis_url": "rediss://127.0.0.1:1/0"} if of == "redis" else {}
    )
    code, lines = ended(on_store, words, **given)
    assert (code, len(lines)) == (2, 1), lines
    assert str(missing) in lines[0]
    assert "are accepted" in lines[0]


@pytest.fixture
def asking_redis(redis_url: str, tmp_path: Path) -> Iterator[str]:
    """A Redis that asks for a login; `poor` may not do what is needed."""
    assert redis_url, "skipped with its reason where Redis cannot run"
    folder = tmp_path / "redis"
    folder.mkdir()
    with RealRedis(folder=folder, port=free_port()) as server:
        with redis.Redis.from_url(server.url) as client:
            client.execute_command("ACL", "SETUSER", "poor", "on", ">poor", "~pantau:*", "+ping")
            client.execute_command("ACL", "SETUSER", "good", "on", ">good", "~*", "&*", "+@all")
            client.execute_command("ACL", "SETUSER", "default", "off")
        yield server.url


REFUSALS = {"good:wrong": "Redis refused the login: ", "poor:poor": "Redis refused a command: "}


@pytest.mark.parametrize("words", ["exporter --port 0", "worker", "audit --watch --port 0"])
@pytest.mark.parametrize("login", REFUSALS)
def test_a_redis_that_will_not_have_us(
    asking_redis: str, broker_address: str, tmp_path: Path, words: str, login: str
) -> None:
    user, _, password = login.partition(":")
    pantau = Pantau(broker_address, asking_redis, tmp_path)
    given = {"redis_user": user, "redis_password": password, "worker_metrics_port": 0}
    code, lines = ended(pantau, words.split(), **given)
    assert (code, len(lines)) == (1, 1), lines
    assert REFUSALS[login] in lines[0]


@pytest.fixture
def apache(kafka_address: str, valkey_url: str, tmp_path: Path) -> Pantau:
    return emptied(kafka_address, valkey_url, tmp_path)


def test_a_session_that_kafka_does_not_accept(apache: Pantau) -> None:
    code, lines = ended(apache, ["worker"], session_seconds=1, worker_metrics_port=0)
    assert (code, len(lines)) == (1, 1), lines
    for told in ("PANTAU_SESSION_SECONDS=1:", "group.min.session.timeout.ms", "group.max.session.timeout.ms"):
        assert told in lines[0]


def test_a_worker_without_kafka_says_that_it_waits_and_is_not_ready(on_store: Pantau) -> None:
    worker = on_store.worker()
    with worker:
        assert wait_until(lambda: worker.log().count("broker_unavailable") >= 2, seconds=15), worker.log()
        ready = get(f"{worker.url}/readyz")
        assert (ready.status, ready.json()["because"]) == (503, "Kafka has not answered yet")
        assert get(f"{worker.url}/healthz").status == 200


def test_a_worker_that_serves_is_ready(apache: Pantau) -> None:
    with apache.worker() as worker:
        assert wait_until(lambda: get(f"{worker.url}/readyz").status == 200, seconds=20), worker.log()


def test_a_worker_that_a_full_group_leaves_out_ends_and_says_so(valkey_url: str, tmp_path: Path) -> None:
    kafka = ApacheKafka(folder=tmp_path, port=free_port())
    kafka.more_properties = "group.max.size=1\n"
    with kafka:
        pantau = emptied(kafka.address, valkey_url, tmp_path)
        with pantau.worker("first") as first:
            assert wait_until(lambda: get(f"{first.url}/readyz").status == 200, seconds=20), first.log()
            with pantau.worker("second", stall_seconds=5) as second:
                assert second.exit_code(seconds=60) == 1
    assert "worker_not_admitted for_seconds=" in second.log()
    assert "group.max.size" in second.log()
