"""Reports unexpected failures in one line with their place in the code; the trace on request."""

import os
import traceback
from pathlib import Path

#: The variable that makes commands and logs show traces.
DEBUG = "PANTAU_DEBUG"
_OURS = Path(__file__).parents[1]
_LONGEST = 300


def wants_traces() -> bool:
    """Whether the environment asks for whole traces."""
    return os.environ.get(DEBUG, "").lower() not in {"", "0", "false", "no", "off"}


def in_one_line(failure: BaseException) -> str:
    """The failure, and the last place in Pantau's code that it passed."""
    said = " ".join(str(failure).split())[:_LONGEST]
    name = type(failure).__name__
    return f"{name}: {said} ({_where(failure)})" if said else f"{name} ({_where(failure)})"


def _where(failure: BaseException) -> str:
    frames = traceback.extract_tb(failure.__traceback__)
    if not frames:
        return "raised nowhere"
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_OURS)]
    last = (ours or frames)[-1]
    file = Path(last.filename)
    name = file.relative_to(_OURS.parent) if ours else Path(file.name)
    return f"{name}:{last.lineno}"
