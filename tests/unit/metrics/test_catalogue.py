"""The catalogue keeps the rules of Prometheus for names, units and labels."""

import re

import pytest

from stream.metrics.catalogue import (
    BY_NAME,
    DELAY_BUCKETS,
    DURATION_BUCKETS,
    METRICS,
    Metric,
    Plane,
    Type,
)

pytestmark = pytest.mark.pure

#: Label sets are closed: what they hold is bounded by settings, by the schema or by the code.
CLOSED = {
    *("tenant", "queue", "media", "window", "state", "team", "reason", "quantile", "name", "site", "formula"),
    *("topic", "partition", "event_type", "action", "stage", "operation", "verdict", "version", "component"),
    *("kind", "part", "what", "status", "rule"),
    "source",  # at most 8 in a partition
}


def test_every_name_stands_once() -> None:
    assert len(BY_NAME) == len(METRICS)
    series = [name for metric in METRICS for name in metric.series]
    assert len(series) == len(set(series))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_metric_is_named_as_prometheus_advises(metric: Metric) -> None:
    assert re.fullmatch(r"pantau_[a-z]+(_[a-z]+)*", metric.name)
    # Suffixes come from the type, and from nowhere else.
    assert not metric.name.endswith(("_total", "_info", "_bucket", "_sum", "_count"))
    if metric.type in {Type.HISTOGRAM, Type.SUMMARY}:
        assert metric.name.endswith("_seconds")
    assert not re.search(r"_(ms|milliseconds|minutes|percent)(_|$)", metric.name)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_metric_says_what_it_is_in_a_sentence(metric: Metric) -> None:
    assert metric.help.endswith(".")
    assert "\n" not in metric.help
    assert "\\" not in metric.help


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_labels_come_from_closed_sets_and_once(metric: Metric) -> None:
    assert set(metric.labels) <= CLOSED
    assert len(set(metric.labels)) == len(metric.labels)
    assert ("tenant" in metric.labels) is (metric.plane is Plane.BUSINESS)
    assert "agent" not in metric.labels


@pytest.mark.parametrize(
    ("type_", "labels", "series"),
    [
        (Type.COUNTER, (), ("pantau_x_total",)),
        (Type.GAUGE, (), ("pantau_x",)),
        (Type.INFO, (), ("pantau_x_info",)),
        (Type.SUMMARY, ("quantile",), ("pantau_x",)),
        (Type.HISTOGRAM, (), ("pantau_x_bucket", "pantau_x_sum", "pantau_x_count")),
    ],
)
def test_series_as_prometheus_stores_them(
    type_: Type, labels: tuple[str, ...], series: tuple[str, ...]
) -> None:
    assert Metric("pantau_x", type_, labels, "X.").series == series


@pytest.mark.parametrize("buckets", [DELAY_BUCKETS, DURATION_BUCKETS])
def test_buckets_rise(buckets: tuple[float, ...]) -> None:
    assert list(buckets) == sorted(set(buckets))
    assert buckets[0] > 0
