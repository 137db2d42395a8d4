"""Certificates for tests: an authority, what it has issued, and what is wrong in one way each."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from stream.dev.ports import LOOPBACK


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files of one certificate: the chain, its key, and both in one as Kafka wants them."""

    cert: Path
    key: Path
    both: Path


class Authority:
    """Issues certificates into a folder."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._ca = trustme.CA()
        self.file = folder / f"{name}.pem"
        self._ca.cert_pem.write_to_path(str(self.file))

    def issue(self, name: str, *hosts: str, expired: bool = False) -> Certificate:
        """A certificate for hosts; for this machine where none is named."""
        until = dt.datetime.now(dt.UTC) - dt.timedelta(days=1) if expired else None
        issued = self._ca.issue_cert(*(hosts or (LOOPBACK, "localhost")), common_name=name, not_after=until)
        cert, key, both = (self._folder / f"{name}{end}" for end in (".crt", ".key", ".pem"))
        chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
        private = load_pem_private_key(issued.private_key_pem.bytes(), None)
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        for file, content in ((cert, chain), (key, pem), (both, pem + chain)):
            file.write_bytes(content)
            file.chmod(0o600)
        return Certificate(cert, key, both)
