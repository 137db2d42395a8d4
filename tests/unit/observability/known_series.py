"""Every series that rules and dashboards may ask for: its kind, its labels and who exposes it.

The one place where the tests of alerts/ and grafana/ spell a metric name; to be read from the product's
own metric catalogue once that exists.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The types of Prometheus' text format, where an info series is a gauge."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"
    SUMMARY = "summary"
    INFO = "info"


class Plane(StrEnum):
    """Which process exposes a series."""

    EXPORTER = "exporter"
    WORKER = "worker"
    PROMETHEUS = "prometheus"


@dataclass(frozen=True, slots=True)
class Series:
    """What a query may expect of a name."""

    kind: Kind
    labels: frozenset[str]
    plane: Plane


def _rows(plane: Plane, kind: Kind, labels: str, *names: str) -> dict[str, Series]:
    return {name: Series(kind, frozenset(labels.split()), plane) for name in names}


QUEUE = "tenant queue media"

KNOWN = {
    # Live: what is true now.
    **_rows(
        Plane.EXPORTER,
        Kind.GAUGE,
        QUEUE,
        "pantau_queue_contacts_waiting",
        "pantau_queue_contacts_waiting_over_threshold",
        "pantau_queue_contacts_active",
        "pantau_queue_oldest_waiting_timestamp_seconds",
        "pantau_queue_service_level_target_ratio",
        "pantau_queue_service_level_threshold_seconds",
        "pantau_queue_wait_limit_seconds",
        "pantau_queue_alert_min_contacts",
        "pantau_queue_open",
    ),
    **_rows(Plane.EXPORTER, Kind.GAUGE, f"{QUEUE} state", "pantau_queue_agents"),
    **_rows(Plane.EXPORTER, Kind.GAUGE, "tenant team state", "pantau_agents"),
    # Totals: what has happened.
    **_rows(
        Plane.EXPORTER,
        Kind.COUNTER,
        QUEUE,
        "pantau_queue_contacts_offered_total",
        "pantau_queue_contacts_answered_total",
        "pantau_queue_contacts_answered_within_threshold_total",
        "pantau_queue_contacts_abandoned_total",
        "pantau_queue_contacts_abandoned_short_total",
    ),
    **_rows(Plane.EXPORTER, Kind.COUNTER, f"{QUEUE} reason", "pantau_queue_contacts_redirected_total"),
    **_rows(
        Plane.EXPORTER,
        Kind.HISTOGRAM,
        QUEUE,
        "pantau_queue_answer_wait_seconds",
        "pantau_queue_abandon_wait_seconds",
        "pantau_queue_handle_seconds",
    ),
    # Rolling windows: official values.
    **_rows(
        Plane.EXPORTER,
        Kind.GAUGE,
        f"{QUEUE} window",
        "pantau_queue_window_contacts_offered",
        "pantau_queue_window_contacts_answered",
        "pantau_queue_window_contacts_answered_within_threshold",
        "pantau_queue_window_contacts_abandoned",
        "pantau_queue_window_service_level_ratio",
        "pantau_queue_window_abandoned_ratio",
        "pantau_queue_window_answer_wait_mean_seconds",
    ),
    # A summary, because promtool accepts the label `quantile` on nothing else.
    **_rows(
        Plane.EXPORTER,
        Kind.SUMMARY,
        f"{QUEUE} window quantile",
        "pantau_queue_window_answer_wait_seconds",
    ),
    **_rows(Plane.EXPORTER, Kind.GAUGE, "tenant team window", "pantau_team_window_occupancy_ratio"),
    # Names and formulas.
    **_rows(Plane.EXPORTER, Kind.INFO, f"{QUEUE} name team site", "pantau_queue_info"),
    **_rows(Plane.EXPORTER, Kind.INFO, "formula", "pantau_service_level_formula_info"),
    # The state of the data and of the exporter.
    **_rows(
        Plane.EXPORTER,
        Kind.GAUGE,
        "tenant",
        "pantau_state_watermark_timestamp_seconds",
        "pantau_state_last_write_timestamp_seconds",
        "pantau_state_open_contacts",
    ),
    **_rows(
        Plane.EXPORTER,
        Kind.GAUGE,
        "",
        "pantau_exporter_redis_up",
        "pantau_exporter_collect_duration_seconds",
    ),
    **_rows(Plane.EXPORTER, Kind.INFO, "version", "pantau_build_info"),
    # The pipeline.
    **_rows(Plane.WORKER, Kind.COUNTER, "topic", "pantau_events_consumed_total"),
    **_rows(Plane.WORKER, Kind.COUNTER, "topic event_type", "pantau_events_processed_total"),
    **_rows(
        Plane.WORKER,
        Kind.COUNTER,
        "topic reason",
        "pantau_events_rejected_total",
        "pantau_dead_letters_total",
    ),
    **_rows(Plane.WORKER, Kind.COUNTER, "topic", "pantau_events_duplicate_total"),
    **_rows(Plane.WORKER, Kind.COUNTER, "topic action", "pantau_events_late_total"),
    **_rows(Plane.WORKER, Kind.HISTOGRAM, "topic", "pantau_event_delay_seconds"),
    **_rows(Plane.WORKER, Kind.HISTOGRAM, "stage", "pantau_processing_duration_seconds"),
    **_rows(
        Plane.WORKER,
        Kind.GAUGE,
        "topic partition",
        "pantau_consumer_position_records",
        "pantau_consumer_lag_records",
        "pantau_watermark_timestamp_seconds",
    ),
    **_rows(Plane.WORKER, Kind.COUNTER, "", "pantau_assignments_total"),
    **_rows(Plane.WORKER, Kind.HISTOGRAM, "operation", "pantau_redis_operation_duration_seconds"),
    **_rows(Plane.WORKER, Kind.COUNTER, "operation", "pantau_redis_errors_total"),
    # What Prometheus says of its targets.
    **_rows(Plane.PROMETHEUS, Kind.GAUGE, "", "up"),
}

TARGET_LABELS = frozenset({"job", "instance"})
HISTOGRAM_SUFFIXES = {"_bucket": frozenset({"le"}), "_sum": frozenset(), "_count": frozenset()}


def known(name: str) -> Series | None:
    """Look up a sample name; a histogram's parts count as counters."""
    if name in KNOWN and KNOWN[name].kind is not Kind.HISTOGRAM:
        return KNOWN[name]
    for suffix, labels in HISTOGRAM_SUFFIXES.items():
        base = KNOWN.get(name.removesuffix(suffix)) if name.endswith(suffix) else None
        if base is not None and base.kind is Kind.HISTOGRAM:
            return Series(Kind.COUNTER, base.labels | labels, base.plane)
    return None
