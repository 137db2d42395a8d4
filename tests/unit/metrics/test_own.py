"""What a worker and an exporter say of themselves."""

from collections import Counter

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from prometheus_client.samples import Sample

from stream import __version__
from stream.errors import RejectReason
from stream.metrics.catalogue import BY_NAME, METRICS, Plane
from stream.metrics.own import (
    CONTENT_TYPES,
    AuditMetrics,
    ExporterMetrics,
    PrometheusProbe,
    registry_text,
    wants_openmetrics,
)
from stream.store.lease import Verdict
from stream.store.partition import Partition
from stream.worker.long_open import Kept
from stream.worker.probes import BatchReport

pytestmark = pytest.mark.pure

CONTACTS, AGENTS = Partition("pantau.contacts", 3), Partition("pantau.agents", 0)


def samples(probe: PrometheusProbe | ExporterMetrics | AuditMetrics) -> list[Sample]:
    text = registry_text(probe.registry, openmetrics_format=False)
    return [sample for family in parse_text(text) for sample in family.samples]


def of(probe: PrometheusProbe | ExporterMetrics | AuditMetrics, name: str, **labels: str) -> float | None:
    hits = [s.value for s in samples(probe) if s.name == name and s.labels == labels]
    return hits[0] if hits else None


def report() -> BatchReport:
    return BatchReport(
        CONTACTS,
        records=7,
        by_type=Counter({"visit.queued": 3, "unknown": 1}),
        rejected=Counter({"json": 1, "late": 2}),
        duplicates=4,
        late=2,
        misplaced=3,
        position=107,
        watermark_ms=1_795_255_200_500,
        used={"queues": 5, "open_contacts": 17},
        delays_ms=[250, -3_000, 400_000],
        decode_seconds=0.25,
        fold_seconds=0.5,
        store_seconds=1.0,
        calls=[("load", 0.2), ("load", 0.3), ("apply", 0.5)],
    )


def worked() -> PrometheusProbe:
    probe = PrometheusProbe()
    probe.owned({CONTACTS})
    probe.batch(report())
    probe.lag(CONTACTS, 12)
    probe.judged(CONTACTS, Verdict.APPLIED)
    probe.store_failed("apply")
    probe.halted(CONTACTS, RejectReason.JSON)
    probe.kept(CONTACTS, 9_000, Kept(7, 2))
    return probe


def test_what_a_partition_holds_stands_beside_its_limits_until_it_is_let_go() -> None:
    probe, place = worked(), {"topic": "pantau.contacts", "partition": "3"}
    assert of(probe, "pantau_open_contacts", **place) == 17
    assert of(probe, "pantau_names", **place, kind="queues") == 5
    assert of(probe, "pantau_limit", kind="open_contacts") == 200_000
    probe.owned(set())
    assert of(probe, "pantau_open_contacts", **place) is None
    assert of(probe, "pantau_names", **place, kind="queues") is None


def test_a_batch_moves_every_counter_by_what_it_held() -> None:
    probe = worked()
    probe.batch(report())
    topic = {"topic": "pantau.contacts"}
    assert of(probe, "pantau_events_consumed_total", **topic) == 14
    assert of(probe, "pantau_events_processed_total", **topic, event_type="visit.queued") == 6
    assert of(probe, "pantau_events_processed_total", **topic, event_type="unknown") == 2
    assert of(probe, "pantau_events_rejected_total", **topic, reason="late") == 4
    assert of(probe, "pantau_dead_letters_total", **topic, reason="json") == 2
    assert of(probe, "pantau_events_duplicate_total", **topic) == 8
    assert of(probe, "pantau_events_late_total", **topic, action="dropped") == 4
    assert of(probe, "pantau_events_misplaced_total", **topic) == 6


def test_reasons_are_there_before_anything_is_refused() -> None:
    probe = PrometheusProbe()
    probe.owned({CONTACTS})
    name, topic = "pantau_events_rejected_total", "pantau.contacts"
    assert {of(probe, name, topic=topic, reason=reason) for reason in RejectReason} == {0}
    probe.batch(report())
    probe.owned({CONTACTS})
    assert of(probe, name, topic=topic, reason="late") == 2


def test_a_batch_tells_where_it_ended_and_how_long_it_took() -> None:
    probe = worked()
    place = {"topic": "pantau.contacts", "partition": "3"}
    assert of(probe, "pantau_consumer_position_records", **place) == 107
    assert of(probe, "pantau_watermark_timestamp_seconds", **place) == 1_795_255_200.5
    assert of(probe, "pantau_event_delay_seconds_count", topic="pantau.contacts") == 3
    assert of(probe, "pantau_event_delay_seconds_sum", topic="pantau.contacts") == 400.25  # none is negative
    assert of(probe, "pantau_event_delay_seconds_bucket", topic="pantau.contacts", le="0.25") == 2
    for stage, seconds in (("decode", 0.25), ("state", 0.5), ("redis", 1.0)):
        assert of(probe, "pantau_processing_duration_seconds_sum", stage=stage) == seconds


def test_calls_of_the_store_are_timed_one_by_one() -> None:
    for operation, count, seconds in (("load", 2, 0.5), ("apply", 1, 0.5)):
        name = "pantau_redis_operation_duration_seconds"
        assert of(worked(), f"{name}_count", operation=operation) == count
        assert of(worked(), f"{name}_sum", operation=operation) == seconds


def test_partitions_that_were_let_go_are_not_told_of_any_more() -> None:
    probe = worked()
    probe.owned({AGENTS})
    assert not [s for s in samples(probe) if "partition" in s.labels]
    probe.lag(CONTACTS, 99)
    assert not [s for s in samples(probe) if "partition" in s.labels]
    probe.owned({AGENTS, CONTACTS})
    probe.lag(CONTACTS, -1)
    place = {"topic": "pantau.contacts", "partition": "3"}
    assert of(probe, "pantau_consumer_lag_records", **place) == 0


def test_what_was_kept_is_counted_and_when_by_whoever() -> None:
    probe, place = worked(), {"topic": "pantau.contacts", "partition": "3"}
    probe.kept(CONTACTS, 95_000, Kept(3, 1))
    probe.kept(CONTACTS, 96_000, None)
    assert of(probe, "pantau_changelog_timestamp_seconds", **place) == 96
    assert of(probe, "pantau_changelog_records_written_total", topic="pantau.contacts") == 10
    assert of(probe, "pantau_changelog_left_out", **place) == 1
    probe.kept(AGENTS, 9_000, Kept(1, 1))
    probe.owned(set())
    assert not [s for s in samples(probe) if "changelog" in s.name and "partition" in s.labels]


def test_assignments_are_counted_when_something_is_assigned() -> None:
    probe = PrometheusProbe()
    for partitions in ({CONTACTS}, {CONTACTS}, {CONTACTS, AGENTS}, {AGENTS}, set(), {AGENTS}):
        probe.owned(partitions)
    assert of(probe, "pantau_assignments_total") == 3


def test_before_the_first_event_there_is_no_watermark() -> None:
    probe = PrometheusProbe()
    probe.owned({CONTACTS})
    probe.batch(BatchReport(CONTACTS, records=1))
    assert not [s for s in samples(probe) if s.name == "pantau_watermark_timestamp_seconds"]


def test_a_halted_partition_tells_why_until_it_moves_on() -> None:
    probe, place = worked(), {"topic": "pantau.contacts", "partition": "3"}
    probe.halted(CONTACTS, RejectReason.CLOCK)
    assert of(probe, "pantau_partition_halted", **place, reason="clock") == 1
    assert of(probe, "pantau_partition_halted", **place, reason="json") is None
    probe.halted(CONTACTS, None)
    assert of(probe, "pantau_partition_halted", **place, reason="clock") is None


def test_failed_calls_are_counted_by_operation() -> None:
    assert of(worked(), "pantau_redis_errors_total", operation="apply") == 1


def test_what_became_of_batches_is_counted_by_verdict() -> None:
    probe = PrometheusProbe()
    probe.judged(CONTACTS, Verdict.FENCED)
    assert of(probe, "pantau_checkpoints_total", topic="pantau.contacts", verdict="fenced") == 1


def test_an_exporter_tells_whether_it_reads() -> None:
    metrics = ExporterMetrics()
    metrics.redis_up.set(1)
    metrics.dropped_series.set(4)
    assert of(metrics, "pantau_exporter_redis_up") == 1
    assert of(metrics, "pantau_exporter_dropped_series") == 4
    assert of(metrics, "pantau_build_info", version=__version__, component="exporter") == 1
    assert of(worked(), "pantau_build_info", version=__version__, component="worker") == 1


def checked(differences: int = 0) -> AuditMetrics:
    metrics = AuditMetrics()
    metrics.audited(figures=70, differences=differences, records=9, seconds=1.5, at_ms=1_795_255_200_500)
    return metrics


def test_an_audit_says_nothing_before_it_has_looked() -> None:
    assert [sample for sample in samples(AuditMetrics()) if "audit" in sample.name] == []


def test_an_audit_that_differs_was_no_success() -> None:
    metrics = checked(differences=2)
    assert of(metrics, "pantau_audit_differences") == 2
    assert of(metrics, "pantau_audit_last_success_timestamp_seconds") is None
    assert of(checked(), "pantau_audit_last_success_timestamp_seconds") == 1_795_255_200.5


@pytest.mark.parametrize(
    ("probe", "planes"),
    [(worked(), {Plane.WORKER}), (ExporterMetrics(), {Plane.EXPORTER}), (checked(), {Plane.AUDIT})],
    ids=["worker", "exporter", "audit"],
)
def test_all_that_the_catalogue_declares_is_there_with_its_labels(
    probe: PrometheusProbe | ExporterMetrics | AuditMetrics, planes: set[Plane]
) -> None:
    found = {s.name: set(s.labels) - {"le"} for s in samples(probe) if s.name.startswith("pantau_")}
    ours = {name for m in METRICS if m.plane in planes for name in m.series} | {"pantau_build_info"}
    # prometheus_client tells of every counter and histogram when it began as well.
    assert {name for name in found if not name.endswith("_created")} == ours
    for metric in METRICS:
        for name in set(metric.series) & ours:
            assert found[name] == set(metric.labels)


@pytest.mark.parametrize("probe", [worked(), ExporterMetrics()], ids=["worker", "exporter"])
def test_openmetrics_is_read_once_its_end_is_put_behind_it(
    probe: PrometheusProbe | ExporterMetrics,
) -> None:
    text = registry_text(probe.registry, openmetrics_format=True)
    assert "# EOF" not in text
    families = {family.name for family in parse_openmetrics(f"{text}# EOF\n")}
    assert {name for name in families if name.startswith("pantau_")} <= set(BY_NAME)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", True),
        ("text/plain;version=0.0.4", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_which_format_a_scraper_asks_for(accept: str, *, expected: bool) -> None:
    assert wants_openmetrics(accept) is expected
    assert ("openmetrics" in CONTENT_TYPES[expected]) is expected
