"""Accepted `Host` names: a protection against DNS rebinding, by which another site reads a board."""

import ipaddress
import json
import logging
import re
from collections.abc import Iterable

from aiohttp import hdrs, web

log = logging.getLogger("pantau.web")
_MOST_LOGGED = 10
_LONGEST_SHOWN = 64
_LOOPBACK = "localhost"
#: A name or IPv4 address, or an IPv6 address in brackets, and an optional port.
_HOST = re.compile(r"(?:([^\[\]:]+)|\[([^\[\]]+)\])(?::[0-9]*)?")


class Hosts:
    """Accepts any address, `localhost`, and the given names in any case and with any port.

    Addresses are safe: a browser attacked by DNS rebinding sends the attacker's name.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset({_LOOPBACK, *(name.lower().rstrip(".") for name in names)})
        self._logged: set[str] = set()

    def refusal(self, request: web.BaseRequest) -> str:
        """Why a request is refused, in one line; "" if it is not."""
        given = request.headers.getall(hdrs.HOST, [])
        if not given and request.version < (1, 1):
            return ""  # HTTP/1.0 may omit it; no browser does
        if len(given) != 1:
            return "a request needs exactly one Host header"
        if self.accepts(given[0]):
            return ""
        self._log(shown := given[0][:_LONGEST_SHOWN])
        return (
            f"host {json.dumps(shown)} is not accepted; addresses, {', '.join(sorted(self._names))} are: "
            "add it to PANTAU_EXPORTER_HOSTS"
        )

    def accepts(self, host: str) -> bool:
        """Whether the value of a `Host` header is accepted."""
        found = _HOST.fullmatch(host.lower())
        if found is None:
            return False
        name, address = found.groups()
        return name.rstrip(".") in self._names or _is_address(name) if name else _is_address(address)

    def _log(self, shown: str) -> None:
        if shown not in self._logged and len(self._logged) < _MOST_LOGGED:
            self._logged.add(shown)
            log.warning(
                "host_refused host=%s if the name is valid, add it to PANTAU_EXPORTER_HOSTS",
                json.dumps(shown),
            )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
