"""The metrics of a worker, served from a thread of its own beside its event loop."""

import ssl
import sys
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from stream.metrics.own import CONTENT_TYPES, Registry, registry_text, wants_openmetrics
from stream.web.guard import HEADERS, Guard

#: A client that says nothing for so long is not waited for.
_PATIENCE_SECONDS = 5
_NOT_WATCHED = b'{"status": "not watched"}'


def serve(  # noqa: PLR0913 - all that a server is made of
    host: str,
    port: int,
    registry: Registry,
    guard: Guard,
    tls: ssl.SSLContext | None = None,
    *,
    healthy: Callable[[], bool] = lambda: True,
) -> None:
    """Serve /metrics and /healthz from now on. Raises OSError where it cannot listen."""
    server = make_server(host, port, _application(registry, guard, healthy), _Server, _Handler)
    if tls is not None:  # the handshake is left to the thread of each client: a slow one holds up no other
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that goes away or speaks no TLS is none of ours; what is, may be told."""
        if not isinstance(failure := sys.exc_info()[1], OSError):
            raise failure or RuntimeError


class _Handler(WSGIRequestHandler):
    timeout = _PATIENCE_SECONDS

    def log_message(self, *_: Any) -> None:
        """Say nothing: a scrape every few seconds is no event."""


def _application(
    registry: Registry, guard: Guard, healthy: Callable[[], bool]
) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    def answer(asked: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        status, headers, body = _answer(asked, registry, guard, healthy)
        start(status, [("Server", "pantau"), *HEADERS.items(), *headers])
        return [body]

    return answer


def _answer(
    asked: WSGIEnvironment, registry: Registry, guard: Guard, healthy: Callable[[], bool]
) -> tuple[str, list[tuple[str, str]], bytes]:
    path = asked.get("PATH_INFO", "")
    if not guard.admits(path, asked.get("HTTP_AUTHORIZATION", "")):
        return "401 Unauthorized", [("WWW-Authenticate", guard.asks)], b""
    if asked["REQUEST_METHOD"] not in {"GET", "HEAD"}:
        return "405 Method Not Allowed", [("Allow", "GET, HEAD")], b""
    if path == "/healthz":
        well = healthy()
        status, body = ("200 OK", b'{"status": "ok"}') if well else ("503 Service Unavailable", _NOT_WATCHED)
        return status, [("Content-Type", "application/json")], body
    if path != "/metrics":
        return "404 Not Found", [], b""
    openmetrics = wants_openmetrics(asked.get("HTTP_ACCEPT", ""))
    told = registry_text(registry, openmetrics_format=openmetrics) + ("# EOF\n" if openmetrics else "")
    return "200 OK", [("Content-Type", CONTENT_TYPES[openmetrics])], told.encode()
