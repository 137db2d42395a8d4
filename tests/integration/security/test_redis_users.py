"""Redis over TLS with the two users of docs/security.md: what each can and cannot, and how that is told."""

import asyncio
import gc
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import redis
from support.authority import Authority, Certificate
from support.installation import emptied
from support.pantau import Pantau, together
from support.processes import wait_until
from support.records import fresh_topics
from support.redis_cluster import ClusterOfRedis, SecuredNode
from support.redis_server import ELSEWHERE, SecuredRedis, securing

from stream.access import Login, Tls
from stream.dev.ports import LOOPBACK
from stream.errors import StoreUnavailable
from stream.store.partition import Partition
from stream.store.redis import RedisStore

Given = dict[str, Any]
PASSWORDS = {"pantau-worker": "WORKER-PASSWORD", "pantau-exporter": "EXPORTER-PASSWORD"}


@pytest.fixture
def pantau(broker_address: str, redis_server: SecuredRedis, tmp_path: Path) -> Pantau:
    emptied(broker_address, redis_server.url, tmp_path)
    return Pantau(broker_address, redis_server.secured_url, tmp_path)


def user(name: str, authority: Authority) -> Given:
    return {"redis_tls_ca": authority.file, "redis_user": name, "redis_password": PASSWORDS[name]}


@pytest.fixture
def raw(redis_server: SecuredRedis, authority: Authority) -> Iterator[redis.Redis]:
    """The exporter's user, with any command."""
    with redis.Redis.from_url(
        redis_server.secured_url,
        username="pantau-exporter",
        password=PASSWORDS["pantau-exporter"],
        ssl_ca_certs=str(authority.file),
    ) as client:
        yield client


def test_worker_and_exporter_need_no_more_than_is_documented(pantau: Pantau, authority: Authority) -> None:
    writer, reader = (user(name, authority) for name in PASSWORDS)
    assert (
        pantau.run("simulate", "--hours", "0.05", "--queues", "2", "--contacts-per-second", "1").returncode
        == 0
    )
    worker, exporter = pantau.worker(**writer), pantau.exporter(**reader)
    with together(worker, exporter):
        assert wait_until(lambda: exporter.board()["all"]["totals"]["offered"] > 10, seconds=30)
        queue = exporter.board()["queues"][0]["queue"]
        explained = pantau.run("explain", queue, "--json", **reader)
    assert explained.returncode == 0, explained.stderr
    assert json.loads(pantau.run("check", "--json", **reader).stdout)["redis"] == "ok"
    logs = worker.log() + exporter.log() + explained.stderr
    assert "NOPERM" not in logs
    assert "store_unavailable" not in logs
    assert not any(password in logs for password in PASSWORDS.values())


@pytest.fixture(scope="module")
def cluster(redis_server: SecuredRedis, authority: Authority) -> Iterator[ClusterOfRedis]:
    """Three masters over TLS, with the same users. `redis_server` skips where no Redis is installed."""
    del redis_server
    with TemporaryDirectory(prefix="pantau-test-") as folder:
        secured = [*securing(Path(folder), authority), "--tls-cluster", "yes"]
        with ClusterOfRedis(Path(folder), extra=secured, kind=SecuredNode) as found:
            yield found


def test_nor_do_they_on_a_cluster(
    broker_address: str, cluster: ClusterOfRedis, authority: Authority, tmp_path: Path
) -> None:
    fresh_topics(broker_address)
    pantau = Pantau(broker_address, cluster.secured_url, tmp_path)
    test_worker_and_exporter_need_no_more_than_is_documented(pantau, authority)


def test_another_authority_of_a_cluster_is_one_line(cluster: ClusterOfRedis, tmp_path: Path) -> None:
    line = told(cluster.secured_url, None, Tls(Authority(tmp_path, "other").file))
    assert "certificate verify failed" in line


@contextmanager
def telling(cluster: ClusterOfRedis, address: str) -> Iterator[None]:
    """Have each node say that it is there."""
    for node in cluster.nodes:
        node.ask("CONFIG", "SET", "cluster-announce-ip", address)
    try:
        assert wait_until(lambda: all(address in node.ask("CLUSTER SLOTS") for node in cluster.nodes))
        yield
    finally:
        for node in cluster.nodes:
            node.ask("CONFIG", "SET", "cluster-announce-ip", LOOPBACK)


def test_every_node_of_a_cluster_is_verified(cluster: ClusterOfRedis, authority: Authority) -> None:
    login = Login("pantau-worker", PASSWORDS["pantau-worker"])
    with telling(cluster, ELSEWHERE):
        line = told(cluster.secured_url, login, Tls(authority.file))
    assert f"certificate is not valid for '{ELSEWHERE}'" in line


def test_a_password_goes_to_no_node_in_the_clear(cluster: ClusterOfRedis) -> None:
    with telling(cluster, "192.0.2.1"):
        line = told(cluster.url, Login("default", "Canary"), None)
    assert line.startswith("the password would be sent to 192.0.2.1:")
    assert "Canary" not in line


@pytest.mark.parametrize(
    "command",
    [
        *(["HSET", "pantau:x", "a", "1"], ["DEL", "pantau:partitions"], ["SADD", "pantau:partitions", "x:1"]),
        *(["FLUSHALL"], ["FLUSHDB"], ["CONFIG", "GET", "*"], ["KEYS", "*"], ["SAVE"]),
        *(["EVAL", "return 1", "0"], ["ACL", "LIST"], ["HGETALL", "other:key"], ["MONITOR"], ["SHUTDOWN"]),
    ],
    ids=" ".join,
)
def test_an_exporter_is_refused(raw: redis.Redis, command: list[str]) -> None:
    with pytest.raises(redis.exceptions.NoPermissionError):
        raw.execute_command(*command)


def test_an_exporter_writes_through_no_script(raw: redis.Redis) -> None:
    script = raw.register_script("return redis.call('HSET', KEYS[1], 'a', '1')")
    with pytest.raises(redis.exceptions.ResponseError, match=r"NOPERM|ACL failure|can't run"):
        script(keys=["pantau:x"])


def told(url: str, login: Login | None, tls: Tls | None) -> str:
    """What the store says of why it cannot write."""

    async def attempt() -> None:
        store = RedisStore(url, login, tls)
        try:
            await store.acquire(Partition("pantau.contacts", 0))
        finally:
            await store.close()

    with pytest.raises(StoreUnavailable) as failure:
        asyncio.run(attempt())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # a refused connection is not waited for by redis-py
        gc.collect()
    (line,) = str(failure.value).splitlines()
    return line


def test_a_command_without_permission_is_one_line(redis_server: SecuredRedis, authority: Authority) -> None:
    login = Login("pantau-exporter", PASSWORDS["pantau-exporter"])
    line = told(redis_server.secured_url, login, Tls(authority.file))
    assert "Redis refused a command: " in line
    assert "'sadd'" in line
    assert "docs/security.md" in line


def test_a_wrong_password_is_one_line(redis_server: SecuredRedis, authority: Authority) -> None:
    line = told(redis_server.secured_url, Login("pantau-worker", "Wr0ng-Canary"), Tls(authority.file))
    assert line.startswith("Redis refused the login: ")
    assert "Wr0ng-Canary" not in line


def test_a_worker_that_may_not_write_says_so_in_lines(pantau: Pantau, authority: Authority) -> None:
    with pantau.worker(**user("pantau-exporter", authority)) as worker:
        assert wait_until(lambda: "Redis refused a command: " in worker.log(), seconds=20)
    lines = worker.log().splitlines()
    assert all("store_unavailable" in line for line in lines if "refused" in line)
    assert "Traceback" not in worker.log()


def test_another_authority_is_one_line(redis_server: SecuredRedis, tmp_path: Path) -> None:
    line = told(redis_server.secured_url, None, Tls(Authority(tmp_path, "other").file))
    assert "certificate verify failed" in line


def test_a_wrong_host_name_is_one_line(redis_server: SecuredRedis, authority: Authority) -> None:
    line = told(redis_server.secured_url.replace(LOOPBACK, ELSEWHERE), None, Tls(authority.file))
    assert f"certificate is not valid for '{ELSEWHERE}'" in line


def test_a_certificate_of_ours_is_shown(
    redis_server: SecuredRedis, authority: Authority, client: Certificate
) -> None:
    with redis.Redis.from_url(redis_server.url) as admin:
        admin.flushall()
        admin.config_set("tls-auth-clients", "yes")
        try:
            login = Login("pantau-worker", PASSWORDS["pantau-worker"])
            told(redis_server.secured_url, login, Tls(authority.file))
            store = RedisStore(redis_server.secured_url, login, Tls(authority.file, client.cert, client.key))
            assert asyncio.run(_partitions(store)) == []
        finally:
            admin.config_set("tls-auth-clients", "optional")


async def _partitions(store: RedisStore) -> list[Partition]:
    try:
        return await store.partitions()
    finally:
        await store.close()
