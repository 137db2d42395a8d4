import contextlib
import functools
import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from exposition import exposition
from grafana_alerts import queries as grafana_queries
from known_series import Plane
from promql_checks import ALERTS, Json, panel_queries, panels, replaced, rule_queries
from stack_processes import asked, free_port, needed, scraped, serving, until

from stream.domain.status import Status

PANEL_QUERIES = panel_queries()
RULE_QUERIES, GRAFANA_QUERIES = rule_queries(), grafana_queries()
TABLE_LABELS = {"tenant", "queue", "media", "name"}
# A difference of two ratios: the one percentage that may be negative.
DIFFERENCES = {"Against target"}


def fields() -> Iterator[tuple[str, str, str]]:
    """Each field of each panel: its heading, its unit and the name of its query."""
    for board, panel in panels():
        organize = [each["options"] for each in panel.get("transformations", []) if each["id"] == "organize"]
        renamed = organize[0]["renameByName"] if organize else {}
        refs = {heading: column.removeprefix("Value #") for column, heading in renamed.items()}
        for override in panel["fieldConfig"]["overrides"]:
            heading = override["matcher"]["options"]
            unit = next(each["value"] for each in override["properties"] if each["id"] == "unit")
            yield heading, unit, f"{board}/{panel['title']}/{refs.get(heading, heading)}"


COLUMNS = [name for heading, _, name in fields() if len(heading) > 1]
PERCENTAGES = [
    name for heading, unit, name in fields() if unit == "percentunit" and heading not in DIFFERENCES
]


def configured(targets: dict[str, list[str]]) -> Json:
    """Our own Prometheus configuration, pointed at the stand-ins and hurried."""
    config = yaml.safe_load((ALERTS / "prometheus.yml").read_text(encoding="utf-8"))
    config["global"] |= {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(ALERTS / name) for name in config["rule_files"]]
    config["scrape_configs"] = [job for job in config["scrape_configs"] if job["job_name"] in targets]
    for job in config["scrape_configs"]:
        job["static_configs"] = [{"targets": targets[job["job_name"]]}]
    del config["alerting"]
    return config


def render(plane: Plane) -> bytes:
    return exposition(plane=plane, now_s=time.time())


def two_of(plane: Plane, stack: contextlib.ExitStack) -> list[str]:
    """Two replicas of a process, as composed."""
    return [stack.enter_context(scraped(functools.partial(render, plane))) for _ in range(2)]


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("prometheus")
    binary = needed("prometheus")
    with contextlib.ExitStack() as stack:
        targets = {f"pantau-{plane}": two_of(plane, stack) for plane in (Plane.EXPORTER, Plane.WORKER)}
        file = folder / "prometheus.yml"
        file.write_text(yaml.safe_dump(configured(targets)), encoding="utf-8")
        port = free_port()
        command = [
            binary,
            f"--config.file={file}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        ]
        url = stack.enter_context(serving(command, f"http://127.0.0.1:{port}", folder / "log"))
        until(lambda: scraped_twice(url), "two scrapes of every target")
        yield url


def result(url: str, expr: str) -> list[Json]:
    answer = asked(f"{url}/api/v1/query", query=expr)
    assert answer["status"] == "success"
    return answer["data"]["result"]


def values(found: list[Json]) -> list[float]:
    return [float(each["value"][1]) for each in found]


def scraped_twice(url: str) -> bool:
    seen = values(result(url, "sum_over_time(up[1m])"))
    return len(seen) == 4 and min(seen) >= 2


def evaluations(url: str) -> dict[str, Any]:
    """How the last evaluation of each rule went."""
    groups = asked(f"{url}/api/v1/rules")["data"]["groups"]
    return {rule["name"]: (rule["health"], rule.get("lastError")) for g in groups for rule in g["rules"]}


@pytest.mark.parametrize("name", PANEL_QUERIES)
def test_every_panel_query_answers(prometheus: str, name: str) -> None:
    assert result(prometheus, PANEL_QUERIES[name]), "NO DATA although there is"


@pytest.mark.parametrize("name", RULE_QUERIES)
def test_every_rule_expression_runs(prometheus: str, name: str) -> None:
    result(prometheus, RULE_QUERIES[name])


@pytest.mark.parametrize("name", GRAFANA_QUERIES)
def test_every_query_of_grafanas_alerts_runs(prometheus: str, name: str) -> None:
    result(prometheus, GRAFANA_QUERIES[name])


def test_grafana_raises_what_prometheus_raises_and_finds_the_others_well(prometheus: str) -> None:
    of_queues = {
        uid: result(prometheus, GRAFANA_QUERIES[f"{uid}/raised"])
        for uid in ("pantauservicelevelfast-page", "pantauqueuewaitlong-page")
    }
    found = {
        uid: {each["metric"]["queue"]: float(each["value"][1]) > -0.5 for each in rows}
        for uid, rows in of_queues.items()
    }
    assert found == {
        "pantauservicelevelfast-page": {"billing": True, "support": False},
        "pantauqueuewaitlong-page": {"billing": False, "support": False},
    }


def test_every_rule_is_evaluated_without_error(prometheus: str) -> None:
    until(lambda: "unknown" not in {health for health, _ in evaluations(prometheus).values()}, "evaluated")
    assert set(evaluations(prometheus).values()) == {("ok", None)}


def test_an_alert_links_to_what_people_can_open(prometheus: str) -> None:
    until(lambda: bool(asked(f"{prometheus}/api/v1/alerts")["data"]["alerts"]), "an alert")
    for alert in asked(f"{prometheus}/api/v1/alerts")["data"]["alerts"]:
        assert alert["annotations"]["dashboard_url"].startswith("http://127.0.0.1:3000/d/pantau-")
        assert alert["annotations"]["runbook_url"].startswith("https://wiki.example/pantau/runbooks.md#")


def test_the_alert_names_the_queue_in_trouble_and_no_other(prometheus: str) -> None:
    found = result(prometheus, RULE_QUERIES["service/PantauServiceLevelFast/page"])
    assert [each["metric"] for each in found] == [
        {"tenant": "default", "queue": "billing", "media": "voice", "name": "Billing", "team": "north"}
    ]


def test_nothing_else_is_wrong(prometheus: str) -> None:
    loud = {"service/PantauServiceLevelFast/page", "pipeline/Watchdog/none"}
    assert {name for name, expr in RULE_QUERIES.items() if result(prometheus, expr)} == loud


def test_two_replicas_do_not_count_twice(prometheus: str) -> None:
    assert values(result(prometheus, PANEL_QUERIES["wallboard/Waiting now/A"])) == [4]
    assert values(result(prometheus, PANEL_QUERIES["wallboard/Waiting now/B"])) == [2]


def test_the_service_level_tile_is_about_one_queue(prometheus: str) -> None:
    level, target, word = (
        result(prometheus, PANEL_QUERIES[f"wallboard/Service level, 30 min/{ref}"]) for ref in "ABV"
    )
    assert [each["metric"]["name"] for each in (*level, *target, *word)] == ["Billing"] * 3
    assert values(level) == [0.55]
    assert values(target) == [0.8]
    assert values(word) == [Status.CRITICAL.severity]


def test_the_longest_wait_is_aged_by_now(prometheus: str) -> None:
    (seconds,) = values(result(prometheus, PANEL_QUERIES["wallboard/Longest wait/A"]))
    assert 89 <= seconds < 95


def test_a_team_sees_its_own_queues_only(prometheus: str) -> None:
    waiting = next(panel for _, panel in panels() if panel["title"] == "Waiting now")["targets"][0]["expr"]
    assert values(result(prometheus, replaced(waiting.replace("$team", "south")))) == [1]


@pytest.mark.parametrize("name", COLUMNS)
def test_table_columns_line_up_by_queue(prometheus: str, name: str) -> None:
    rows = result(prometheus, PANEL_QUERIES[name])
    assert sorted(row["metric"]["name"] for row in rows) == ["Billing", "Support"]
    assert all(row["metric"].keys() == TABLE_LABELS for row in rows), "other labels split the rows"


@pytest.mark.parametrize("name", PERCENTAGES)
def test_percentages_lie_between_nothing_and_everything(prometheus: str, name: str) -> None:
    assert all(0 <= value <= 1 for value in values(result(prometheus, PANEL_QUERIES[name])))
