"""The Redis that is installed on this machine, for what is promised about Redis itself."""

from pathlib import Path

from stream.dev.cache import CacheServer
from stream.dev.programs import installed


class RealRedis(CacheServer):
    """`redis-server` without persistence, or with every write on disk before it is answered."""

    def __init__(self, *, folder: Path, port: int, appendonly: bool = False) -> None:
        journal = ["--appendonly", "yes", "--appendfsync", "always"] if appendonly else []
        super().__init__(installed("redis-server"), name="redis", folder=folder, port=port, extra=journal)
