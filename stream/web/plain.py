"""The metrics server of a process with other work, run in its own thread."""

from collections.abc import Callable

from aiohttp import hdrs, web

from stream.metrics.own import CONTENT_TYPES, Registry, registry_text, wants_openmetrics
from stream.web.auth import LARGEST_REQUEST, Auth


def application(
    registry: Registry,
    auth: Auth,
    *,
    healthy: Callable[[], bool] = lambda: True,
    not_ready_because: Callable[[], str] = lambda: "",
) -> web.Application:
    """The application with /metrics, /healthz and /readyz; the callbacks run in the server's thread."""

    async def metrics(request: web.Request) -> web.Response:
        openmetrics = wants_openmetrics(request.headers.get(hdrs.ACCEPT, ""))
        text = registry_text(registry, openmetrics_format=openmetrics) + ("# EOF\n" if openmetrics else "")
        return web.Response(body=text.encode(), headers={hdrs.CONTENT_TYPE: CONTENT_TYPES[openmetrics]})

    async def healthz(_: web.Request) -> web.Response:
        well = healthy()
        return web.json_response({"status": "ok" if well else "not watched"}, status=200 if well else 503)

    async def readyz(_: web.Request) -> web.Response:
        if because := not_ready_because():
            return web.json_response({"status": "not ready", "because": because}, status=503)
        return web.json_response({"status": "ready"})

    app = web.Application(client_max_size=LARGEST_REQUEST)
    auth.protect(app)
    app.add_routes([web.get("/metrics", metrics), web.get("/healthz", healthz), web.get("/readyz", readyz)])
    return app
