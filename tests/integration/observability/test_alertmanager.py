from collections.abc import Iterator
from pathlib import Path

import pytest
from promql_checks import ALERTS
from stack_processes import asked, free_port, needed, run, serving, told, until

# Hashable, so that alerts compare as sets.
Labels = frozenset[tuple[str, str]]


def labelled(**labels: str) -> Labels:
    return frozenset(labels.items())


def altered(alert: Labels, **labels: str) -> Labels:
    return labelled(**{**dict(alert), **labels})


LOW = labelled(
    alertname="PantauQueueServiceLevelLow",
    tenant="default",
    queue="billing",
    media="voice",
    severity="page",
    scope="queue",
)
OTHER_TENANT = altered(LOW, tenant="other")
ABSENT = labelled(alertname="PantauMetricsAbsent", severity="page", scope="pipeline")
STALE = altered(ABSENT, alertname="PantauDataStale", tenant="default", job="pantau-exporter")
NO_EXPORTER = altered(ABSENT, alertname="PantauExporterDown", job="pantau-exporter")
SOME_EXPORTERS = altered(NO_EXPORTER, severity="ticket")
NO_WORKER = altered(ABSENT, alertname="PantauWorkerDown", job="pantau-worker")
SOME_WORKERS = altered(NO_WORKER, severity="ticket")
WATCHDOG = labelled(alertname="Watchdog", severity="none", scope="meta")
SENTINEL = altered(ABSENT, alertname="Sentinel")
SENTINEL_TICKET = altered(SENTINEL, severity="ticket")


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[str]:
    port = free_port()
    command = [
        needed("prometheus-alertmanager"),
        f"--config.file={ALERTS / 'alertmanager.yml'}",
        f"--storage.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]
    with serving(command, f"http://127.0.0.1:{port}", tmp_path / "log") as url:
        yield url


def silenced_by(url: str, *firing: Labels) -> set[Labels]:
    """Which of these alerts, firing together, nobody is told of."""
    tell(url, *firing)
    # Told last: once it is silenced, everything before it has been thought through.
    tell(url, SENTINEL, SENTINEL_TICKET)
    until(lambda: SENTINEL_TICKET in inhibited(url), "the sentinel silenced")
    return inhibited(url) - {SENTINEL_TICKET}


def tell(url: str, *firing: Labels) -> None:
    told(f"{url}/api/v2/alerts", [{"labels": dict(labels)} for labels in firing])


def inhibited(url: str) -> set[Labels]:
    """The alerts that follow from another one, now."""
    alerts = asked(f"{url}/api/v2/alerts")
    return {labelled(**alert["labels"]) for alert in alerts if alert["status"]["inhibitedBy"]}


@pytest.mark.parametrize(
    ("firing", "silenced"),
    [
        ((LOW,), ()),
        ((LOW, OTHER_TENANT, STALE), (LOW,)),
        ((LOW, OTHER_TENANT, ABSENT), (LOW, OTHER_TENANT)),
        ((LOW, ABSENT, NO_EXPORTER, SOME_EXPORTERS), (LOW, ABSENT, SOME_EXPORTERS)),
        ((LOW, SOME_EXPORTERS), ()),
        ((SOME_EXPORTERS, NO_WORKER, SOME_WORKERS), (SOME_WORKERS,)),
        ((WATCHDOG, STALE, ABSENT, NO_EXPORTER), (ABSENT,)),
    ],
)
def test_what_follows_from_something_worse_is_not_said(
    alertmanager: str, firing: tuple[Labels, ...], silenced: tuple[Labels, ...]
) -> None:
    assert silenced_by(alertmanager, *firing) == set(silenced)


def test_the_health_check_of_the_container_works(alertmanager: str) -> None:
    run("amtool", f"--alertmanager.url={alertmanager}", "alert", "query")
