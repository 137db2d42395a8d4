"""A thousand viewers who ask for the stream and never read it: who is let in, how long, at what cost."""

import asyncio
import re
import socket
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bench.processes import resident_bytes

_VIEWERS = 1_000
_PATIENCE_SECONDS = 90.0
_FIRST_BYTES = 64


@dataclass
class _Deaf:
    """One of them; `status` is what the first line of the answer said, "" where there was none."""

    port: int
    status: str = ""
    held_seconds: float = 0.0

    async def listen(self) -> None:
        loop, began = asyncio.get_running_loop(), time.monotonic()
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            deaf.setblocking(False)  # noqa: FBT003 - as it is called
            with suppress(OSError):
                await loop.sock_connect(deaf, ("127.0.0.1", self.port))
                await loop.sock_sendall(deaf, b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
                first = await loop.sock_recv(deaf, _FIRST_BYTES)
                self.status = (re.findall(rb"^HTTP/1.1 (\d+)", first) or [b""])[0].decode()
                while self.status == "200" and not _is_closed(deaf):  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.25)
        self.held_seconds = time.monotonic() - began


async def deafen(port: int, pid: int) -> dict[str, Any]:
    """Have them all come at once, and wait until the exporter is rid of them; MiB and seconds."""
    before, most = resident_bytes(pid), 0
    viewers = [_Deaf(port) for _ in range(_VIEWERS)]
    together = asyncio.gather(*(viewer.listen() for viewer in viewers))
    until = time.monotonic() + _PATIENCE_SECONDS
    while not together.done() and time.monotonic() < until:
        most = max(most, resident_bytes(pid))
        await asyncio.sleep(0.1)
    never = sum(not viewer.held_seconds for viewer in viewers)
    together.cancel()
    await asyncio.sleep(5)
    held = [viewer.held_seconds for viewer in viewers if viewer.status == "200"]
    return {
        "viewers": _VIEWERS,
        "answers": dict(Counter(viewer.status or "hung up" for viewer in viewers)),
        "never_cut_off": never,
        "last_cut_off_after_seconds": round(max(held, default=0), 1),
        "before_mib": round(before / 2**20, 1),
        "peak_mib": round(most / 2**20, 1),
        "after_mib": round(resident_bytes(pid) / 2**20, 1),
    }


def _is_closed(deaf: socket.socket) -> bool:
    """Whether the other side is gone, by the kernel's account: nothing is read to find out."""
    state = deaf.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return state != 1  # established
