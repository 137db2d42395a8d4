"""What a Pantau process answers to a scrape: two queues' worth of every series, as text.

Stands in for the real exporter and worker, which may replace `exposition` one day. Billing is in
trouble (under target, contacts late), support is well.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from known_series import KNOWN, Kind, Plane, Series
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.metrics_core import Metric

from stream.domain.status import Status

QUEUES = {
    "billing": {"tenant": "default", "queue": "billing", "media": "voice"},
    "support": {"tenant": "default", "queue": "support", "media": "chat"},
}
INFO = {
    "billing": {"name": "Billing", "team": "north", "site": "one"},
    "support": {"name": "Support", "team": "south", "site": "one"},
}
BUCKETS = (("5.0", 40), ("20.0", 110), ("120.0", 190), ("+Inf", 200))
OTHER_LABELS = {
    "tenant": ("default",),
    "team": ("north", "south"),
    "media": ("voice", "chat"),
    "state": ("available", "talking", "logged_out"),
    "reason": ("overflow", "transfer"),
    "window": ("5m", "30m", "today"),
    "quantile": ("0.5", "0.95"),
    "topic": ("pantau.contacts",),
    "event_type": ("visit.queued", "visit.answered"),
    "action": ("applied", "dropped"),
    "stage": ("decode", "state", "redis"),
    "partition": ("0", "1"),
    "source": ("/pantau/heartbeat",),
    "operation": ("write", "read"),
    "formula": ("SL(20s, drop-short 5s, decided)",),
    "version": ("0.1.0",),
    "component": ("exporter",),
    "kind": ("queues", "open_contacts"),
    "part": ("facts", "cell"),
    "what": ("worker", "source"),
    "verdict": ("applied", "fenced"),
    "status": tuple(Status),
    "rule": ("fast", "slow", "day"),
}
STATUS = {"billing": "critical", "support": "ok", "": "critical"}

# Values that matter to a rule or a panel, by queue; everything else is 1.
BY_QUEUE = {
    "pantau_state_unreadable": (0, 0),
    "pantau_queue_contacts_waiting": (3, 1),
    "pantau_queue_contacts_waiting_over_threshold": (2, 0),
    "pantau_queue_service_level_target_ratio": (0.8, 0.8),
    "pantau_queue_service_level_threshold_seconds": (20, 60),
    "pantau_queue_wait_limit_seconds": (120, 300),
    "pantau_queue_alert_min_contacts": (20, 20),
    "pantau_queue_service_level_limit_ratio": (0.6, 0.6),
    "pantau_queue_abandoned_limit_ratio": (0.2, 0.2),
    "pantau_queue_late_limit_ratio": (0.7, 0.7),
    "pantau_queue_missed_limit_contacts": (3, 3),
    "pantau_team_unknown_limit_ratio": (0.2, 0.2),
    "pantau_team_occupancy_limit_ratio": (0.9, 0.9),
    "pantau_team_adherence_limit_ratio": (0.8, 0.8),
    "pantau_queue_window_contacts_counted": (60, 40),
    "pantau_queue_window_misses_left": (-19, 7),
    "pantau_exporter_dropped_series": (0, 0),
    "pantau_state_away": (0, 0),
    "pantau_state_held_up_partitions": (0, 0),
    "pantau_audit_differences": (0, 0),
    "pantau_queue_window_contacts_offered": (60, 40),
    "pantau_queue_window_contacts_answered": (50, 39),
    "pantau_queue_window_contacts_answered_within_threshold": (33, 38),
    "pantau_queue_window_contacts_abandoned": (10, 1),
    "pantau_queue_window_service_level_ratio": (0.55, 0.95),
    "pantau_queue_window_abandoned_ratio": (0.17, 0.03),
    "pantau_team_window_occupancy_ratio": (0.85, 0.85),
    "pantau_limit": (1000, 1000),
    "pantau_rebuild_in_progress": (0, 0),
    "pantau_partition_halted": (0, 0),
    "pantau_records_refused": (0, 0),
}
SECONDS_AGO = {
    "pantau_queue_oldest_waiting_timestamp_seconds": 90,
    "pantau_state_watermark_timestamp_seconds": 2,
    "pantau_state_current_timestamp_seconds": 2,
    "pantau_state_last_write_timestamp_seconds": 1,
    "pantau_watermark_timestamp_seconds": 2,
}


@dataclass(frozen=True, slots=True, eq=False)
class Scrape:
    """The collector that prometheus_client renders."""

    metrics: list[Metric] = field(default_factory=list)

    def collect(self) -> Iterable[Metric]:
        """Hand over what was prepared."""
        return self.metrics


def exposition(*, plane: Plane, now_s: float) -> bytes:
    """Everything that a process of this plane exposes, at this moment."""
    known = {name: series for name, series in KNOWN.items() if series.plane is plane}
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Scrape([family(name, series, now_s) for name, series in known.items()]))
    return generate_latest(registry)


def family(name: str, series: Series, now_s: float) -> Metric:
    """One metric with a sample for each combination of its labels."""
    labels = sorted(series.labels)
    made = empty(name, series.kind, labels)
    for chosen in combinations(series.labels):
        sample(made, name, chosen, value_of(name, chosen, now_s))
    return made


def empty(name: str, kind: Kind, labels: list[str]) -> Metric:
    """A metric of the right kind, without samples."""
    text = f"Stand-in for {name}."
    match kind:
        case Kind.COUNTER:
            return CounterMetricFamily(name.removesuffix("_total"), text, labels=labels)
        case Kind.HISTOGRAM:
            return HistogramMetricFamily(name, text, labels=labels)
        case Kind.INFO:
            return InfoMetricFamily(name.removesuffix("_info"), text, labels=labels)
        case Kind.SUMMARY:
            return Metric(name, text, "summary")
        case _:
            return GaugeMetricFamily(name, text, labels=labels)


def sample(made: Metric, name: str, chosen: Mapping[str, str], value: float) -> None:
    """Add one sample: the kinds differ only here."""
    values = [chosen[label] for label in sorted(chosen)]
    match made:
        case HistogramMetricFamily():
            made.add_metric(values, BUCKETS, 5_000)
        case InfoMetricFamily():
            made.add_metric(values, {})
        case CounterMetricFamily() | GaugeMetricFamily():
            made.add_metric(values, value)
        case _:
            made.add_sample(name, dict(chosen), value)


def value_of(name: str, chosen: Mapping[str, str], now_s: float) -> float:
    """The value of a sample."""
    if name in SECONDS_AGO:
        return now_s - SECONDS_AGO[name]
    if name == "pantau_status_severity":
        return Status(chosen["status"]).severity
    if "status" in chosen:
        return int(chosen["status"] == STATUS[chosen.get("queue", "")])
    billing, support = BY_QUEUE.get(name, (1, 1))
    return support if chosen.get("queue") == "support" else billing


def combinations(labels: frozenset[str]) -> Iterator[dict[str, str]]:
    """Every combination of label values that makes sense: queues keep their own tenant, medium and name."""
    bases: list[dict[str, str]] = [{}]
    if "queue" in labels:
        bases = [{**QUEUES[queue], **INFO[queue]} for queue in QUEUES]
    for base in bases:
        fixed = {label: value for label, value in base.items() if label in labels}
        yield from spread(fixed, sorted(labels - fixed.keys()))


def spread(fixed: dict[str, str], free: list[str]) -> Iterator[dict[str, str]]:
    """The combinations of the labels that are still free."""
    if not free:
        yield fixed
        return
    first, *rest = free
    for value in OTHER_LABELS[first]:
        yield from spread({**fixed, first: value}, rest)
