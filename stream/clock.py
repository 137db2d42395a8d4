"""The wall clock. Only shells ask it; what they call is given the time."""

import time


def now_ms() -> int:
    """The time of day, in ms since 1970."""
    return time.time_ns() // 1_000_000
