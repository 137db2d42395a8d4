"""Who may read what is served: a login, a bearer token, either, or everybody."""

import base64
import hmac
import logging
from collections.abc import Mapping
from typing import Self

from stream.settings import Settings, is_loopback

log = logging.getLogger("pantau.web")
#: Asked by what watches over processes; they tell their state and nothing else.
OPEN_PATHS = frozenset({"/healthz", "/readyz"})
#: Stand on every answer. Nothing is loaded from elsewhere, and nobody else frames a board.
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Guard:
    """Compares what a request shows with what is expected, in a time that tells nothing of either."""

    def __init__(self, login: tuple[str, str] | None = None, token: str | None = None) -> None:
        self._expected: list[bytes] = []
        self._asks: list[str] = []
        if login is not None:
            shown = base64.b64encode(":".join(login).encode())
            self._expected.append(b"basic " + shown)
            self._asks.append('Basic realm="pantau", charset="UTF-8"')
        if token is not None:
            self._expected.append(b"bearer " + token.encode())
            self._asks.append('Bearer realm="pantau"')

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The guard that the settings ask for. Raises `BadSettings`."""
        password = settings.secret("exporter_password")
        login = None if password is None else (settings.exporter_user or "", password)
        return cls(login, settings.secret("exporter_token"))

    @property
    def asks(self) -> str:
        """What a refusal names as accepted, for `WWW-Authenticate`; empty where everybody may read."""
        return ", ".join(self._asks)

    def admits(self, path: str, authorization: str) -> bool:
        """Whether a request for `path` with this `Authorization` is answered."""
        scheme, _, shown = authorization.partition(" ")
        given = f"{scheme.lower()} {shown.strip()}".encode()
        found = [hmac.compare_digest(given, expected) for expected in self._expected]
        return not self._expected or any(found) or path in OPEN_PATHS

    def warn(self, what: str, host: str) -> None:
        """Log a line where others than this machine may read without a login."""
        if not self._expected and not is_loopback(host):
            log.warning(
                "open_to_all %s on %s asks for no login: set PANTAU_EXPORTER_USER and _PASSWORD_FILE, or "
                "keep it on a network of its own",
                what,
                host,
            )
