"""How a server is reached: where it is, who we are to it, and whose certificates count."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

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
    """One server, or several of a cluster; without `tls` in the clear."""

    address: str
    login: Login | None = None
    tls: Tls | None = None


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
