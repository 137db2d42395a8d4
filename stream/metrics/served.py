"""A worker's own port: its metrics, and whether it is well."""

import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

HEALTH_PATH = "/healthz"


class _Silent(WSGIRequestHandler):
    """Logs no request."""

    def log_message(self, *_: Any) -> None:
        """See the class."""


def serve(host: str, port: int, registry: CollectorRegistry, healthy: Callable[[], bool]) -> None:
    """Serve /metrics and /healthz in threads until the process ends. Raises OSError if it cannot listen."""
    metrics = make_wsgi_app(registry)

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != HEALTH_PATH:
            return list(metrics(environ, start))
        well = healthy()
        start("200 OK" if well else "503 Service Unavailable", [("Content-Type", "application/json")])
        return [b'{"status":"ok"}' if well else b'{"status":"not watched"}']

    server = make_server(host, port, application, ThreadingWSGIServer, _Silent)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
