"""A quantity over time: how it looks, and whether it is flat."""

from collections.abc import Sequence
from statistics import linear_regression, mean

_BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 48
#: By so much of its mean a flat quantity may seem to grow in the time that is judged.
MOST_GROWTH_RATIO = 0.10


def settled(values: Sequence[float]) -> Sequence[float]:
    """The last two thirds: until then a run fills what it keeps."""
    return values[len(values) // 3 :]


def growth(seconds: Sequence[float], values: Sequence[float]) -> float:
    """What the straight line through the last two thirds gains in that time; 0 for too few samples."""
    times, judged = settled(seconds), settled(values)
    if len(judged) < 3:
        return 0.0
    return linear_regression(times, judged).slope * (times[-1] - times[0])


def is_flat(seconds: Sequence[float], values: Sequence[float]) -> bool:
    """Whether it grows by less than `MOST_GROWTH_RATIO` of its mean in the last two thirds."""
    judged = settled(values)
    return not judged or growth(seconds, values) <= MOST_GROWTH_RATIO * mean(judged)


def sparkline(values: Sequence[float]) -> str:
    """A line of bars from 0 to the greatest value, at most `_WIDTH` of them."""
    top = max(values, default=0) or 1
    step = max(1, -(-len(values) // _WIDTH))
    shown = [max(values[at : at + step]) for at in range(0, len(values), step)]
    return "".join(_BARS[min(len(_BARS) - 1, int(value / top * len(_BARS)))] for value in shown)
