"""Binds ports before anything else starts, with one clear line if that fails."""

import errno
import socket
from contextlib import ExitStack

from stream.errors import PantauError

BACKLOG = 128
_NO_ADDRESS_HERE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


def bound(what: str, host: str, port: int, options: tuple[str, str]) -> list[socket.socket]:
    """Sockets listening on every address of `host`. `options` name the options for host and port.

    Raises `PantauError`, with one line that says what to change.
    """
    try:
        return _listening(host, port)
    except (OSError, UnicodeError, OverflowError) as failure:
        raise PantauError(f"{what} cannot listen on {host}:{port}: {_why(failure, options)}") from None


def _listening(host: str, port: int) -> list[socket.socket]:
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    addresses = list(dict.fromkeys((family, address) for family, _, _, _, address in found))
    missing: OSError | None = None
    with ExitStack() as opened:
        sockets = []
        for family, address in addresses:
            try:
                sockets.append(opened.enter_context(_one(family, address)))
            except OSError as failure:  # a machine may lack one of the address families of a name
                if failure.errno not in _NO_ADDRESS_HERE:
                    raise
                missing = failure
        if not sockets and missing is not None:
            raise missing
        opened.pop_all()
    return sockets


def _one(family: socket.AddressFamily, address: object) -> socket.socket:
    with ExitStack() as opened:
        one = opened.enter_context(socket.socket(family, socket.SOCK_STREAM))
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(address)  # type: ignore[arg-type] # an address is what its family makes of it
        one.listen(BACKLOG)
        one.setblocking(False)  # noqa: FBT003 - the signature of the standard library
        opened.pop_all()
    return one


def _why(failure: Exception, options: tuple[str, str]) -> str:
    host_option, port_option = options
    if isinstance(failure, socket.gaierror | UnicodeError):
        return f"the name is unknown; give {host_option} an address of this machine, or a name of one"
    number = failure.errno if isinstance(failure, OSError) else None
    if number == errno.EADDRINUSE:
        return f"the port is in use; give another with {port_option}, or stop what listens there"
    if number == errno.EACCES:
        return f"the port needs privileges; give {port_option} one from 1024 on"
    if number in _NO_ADDRESS_HERE:
        return f"this machine has no such address; give {host_option} one of its own, such as 127.0.0.1"
    said = getattr(failure, "strerror", None) or failure
    return f"{said}; give others with {host_option} and {port_option}"
