"""Instants: RFC 3339 text to integer milliseconds, quickly."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

RFC_3339 = r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$"
_PATTERN = re.compile(RFC_3339, re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
MILLIS = {f".{ms:03d}Z": ms for ms in range(1000)}


def instant_ms(text: str) -> int:
    """Milliseconds since 1970 of an RFC 3339 time with a zone; raises ValueError for anything else."""
    millis = MILLIS.get(text[19:])  # the canonical form: the second is looked up, and so are the millis
    return _slow_ms(text) if millis is None else _second_ms(text[:19]) + millis


def instant_text(at_ms: int) -> str:
    """The canonical text of an instant: UTC, three decimals, `Z`."""
    moment = _EPOCH + timedelta(milliseconds=at_ms)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


@lru_cache(maxsize=65_536)
def _second_ms(second: str) -> int:
    return _slow_ms(f"{second}Z")


def _slow_ms(text: str) -> int:
    if not _PATTERN.match(text):
        raise ValueError("an RFC 3339 time with a zone is accepted, for example 2026-11-21T10:00:00.123Z")
    whole, _, fraction = text.replace("z", "Z").partition(".")
    if fraction:
        digits = fraction.rstrip("Z").partition("+")[0].partition("-")[0]
        text = f"{whole}.{digits[:6]:0<6}{fraction[len(digits) :]}"
    return (datetime.fromisoformat(text.upper()) - _EPOCH) // _MS
