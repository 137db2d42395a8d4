"""A master, a replica, and three sentinels that watch them: real processes."""

from pathlib import Path
from typing import Self

import redis
from support.processes import wait_until

from stream.dev.cache import CacheServer
from stream.dev.ports import LOOPBACK, free_port, is_listening
from stream.dev.programs import installed

SERVICE = "main"
_COUNT, _QUORUM = 3, 2


class WatchedServer(CacheServer):
    """A server that sentinels may make master or replica."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        extra = ("--repl-diskless-sync-delay", "0")
        super().__init__(
            installed("redis-server"), name=f"cache-{port}", folder=folder, port=port, extra=extra
        )

    def client(self) -> redis.Redis:
        """A client of this server alone."""
        return redis.Redis(port=self.port, decode_responses=True)


class Sentinel(CacheServer):
    """One sentinel; with `password` it asks for it."""

    def __init__(self, folder: Path, master: WatchedServer, password: str | None) -> None:
        port = free_port()
        super().__init__(installed("redis-server"), name=f"sentinel-{port}", folder=folder, port=port)
        self._file = folder / f"sentinel-{port}.conf"
        lines = [
            f"port {port}",
            f"bind {LOOPBACK}",
            f"dir {folder}",
            f"sentinel monitor {SERVICE} {LOOPBACK} {master.port} {_QUORUM}",
            f"sentinel down-after-milliseconds {SERVICE} 500",
            f"sentinel failover-timeout {SERVICE} 2000",
        ]
        if password is not None:
            lines += [f"requirepass {password}", f"sentinel sentinel-pass {password}"]
        self._file.write_text("".join(f"{line}\n" for line in lines))
        self.argv = [self.argv[0], str(self._file), "--sentinel"]
        self.ready = lambda: is_listening(port)
        self.password = password

    def others(self) -> tuple[int, int]:
        """How many replicas and other sentinels it knows of."""
        with redis.Redis(port=self.port, password=self.password, decode_responses=True) as client:
            told = client.sentinel_masters()[SERVICE]
        return int(told["num-slaves"]), int(told["num-other-sentinels"])


class Watched:
    """The whole, ready when all know of each other."""

    def __init__(self, folder: Path, *, password: str | None = None) -> None:
        self.master, self.replica = WatchedServer(folder), WatchedServer(folder)
        self.sentinels = [Sentinel(folder, self.master, password) for _ in range(_COUNT)]
        hosts = ",".join(f"{LOOPBACK}:{sentinel.port}" for sentinel in self.sentinels)
        self.url = f"redis+sentinel://{hosts}/{SERVICE}/0"

    def fail_over(self) -> None:
        """Have the replica take over, while the master is there."""
        with redis.Redis(port=self.sentinels[0].port) as client:
            client.execute_command("SENTINEL", "FAILOVER", SERVICE)

    def is_failed_over(self) -> bool:
        """Whether the replica has taken over."""
        with self.replica.client() as client:
            return str(client.info("replication")["role"]) == "master"

    def __enter__(self) -> Self:
        for server in (self.master, self.replica):
            server.start()
        with self.replica.client() as client:
            client.replicaof(LOOPBACK, self.master.port)
            assert wait_until(lambda: client.info("replication")["master_link_status"] == "up")
        for sentinel in self.sentinels:
            sentinel.start()
        known = (1, _COUNT - 1)
        assert wait_until(lambda: all(one.others() == known for one in self.sentinels), seconds=25)
        return self

    def __exit__(self, *_: object) -> None:
        for server in (*self.sentinels, self.replica, self.master):
            server.stop()
