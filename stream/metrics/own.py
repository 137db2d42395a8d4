"""What processes say of themselves, through prometheus_client: one registry for each process."""

from collections import Counter as Counted
from collections.abc import Mapping, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics

from stream import __version__
from stream.domain.limits import OPEN_CONTACTS, Limits
from stream.errors import RejectReason
from stream.metrics.catalogue import BY_NAME, DELAY_BUCKETS, DURATION_BUCKETS
from stream.store.lease import Verdict
from stream.store.partition import Partition
from stream.store.unreadable import Part, Unreadable
from stream.worker.long_open import Kept
from stream.worker.probes import BatchReport

#: The metrics of one process.
Registry = CollectorRegistry
CONTENT_TYPES: Mapping[bool, str] = {
    False: CONTENT_TYPE_LATEST,
    True: openmetrics.CONTENT_TYPE_LATEST,
}


def wants_openmetrics(accept: str) -> bool:
    """Whether a scraper asks for OpenMetrics."""
    return "application/openmetrics-text" in accept


def registry_text(registry: Registry, *, openmetrics_format: bool) -> str:
    """The exposition of a registry; OpenMetrics comes without its end mark."""
    if openmetrics_format:
        ended: bytes = openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call] # it has no types
        return ended.decode().removesuffix("# EOF\n")
    text: bytes = generate_latest(registry)
    return text.decode()


def new_registry(component: str) -> Registry:
    """A registry that tells the build, and the process where the system allows it."""
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    Info("pantau_build", BY_NAME["pantau_build"].help, registry=registry).info(
        {"version": __version__, "component": component}
    )
    return registry


def gauge(registry: Registry, name: str) -> Gauge:
    """A gauge of the catalogue."""
    metric = BY_NAME[name]
    return Gauge(name, metric.help, metric.labels, registry=registry)


def counter(registry: Registry, name: str) -> Counter:
    """A counter of the catalogue."""
    metric = BY_NAME[name]
    return Counter(name, metric.help, metric.labels, registry=registry)


def histogram(registry: Registry, name: str, buckets: tuple[float, ...]) -> Histogram:
    """A histogram of the catalogue."""
    metric = BY_NAME[name]
    return Histogram(name, metric.help, metric.labels, buckets=buckets, registry=registry)


class ExporterMetrics:
    """What an exporter says of itself."""

    def __init__(self) -> None:
        self.registry = new_registry("exporter")
        self.redis_up = gauge(self.registry, "pantau_exporter_redis_up")
        self.collect_duration = gauge(self.registry, "pantau_exporter_collect_duration_seconds")
        self.dropped_series = gauge(self.registry, "pantau_exporter_dropped_series")
        self._unreadable = gauge(self.registry, "pantau_state_unreadable")
        self.unreadable(())

    def unreadable(self, found: Sequence[Unreadable]) -> None:
        """What of all that is stored cannot be read now."""
        counts = Counted(one.part for one in found)
        for part in (Part.LIVE, Part.CELL, Part.HASH):
            self._unreadable.labels(part).set(counts[part])


class AuditMetrics:
    """What `pantau audit --watch` says of itself; nothing before the first audit."""

    def __init__(self) -> None:
        self.registry = new_registry("audit")
        self._gauges: dict[str, Gauge] = {}

    def audited(self, *, figures: int, differences: int, records: int, seconds: float, at_ms: int) -> None:
        """An audit was finished at `at_ms`."""
        self._set("figures", figures)
        self._set("differences", differences)
        self._set("records", records)
        self._set("duration_seconds", seconds)
        if not differences:
            self._set("last_success_timestamp_seconds", at_ms / 1000)

    def _set(self, name: str, value: float) -> None:
        if name not in self._gauges:
            self._gauges[name] = gauge(self.registry, f"pantau_audit_{name}")
        self._gauges[name].set(value)


class PrometheusProbe:
    """A worker's metrics, moved once per batch. See `Probe`."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.registry = registry = new_registry("worker")
        self._consumed = counter(registry, "pantau_events_consumed")
        self._processed = counter(registry, "pantau_events_processed")
        self._rejected = counter(registry, "pantau_events_rejected")
        self._duplicate = counter(registry, "pantau_events_duplicate")
        self._late = counter(registry, "pantau_events_late")
        self._misplaced = counter(registry, "pantau_events_misplaced")
        self._kept = counter(registry, "pantau_changelog_records_written")
        self._kept_at = gauge(registry, "pantau_changelog_timestamp_seconds")
        self._left_out = gauge(registry, "pantau_changelog_left_out")
        self._letters = counter(registry, "pantau_dead_letters")
        self._delay = histogram(registry, "pantau_event_delay_seconds", DELAY_BUCKETS)
        self._duration = histogram(registry, "pantau_processing_duration_seconds", DURATION_BUCKETS)
        self._position = gauge(registry, "pantau_consumer_position_records")
        self._lag = gauge(registry, "pantau_consumer_lag_records")
        self._watermark = gauge(registry, "pantau_watermark_timestamp_seconds")
        self._halted = gauge(registry, "pantau_partition_halted")
        self._open = gauge(registry, "pantau_open_contacts")
        self._names = gauge(registry, "pantau_names")
        self._limit = gauge(registry, "pantau_limit")
        self.hold_to_limits(limits or Limits())
        self._assignments = counter(registry, "pantau_assignments")
        self._redis = histogram(registry, "pantau_redis_operation_duration_seconds", DURATION_BUCKETS)
        self._redis_errors = counter(registry, "pantau_redis_errors")
        self._checkpoints = counter(registry, "pantau_checkpoints")
        self._unreadable = counter(registry, "pantau_unreadable")
        self._of_partitions = (
            *(self._position, self._lag, self._watermark, self._halted),
            *(self._open, self._names, self._kept_at, self._left_out),
        )
        self._owned: set[Partition] = set()

    def hold_to_limits(self, limits: Limits) -> None:
        """Tell what a partition may hold."""
        for kind, most in limits.by_kind().items():
            self._limit.labels(kind).set(most)

    def batch(self, report: BatchReport) -> None:
        """See `Probe`."""
        topic, partition = report.partition.topic, str(report.partition.number)
        self._consumed.labels(topic).inc(report.records)
        for event_type, count in report.by_type.items():
            self._processed.labels(topic, event_type).inc(count)
        for reason, count in report.rejected.items():
            self._rejected.labels(topic, reason).inc(count)
            self._letters.labels(topic, reason).inc(count)
        self._duplicate.labels(topic).inc(report.duplicates)
        self._late.labels(topic, "dropped").inc(report.late)
        self._misplaced.labels(topic).inc(report.misplaced)
        for delay_ms in report.delays_ms:
            self._delay.labels(topic).observe(max(0, delay_ms) / 1000)
        self._duration.labels("decode").observe(report.decode_seconds)
        self._duration.labels("state").observe(report.fold_seconds)
        self._duration.labels("redis").observe(report.store_seconds)
        for operation, seconds in report.calls:
            self._redis.labels(operation).observe(seconds)
        self._position.labels(topic, partition).set(report.position)
        if report.watermark_ms:  # there may be heartbeats before the first event
            self._watermark.labels(topic, partition).set(report.watermark_ms / 1000)
        for kind, used in report.used.items():
            if kind == OPEN_CONTACTS:
                self._open.labels(topic, partition).set(used)
            else:
                self._names.labels(topic, partition, kind).set(used)

    def judged(self, partition: Partition, verdict: Verdict) -> None:
        """See `Probe`."""
        self._checkpoints.labels(partition.topic, verdict).inc()

    def store_failed(self, operation: str) -> None:
        """See `Probe`."""
        self._redis_errors.labels(operation).inc()

    def owned(self, partitions: set[Partition]) -> None:
        """See `Probe`. Series of partitions that were let go are removed."""
        for partition in self._owned - partitions:
            for metric in self._of_partitions:
                metric.remove_by_labels({"topic": partition.topic, "partition": str(partition.number)})
        if partitions - self._owned:
            self._assignments.inc()
        for topic in {partition.topic for partition in partitions - self._owned}:
            for reason in RejectReason:  # one that is born with its first refusal hides it from increase()
                self._rejected.labels(topic, reason)
        for partition in partitions - self._owned:
            for part in (Part.FACTS, Part.CELL, Part.HASH):  # from 0 on: else nobody sees the first
                self._unreadable.labels(partition.topic, part)
        self._owned = set(partitions)

    def halted(self, partition: Partition, reason: str | None) -> None:
        """See `Probe`."""
        topic, number = partition.topic, str(partition.number)
        self._halted.remove_by_labels({"topic": topic, "partition": number})
        if reason is not None:
            self._halted.labels(topic, number, reason).set(1)

    def unreadable(self, partition: Partition, found: Sequence[Unreadable]) -> None:
        """See `Probe`."""
        for one in found:
            self._unreadable.labels(partition.topic, one.part).inc()

    def kept(self, partition: Partition, at_ms: int, done: Kept | None) -> None:
        """A changelog was brought up to date: now, or, without `done`, by an earlier owner."""
        if partition not in self._owned:
            return
        topic, number = partition.topic, str(partition.number)
        self._kept_at.labels(topic, number).set(at_ms / 1000)
        if done is not None:
            self._kept.labels(topic).inc(done.written)
            self._left_out.labels(topic, number).set(done.left_out)

    def lag(self, partition: Partition, records: int) -> None:
        """How far a partition is behind the end of its log."""
        if partition in self._owned:
            self._lag.labels(partition.topic, str(partition.number)).set(max(0, records))
