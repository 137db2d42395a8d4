"""The text of one queue without its labels, in parts: each is a function of what it tells."""

from collections.abc import Mapping
from functools import cache
from math import inf
from operator import attrgetter

from stream.board.rows import QueueNow
from stream.domain import fields
from stream.domain.agent.state import SHOWN_STATES
from stream.domain.definition import HANDLE_EDGES_MS, Definition
from stream.domain.kpi import Kpis, handle_ms
from stream.domain.reading import read
from stream.domain.service_level import short_abandoned
from stream.domain.tally import Tally, peak
from stream.metrics.columns import ROW, Part
from stream.settings import QueueInForce

_PRESENT = tuple(
    f"pantau_queue_contacts_{name}"
    for name in ("waiting", "waiting_over_threshold", "active", "scheduled", "ghost", "residual")
)
#: Metrics of a window, without `pantau_queue_window_`, by the KPI that each tells.
_OF_WINDOW = {
    "offered": "contacts_offered",
    "answered": "contacts_answered",
    "answered_in_target": "contacts_answered_within_threshold",
    "abandoned": "contacts_abandoned",
    "service_level_ratio": "service_level_ratio",
    "abandoned_ratio": "abandoned_ratio",
    "asa_seconds": "answer_wait_mean_seconds",
    "aht_seconds": "handle_mean_seconds",
    "first_response_seconds": "first_response_mean_seconds",
    "response_seconds": "response_mean_seconds",
    "response_with_bots_seconds": "response_with_bots_mean_seconds",
}
_WINDOW_METRICS = tuple(f"pantau_queue_window_{name}" for name in _OF_WINDOW.values())
_window_values = attrgetter(*_OF_WINDOW)
_QUANTILES = ("0.5", "0.9", "0.95")
#: The counts of `_PRESENT`, since when the oldest waits in ms or None, agents in the order of `SHOWN_STATES`.
Present = tuple[int, int, int, int, int, int, int | None, tuple[int, ...]]


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
            ("wait_limit_seconds", settings.wait_limit_seconds),
            ("alert_min_contacts", definition.min_contacts),
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


def counters(total_ever: Tally, wait_edges_ms: tuple[int, ...]) -> Part:
    """What was counted since ever, never falling; see `peak`."""
    total, part = peak(total_ever), Part()
    reading = read(total)
    for name, value in (
        ("offered", total.get(fields.OFFERED, 0)),
        ("answered", sum(reading.bands[fields.ANSWERED].values())),
        ("answered_within_threshold", total.get(fields.IN_TARGET, 0)),
        ("abandoned", sum(reading.bands[fields.ABANDONED].values())),
        ("abandoned_short", short_abandoned(total)),
    ):
        part[f"pantau_queue_contacts_{name}"] = f"pantau_queue_contacts_{name}_total{{{ROW}}} {value}\n"
    for name, counts in (("redirected", reading.left), ("blocked", reading.told[fields.BLOCKED])):
        part[f"pantau_queue_contacts_{name}"] = "".join(
            f'pantau_queue_contacts_{name}_total{{{ROW},reason="{escape(reason)}"}} {count}\n'
            for reason, count in sorted(counts.items())
        )
    for name, bands, edges_ms, sum_ms in (
        (
            "answer_wait_seconds",
            reading.bands[fields.ANSWERED],
            wait_edges_ms,
            total.get(fields.ANSWER_WAIT, 0),
        ),
        (
            "abandon_wait_seconds",
            reading.bands[fields.ABANDONED],
            wait_edges_ms,
            total.get(fields.ABANDON_WAIT, 0),
        ),
        ("handle_seconds", reading.bands[fields.HANDLE], HANDLE_EDGES_MS, handle_ms(total)),
    ):
        part[f"pantau_queue_{name}"] = _histogram(f"pantau_queue_{name}", bands, edges_ms, sum_ms)
    if fields.FIRST in total:
        name = "pantau_queue_first_response_seconds"
        replied: dict[float, int] = {inf: total[fields.FIRST]}
        part[name] = _histogram(name, replied, (), total.get(fields.FIRST_WAIT, 0))
    return part


def present(now: QueueNow) -> Present:
    """What of a queue's present is exposed: the same values, the same text."""
    staffed = tuple(now.agents.get(state, 0) for state in SHOWN_STATES) if now.agents else ()
    return (
        now.waiting,
        now.waiting_over_target,
        now.active,
        now.scheduled,
        now.ghosts,
        now.residual,
        now.oldest_queued_ms,
        staffed,
    )


def gauges(now: Present) -> Part:
    """The present of a queue; of nobody waiting no oldest, of no agents none by state."""
    *counts, oldest_ms, staffed = now
    part = Part((name, f"{name}{{{ROW}}} {count}\n") for name, count in zip(_PRESENT, counts, strict=True))
    if oldest_ms is not None:
        name = "pantau_queue_oldest_waiting_timestamp_seconds"
        part[name] = f"{name}{{{ROW}}} {oldest_ms / 1000}\n"
    if staffed:
        part["pantau_queue_agents"] = "".join(
            f'pantau_queue_agents{{{ROW},state="{state}"}} {count}\n'
            for state, count in zip(SHOWN_STATES, staffed, strict=True)
        )
    return part


def rolling(kpis: Kpis, window: str) -> Part:
    """What a queue did in a window."""
    labels = f'{ROW},window="{window}"'
    part = Part(
        (name, f"{name}{{{labels}}} {value}\n")
        for name, value in zip(_WINDOW_METRICS, _window_values(kpis), strict=True)
        if value is not None
    )
    waits = (kpis.wait_p50_seconds, kpis.wait_p90_seconds, kpis.wait_p95_seconds)
    part["pantau_queue_window_answer_wait_seconds"] = "".join(
        f'pantau_queue_window_answer_wait_seconds{{{labels},quantile="{quantile}"}} {wait}\n'
        for quantile, wait in zip(_QUANTILES, waits, strict=True)
        if wait is not None
    )
    if kpis.first_response_p90_seconds is not None:
        name = "pantau_queue_window_first_response_seconds"
        part[name] = f'{name}{{{labels},quantile="0.9"}} {kpis.first_response_p90_seconds}\n'
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
