"""By which names our ports may be asked: a stranger who points a name of theirs at us is told nothing."""

import ipaddress
import json
import logging
import re
from collections.abc import Iterable

from aiohttp import hdrs, web

log = logging.getLogger("pantau.web")
_MOST_TOLD = 10
_LONGEST_SHOWN = 64
_LOOPBACK = "localhost"
#: A name or an address of version 4, or one of version 6 in its brackets; and a port.
_HOST = re.compile(r"(?:([^\[\]:]+)|\[([^\[\]]+)\])(?::[0-9]*)?")


class Hosts:
    """Accepts any address, `localhost`, and the names that are given, whatever their case and the port.

    An address cannot be turned against us: who rebinds a name has the browser of their victim send that name.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset({_LOOPBACK, *(name.lower().rstrip(".") for name in names)})
        self._told: set[str] = set()

    def refusal(self, request: web.BaseRequest) -> str:
        """Why a request is not answered, in a line; "" where it is."""
        given = request.headers.getall(hdrs.HOST, [])
        if not given and request.version < (1, 1):
            return ""  # no browser leaves it out
        if len(given) != 1:
            return "a request names its host once; send one Host header"
        if self.accepts(given[0]):
            return ""
        self._tell(shown := given[0][:_LONGEST_SHOWN])
        return (
            f"host {json.dumps(shown)} is not accepted; addresses, {', '.join(sorted(self._names))} are: "
            "name it in PANTAU_EXPORTER_HOSTS"
        )

    def accepts(self, host: str) -> bool:
        """Whether what a `Host` header says is a name of ours, or an address."""
        found = _HOST.fullmatch(host.lower())
        if found is None:
            return False
        name, address = found.groups()
        return name.rstrip(".") in self._names or _is_address(name) if name else _is_address(address)

    def _tell(self, shown: str) -> None:
        if shown not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(shown)
            log.warning(
                "host_refused host=%s a request named it; if it is ours, name it in PANTAU_EXPORTER_HOSTS",
                json.dumps(shown),
            )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
