"""Cuts a window where the definition of its queue changed, so that each part uses its own definition."""

from itertools import pairwise

from stream.board.interval import Interval
from stream.board.model import Model, Series
from stream.domain.definition import Definition, Timeline
from stream.domain.service_level import Part
from stream.domain.window import Window

_ALWAYS_MS = 1 << 60


def split(  # noqa: PLR0913, PLR0917 - a window, where it is kept, and what it is cut by
    model: Model, series: Series, name: str, panes: Window, interval: Interval, steps: Timeline
) -> list[Part]:
    """The parts of window `name`, which covers `panes`, with the definition of each.

    Definitions change on whole minutes, where panes begin. Each part is a window of its own that moves with
    the whole. A window without a change is one part.
    """
    parts: list[Part] = []
    for low_ms, high_ms, definition in _spans(steps):
        from_ms, to_ms = max(low_ms, panes.low_ms), min(high_ms, panes.high_ms)
        if (from_ms, to_ms) == (panes.low_ms, panes.high_ms):
            return [(panes.reading, definition)]
        if from_ms < to_ms:
            part = interval._replace(from_ms=from_ms, to_ms=to_ms, has_passed=True)
            parts.append((model.window(series, f"{name} from {low_ms}", part).reading, definition))
    return parts


def _spans(steps: Timeline) -> list[tuple[int, int, Definition]]:
    """The interval in ms in which each definition is in force; the first has no start."""
    edges = [-_ALWAYS_MS, *(at_ms for at_ms, _ in steps[1:]), _ALWAYS_MS]
    return [
        (low_ms, high_ms, step[1]) for (low_ms, high_ms), step in zip(pairwise(edges), steps, strict=True)
    ]
