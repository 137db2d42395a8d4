"""The text of one queue without its labels, in parts: each is a function of what it tells."""

from collections.abc import Callable, Mapping
from functools import cache
from math import inf
from operator import attrgetter
from typing import Any

from stream.board.rows import QueueNow
from stream.domain import fields
from stream.domain.agent.state import SHOWN_STATES
from stream.domain.definition import HANDLE_EDGES_MS, Definition
from stream.domain.kpi import Kpis, total
from stream.domain.measures.basis import handle_ms
from stream.domain.measures.measure import Place, Unit
from stream.domain.reading import read
from stream.domain.status import Status
from stream.domain.tally import Tally, peak
from stream.metrics.catalogue import told
from stream.metrics.columns import ROW, Part
from stream.settings import QueueInForce

Present = tuple[Any, ...]
#: Metrics of now, with the unit of each, and the label of what its values are of.
_OF_NOW = [(f"pantau_queue_{metric.name}", row.unit, metric.by) for row, metric in told(QueueNow, Place.NOW)]
#: What of a queue's present is exposed: the same values, the same text.
present: Callable[[QueueNow], Present] = attrgetter(*(row.name for row, _ in told(QueueNow, Place.NOW)))
#: Metrics of windows, with the label of a quantile, in the order of what each tells; and of totals, with how.
_OF_WINDOW = [
    (f"pantau_queue_window_{metric.name}", f',quantile="{metric.quantile}"' if metric.quantile else "")
    for _, metric in told(Kpis, Place.WINDOW)
]
_window_values = attrgetter(*(row.name for row, _ in told(Kpis, Place.WINDOW)))
_OF_TOTALS = [(f"pantau_queue_{metric.name}", row.value) for row, metric in told(Kpis, Place.TOTALS)]


def labels_of(tenant: str, queue: str, media: str) -> str:
    """The labels of one queue, which stand for `ROW` in all of its text."""
    return f'tenant="{escape(tenant)}",queue="{escape(queue)}",media="{escape(media)}"'


def configured(queue: str, definition: Definition, settings: QueueInForce) -> Part:
    """What is promised of a queue, and what it is called."""
    part = Part(
        (f"pantau_queue_{name}", f"pantau_queue_{name}{{{ROW}}} {value}\n")
        for name, value in (
            ("service_level_target_ratio", definition.goal_ratio),
            ("service_level_threshold_seconds", definition.target_ms / 1000),
            ("wait_limit_seconds", settings.tolerance.wait_limit_seconds),
            ("alert_min_contacts", definition.min_contacts),
            ("abandoned_limit_ratio", settings.limits.abandoned_ratio),
            ("late_limit_ratio", settings.limits.late_ratio),
            ("missed_limit_contacts", settings.limits.missed),
        )
    )
    limit = "pantau_queue_service_level_limit_ratio"
    part[limit] = "".join(
        f'{limit}{{{ROW},rule="{rule}"}} {round(definition.goal_ratio - points / 100, 6)}\n'
        for rule, points in (
            ("day", settings.tolerance.low_points),
            ("slow", settings.limits.slow_points),
            ("fast", settings.tolerance.critical_points),
        )
    )
    names = (
        f'name="{escape(settings.display_name or queue)}",'
        f'team="{escape(settings.team)}",site="{escape(settings.site)}"'
    )
    part["pantau_queue"] = f"pantau_queue_info{{{ROW},{names}}} 1\n"
    formula = f'{ROW},formula="{escape(definition.code)}"'
    part["pantau_service_level_formula"] = f"pantau_service_level_formula_info{{{formula}}} 1\n"
    return part


def opening(*, is_open: bool) -> Part:
    """Whether a queue is open."""
    return Part(pantau_queue_open=f"pantau_queue_open{{{ROW}}} {int(is_open)}\n")


def standing(status: Status) -> Part:
    """How a queue is called: 1 for its status, 0 for every other."""
    return Part(
        pantau_queue_status="".join(
            f'pantau_queue_status{{{ROW},status="{each}"}} {int(each is status)}\n' for each in Status
        )
    )


def counters(total_ever: Tally, wait_edges_ms: tuple[int, ...]) -> Part:
    """What was counted since ever, never falling; see `peak`."""
    tally, part = peak(total_ever), Part()
    reading = read(tally)
    of = total(reading, Definition())
    for name, value in _OF_TOTALS:
        part[name] = f"{name}_total{{{ROW}}} {value(of)}\n"
    for name, counts in (("redirected", reading.left), ("blocked", reading.labelled[fields.BLOCKED])):
        part[f"pantau_queue_contacts_{name}"] = "".join(
            f'pantau_queue_contacts_{name}_total{{{ROW},reason="{escape(reason)}"}} {count}\n'
            for reason, count in sorted(counts.items())
        )
    for name, bands, edges_ms, sum_ms in (
        (
            "answer_wait_seconds",
            reading.bands[fields.ANSWERED],
            wait_edges_ms,
            tally.get(fields.ANSWER_WAIT, 0),
        ),
        (
            "abandon_wait_seconds",
            reading.bands[fields.ABANDONED],
            wait_edges_ms,
            tally.get(fields.ABANDON_WAIT, 0),
        ),
        ("handle_seconds", reading.bands[fields.HANDLE], HANDLE_EDGES_MS, handle_ms(tally)),
    ):
        part[f"pantau_queue_{name}"] = _histogram(f"pantau_queue_{name}", bands, edges_ms, sum_ms)
    if fields.FIRST in tally:
        name = "pantau_queue_first_response_seconds"
        replied: dict[float, int] = {inf: tally[fields.FIRST]}
        part[name] = _histogram(name, replied, (), tally.get(fields.FIRST_WAIT, 0))
    return part


def gauges(now: Present) -> Part:
    """The present of a queue; of nobody waiting no oldest, of no agents none by state."""
    part = Part()
    for (name, unit, by), value in zip(_OF_NOW, now, strict=True):
        if by:
            if value:
                part[name] = "".join(
                    f'{name}{{{ROW},{by}="{state}"}} {value.get(state, 0)}\n' for state in SHOWN_STATES
                )
        elif value is not None:
            part[name] = f"{name}{{{ROW}}} {value / 1000 if unit is Unit.INSTANT else value}\n"
    return part


def rolling(kpis: Kpis, window: str) -> Part:
    """What a queue did in a window."""
    labels = f'{ROW},window="{window}"'
    part = Part()
    for (name, quantile), value in zip(_OF_WINDOW, _window_values(kpis), strict=True):
        if value is not None:
            line = f"{name}{{{labels}{quantile}}} {value}\n"
            part[name] = part[name] + line if name in part else line
    return part


def _histogram(name: str, counts: Mapping[float, int], edges_ms: tuple[int, ...], sum_ms: int) -> str:
    ordered = sorted(counts.items())
    seen, at, out = 0, 0, []
    for edge, text in _bounds(edges_ms):
        while at < len(ordered) and ordered[at][0] <= edge:
            seen += ordered[at][1]
            at += 1
        out.append(f'{name}_bucket{{{ROW},le="{text}"}} {seen}\n')
    return "".join([*out, f"{name}_sum{{{ROW}}} {sum_ms / 1000}\n{name}_count{{{ROW}}} {seen}\n"])


@cache
def _bounds(edges_ms: tuple[int, ...]) -> list[tuple[float, str]]:
    """Each upper edge, the last of which is infinity, as it is written in seconds."""
    return [*((edge, str(edge / 1000)) for edge in edges_ms), (inf, "+Inf")]


def escape(value: str) -> str:
    """A label value, escaped for both formats."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
