"""Every series that Pantau exposes, declared once; exporter, docs, dashboards and rules are held to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stream.board.rows import QueueNow
from stream.domain.kpi import Kpis
from stream.domain.measures.measure import Exposed, Measure, Measured, Place
from stream.domain.staffing import Staffing


class Type(StrEnum):
    """Metric types of the exposition formats."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    SUMMARY = "summary"
    INFO = "info"


class Plane(StrEnum):
    """Who exposes it: the exporter about the business or itself, a worker or an audit about itself."""

    BUSINESS = "business"
    EXPORTER = "exporter"
    WORKER = "worker"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Metric:
    """One family. `name` is without the suffixes of its type (`_total`, `_bucket`, `_info`)."""

    name: str
    type: Type
    labels: tuple[str, ...]
    help: str
    plane: Plane = Plane.BUSINESS

    @property
    def series(self) -> tuple[str, ...]:
        """The sample names as Prometheus stores them."""
        match self.type:
            case Type.COUNTER:
                return (f"{self.name}_total",)
            case Type.INFO:
                return (f"{self.name}_info",)
            case Type.HISTOGRAM:
                return tuple(f"{self.name}_{suffix}" for suffix in ("bucket", "sum", "count"))
            case Type.GAUGE | Type.SUMMARY:
                return (self.name,)


_QUEUE = ("tenant", "queue", "media")
_WINDOW = (*_QUEUE, "window")
_TENANT = ("tenant",)
_PARTITION = ("topic", "partition")
#: Of what is counted since ever: Prometheus would take a fall for a restart, and count all of it again.
_NEVER_FALLS = "Corrections take nothing back."


def _queue(name: str, type_: Type, help_: str, *more: str) -> Metric:
    kept = f" {_NEVER_FALLS}" if type_ in {Type.COUNTER, Type.HISTOGRAM} else ""
    return Metric(f"pantau_queue_{name}", type_, (*_QUEUE, *more), f"{help_}{kept}")


def told(of: type[Measured], place: Place) -> Iterator[tuple[Measure[Any], Exposed]]:
    """The measures that a place exposes, each with its metric."""
    return ((row, metric) for row in of.rows for metric in row.metrics if metric.place is place)


def _of_measures(of: type[Measured], place: Place) -> Iterator[Metric]:
    """The metrics of a queue's present, totals or windows; of several quantiles, one."""
    for _, metric in told(of, place):
        if place is Place.TOTALS:
            yield _queue(metric.name, Type.COUNTER, metric.help)
        elif place is Place.NOW:
            yield _queue(metric.name, Type.GAUGE, metric.help, *([metric.by] if metric.by else []))
        elif metric.help:
            labels = (*_WINDOW, "quantile") if metric.quantile else _WINDOW
            type_ = Type.SUMMARY if metric.quantile else Type.GAUGE
            name, help_ = f"pantau_queue_window_{metric.name}", f"{metric.help} Rolling window, event time."
            yield Metric(name, type_, labels, help_)


def _of_teams() -> Iterator[Metric]:
    for _, metric in told(Staffing, Place.WINDOW):
        labels = ("tenant", "team", *([metric.by] if metric.by else []), "window")
        name, help_ = f"pantau_team_window_{metric.name}", f"{metric.help} Rolling window, event time."
        yield Metric(name, Type.GAUGE, labels, help_)


def _limit(name: str, help_: str) -> Metric:
    return Metric(f"pantau_team_{name}_limit_ratio", Type.GAUGE, _TENANT, help_)


def _part(name: str, help_: str) -> Metric:
    return Metric(f"pantau_rebuild_{name}", Type.GAUGE, (*_TENANT, *_PARTITION), help_)


def _odd(name: str, labels: tuple[str, ...], help_: str) -> Metric:
    what = f"Records that came in within the last hour and were {help_}; absent for none."
    return Metric(f"pantau_records_{name}", Type.GAUGE, (*_TENANT, "topic", *labels), what)


def _worker(name: str, type_: Type, labels: tuple[str, ...], help_: str) -> Metric:
    return Metric(f"pantau_{name}", type_, labels, help_, Plane.WORKER)


def _exporter(name: str, type_: Type, labels: tuple[str, ...], help_: str) -> Metric:
    return Metric(f"pantau_{name}", type_, labels, help_, Plane.EXPORTER)


def _audit(name: str, help_: str) -> Metric:
    return Metric(f"pantau_audit_{name}", Type.GAUGE, (), help_, Plane.AUDIT)


METRICS: tuple[Metric, ...] = (
    *_of_measures(QueueNow, Place.NOW),
    Metric("pantau_agents", Type.GAUGE, ("tenant", "team", "state"), "Agents by team and state, each once."),
    *_of_measures(Kpis, Place.TOTALS),
    _queue("contacts_redirected", Type.COUNTER, "Visits that left the queue otherwise.", "reason"),
    _queue("contacts_blocked", Type.COUNTER, "Contacts that a full or closed queue turned away.", "reason"),
    _queue(
        "answer_wait_seconds",
        Type.HISTOGRAM,
        "Wait of answered visits, booked at the answer; its mean is the ASA.",
    ),
    _queue("abandon_wait_seconds", Type.HISTOGRAM, "Wait of abandoned visits, booked when they left."),
    _queue(
        "handle_seconds",
        Type.HISTOGRAM,
        "Talk + hold + ACW of legs, booked when wrap-up ended; its mean is the AHT.",
    ),
    _queue(
        "first_response_seconds",
        Type.HISTOGRAM,
        "Wait for the first reply of a person: sum and count, in one bucket; absent where nobody replied.",
    ),
    *_of_measures(Kpis, Place.WINDOW),
    *_of_teams(),
    _queue("service_level_target_ratio", Type.GAUGE, "The service level promised."),
    _queue("service_level_threshold_seconds", Type.GAUGE, "The wait that meets the promise: the target."),
    _queue("wait_limit_seconds", Type.GAUGE, "The wait beyond which a queue is critical."),
    _queue(
        "service_level_limit_ratio",
        Type.GAUGE,
        "The service level below which somebody is told: fast of 30 minutes, slow of two hours, day.",
        "rule",
    ),
    _queue("abandoned_limit_ratio", Type.GAUGE, "The share of abandons above which somebody is told."),
    _queue(
        "late_limit_ratio",
        Type.GAUGE,
        "The share of those who wait that may be past the target before somebody is told.",
    ),
    _queue(
        "missed_limit_contacts",
        Type.GAUGE,
        "So many visits missed in 30 minutes are told, where they are too few for a service level.",
    ),
    _queue("alert_min_contacts", Type.GAUGE, "Of fewer visits in 30 minutes no service level is judged."),
    _queue("open", Type.GAUGE, "1 while the queue is open; a queue without a calendar always is."),
    _queue("status", Type.GAUGE, "1 for what the queue is called, 0 for every other status.", "status"),
    _limit("unknown", "Of agents logged in, those of whom nothing is heard, above which somebody is told."),
    _limit("occupancy", "The occupancy of 30 minutes above which, for an hour, somebody is told."),
    _limit("adherence", "The adherence of 30 minutes below which somebody is told."),
    Metric("pantau_centre_status", Type.GAUGE, ("tenant", "status"), "The same of all queues together."),
    Metric(
        "pantau_status_severity",
        Type.GAUGE,
        ("tenant", "status"),
        "The place of each status in the order from what needs nobody to what needs somebody now.",
    ),
    Metric(
        "pantau_queue",
        Type.INFO,
        (*_QUEUE, "name", "team", "site"),
        "Display names of a queue; join with group_left.",
    ),
    Metric(
        "pantau_service_level_formula",
        Type.INFO,
        (*_QUEUE, "formula"),
        "The definition that service level follows.",
    ),
    Metric(
        "pantau_state_watermark_timestamp_seconds",
        Type.GAUGE,
        _TENANT,
        "Event time of the newest event, heartbeats of agents included.",
    ),
    Metric(
        "pantau_state_current_timestamp_seconds",
        Type.GAUGE,
        _TENANT,
        "Up to when the board is right: the newest event, or the heartbeats of all partitions behind it.",
    ),
    Metric(
        "pantau_state_away",
        Type.GAUGE,
        ("tenant", "what"),
        "1 while the store, the workers, the broker (Kafka) or a source has been silent for more than 10 s.",
    ),
    Metric(
        "pantau_state_held_up_partitions",
        Type.GAUGE,
        ("tenant", "what"),
        "Partitions that do not show what their log holds, by what holds them up: halted, held (behind an "
        "open transaction), store_full, missing (records were passed over), rebuilding or lagging.",
    ),
    Metric("pantau_state_behind_records", Type.GAUGE, _TENANT, "Records that workers have yet to read."),
    Metric(
        "pantau_heartbeat_age_seconds",
        Type.GAUGE,
        ("tenant", *_PARTITION, "source"),
        "Age of the latest heartbeat; absent a day after it.",
    ),
    Metric(
        "pantau_heartbeat_sources_dropped",
        Type.COUNTER,
        ("tenant", *_PARTITION),
        "Sources of heartbeats that gave way, because only the 8 latest are kept.",
    ),
    Metric(
        "pantau_state_last_write_timestamp_seconds",
        Type.GAUGE,
        _TENANT,
        "When a worker last stored anything.",
    ),
    _odd("refused", ("reason", "source"), "refused"),
    _odd("misplaced", ("source",), "under another key than their subject"),
    _odd("unknown", ("event_type",), "of a type that is not known, and passed over"),
    Metric("pantau_state_open_contacts", Type.GAUGE, _TENANT, "Contacts waiting or talking now."),
    _part("in_progress", "1 while the state of the partition is read again from the log."),
    _part("progress_ratio", "The share of its records that has been read; absent when none is on."),
    _part("records_to_go", "Records to read until it is whole; absent when none is on."),
    _part(
        "incomplete", "Records that were gone from Kafka when the state was built last: 0, or it lacks them."
    ),
    _exporter("exporter_redis_up", Type.GAUGE, (), "1 if the last read of Redis succeeded."),
    _exporter("exporter_collect_duration_seconds", Type.GAUGE, (), "Duration of the last board."),
    _exporter(
        "exporter_dropped_series", Type.GAUGE, (), "Queues left out because there are more than max_queues."
    ),
    _exporter(
        "state_unreadable",
        Type.GAUGE,
        ("part",),
        "Stored values that cannot be read and are left out: live states of contacts and agents, cells.",
    ),
    Metric("pantau_build", Type.INFO, ("version", "component"), "The version that runs.", Plane.EXPORTER),
    _worker("events_consumed", Type.COUNTER, ("topic",), "Records read."),
    _worker(
        "events_processed",
        Type.COUNTER,
        ("topic", "event_type"),
        "Events folded, by type; heartbeats of the path are noted, unknown ones passed over.",
    ),
    _worker("events_rejected", Type.COUNTER, ("topic", "reason"), "Records refused, by reason."),
    _worker("events_duplicate", Type.COUNTER, ("topic",), "Events that were known already."),
    _worker(
        "events_late", Type.COUNTER, ("topic", "action"), "Events beyond the retention of their partition."
    ),
    _worker(
        "events_misplaced",
        Type.COUNTER,
        ("topic",),
        "Events under a record key that is not their subject: they may be apart from their contact or agent.",
    ),
    _worker(
        "changelog_records_written",
        Type.COUNTER,
        ("topic",),
        "Events of what has been open for long, written to the topic's changelog or removed from it.",
    ),
    _worker(
        "changelog_timestamp_seconds",
        Type.GAUGE,
        _PARTITION,
        "When the changelog was last brought up to date.",
    ),
    _worker(
        "changelog_left_out",
        Type.GAUGE,
        _PARTITION,
        "Open contacts and agents that were not kept then, for their facts could not be read.",
    ),
    _worker("dead_letters", Type.COUNTER, ("topic", "reason"), "Letters written to pantau.dead-letters."),
    _worker(
        "event_delay_seconds",
        Type.HISTOGRAM,
        ("topic",),
        "Folding time minus event time, of a batch's first and last event.",
    ),
    _worker(
        "processing_duration_seconds", Type.HISTOGRAM, ("stage",), "Duration per batch: decode, state, redis."
    ),
    _worker("consumer_position_records", Type.GAUGE, _PARTITION, "Next offset to read, as stored."),
    _worker("consumer_lag_records", Type.GAUGE, _PARTITION, "Records behind the end of the partition."),
    _worker("watermark_timestamp_seconds", Type.GAUGE, _PARTITION, "Event time of the newest event folded."),
    _worker(
        "partition_halted",
        Type.GAUGE,
        (*_PARTITION, "reason"),
        "1 while a partition stands still because most of it is refused; nothing of it is passed over.",
    ),
    _worker("open_contacts", Type.GAUGE, _PARTITION, "Contacts of a partition that wait or talk, as stored."),
    _worker("names", Type.GAUGE, (*_PARTITION, "kind"), "Names that a partition has let in, by kind."),
    _worker("limit", Type.GAUGE, ("kind",), "The most that a partition holds, of names or open contacts."),
    _worker("assignments", Type.COUNTER, (), "Times that partitions were assigned."),
    _worker(
        "redis_operation_duration_seconds", Type.HISTOGRAM, ("operation",), "Duration of calls of Redis."
    ),
    _worker(
        "checkpoints",
        Type.COUNTER,
        ("topic", "verdict"),
        "What Redis made of batches: applied, repeat (the answer had been lost), fenced, elsewhere.",
    ),
    _worker(
        "unreadable",
        Type.COUNTER,
        ("topic", "part"),
        "Facts and cells that could not be read; their partition is built anew, or they are set aside.",
    ),
    _worker("redis_errors", Type.COUNTER, ("operation",), "Calls of Redis that failed and were repeated."),
    _audit("figures", "Figures of the board that the last audit compared with the log."),
    _audit("differences", "Figures that the log and the board told otherwise in the last audit."),
    _audit("last_success_timestamp_seconds", "When an audit was last finished without a difference."),
    _audit("records", "Records of the log that the last audit was computed from."),
    _audit("duration_seconds", "How long the last audit took, reading included."),
)

BY_NAME: dict[str, Metric] = {metric.name: metric for metric in METRICS}
#: Windows that /metrics carries; the JSON board has them all.
METRIC_WINDOWS = ("5m", "30m", "today")
DELAY_BUCKETS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900)
DURATION_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
