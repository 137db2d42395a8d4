"""A board as text for Prometheus, and as OpenMetrics.

Written from label strings that are kept from scrape to scrape, which is an order of magnitude faster than
building sample objects: a thousand queues are a hundred thousand series. A test holds this writer to
prometheus_client's own parsers.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from typing import Any

from stream.board.path import Link
from stream.board.rows import Board, Freshness, QueueBoard
from stream.domain.agent.state import SHOWN_STATES
from stream.domain.definition import Definition
from stream.domain.kpi import Kpis
from stream.domain.measures.measure import Place
from stream.domain.oddity import MISPLACED, UNKNOWN
from stream.domain.staffing import Staffing
from stream.domain.status import Status
from stream.metrics.catalogue import BY_NAME, METRIC_WINDOWS, METRICS, Plane, Type, told
from stream.metrics.columns import Columns, Part
from stream.metrics.queue_text import (
    Present,
    configured,
    counters,
    escape,
    gauges,
    labels_of,
    opening,
    present,
    rolling,
    standing,
)
from stream.settings import AlertSettings, QueueInForce
from stream.store.sign import Hold

Lines = dict[str, list[str]]
#: So many texts of a metric make a piece.
_AT_ONCE = 500
#: What the name of a sort of odd records is called; those that are refused have a source.
_ODD_LABEL = {MISPLACED: "source", UNKNOWN: "event_type"}


@dataclass(slots=True)
class Exposition:
    """Writes boards. `queue_settings` gives what is configured of a (queue, channel), `alerts` of teams."""

    tenant: str
    wait_edges_ms: tuple[int, ...]
    queue_settings: Callable[[str, str], QueueInForce]
    alerts: AlertSettings = field(default_factory=AlertSettings)
    max_queues: int = 2_000
    dropped: int = 0
    _columns: Columns = field(default_factory=Columns)

    def hold_to_bands(self, wait_edges_ms: tuple[int, ...]) -> None:
        """Tell waits by these bands."""
        if wait_edges_ms != self.wait_edges_ms:
            self.wait_edges_ms, self._columns = wait_edges_ms, Columns()

    def text(self, board: Board, *, openmetrics: bool = False) -> str:
        """The business metrics of `board`; without the end mark of OpenMetrics."""
        return "".join(self.pieces(board, openmetrics=openmetrics))

    def pieces(self, board: Board, *, openmetrics: bool = False) -> Iterator[str]:
        """The same piece by piece: of thousands of queues it is some tens of megabytes."""
        lines: Lines = defaultdict(list)
        self.dropped = max(0, len(board.queues) - self.max_queues)
        whole = board.rebuilding is None or not board.rebuilding.incomplete
        live = whole and board.freshness is not Freshness.EXPIRED
        self._queues(board.queues[: self.max_queues], live=live, whole=whole)
        self._teams(lines, board, live=live)
        self._limits(lines)
        self._state(lines, board, whole=whole)
        self._path(lines, board)
        self._rebuilds(lines, board)
        self._heartbeats(lines, board)
        self._odd(lines, board)
        return self._families(lines, openmetrics=openmetrics)

    def _families(self, lines: Lines, *, openmetrics: bool) -> Iterator[str]:
        for metric in METRICS:
            if metric.plane is Plane.BUSINESS:
                texts = chain(self._columns.text(metric.name), lines.get(metric.name, ()))
                head = _head(metric.name, openmetrics=openmetrics)
                while text := "".join(islice(texts, _AT_ONCE)):
                    yield head + text
                    head = ""

    def _queues(self, queues: list[QueueBoard], *, live: bool, whole: bool) -> None:
        """Bring their columns up to date.

        Counters that are not `whole` are left out: they would seem to begin at 0, and all be counted again.
        """
        labels = [labels_of(self.tenant, queue.queue, queue.channel or "") for queue in queues]
        self._columns.begin((live, whole), labels)
        for part, sources, write in self._parts(queues, live=live, whole=whole):
            self._columns.put(part, sources, write)

    def _parts(
        self, queues: list[QueueBoard], *, live: bool, whole: bool
    ) -> Iterator[tuple[str, list[Any], Callable[[int, Any], Part]]]:
        """Each part of their text: of what it is the text by queue, and how that is written."""
        yield "configured", [queue.definition for queue in queues], partial(self._configured, queues)
        yield "open", [bool(queue.now.open) for queue in queues], _opening
        yield "status", [queue.status.status for queue in queues], _standing
        if whole:
            yield "counters", [queue.totals for queue in queues], partial(self._counters, queues)
        if live:
            for window in METRIC_WINDOWS:
                yield window, [queue.windows[window] for queue in queues], partial(_rolling, window)
            yield "now", [present(queue.now) for queue in queues], _gauges

    def _configured(self, queues: list[QueueBoard], row: int, definition: Definition) -> Part:
        name, channel = queues[row].queue, queues[row].channel or ""
        return configured(name, definition, self.queue_settings(name, channel))

    def _counters(self, queues: list[QueueBoard], row: int, _: Kpis) -> Part:
        return counters(queues[row].total, self.wait_edges_ms)

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

    def _limits(self, lines: Lines) -> None:
        alerts = self.alerts
        for of, ratio in (
            ("unknown", alerts.unknown_limit_ratio),
            ("occupancy", alerts.occupancy_limit_ratio),
            ("adherence", alerts.adherence_limit_ratio),
        ):
            name = f"pantau_team_{of}_limit_ratio"
            lines[name].append(f'{name}{{tenant="{escape(self.tenant)}"}} {ratio}\n')

    def _path(self, lines: Lines, board: Board) -> None:
        base = f'tenant="{escape(self.tenant)}"'
        for status in Status:
            told = f'{{{base},status="{status}"}}'
            is_now = int(status is board.all.status.status)
            lines["pantau_centre_status"].append(f"pantau_centre_status{told} {is_now}\n")
            lines["pantau_status_severity"].append(f"pantau_status_severity{told} {status.severity}\n")
        away = {found.link for found in board.path.away}
        lines["pantau_state_away"] += [
            f'pantau_state_away{{{base},what="{link}"}} {int(link in away)}\n' for link in Link
        ]
        held = {found.hold: found.partitions for found in board.holding}
        lines["pantau_state_held_up_partitions"] += [
            f'pantau_state_held_up_partitions{{{base},what="{hold}"}} {held.get(hold, 0)}\n' for hold in Hold
        ]
        lines["pantau_state_behind_records"].append(
            f"pantau_state_behind_records{{{base}}} {board.path.behind}\n"
        )

    def _rebuilds(self, lines: Lines, board: Board) -> None:
        for (topic, number), part in board.partitions.items():
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
        for partition, sources in board.heartbeat.beats.items():
            if not sources:
                continue
            base = f'tenant="{escape(self.tenant)}",topic="{partition.topic}",partition="{partition.number}"'
            lines["pantau_heartbeat_age_seconds"] += [
                f'pantau_heartbeat_age_seconds{{{base},source="{escape(source)}"}} '
                f"{max(0, board.now_ms - at_ms) / 1000}\n"
                for source, at_ms in sorted(sources.items())
            ]
            dropped = board.heartbeat.dropped_sources.get(partition, 0)
            lines["pantau_heartbeat_sources_dropped"].append(
                f"pantau_heartbeat_sources_dropped_total{{{base}}} {dropped}\n"
            )

    def _odd(self, lines: Lines, board: Board) -> None:
        """Told at any age, too."""
        for sort in board.last_hour.sorts:
            name = f"pantau_records_{sort.kind if sort.kind in _ODD_LABEL else 'refused'}"
            base = f'tenant="{escape(self.tenant)}",topic="{escape(sort.topic)}"'
            told = _ODD_LABEL.get(sort.kind, f'reason="{sort.kind}",source')
            lines[name].append(f'{name}{{{base},{told}="{escape(sort.name)}"}} {sort.records}\n')


def _opening(_: int, is_open: bool) -> Part:  # noqa: FBT001 - as all of them are called
    return opening(is_open=is_open)


def _standing(_: int, status: Status) -> Part:
    return standing(status)


def _rolling(window: str, _: int, kpis: Kpis) -> Part:
    return rolling(kpis, window)


def _gauges(_: int, now: Present) -> Part:
    return gauges(now)


def _ratios(did: Staffing, base: str) -> Iterator[tuple[str, str, float | None]]:
    """The ratios of a team in a window: name, labels, value."""
    for row, metric in told(Staffing, Place.WINDOW):
        value = getattr(did, row.name)
        if metric.by:
            for key, ratio in value.items():
                yield metric.name, f'{base},{metric.by}="{key}"', ratio
        else:
            yield metric.name, base, value


def _head(name: str, *, openmetrics: bool) -> str:
    metric = BY_NAME[name]
    shown, type_ = name, metric.type.value
    if not openmetrics:
        shown = metric.series[0] if metric.type in {Type.COUNTER, Type.INFO} else name
        type_ = "gauge" if metric.type is Type.INFO else type_
    return f"# HELP {shown} {metric.help}\n# TYPE {shown} {type_}\n"
