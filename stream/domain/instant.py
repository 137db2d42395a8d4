"""Instants: RFC 3339 text to integer milliseconds, quickly."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_CANONICAL_LENGTH = len("2026-11-21T10:00:00.123Z")


def instant_ms(text: str) -> int:
    """Milliseconds since 1970 of an RFC 3339 time that has passed the schema's pattern.

    Raises ValueError for a date or time that does not exist.
    """
    if len(text) == _CANONICAL_LENGTH and text[19] == "." and text[23] == "Z":
        return _second_ms(text[:19]) + int(text[20:23])
    return _slow_ms(text)


def instant_text(at_ms: int) -> str:
    """The canonical text of an instant: UTC, three decimals, `Z`."""
    moment = _EPOCH + timedelta(milliseconds=at_ms)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


@lru_cache(maxsize=65_536)
def _second_ms(second: str) -> int:
    return _slow_ms(f"{second}Z")


def _slow_ms(text: str) -> int:
    whole, _, fraction = text.replace("z", "Z").partition(".")
    if fraction:
        digits = fraction.rstrip("Z").partition("+")[0].partition("-")[0]
        text = f"{whole}.{digits[:6]:0<6}{fraction[len(digits):]}"
    return (datetime.fromisoformat(text.upper()) - _EPOCH) // _MS
