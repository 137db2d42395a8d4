"""docs/alerts.svg: one dot for each felt incident, at the seconds from when customers felt it to its page.

Rows have names and misses have a cross, so nothing depends on telling colours apart.
"""

from statistics import median
from typing import Any
from xml.sax.saxutils import escape

from tools.docs.noise import result

_LEFT, _TOP, _ROW, _WIDTH = 130, 50, 44, 560
_GOAL_SECONDS, _TICK_SECONDS = 180, 60
#: Dots that would cover each other lie in this many lanes.
_LANES = (0, -7, 7, -14, 14)
_INK, _DOT, _GRID = "#222222", "#0072b2", "#dddddd"


def picture() -> str:
    """Render the picture."""
    kinds = result()["incidents"]
    slowest = max((delay for one in kinds for delay in one["since_felt_seconds"]), default=0)
    most = (max(slowest, _GOAL_SECONDS) // _TICK_SECONDS + 1) * _TICK_SECONDS
    height = _TOP + _ROW * len(kinds) + 50
    parts = [_axis(most, height), *(_row(place, one, most) for place, one in enumerate(kinds))]
    size = f'width="{_LEFT + _WIDTH + 80}" height="{height}"'
    style = f'font-family="sans-serif" font-size="13" fill="{_INK}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>'
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return "\n".join(
        [
            head,
            ground,
            _text(_LEFT, 20, "Seconds from when customers feel an incident to its first page"),
            *parts,
            _END,
        ]
    )


_END = "</svg>\n"


def _axis(most: int, height: int) -> str:
    low, lines = height - 40, []
    for at in range(0, most + 1, _TICK_SECONDS):
        lines.append(_line(_x(at, most), _TOP - 15, low, _GRID))
        lines.append(_text(_x(at, most), low + 18, str(at), "middle"))
    goal = _x(_GOAL_SECONDS, most)
    lines.append(_line(goal, _TOP - 15, low, _INK, dashed=True))
    lines.append(_text(goal, low + 34, "goal of the median", "middle"))
    return "\n".join(lines)


def _row(place: int, one: dict[str, Any], most: int) -> str:
    y, delays = _TOP + _ROW * place + 15, sorted(one["since_felt_seconds"])
    dots = [
        f'<circle cx="{_x(delay, most)}" cy="{y + _LANES[lane % len(_LANES)]}" r="4" fill="{_DOT}" '
        f'fill-opacity="0.75"><title>{delay} s</title></circle>'
        for lane, delay in enumerate(delays)
    ]
    if delays:
        dots.append(_line(_x(median(delays), most), y - 18, y + 18, _INK))
    missed = one["felt"] - one["paged"]
    label = f"{missed} \u00d7 not paged" if missed else ""
    return "\n".join(
        [_text(_LEFT - 10, y + 4, one["kind"], "end"), *dots, _text(_LEFT + _WIDTH, y + 4, label)]
    )


def _x(seconds: float, most: int) -> str:
    return f"{_LEFT + (_WIDTH - 20) * seconds / most:.1f}"


def _line(x: str, high: int, low: int, colour: str, *, dashed: bool = False) -> str:
    width = 1 if colour == _GRID else 2
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<line x1="{x}" x2="{x}" y1="{high}" y2="{low}" stroke="{colour}" stroke-width="{width}"{dash}/>'


def _text(x: float | str, y: int, text: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
