"""How a server is reached: where it is, who we are to it, and whose certificates count."""

import ipaddress
import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from stream.errors import BadSettings


@dataclass(frozen=True, slots=True)
class Login:
    """A user, with a password that no `repr` tells; `mechanism` is SASL's."""

    user: str
    password: str = field(repr=False)
    mechanism: str = ""


class Tls(NamedTuple):
    """Certificate files: of the authorities (None for those of this machine), and our own with its key."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """What verifies certificate and host name of a server. Raises `BadSettings` for an unusable file."""
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except OSError as wrong:
            raise unusable(self.ca, wrong) from None
        if self.cert is not None:
            own_certificate(context, self.cert, self.key)
        return context


class Access(NamedTuple):
    """One server, or several of a cluster; without `tls` in the clear. `sentinel`: our login at sentinels."""

    address: str
    login: Login | None = None
    tls: Tls | None = None
    sentinel: Login | None = None


_REDIS = re.compile(
    r"(?P<scheme>rediss?)(?P<sentinel>\+sentinel)?://(?P<login>[^/?#]*@)?(?P<hosts>[^@/?#]+)"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?"
)
_PORT, _SENTINEL_PORT = 6_379, 26_379


class RedisAddress(NamedTuple):
    """What PANTAU_REDIS_URL names: a URL for each server, and for sentinels the service that they watch."""

    servers: tuple[str, ...]
    service: str = ""

    @classmethod
    def of(cls, url: str) -> "RedisAddress":
        """The address that `url` spells. Raises ValueError."""
        if url.startswith("unix://"):
            return cls((url,))
        if not (found := _REDIS.fullmatch(url)):
            raise ValueError("no such address")
        path, service = found["path"] or "", ""
        if found["sentinel"]:
            service, _, database = path.removeprefix("/").partition("/")
            service, path = unquote(service), f"/{_database(database)}"
            if not service:
                raise ValueError("no service")
        login, query = found["login"] or "", found["query"] or ""
        hosts = [_host(host, of_sentinel=bool(service)) for host in found["hosts"].split(",")]
        return cls(tuple(f"{found['scheme']}://{login}{host}{path}{query}" for host in hosts), service)

    @property
    def is_secured(self) -> bool:
        """Whether it is reached over TLS."""
        return self.servers[0].startswith("rediss:")

    @property
    def tells_password(self) -> bool:
        """Whether the address itself holds a password."""
        first = urlsplit(self.servers[0])
        return first.password is not None or "password=" in first.query

    @property
    def where(self) -> str:
        """The first server, as a line tells of it: without a login."""
        return ":".join(map(str, self.hosts[0])) if self.hosts else urlsplit(self.servers[0]).path

    @property
    def hosts(self) -> list[tuple[str, int]]:
        """Host and port of each server."""
        parts = [urlsplit(server) for server in self.servers if not server.startswith("unix:")]
        return [(part.hostname or "", part.port or _PORT) for part in parts]


def _database(text: str) -> str:
    if text and not re.fullmatch("[0-9]{1,5}", text):
        raise ValueError("no database")
    return text or "0"


def is_loopback(host: str) -> bool:
    """Whether only this machine can be meant."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _host(text: str, *, of_sentinel: bool) -> str:
    parts = urlsplit(f"//{text}")
    if not parts.hostname or parts.port == 0:
        raise ValueError("no host")
    return text if parts.port or not of_sentinel else f"{text}:{_SENTINEL_PORT}"


def own_certificate(context: ssl.SSLContext, cert: Path, key: Path | None) -> None:
    """Let `context` show a certificate of ours; raises `BadSettings` for an unusable file."""
    try:
        context.load_cert_chain(cert, key, password=_no_pass_phrase)
    except (OSError, ValueError) as wrong:
        raise unusable(f"{cert} with {key}", wrong) from None


def _no_pass_phrase() -> str:
    raise ValueError("the key has a pass phrase; give one without")


def unusable(files: Path | str | None, wrong: Exception) -> BadSettings:
    """What is told of certificate files that cannot be used."""
    why = getattr(wrong, "reason", None) or getattr(wrong, "strerror", None) or wrong
    return BadSettings(f"{files}: {why}; certificates and keys in PEM are accepted")
