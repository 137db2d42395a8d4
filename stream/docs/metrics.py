"""docs/metrics.md, from the catalogue of metrics."""

from stream.docs.markdown import code, page, table
from stream.metrics.catalogue import METRIC_WINDOWS, METRICS, Metric, Plane

_WINDOWS = ", ".join(code(name) for name in METRIC_WINDOWS)
_INTRO = f"""# Metrics

Every series that Pantau exposes. Base units, ratios from 0 to 1. No data is no sample: a ratio without
anything to divide by is absent, never 0 and never 1. Labels come from closed sets or from the names of queues
and teams; `media` is the channel; `window` is one of {_WINDOWS} (the JSON board has more).

Both formats are served, Prometheus text and OpenMetrics, by the scraper's `Accept` header. On Linux there are
`process_*` series too."""

_PLANES = {
    Plane.BUSINESS: """## The contact centre

Served by every exporter at `/metrics`, alike: read them through `max without (instance, pod)`, never summed.
Gauges and windows are withdrawn when the newest event is older than 300 seconds; totals stay.

A counter never falls: what a correction takes back stays in it until as much has been counted anew (of a
histogram, in the same bucket). So counters may exceed what the JSON board counts, and need not add up; the
board and the windows say what is true.""",
    Plane.EXPORTER: """## Exporters

Each exporter about itself.""",
    Plane.WORKER: """## Workers

Each worker about itself and the partitions it owns, on `PANTAU_WORKER_METRICS_HOST` and
`PANTAU_WORKER_METRICS_PORT`: sum them over workers.""",
    Plane.AUDIT: """## Audits

`pantau audit --watch` about itself, where `--host` and `--port` say; nothing before its first audit.
Prometheus looks for it under the name `audit` (`docker compose --profile audit up`).""",
}


def metrics() -> str:
    """Render the page."""
    blocks = [block for plane, text in _PLANES.items() for block in (text, _table(plane))]
    return page(_INTRO, *blocks)


def _table(plane: Plane) -> str:
    rows = (_row(metric) for metric in METRICS if metric.plane is plane)
    return table(("series", "type", "labels", "what it says"), rows)


def _row(metric: Metric) -> tuple[str, str, str, str]:
    series = ", ".join(code(name) for name in metric.series)
    return series, metric.type.value, ", ".join(metric.labels), metric.help
