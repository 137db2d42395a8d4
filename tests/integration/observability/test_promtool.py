import itertools
import time
from pathlib import Path

import pytest
from exposition import exposition
from known_series import KNOWN, Plane
from prometheus_client.parser import text_string_to_metric_families
from promql_checks import ALERTS, rule_files
from stack_processes import run

RULES = [str(file) for file in rule_files()]
CONFIG = str(ALERTS / "alertmanager.yml")
SEVERITIES = {"page": "on-call", "ticket": "tickets", "info": "log"}
SCOPES = ("queue", "agents", "pipeline")
PLANES = (Plane.EXPORTER, Plane.WORKER)


def test_rules_are_valid_and_lint_clean() -> None:
    run("promtool", "check", "rules", "--lint=all", "--lint-fatal", *RULES)


@pytest.mark.parametrize("file", sorted((ALERTS / "tests").glob("*.yml")), ids=lambda file: file.stem)
def test_alerts_fire_and_stay_silent_as_they_should(file: Path) -> None:
    run("promtool", "test", "rules", str(file))


def test_pages_of_the_path_fire_within_90_s_and_not_on_restarts() -> None:
    run("promtool", "test", "rules", str(Path(__file__).parent / "soon.yml"))


def test_prometheus_accepts_its_configuration() -> None:
    run("promtool", "check", "config", "--lint=all", "--lint-fatal", str(ALERTS / "prometheus.yml"))


def test_alertmanager_accepts_its_configuration() -> None:
    run("amtool", "check-config", CONFIG)


@pytest.mark.parametrize(("severity", "scope"), list(itertools.product(SEVERITIES, SCOPES)))
def test_every_severity_and_scope_reaches_someone(severity: str, scope: str) -> None:
    receiver = SEVERITIES[severity]
    run(
        "amtool",
        "config",
        "routes",
        "test",
        f"--config.file={CONFIG}",
        f"--verify.receivers={receiver}",
        f"severity={severity}",
        f"scope={scope}",
        "alertname=Any",
    )


def test_the_watchdog_reaches_the_dead_man() -> None:
    run(
        "amtool",
        "config",
        "routes",
        "test",
        f"--config.file={CONFIG}",
        "--verify.receivers=dead-man",
        "alertname=Watchdog",
        "severity=none",
        "scope=meta",
    )


@pytest.mark.parametrize("plane", PLANES)
def test_the_stand_in_is_good_exposition(plane: Plane) -> None:
    run("promtool", "check", "metrics", given=exposition(plane=plane, now_s=time.time()))


@pytest.mark.parametrize("plane", PLANES)
def test_the_stand_in_serves_exactly_the_known_series(plane: Plane) -> None:
    text = exposition(plane=plane, now_s=time.time()).decode()
    served: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = family.name if family.type == "histogram" else sample.name
            served.setdefault(name, set()).update(sample.labels.keys() - {"le"})
    assert served == {name: set(s.labels) for name, s in KNOWN.items() if s.plane is plane}
