"""What tests ask the operating system about processes."""

import time
from collections.abc import Callable
from pathlib import Path

#: Who asks takes from what is asked: a board of an exporter takes it a hundredth of a second.
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.02, 0.1


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits to be reaped does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def wait_until(happened: Callable[[], bool], *, seconds: float = 10.0) -> bool:
    """Ask again and again until it has happened, less often the longer it takes; whether it did in time."""
    until, pause = time.monotonic() + seconds, _FIRST_PAUSE_SECONDS
    while not happened():
        if time.monotonic() > until:
            return False
        time.sleep(pause)
        pause = min(1.2 * pause, _LONGEST_PAUSE_SECONDS)
    return True
