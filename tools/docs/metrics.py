"""docs/metrics.md, from the catalogue of metrics."""

from stream.metrics.catalogue import METRIC_WINDOWS, METRICS, Metric, Plane
from tools.docs.markdown import code, page, table

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

Queues that the settings name or agents serve are there with zeros before their first contact, so that
`increase()` misses none. One whose channels the settings leave open stands as `voice` until a contact tells
its channel: give `channel` where that is another. Series with a `reason` begin with the first of that reason.

**Counters never fall.** What was counted stays counted: a visit that a late event, a correction or a
retraction moves to another outcome or wait is counted there too, and stays where it was, in buckets and sums
as well. A counter stands still until the true count has passed what it shows. So, after corrections, offered
may differ from answered + abandoned + redirected + waiting in counters. It never does on the board (`totals`;
`reconciliation_difference` tells if it did) and in the windows: they are corrected. Use those for shares and
reports, and counters for rates. Only where the state is built anew from the log do counters begin from the
true counts again.""",
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
