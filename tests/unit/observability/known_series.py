"""Every series that rules and dashboards may ask for, from the catalogue."""

from dataclasses import dataclass
from enum import StrEnum

from stream.metrics import catalogue
from stream.metrics.catalogue import Metric, Type


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
    AUDIT = "audit"
    PROMETHEUS = "prometheus"


@dataclass(frozen=True, slots=True)
class Series:
    """What a query may expect of a name."""

    kind: Kind
    labels: frozenset[str]
    plane: Plane


def _known(metric: Metric) -> tuple[str, Series]:
    name = metric.series[0] if metric.type is not Type.HISTOGRAM else metric.name
    own = {catalogue.Plane.WORKER: Plane.WORKER, catalogue.Plane.AUDIT: Plane.AUDIT}
    plane = own.get(metric.plane, Plane.EXPORTER)
    return name, Series(Kind(metric.type.value), frozenset(metric.labels), plane)


#: The catalogue, and what Prometheus says of its targets and rules.
KNOWN = {
    **dict(map(_known, catalogue.METRICS)),
    "up": Series(Kind.GAUGE, frozenset(), Plane.PROMETHEUS),
    "ALERTS": Series(
        Kind.GAUGE,
        frozenset({"alertname", "alertstate", "severity", "tenant", "queue", "team"}),
        Plane.PROMETHEUS,
    ),
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
