"""A board as text for Prometheus, and as OpenMetrics.

Written from label strings that are kept from scrape to scrape, which is an order of magnitude faster than
building sample objects: a thousand queues are tens of thousands of series. A test holds this writer to
prometheus_client's own parsers.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from stream.board.rows import Board, Freshness, QueueBoard
from stream.domain.agent import SHOWN_STATES
from stream.domain.definition import HANDLE_EDGES_MS
from stream.domain.kpi import Kpis, handle_ms
from stream.domain.reading import read
from stream.domain.service_level import short_abandoned
from stream.domain.staffing import Staffing
from stream.domain.tally import Tally
from stream.metrics.catalogue import BY_NAME, METRIC_WINDOWS, METRICS, TEAM_RATIOS, Plane, Type
from stream.settings import QueueInForce

_INFINITY = float("inf")
Lines = dict[str, list[str]]
#: Text by metric name, of one queue.
Part = dict[str, str]


@dataclass(frozen=True, slots=True)
class Labels:
    """The label strings of one queue, made once."""

    base: str
    states: tuple[tuple[str, str], ...]
    windows: Mapping[str, str]
    quantiles: Mapping[str, tuple[str, str, str]]


@dataclass(slots=True)
class Exposition:
    """Writes boards. `queue_settings` gives what is configured of a (queue, channel)."""

    tenant: str
    wait_edges_ms: tuple[int, ...]
    queue_settings: Callable[[str, str], QueueInForce]
    max_queues: int = 2_000
    dropped: int = 0
    _labels: dict[tuple[str, str], Labels] = field(default_factory=dict)
    _parts: dict[tuple[str, str], dict[str, tuple[object, Part]]] = field(default_factory=dict)

    def text(self, board: Board, *, openmetrics: bool = False) -> str:
        """The business metrics of `board`; without the end mark of OpenMetrics."""
        lines: Lines = defaultdict(list)
        self.dropped = max(0, len(board.queues) - self.max_queues)
        whole = board.rebuilding is None or not board.rebuilding.incomplete
        live = whole and board.freshness is not Freshness.EXPIRED
        for queue in board.queues[: self.max_queues]:
            self._queue(lines, queue, live=live, whole=whole)
        self._teams(lines, board, live=live)
        self._state(lines, board, whole=whole)
        self._rebuilds(lines, board)
        self._heartbeats(lines, board)
        return "".join(
            _head(metric.name, openmetrics=openmetrics) + "".join(lines[metric.name])
            for metric in METRICS
            if metric.plane is Plane.BUSINESS and any(lines.get(metric.name, ()))
        )

    def _queue(self, lines: Lines, board: QueueBoard, *, live: bool, whole: bool) -> None:
        key = (board.queue, board.channel or "")
        labels = self._labels.get(key)
        if labels is None:
            labels = self._labels[key] = _labels(self.tenant, *key)
        parts = self._parts.setdefault(key, {})
        for part, source, write in self._sources(board, live=live, whole=whole):
            known = parts.get(part)
            if known is None or known[0] is not source:
                known = parts[part] = (source, write(labels))
            for name, text in known[1].items():
                lines[name].append(text)
        if live:
            _gauges(lines, board, labels)

    def _sources(
        self, board: QueueBoard, *, live: bool, whole: bool
    ) -> Iterator[tuple[str, object, Callable[[Labels], Part]]]:
        """The parts of a queue's text, each with the object that it says: the same object, the same text.

        Counters that are not `whole` are left out: they would seem to begin at 0, and all be counted again.
        """
        yield "configured", board.definition, partial(self._configured, board)
        yield "open", board.now.open, partial(_open, is_open=bool(board.now.open))
        if whole:
            yield "counters", board.totals, partial(self._counters, board)
        if live:
            for window in METRIC_WINDOWS:
                kpis = board.windows[window]
                yield window, kpis, partial(_window, kpis, window)

    def _counters(self, board: QueueBoard, labels: Labels) -> Part:
        base, total, part = labels.base, peak(board.total), Part()
        reading = read(total)
        for name, value in (
            ("offered", total.get("offered", 0)),
            ("answered", sum(reading.bands["a"].values())),
            ("answered_within_threshold", total.get("d.in", 0)),
            ("abandoned", sum(reading.bands["x"].values())),
            ("abandoned_short", short_abandoned(total)),
        ):
            part[f"pantau_queue_contacts_{name}"] = f"pantau_queue_contacts_{name}_total{{{base}}} {value}\n"
        for name, counts in (("redirected", reading.left), ("blocked", reading.told["blocked"])):
            part[f"pantau_queue_contacts_{name}"] = "".join(
                f'pantau_queue_contacts_{name}_total{{{base},reason="{escape(reason)}"}} {count}\n'
                for reason, count in sorted(counts.items())
            )
        edges = self.wait_edges_ms
        for name, bands_, bounds, sum_ms in (
            ("answer_wait_seconds", reading.bands["a"], edges, total.get("aw", 0)),
            ("abandon_wait_seconds", reading.bands["x"], edges, total.get("xw", 0)),
            ("handle_seconds", reading.bands["h"], HANDLE_EDGES_MS, handle_ms(total)),
        ):
            part[f"pantau_queue_{name}"] = _histogram(f"pantau_queue_{name}", base, bands_, bounds, sum_ms)
        if "fr" in total:
            name = "pantau_queue_first_response_seconds"
            replied: dict[float, int] = {_INFINITY: total["fr"]}
            part[name] = _histogram(name, base, replied, (), total.get("frw", 0))
        return part

    def _configured(self, board: QueueBoard, labels: Labels) -> Part:
        definition, base = board.definition, labels.base
        settings = self.queue_settings(board.queue, board.channel or "")
        part = Part(
            (f"pantau_queue_{name}", f"pantau_queue_{name}{{{base}}} {value}\n")
            for name, value in (
                ("service_level_target_ratio", definition.goal_ratio),
                ("service_level_threshold_seconds", definition.target_ms / 1000),
                ("wait_limit_seconds", settings.wait_limit_seconds),
                ("alert_min_contacts", settings.alert_min_contacts),
            )
        )
        names = (
            f'name="{escape(settings.display_name or board.queue)}",'
            f'team="{escape(settings.team)}",site="{escape(settings.site)}"'
        )
        part["pantau_queue"] = f"pantau_queue_info{{{base},{names}}} 1\n"
        formula = f'{base},formula="{escape(definition.code)}"'
        part["pantau_service_level_formula"] = f"pantau_service_level_formula_info{{{formula}}} 1\n"
        return part

    def _teams(self, lines: Lines, board: Board, *, live: bool) -> None:
        for team in board.staff.teams if live else ():
            base = f'tenant="{escape(self.tenant)}",team="{escape(team.team)}"'
            lines["pantau_agents"] += [
                f'pantau_agents{{{base},state="{state}"}} {team.agents.get(state, 0)}\n'
                for state in SHOWN_STATES
            ]
            for window in METRIC_WINDOWS:
                for name, labels, value in _ratios(team.windows[window], base):
                    if value is not None:
                        lines[f"pantau_team_window_{name}"].append(
                            f'pantau_team_window_{name}{{{labels},window="{window}"}} {value}\n'
                        )

    def _state(self, lines: Lines, board: Board, *, whole: bool) -> None:
        base = f'{{tenant="{escape(self.tenant)}"}}'
        for name, value in (
            ("watermark_timestamp_seconds", board.watermark_ms / 1000),
            ("current_timestamp_seconds", board.current_ms / 1000),
            ("last_write_timestamp_seconds", board.written_ms / 1000),
            ("open_contacts", board.open_contacts),
        ):
            if whole if name == "open_contacts" else value:
                lines[f"pantau_state_{name}"].append(f"pantau_state_{name}{base} {value}\n")

    def _rebuilds(self, lines: Lines, board: Board) -> None:
        for (topic, number), part in board.parts.items():
            base = f'{{tenant="{escape(self.tenant)}",topic="{escape(topic)}",partition="{number}"}}'
            values: dict[str, float] = {"in_progress": int(part.rebuild is not None), "incomplete": part.lost}
            if part.rebuild is not None:
                values |= {
                    "progress_ratio": part.rebuild.progress_ratio,
                    "records_to_go": part.rebuild.records_to_go,
                }
            for name, value in values.items():
                lines[f"pantau_rebuild_{name}"].append(f"pantau_rebuild_{name}{base} {value}\n")

    def _heartbeats(self, lines: Lines, board: Board) -> None:
        """Told at any age: they are about the path, not about the business."""
        for partition, sources in board.pulse.beats.items():
            if not sources:
                continue
            base = f'tenant="{escape(self.tenant)}",topic="{partition.topic}",partition="{partition.number}"'
            lines["pantau_heartbeat_age_seconds"] += [
                f'pantau_heartbeat_age_seconds{{{base},source="{escape(source)}"}} '
                f"{max(0, board.now_ms - at_ms) / 1000}\n"
                for source, at_ms in sorted(sources.items())
            ]
            dropped = board.pulse.dropped_sources.get(partition, 0)
            lines["pantau_heartbeat_sources_dropped"].append(
                f"pantau_heartbeat_sources_dropped_total{{{base}}} {dropped}\n"
            )


def _ratios(did: Staffing, base: str) -> Iterator[tuple[str, str, float | None]]:
    """The ratios of a team in a window: name, labels, value."""
    for name in TEAM_RATIOS:
        yield name, base, getattr(did, name)
    for media, ratio in did.occupancy_slot_by_channel.items():
        yield "media_occupancy_slot_ratio", f'{base},media="{media}"', ratio


def peak(total: Tally) -> Tally:
    """A running total as a counter must show it: corrections never take it below what was once seen."""
    shown = {name: count for name, count in total.items() if name[0] != "^"}
    for name, below in total.items():
        if name[0] == "^":
            shown[name[1:]] = shown.get(name[1:], 0) + below
    return shown


def escape(value: str) -> str:
    """A label value, escaped for both formats."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _labels(tenant: str, queue: str, media: str) -> Labels:
    base = f'tenant="{escape(tenant)}",queue="{escape(queue)}",media="{escape(media)}"'
    windows = {window: f'{base},window="{window}"' for window in METRIC_WINDOWS}
    quantiles = {
        window: tuple(f'{labels},quantile="{q}"' for q in ("0.5", "0.9", "0.95"))
        for window, labels in windows.items()
    }
    states = tuple((state, f'{base},state="{state}"') for state in SHOWN_STATES)
    return Labels(base, states, windows, quantiles)  # type: ignore[arg-type] # three quantiles by construction


def _head(name: str, *, openmetrics: bool) -> str:
    metric = BY_NAME[name]
    shown, type_ = name, metric.type.value
    if not openmetrics:
        shown = metric.series[0] if metric.type in {Type.COUNTER, Type.INFO} else name
        type_ = "gauge" if metric.type is Type.INFO else type_
    return f"# HELP {shown} {metric.help}\n# TYPE {shown} {type_}\n"


def _open(labels: Labels, *, is_open: bool) -> Part:
    return Part(pantau_queue_open=f"pantau_queue_open{{{labels.base}}} {int(is_open)}\n")


def _gauges(lines: Lines, board: QueueBoard, labels: Labels) -> None:
    now, base = board.now, labels.base
    for name, value in (
        ("contacts_waiting", now.waiting),
        ("contacts_waiting_over_threshold", now.waiting_over_target),
        ("contacts_active", now.active),
        ("contacts_scheduled", now.scheduled),
        ("contacts_ghost", now.ghosts),
        ("contacts_residual", now.residual),
    ):
        lines[f"pantau_queue_{name}"].append(f"pantau_queue_{name}{{{base}}} {value}\n")
    if now.oldest_queued_ms is not None:
        lines["pantau_queue_oldest_waiting_timestamp_seconds"].append(
            f"pantau_queue_oldest_waiting_timestamp_seconds{{{base}}} {now.oldest_queued_ms / 1000}\n"
        )
    if now.agents:
        lines["pantau_queue_agents"] += [
            f"pantau_queue_agents{{{text}}} {now.agents.get(state, 0)}\n" for state, text in labels.states
        ]


def _window(kpis: Kpis, window: str, labels: Labels) -> Part:
    base = labels.windows[window]
    part = Part(
        (f"pantau_queue_window_{name}", f"pantau_queue_window_{name}{{{base}}} {value}\n")
        for name, value in (
            ("contacts_offered", kpis.offered),
            ("contacts_answered", kpis.answered),
            ("contacts_answered_within_threshold", kpis.answered_in_target),
            ("contacts_abandoned", kpis.abandoned),
            ("service_level_ratio", kpis.service_level_ratio),
            ("abandoned_ratio", kpis.abandoned_ratio),
            ("answer_wait_mean_seconds", kpis.asa_seconds),
            ("handle_mean_seconds", kpis.aht_seconds),
            ("first_response_mean_seconds", kpis.first_response_seconds),
            ("response_mean_seconds", kpis.response_seconds),
            ("response_with_bots_mean_seconds", kpis.response_with_bots_seconds),
        )
        if value is not None
    )
    waits = (kpis.wait_p50_seconds, kpis.wait_p90_seconds, kpis.wait_p95_seconds)
    part["pantau_queue_window_answer_wait_seconds"] = "".join(
        f"pantau_queue_window_answer_wait_seconds{{{text}}} {wait}\n"
        for text, wait in zip(labels.quantiles[window], waits, strict=True)
        if wait is not None
    )
    if kpis.first_response_p90_seconds is not None:
        name, (_, p90, _) = "pantau_queue_window_first_response_seconds", labels.quantiles[window]
        part[name] = f"{name}{{{p90}}} {kpis.first_response_p90_seconds}\n"
    return part


def _histogram(
    name: str, base: str, counts: Mapping[float, int], edges_ms: tuple[int, ...], sum_ms: int
) -> str:
    ordered = sorted(counts.items())
    seen, at, out = 0, 0, []
    for edge in (*edges_ms, _INFINITY):
        while at < len(ordered) and ordered[at][0] <= edge:
            seen += ordered[at][1]
            at += 1
        text = "+Inf" if edge == _INFINITY else edge / 1000
        out.append(f'{name}_bucket{{{base},le="{text}"}} {seen}\n')
    return "".join([*out, f"{name}_sum{{{base}}} {sum_ms / 1000}\n{name}_count{{{base}}} {seen}\n"])
