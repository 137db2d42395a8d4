"""A small driver for headless Chromium over its DevTools protocol.

One browser, one page per `open`. A page remembers every console error and every uncaught exception,
so a test can say that there were none.
"""

import asyncio
import base64
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp
import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
START_SECONDS = 30
POLL_SECONDS = 0.05


class PageError(Exception):
    """The page threw, or what was waited for did not come."""


def require_chromium() -> str:
    """Give the path of Chromium; without one skip, or fail when PANTAU_REQUIRE_BROWSER=1."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is not None:
        return found
    sentence = f"no browser on PATH: looked for {', '.join(NAMES)}; install chromium to test the wallboard"
    if os.environ.get("PANTAU_REQUIRE_BROWSER") == "1":
        pytest.fail(sentence)
    pytest.skip(sentence)


@dataclass(eq=False)
class Browser:
    """A running Chromium and the one websocket to it."""

    process: asyncio.subprocess.Process
    http: aiohttp.ClientSession
    socket: aiohttp.ClientWebSocketResponse
    _last_id: int = 0
    _answers: dict[int, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    _pages: dict[str, "Page"] = field(default_factory=dict)
    _reader: asyncio.Task[None] | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def launch(cls) -> AsyncIterator[Self]:
        executable = require_chromium()
        with tempfile.TemporaryDirectory(prefix="pantau-browser-", ignore_cleanup_errors=True) as profile:
            process = await asyncio.create_subprocess_exec(
                executable,
                *FLAGS,
                f"--user-data-dir={profile}",
                "about:blank",
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                address = await _debugger_address(Path(profile), process)
                async with (
                    aiohttp.ClientSession() as http,
                    http.ws_connect(address, max_msg_size=0) as socket,
                ):
                    browser = cls(process, http, socket)
                    browser._reader = asyncio.create_task(browser._read())
                    try:
                        yield browser
                    finally:
                        await browser._close()
            finally:
                await _end(process)

    async def open(
        self,
        url: str,
        *,
        size: tuple[int, int] = (1920, 1080),
        theme: str = "dark",
        script: str = "",
    ) -> "Page":
        """Open `url` in a new page. `script` runs before any script of the page."""
        created = await self.send("Target.createTarget", {"url": "about:blank"})
        target = created["targetId"]
        attached = await self.send("Target.attachToTarget", {"targetId": target, "flatten": True})
        page = Page(self, attached["sessionId"], target)
        self._pages[page.connection] = page
        for domain in ("Page", "Runtime", "Log"):
            await page.send(f"{domain}.enable")
        await page.resize(*size)
        await page.send("Emulation.setEmulatedMedia", {"features": [_feature("prefers-color-scheme", theme)]})
        if script:
            await page.send("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        await page.send("Page.navigate", {"url": url})
        await page.wait_for("document.readyState === 'complete'")
        return page

    async def send(
        self, method: str, params: dict[str, Any] | None = None, connection: str | None = None
    ) -> dict[str, Any]:
        self._last_id += 1
        message: dict[str, Any] = {"id": self._last_id, "method": method, "params": params or {}}
        if connection is not None:
            message["sessionId"] = connection
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[self._last_id] = answer
        await self.socket.send_json(message)
        reply = await asyncio.wait_for(answer, START_SECONDS)
        if "error" in reply:
            raise PageError(f"{method}: {reply['error'].get('message')}")
        result: dict[str, Any] = reply.get("result", {})
        return result

    async def _read(self) -> None:
        async for message in self.socket:
            content = message.json()
            if "id" in content:
                answer = self._answers.pop(content["id"], None)
                if answer is not None and not answer.done():
                    answer.set_result(content)
            elif (page := self._pages.get(content.get("sessionId", ""))) is not None:
                page.hear(content["method"], content["params"])

    async def _close(self) -> None:
        with contextlib.suppress(PageError, TimeoutError, ConnectionError):
            await self.send("Browser.close")
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader


@dataclass(eq=False)
class Page:
    """One open page."""

    browser: Browser
    connection: str
    target: str
    errors: list[str] = field(default_factory=list)

    async def send(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        return await self.browser.send(method, params, self.connection)

    def hear(self, method: str, params: dict[str, Any]) -> None:
        match method:
            case "Runtime.consoleAPICalled" if params["type"] in {"error", "assert"}:
                self.errors.append(" ".join(str(part.get("value")) for part in params["args"]))
            case "Runtime.exceptionThrown":
                self.errors.append(_thrown(params["exceptionDetails"]))
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self.errors.append(f"{params['entry']['text']} {params['entry'].get('url', '')}".strip())
            case _:
                pass

    async def eval(self, js: str) -> Any:
        """Give the value of a JavaScript expression; a promise is awaited."""
        asked = {"expression": js, "returnByValue": True, "awaitPromise": True}
        reply = await self.send("Runtime.evaluate", asked)
        if "exceptionDetails" in reply:
            raise PageError(f"{js}: {_thrown(reply['exceptionDetails'])}")
        return reply["result"].get("value")

    async def wait_for(self, js: str, *, seconds: float = 10) -> Any:
        """Wait until the expression is true, and give its value."""
        end = asyncio.get_running_loop().time() + seconds
        while not (value := await self.eval(js)):
            if asyncio.get_running_loop().time() > end:
                raise PageError(f"waited {seconds} s in vain for {js}")
            await asyncio.sleep(POLL_SECONDS)
        return value

    async def text(self, selector: str) -> str:
        """Give the text of the first element that matches, with single spaces; '' when it is not visible."""
        if not await self.eval(f"document.querySelector({selector!r}) !== null"):
            raise PageError(f"nothing on the page matches {selector}")
        return " ".join(str(await self.eval(_visible_text(selector))).split())

    async def wait_for_text(self, selector: str, part: str, *, seconds: float = 10) -> str:
        """Wait until the visible text of an element contains `part`, and give that text."""
        await self.wait_for(f"{_visible_text(selector)}.includes({part!r})", seconds=seconds)
        return await self.text(selector)

    async def resize(self, width: int, height: int) -> None:
        device = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self.send("Emulation.setDeviceMetricsOverride", device)

    async def screenshot(self, path: Path, *, whole: bool = False) -> Path:
        """Save what is seen as PNG; with `whole` also what lies below the fold."""
        shot = await self.send("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": whole})
        await asyncio.to_thread(path.write_bytes, base64.b64decode(shot["data"]))
        return path

    async def close(self) -> None:
        await self.browser.send("Target.closeTarget", {"targetId": self.target})


def _visible_text(selector: str) -> str:
    """Give JavaScript for it; `innerText` alone would also give the text of a hidden element."""
    return (
        f"((found) => found?.checkVisibility() ? found.innerText : '')(document.querySelector({selector!r}))"
    )


def _feature(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


def _thrown(details: dict[str, Any]) -> str:
    return str(details.get("exception", {}).get("description") or details["text"])


async def _debugger_address(profile: Path, process: asyncio.subprocess.Process) -> str:
    """Read the address that Chromium writes into its profile once it listens."""
    told = profile / "DevToolsActivePort"
    async with asyncio.timeout(START_SECONDS):
        while not (told.exists() and len(lines := told.read_text().splitlines()) > 1):
            if process.returncode is not None:
                raise PageError(f"chromium ended at once with code {process.returncode}")
            await asyncio.sleep(POLL_SECONDS)
    return f"ws://127.0.0.1:{lines[0]}{lines[1]}"


async def _end(process: asyncio.subprocess.Process) -> None:
    try:
        await asyncio.wait_for(process.wait(), START_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
