"""Instants: fast conversion between RFC 3339 text and integer milliseconds."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000

_LEAP = "0[48]|[2468][048]|[13579][26]"
_YEAR = "(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_DAY = (
    f"{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    f"|02-(?:0[1-9]|1[0-9]|2[0-8]))|(?:[0-9]{{2}}(?:{_LEAP})|(?:{_LEAP})00)-02-29"
)
_MINUTE = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
#: Accepts existing dates with a zone. RFC 3339 allows a blank instead of `T`. Leap seconds are not accepted.
RFC_3339 = rf"^(?:{_DAY})[Tt ]{_MINUTE}:[0-5][0-9](?:\.[0-9]{{1,9}})?(?:[Zz]|[+-]{_MINUTE})$"
_PATTERN = re.compile(RFC_3339)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
MILLIS = {f".{ms:03d}Z": ms for ms in range(1000)}


def instant_ms(text: str) -> int:
    """Milliseconds since 1970 of an RFC 3339 time with a zone. Raises ValueError for anything else."""
    millis = MILLIS.get(text[19:])  # the canonical form: both parts are looked up
    return _slow_ms(text) if millis is None else _second_ms(text[:19]) + millis


def instant_text(at_ms: int) -> str:
    """The canonical text of an instant: UTC, three decimals, `Z`."""
    moment = _EPOCH + timedelta(milliseconds=at_ms)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


@lru_cache(maxsize=65_536)
def _second_ms(second: str) -> int:
    return _slow_ms(f"{second}Z")


def _slow_ms(text: str) -> int:
    if not _PATTERN.fullmatch(text):
        raise ValueError("an RFC 3339 time with a zone is accepted, for example 2026-11-21T10:00:00.123Z")
    whole, _, fraction = text.replace("z", "Z").partition(".")
    if fraction:
        digits = fraction.rstrip("Z").partition("+")[0].partition("-")[0]
        text = f"{whole}.{digits[:6]:0<6}{fraction[len(digits) :]}"
    return (datetime.fromisoformat(text.upper()) - _EPOCH) // _MS
