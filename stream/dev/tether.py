"""Replaces itself with a program that dies with the process that asked for it.

`ManagedProcess` starts every child through this file, as a script and not as code between fork and exec,
which would not be safe in a process that has threads. On Linux the kernel then kills the child as soon as
the thread that started it ends; elsewhere only a clean stop ends it.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def tethered(argv: list[str]) -> list[str]:
    """Give the command that runs this one tied to the present process."""
    return [sys.executable, "-I", "-S", str(Path(__file__)), str(os.getpid()), *argv]


def become(argv: list[str], *, parent: int) -> None:
    """Turn the present process into the program, unless its parent is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == parent:
        os.execv(argv[0], argv)  # noqa: S606 - no shell is what is wanted


if __name__ == "__main__":
    become(sys.argv[2:], parent=int(sys.argv[1]))
