"""Pseudonyms of customers. They are keyed, so nobody without the key can find a number by trying all.

A pseudonym is the name of its key and an HMAC-SHA-256 cut to 128 bits. A customer keeps a pseudonym while its
key is the newest. Destroying an old key makes its pseudonyms anonymous.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping

from stream.errors import BadSettings

_LEAST_BYTES = 32
_SHOWN_BYTES = 16
#: The form of a pseudonym, the only accepted name of a customer.
PSEUDONYM = r"k[0-9]{1,6}:[0-9a-f]{32}"
_LINE = re.compile(r"k([0-9]{1,6})[ \t]+([0-9a-fA-F]+)")
_NUMBER = re.compile(r"\+?[\d ()./-]{5,}")


class Pseudonyms:
    """Makes pseudonyms with the newest of several keys."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        self._name = f"k{max(keys)}"
        self._key = keys[max(keys)]

    def of(self, customer: str) -> str:
        """The pseudonym of a phone number, mail address or id in any spelling: `k2:` and 32 hex digits."""
        shown = hmac.new(self._key, normal(customer).encode(), hashlib.sha256).digest()[:_SHOWN_BYTES]
        return f"{self._name}:{shown.hex()}"


def normal(customer: str) -> str:
    """The normal spelling of a customer: numbers as `+` and digits, others trimmed and in lower case."""
    text = customer.strip().lower().removeprefix("tel:").removeprefix("mailto:").strip()
    if not _NUMBER.fullmatch(text):
        return text
    digits = re.sub(r"\D", "", text.replace("(0)", ""))
    international = text.startswith("+") or digits.startswith("00")
    return f"+{digits.removeprefix('00')}" if international else digits


def pseudonyms(text: str, where: str) -> Pseudonyms:
    """Read lines like `k2 <hex of at least 256 bits>`. Raises `BadSettings`, which contains no key."""
    keys: dict[int, bytes] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None or len(found[2]) % 2 or len(found[2]) < 2 * _LEAST_BYTES or int(found[1]) in keys:
            raise BadSettings(
                f"{where}, line {number}: `k2` and at least {2 * _LEAST_BYTES} hex digits are accepted, each "
                "name once; make one with `openssl rand -hex 32`"
            )
        keys[int(found[1])] = bytes.fromhex(found[2])
    if not keys:
        raise BadSettings(f"{where}: has no key; add a line `k1` and the output of `openssl rand -hex 32`")
    return Pseudonyms(keys)
