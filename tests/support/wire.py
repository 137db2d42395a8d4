"""A wire between a client and a server on this machine, that a test may cut, or stop at the worst instant."""

import select
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field

from stream.dev.ports import LOOPBACK

_AT_ONCE = struct.pack("ii", 1, 0)
_LOOK_SECONDS = 0.05


@dataclass(eq=False)
class _Link:
    client: socket.socket
    server: socket.socket
    #: What comes back next is lost, and the connection with it.
    deaf: bool = False
    #: What comes back next answers the request that was caught.
    asked: bool = False
    cut: threading.Event = field(default_factory=threading.Event)


class Wire:
    """Passes on to `port` whatever connects to its own; clients see a reset where it is cut."""

    def __init__(self, port: int) -> None:
        self.target = port
        self._listening = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listening.getsockname()[1]
        self._links: set[_Link] = set()
        self._stalled = False, False
        self._swallow, self._swallows = b"", 0
        self._catch = b""
        self.caught, self._release = threading.Event(), threading.Event()
        #: What the server said to the request that was caught.
        self.answer = b""
        #: Replies that were lost so far.
        self.swallowed = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def reset(self) -> None:
        """Cut every connection."""
        for link in list(self._links):
            link.cut.set()

    def stall(self, *, onward: bool, back: bool) -> None:
        """Let nothing through in these directions, and say nothing: as where packets are dropped."""
        self._stalled = onward, back

    def swallow(self, mark: bytes, *, count: int = 1) -> None:
        """Lose the replies to the next requests that hold `mark`: the server acts, the client never hears."""
        self._swallow, self._swallows = mark, count

    def catch(self, mark: bytes) -> None:
        """Keep the next request that holds `mark` from the server until `release`; `caught` tells of it."""
        self.caught.clear()
        self._release.clear()
        self._catch = mark

    def release(self) -> None:
        """Let the caught request go on to the server."""
        self._catch = b""
        self._release.set()

    def close(self) -> None:
        """Cut everything, and listen no longer."""
        self._release.set()
        self._listening.close()
        self.reset()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((LOOPBACK, self.target), timeout=5)
            except OSError:
                _hang_up(client)
                continue
            server.settimeout(None)
            link = _Link(client, server)
            self._links.add(link)
            threading.Thread(target=self._relay, args=(link,), daemon=True).start()

    def _relay(self, link: _Link) -> None:
        for end in (link.client, link.server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while not link.cut.is_set():
                onward, back = self._stalled
                heard = [*([] if onward else [link.client]), *([] if back else [link.server])]
                ready, _, _ = select.select(heard, [], [], _LOOK_SECONDS)
                for end in ready:
                    data = end.recv(1 << 18)
                    if not data:
                        return
                    if end is link.client:
                        self._onward(link, data)
                    elif self._lost(link):
                        return
                    else:
                        self._back(link, data)
        except (OSError, ValueError):
            pass
        finally:
            self._links.discard(link)
            _hang_up(link.client)
            _hang_up(link.server)

    def _onward(self, link: _Link, data: bytes) -> None:
        if self._catch and self._catch in data:
            self._catch, self.answer = b"", b""
            self.caught.set()
            self._release.wait()
            link.asked = True
        if self._swallows and self._swallow in data:
            self._swallows -= 1
            link.deaf = True
        link.server.sendall(data)

    def _back(self, link: _Link, data: bytes) -> None:
        if link.asked:
            link.asked, self.answer = False, data
        link.client.sendall(data)

    def _lost(self, link: _Link) -> bool:
        if link.deaf:
            self.swallowed += 1
        return link.deaf


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)  # a reset, not a goodbye
    end.close()
