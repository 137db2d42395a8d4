"""A cluster of real Redis servers, made as `redis-cli` makes one."""

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import redis
from support.processes import wait_until
from support.redis_server import ELSEWHERE

from stream.dev.cache import CacheServer
from stream.dev.ports import LOOPBACK, free_port, free_ports
from stream.dev.programs import installed

_NODE_TIMEOUT_MS = 1_000


class ClusterNode(CacheServer):
    """A server that may become one of a cluster."""

    def __init__(self, folder: Path, extra: Sequence[str] = ()) -> None:
        self.tls_port, port = free_ports(2)
        own = folder / f"node-{port}"
        own.mkdir()
        cluster = ["--cluster-enabled", "yes", "--cluster-port", str(free_port())]
        cluster += ["--cluster-node-timeout", str(_NODE_TIMEOUT_MS), "--repl-diskless-sync-delay", "0"]
        super().__init__(
            installed("redis-server"),
            name=f"node-{port}",
            folder=own,
            port=port,
            extra=[*cluster, *extra],
        )

    def client(self) -> redis.Redis:
        """A client of this server alone."""
        return redis.Redis(port=self.port, decode_responses=True)

    def ask(self, *command: str | int) -> str:
        """What it answers to a command that a client of a cluster would send elsewhere."""
        with self.client() as client:
            return str(client.execute_command(*command))


class SecuredNode(ClusterNode):
    """In the clear for the tests, as `default`; for Pantau over TLS, as the users of docs/security.md."""

    def __init__(self, folder: Path, extra: Sequence[str] = ()) -> None:
        super().__init__(folder, extra)
        self.argv += ["--bind", LOOPBACK, ELSEWHERE, "--tls-port", str(self.tls_port)]


class ClusterOfRedis:
    """Masters, each with so many replicas."""

    def __init__(
        self,
        folder: Path,
        *,
        masters: int = 3,
        replicas: int = 0,
        extra: Sequence[str] = (),
        kind: type[ClusterNode] = ClusterNode,
    ) -> None:
        self.nodes = [kind(folder, extra) for _ in range(masters * (1 + replicas))]
        self._folder, self._extra, self._replicas = folder, extra, replicas

    def __enter__(self) -> Self:
        for node in self.nodes:
            node.start()
        self._create()
        return self

    def __exit__(self, *_: object) -> None:
        for node in self.nodes:
            node.stop()

    @property
    def url(self) -> str:
        """Where the first server is, which knows of the others."""
        return self.nodes[0].url

    @property
    def secured_url(self) -> str:
        """Where the first server is over TLS."""
        return f"rediss://{LOOPBACK}:{self.nodes[0].tls_port}/0"

    @property
    def every_url(self) -> str:
        """The same, naming all."""
        return f"redis://{','.join(f'{LOOPBACK}:{node.port}' for node in self.nodes)}/0"

    def client(self) -> redis.RedisCluster:
        """A client of the whole."""
        alive = next(node for node in self.nodes if node.is_running)
        return redis.RedisCluster(host=LOOPBACK, port=alive.port, decode_responses=True)

    def master_of(self, key: str) -> ClusterNode:
        """The server that has a key now."""
        slot = int(self._any().ask("CLUSTER", "KEYSLOT", key))
        with self._any().client() as client:
            for first, last, (_, port, *_more), *_ in client.execute_command("CLUSTER SLOTS"):
                if first <= slot <= last:
                    return self._on(port)
        raise AssertionError(f"nobody has slot {slot}")

    def replica_of(self, master: ClusterNode) -> ClusterNode:
        """A server that follows another."""
        with master.client() as client:
            followers = client.info("replication")
        return self._on(followers["slave0"]["port"])

    def add(self) -> ClusterNode:
        """One more master, which has no slot yet."""
        node = ClusterNode(self._folder, self._extra).start()
        self.nodes.append(node)
        cli("--cluster", "add-node", _at(node), _at(self.nodes[0]))
        self._settled()
        return node

    def _any(self) -> ClusterNode:
        return next(node for node in self.nodes if node.is_running)

    def _on(self, port: int) -> ClusterNode:
        return next(node for node in self.nodes if node.port == port)

    def _create(self) -> None:
        where = [_at(node) for node in self.nodes]
        cli("--cluster", "create", *where, "--cluster-replicas", str(self._replicas), "--cluster-yes")
        self._settled()

    def _settled(self) -> None:
        whole = wait_until(
            lambda: all(
                "cluster_state:ok" in (told := node.ask("CLUSTER", "INFO"))
                and f"cluster_known_nodes:{len(self.nodes)}" in told
                for node in self.nodes
            ),
            seconds=20,
        )
        assert whole, [node.ask("CLUSTER", "INFO") for node in self.nodes]
        if self._replicas:
            assert wait_until(lambda: sum(map(_follows, self.nodes)) == self._followers, seconds=20)

    @property
    def _followers(self) -> int:
        return len(self.nodes) * self._replicas // (1 + self._replicas)


def cut_off(replica: CacheServer, master: CacheServer) -> None:
    """Have a replica hear nothing more of its master, from now on."""
    with redis.Redis(port=replica.port) as follower, redis.Redis(port=master.port) as leader:
        at = leader.info("replication")["master_repl_offset"]
        assert wait_until(lambda: follower.info("replication")["slave_repl_offset"] >= at)
        follower.config_set("masteruser", "nobody")
        follower.config_set("masterauth", "nothing")
        leader.execute_command("CLIENT", "KILL", "TYPE", "replica")
        assert wait_until(lambda: follower.info("replication")["master_link_status"] == "down")


def cli(*arguments: str) -> None:
    """Have redis-cli do it; it is tried again, for the servers may not have heard of each other yet."""
    for _ in range(20):
        done = subprocess.run(["redis-cli", *arguments], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        time.sleep(0.2)
    raise AssertionError(done.stdout + done.stderr)


def _at(node: ClusterNode) -> str:
    return f"{LOOPBACK}:{node.port}"


def _follows(node: ClusterNode) -> bool:
    with node.client() as client:
        told = client.info("replication")
    return told["role"] == "slave" and told["master_link_status"] == "up"
