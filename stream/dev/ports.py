"""Loopback ports: finds free ones, and explains why a requested one cannot be used."""

import errno
import socket
from contextlib import ExitStack

from stream.errors import PantauError

LOOPBACK = "127.0.0.1"

_LAST = 65_535


class PortError(PantauError):
    """A wanted port cannot be listened on."""


def free_port() -> int:
    """Give a loopback port that nothing listens on now."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Give that many different free loopback ports: each is held until all are found."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server((LOOPBACK, 0))) for _ in range(count)]
        return [int(one.getsockname()[1]) for one in sockets]


def require_free(port: int, *, option: str = "") -> None:
    """Raise, in one line that names the option to change, unless the port can be listened on."""
    another = f"give another with {option}" if option else "give another"
    if not 1 <= port <= _LAST:
        raise PortError(f"port {port} does not exist: {another}, from 1 to {_LAST}")
    try:
        socket.create_server((LOOPBACK, port)).close()
    except OSError as refused:
        raise PortError(_why(port, refused, another=another)) from None


def is_listening(port: int) -> bool:
    """Whether something on this machine accepts connections at the port."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def _why(port: int, refused: OSError, *, another: str) -> str:
    if refused.errno == errno.EADDRINUSE:
        return f"port {port} is in use: {another}, or stop what listens there"
    return f"port {port} cannot be listened on ({refused.strerror}): {another}"
