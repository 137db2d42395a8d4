import contextlib
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from promql_checks import ALERTS
from stack_processes import asked, free_port, needed, run, serving, told, until

# Hashable, so that alerts compare as sets.
Labels = frozenset[tuple[str, str]]


def labelled(**labels: str) -> Labels:
    return frozenset(labels.items())


def altered(alert: Labels, **labels: str) -> Labels:
    return labelled(**{**dict(alert), **labels})


LOW = labelled(
    alertname="PantauServiceLevelFast",
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
SLOW = altered(LOW, alertname="PantauServiceLevelSlow", severity="ticket")
DAY = altered(SLOW, alertname="PantauServiceLevelDay")
LEFT = altered(SLOW, alertname="PantauMissesLeft")
OTHER_QUEUE_SLOW = altered(SLOW, queue="orders")
UNSERVED = altered(LOW, alertname="PantauQueueUnserved")
LONG = altered(LOW, alertname="PantauQueueWaitLong")
LATE = altered(SLOW, alertname="PantauQueueLate")
TEAM = labelled(
    alertname="PantauOccupancyHigh", tenant="default", team="north", severity="ticket", scope="agents"
)
AWAY = altered(ABSENT, alertname="PantauAway", tenant="default", what="worker")
HELD_TICKET = altered(AWAY, alertname="PantauHeldUp", what="lagging", severity="ticket")
HALTED = altered(ABSENT, alertname="PantauPartitionHalted", partition="1")
WATCHDOG = labelled(alertname="Watchdog", severity="none", scope="meta")
SENTINEL = altered(ABSENT, alertname="Sentinel")
SENTINEL_TICKET = altered(SENTINEL, severity="ticket")


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[str]:
    with started(ALERTS / "alertmanager.yml", tmp_path) as url:
        yield url


@contextlib.contextmanager
def started(config: Path, folder: Path) -> Iterator[str]:
    port = free_port()
    command = [
        needed("prometheus-alertmanager"),
        f"--config.file={config}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]
    with serving(command, f"http://127.0.0.1:{port}", folder / "log") as url:
        yield url


@contextlib.contextmanager
def listening() -> Iterator[tuple[str, list[float]]]:
    """A receiver: where it is told, and when it was."""
    heard: list[float] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            heard.append(time.monotonic())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", heard
        finally:
            server.shutdown()
            thread.join()


def hurried(folder: Path, receiver: str) -> Path:
    """Our own configuration with the dead man at `receiver`, and minutes of his route two seconds long."""
    config = yaml.safe_load((ALERTS / "alertmanager.yml").read_text(encoding="utf-8"))
    (route,) = [each for each in config["route"]["routes"] if each["receiver"] == "dead-man"]
    for name in ("group_wait", "group_interval", "repeat_interval"):
        number, unit = re.fullmatch(r"(\d+)([sm])", route[name]).groups()
        route[name] = f"{round(int(number) * {'s': 1, 'm': 60}[unit] * 1000 / 30)}ms"
    config["templates"] = [str(ALERTS / "templates" / "*.tmpl")]
    (dead_man,) = [each for each in config["receivers"] if each["name"] == "dead-man"]
    dead_man["webhook_configs"] = [{"url": receiver}]
    file = folder / "hurried.yml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    return file


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
        ((LOW, SLOW, DAY, LEFT, OTHER_QUEUE_SLOW), (SLOW, DAY, LEFT)),
        ((SLOW, DAY, LEFT), (DAY, LEFT)),
        ((UNSERVED, LONG, LATE), (LONG, LATE)),
        ((LONG, LATE), (LATE,)),
        ((LOW, TEAM, OTHER_TENANT, AWAY), (LOW, TEAM)),
        ((LOW, TEAM, NO_WORKER, AWAY), (LOW, TEAM, AWAY)),
        ((LOW, SOME_WORKERS, HELD_TICKET), ()),
        ((LOW, HALTED), (LOW,)),
    ],
)
def test_what_follows_from_something_worse_is_not_said(
    alertmanager: str, firing: tuple[Labels, ...], silenced: tuple[Labels, ...]
) -> None:
    assert silenced_by(alertmanager, *firing) == set(silenced)


def test_the_health_check_of_the_container_works(alertmanager: str) -> None:
    run("amtool", f"--alertmanager.url={alertmanager}", "alert", "query")


def test_the_dead_man_hears_every_minute(tmp_path: Path) -> None:
    with listening() as (receiver, heard), started(hurried(tmp_path, receiver), tmp_path) as url:
        tell(url, WATCHDOG)
        until(lambda: len(heard) >= 4, "the dead man told four times")
    assert max(after - before for before, after in pairwise(heard)) < 3
