"""The wallboard's files and a scripted stream, so that the page can be seen and tested without a centre.

By hand: `python tests/e2e/wallboard/wallboard_server.py critical` and open http://127.0.0.1:8099/wallboard.html.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from wallboard_scenes import SCENES, Document

from stream.web.auth import HEADERS

STATIC = Path(__file__).parents[3] / "stream" / "web" / "static"
POLICY = HEADERS["Content-Security-Policy"]
HAND_PORT = 8099


@dataclass
class FakeServer:
    """Sends what `scene` gives, again and again, unless told to keep silent or to refuse."""

    scene: Callable[[], Document] = SCENES["fresh"]
    period_seconds: float = 0.2
    silent: bool = False
    refusing: bool = False
    raw: str | None = None
    base: str = ""
    connections: int = 0
    _streams: set[web.StreamResponse] = field(default_factory=set)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        if self.refusing:
            raise web.HTTPServiceUnavailable
        self.connections += 1
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while not self.refusing:
                if not self.silent:
                    text = self.raw if self.raw is not None else json.dumps(self.scene())
                    await response.write(f"data: {text}\n\n".encode())
                await asyncio.sleep(self.period_seconds)
        return response

    @contextlib.asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[None]:
        app = web.Application()
        app.on_response_prepare.append(_with_policy)
        app.router.add_get("/api/v1/stream", self.stream)
        app.router.add_static("/", STATIC)
        runner = web.AppRunner(app, shutdown_timeout=0.5)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            self.base = "http://{}:{}".format(*runner.addresses[0][:2])
            yield
        finally:
            self.refusing = True
            await runner.cleanup()


async def _with_policy(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"


async def _serve_by_hand(name: str) -> None:
    async with FakeServer(SCENES[name], period_seconds=1).running(HAND_PORT):
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve_by_hand(sys.argv[1] if len(sys.argv) > 1 else "fresh"))
