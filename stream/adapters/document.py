"""Strict JSON by RFC 8259 in UTF-8: input that parsers interpret differently is refused (RFC 7493).

A fast parser may only accept. What it does not accept is parsed again by a strict one.
"""

import re
from itertools import accumulate
from json import JSONDecoder, dumps
from typing import Any, Never

from pydantic_core import from_json

from stream.errors import BadRecord, RejectReason

#: The maximum nesting of arrays and objects.
MOST_LEVELS = 200
_DEEP, _TWICE = f"nested deeper than {MOST_LEVELS} levels", "a name comes twice in one object"
#: An integer of more digits exceeds every bound and is not converted.
_MOST_DIGITS = 18
_BEYOND = 1e18
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_STEPS = tuple((chr(byte) in "[{") - (chr(byte) in "]}") for byte in range(256))


def read(value: bytes) -> Any:
    """Parse `value`. Raises `BadRecord` unless it is one JSON text.

    Integers are as in JSON Schema: `1.0` is one. Numbers beyond every bound are replaced by one such number.
    """
    try:
        whole = [from_json(value, allow_inf_nan=False)]
    except ValueError:
        return _read_anew(value)
    if _texts(whole, 0) * 2 != _quotes(value):
        raise BadRecord(RejectReason.JSON, _TWICE)
    return whole[0]


def _texts(node: Any, level: int) -> int:
    """Count the texts and names in `node` at nesting `level`; whole numbers in it become integers."""
    if level > MOST_LEVELS:
        raise BadRecord(RejectReason.JSON, _DEEP)
    members, found = (node.items(), len(node)) if type(node) is dict else (enumerate(node), 0)
    for name, value in members:
        kind = type(value)
        if kind is str:
            found += 1
        elif kind is dict or kind is list:
            found += _texts(value, level + 1)
        elif kind is float and value.is_integer() and abs(value) < _BEYOND:
            node[name] = int(value)
    return found


def _quotes(value: bytes) -> int:
    """Count the quotation marks that begin or end a text."""
    if b"\\" in value:
        value = value.replace(rb"\\", b"").replace(rb"\"", b"")
    return value.count(b'"')


def _read_anew(value: bytes) -> Any:
    if _is_too_deep(value):
        raise BadRecord(RejectReason.JSON, _DEEP)
    try:
        found = _decode(value.decode())
        if _HALF.search(value):
            dumps(found, ensure_ascii=False).encode()
    except ValueError:
        raise BadRecord(RejectReason.JSON, "not JSON in UTF-8") from None
    return found


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise BadRecord(RejectReason.JSON, _TWICE)
    return found


def _integer(digits: str) -> float:
    return int(digits) if len(digits.lstrip("-")) <= _MOST_DIGITS else _BEYOND


def _number(digits: str) -> float:
    number = float(digits)
    return int(number) if number.is_integer() and abs(number) < _BEYOND else number


def _constant(_: str) -> Never:
    raise ValueError("NaN and Infinity are no JSON")


_decode = JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_constant
).decode


def _is_too_deep(value: bytes) -> bool:
    if value.count(b"[") + value.count(b"{") <= MOST_LEVELS:
        return False
    return max(accumulate(map(_STEPS.__getitem__, _TEXT.sub(b"", value)))) > MOST_LEVELS
