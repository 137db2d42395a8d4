"""Authentication of requests by login or bearer token, and the check of the requested host name."""

import base64
import hmac
import logging
from collections.abc import Iterable, Mapping
from typing import Any, Self

from aiohttp import hdrs, web

from stream.settings import Settings, is_loopback
from stream.web.hosts import Hosts

log = logging.getLogger("pantau.web")
#: The largest request body in bytes; no endpoint needs one.
LARGEST_REQUEST = 1_024
#: Paths open to process supervisors; they reveal nothing but the health.
OPEN_PATHS = frozenset({"/healthz", "/readyz"})
#: Headers of every response: load nothing from other hosts, and let no other site frame a board.
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Auth:
    """Compares the credentials of a request with the expected ones in constant time."""

    def __init__(
        self, login: tuple[str, str] | None = None, token: str | None = None, hosts: Iterable[str] = ()
    ) -> None:
        self._hosts = Hosts(hosts)
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
    def of(cls, settings: Settings, host: str = "") -> Self:
        """The authentication in the settings for a server on `host`. Raises `BadSettings`."""
        password = settings.secret("exporter_password")
        login = None if password is None else (settings.exporter_user or "", password)
        return cls(
            login, settings.secret("exporter_token"), [*settings.served_names(), *([host] if host else [])]
        )

    @property
    def asks(self) -> str:
        """The accepted schemes for `WWW-Authenticate`; empty if everybody may read."""
        return ", ".join(self._asks)

    def admits(self, path: str, authorization: str) -> bool:
        """Whether a request for `path` with this `Authorization` may be answered."""
        scheme, _, shown = authorization.partition(" ")
        given = f"{scheme.lower()} {shown.strip()}".encode()
        found = [hmac.compare_digest(given, expected) for expected in self._expected]
        return not self._expected or any(found) or path in OPEN_PATHS

    def warn(self, what: str, host: str) -> None:
        """Log a warning if other machines may read without a login."""
        if not self._expected and not is_loopback(host):
            log.warning(
                "open_to_all %s on %s needs no login: set PANTAU_EXPORTER_USER and _PASSWORD_FILE, or "
                "keep it on a private network",
                what,
                host,
            )

    def protect(self, app: web.Application) -> None:
        """Add authentication and the common headers to `app`."""
        app.middlewares.insert(0, self._admit)
        app.on_response_prepare.append(_secure)

    @web.middleware
    async def _admit(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if because := self._hosts.refusal(request):
            return refused(400 if because.startswith("a request") else 421, because)
        if not self.admits(request.path, request.headers.get(hdrs.AUTHORIZATION, "")):
            return refused(401, "a login is required", {hdrs.WWW_AUTHENTICATE: self.asks})
        try:
            answer: web.StreamResponse = await handler(request)
        except web.HTTPClientError as wrong:
            kept = {str(name): wrong.headers[name] for name in (hdrs.ALLOW,) if name in wrong.headers}
            return refused(wrong.status, wrong.reason.lower(), kept)
        return answer


def refused(status: int, because: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """A response with the reason of a refusal in one line."""
    return web.json_response({"error": because}, status=status, headers=headers)


async def _secure(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
