import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from promql_checks import ALERTS, ROOT, Json, dashboards, rule_files, rule_name, rules

from stream.settings import load_settings

ALERT_RULES = {rule_name(rule): rule for _, rule in rules() if "alert" in rule}
NAMES = {rule["alert"] for rule in ALERT_RULES.values()}
ALWAYS_ON = "Watchdog"
RUNBOOKS = (ALERTS / "runbooks.md").read_text(encoding="utf-8")
ALERTMANAGER = yaml.safe_load((ALERTS / "alertmanager.yml").read_text(encoding="utf-8"))
PROMETHEUS = yaml.safe_load((ALERTS / "prometheus.yml").read_text(encoding="utf-8"))
SETTINGS = load_settings(config=ROOT / "examples" / "pantau.toml").file.alerts
SEVERITIES = {"page", "ticket", "info", "none"}
SCOPES = {"queue", "agents", "pipeline", "meta"}
NOTES = {"summary", "description", "action"}
#: Tested from a table, in tests/integration/observability/alert_cases.py.
BY_TABLE = {"service", "agents"}


def seconds(duration: str) -> int:
    """A Prometheus duration of one unit."""
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600}[duration[-1]]


def expectations() -> Iterator[tuple[str, set[str]]]:
    """What the promtool tests expect of each alert, per moment: the severities that fire."""
    for file in (file for file in rule_files() if file.stem not in BY_TABLE):
        suite = yaml.safe_load((ALERTS / "tests" / file.name).read_text(encoding="utf-8"))
        for case in suite["tests"]:
            for moment in case["alert_rule_test"]:
                fired = {alert["exp_labels"]["severity"] for alert in moment["exp_alerts"]}
                yield moment["alertname"], fired


def routes(node: Json) -> Iterator[Json]:
    yield node
    for child in node.get("routes", []):
        yield from routes(child)


def matchers(node: Any) -> Iterator[str]:
    """Every matcher of a configuration, at any depth."""
    for key, value in node.items() if isinstance(node, dict) else ():
        if key in {"matchers", "source_matchers", "target_matchers"}:
            yield from value
        else:
            yield from matchers(value)
    for value in node if isinstance(node, list) else ():
        yield from matchers(value)


def section(alert: str) -> str:
    """The runbook text of one alert."""
    return RUNBOOKS.split(f"## {alert}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("name", ALERT_RULES)
def test_an_alert_follows_the_conventions(name: str) -> None:
    rule = ALERT_RULES[name]
    assert re.fullmatch(r"Pantau([A-Z][a-z]+)+|Watchdog", rule["alert"])
    assert rule["labels"]["severity"] in SEVERITIES
    assert rule["labels"]["scope"] in SCOPES
    assert rule["labels"]["service"] == "pantau"
    told = rule["annotations"].keys() - {"dashboard_url", "runbook_url"}
    assert told in (NOTES, NOTES | {f"{note}_id" for note in NOTES})
    if rule["labels"]["scope"] in {"queue", "agents"}:
        assert "summary_id" in told, "supervisors read Indonesian as well"


@pytest.mark.parametrize("name", ALERT_RULES)
def test_values_are_in_the_description_only(name: str) -> None:
    rule = ALERT_RULES[name]
    assert "{{" not in str(rule["labels"]), "a value in a label makes a new alert of each change"
    assert "{{" not in rule["annotations"]["summary"]


@pytest.mark.parametrize("name", ALERT_RULES)
def test_an_alert_waits_for_two_scrapes(name: str) -> None:
    rule = ALERT_RULES[name]
    scrape = seconds(PROMETHEUS["global"]["scrape_interval"])
    assert rule["alert"] == ALWAYS_ON or seconds(rule["for"]) >= 2 * scrape


@pytest.mark.parametrize("name", ALERT_RULES)
def test_a_page_of_a_queue_comes_within_a_minute(name: str) -> None:
    rule = ALERT_RULES[name]
    if rule["labels"] == {"severity": "page", "scope": "queue", "service": "pantau"}:
        ways = [PROMETHEUS["global"][each] for each in ("scrape_interval", "evaluation_interval")]
        routes = [each for each in ALERTMANAGER["route"]["routes"] if each["receiver"] == "on-call"]
        (route,) = [each for each in routes if 'scope=~"queue|agents"' in each["matchers"]]
        assert sum(map(seconds, [*ways, rule["for"], route["group_wait"]])) < 60
        assert sum(map(seconds, [*ways, rule["for"], route["group_interval"]])) <= 60, (
            "a second one of the team"
        )
        assert sum(map(seconds, [*ways, rule["keep_firing_for"], route["group_interval"]])) < 120
        assert route["group_by"] == ["tenant", "team"]


@pytest.mark.parametrize("name", ALERT_RULES)
def test_an_alert_on_numbers_is_raised_only_while_they_count(name: str) -> None:
    rule = ALERT_RULES[name]
    if rule["labels"]["scope"] in {"queue", "agents"}:
        fresh = "time() - max without (instance, pod) (pantau_state_current_timestamp_seconds) < 120"
        assert fresh in rule["expr"]
        assert seconds(rule["keep_firing_for"]) > 0
    if rule["labels"]["scope"] == "queue" and rule["alert"] != "PantauQueueDisappeared":
        judged = (r'{status="critical"})) == 1)', r'{status=~"closed|stale|rebuilding"})) == 0)')
        assert any(words in rule["expr"] for words in judged)


@pytest.mark.parametrize("name", ALERT_RULES)
def test_no_alert_on_numbers_holds_what_a_site_decides(name: str) -> None:
    """But for how many windows, and how many times the minimum: those are ours."""
    rule = ALERT_RULES[name]
    if rule["labels"]["scope"] in {"queue", "agents"}:
        compared = set(re.findall(r"[<>]=?\s+([\d.]+)", rule["expr"]))
        assert compared <= {"0", "120"}


@pytest.mark.parametrize("name", ALERT_RULES)
def test_links_lead_somewhere(name: str) -> None:
    notes = ALERT_RULES[name]["annotations"]
    page, anchor = notes["runbook_url"].split("#")
    assert page == SETTINGS.runbooks_url
    assert anchor == ALERT_RULES[name]["alert"].lower()
    root, uid = re.match(r"(.+)/d/([a-z-]+)", notes["dashboard_url"]).groups()
    assert root == SETTINGS.grafana_url
    filled = {"queue", "team"} & set(
        re.findall(r"var-(\w+)=\{\{ \$labels\.\1 \| urlquery \}\}", notes["dashboard_url"])
    )
    assert filled == {"queue": {"queue"}, "agents": {"team"}}.get(
        ALERT_RULES[name]["labels"]["scope"], filled
    )
    assert uid in {board["uid"] for board in dashboards().values()}


def test_each_alert_has_one_runbook_heading_and_each_heading_an_alert() -> None:
    headings = re.findall(r"^## (\w+)$", RUNBOOKS, flags=re.MULTILINE)
    assert sorted(headings) == sorted(NAMES)


@pytest.mark.parametrize("alert", sorted(NAMES))
def test_a_runbook_says_meaning_causes_and_three_actions(alert: str) -> None:
    text = section(alert)
    assert "**Meaning.**" in text
    assert "**Likely causes" in text
    assert "**First three actions.**" in text
    assert re.findall(r"^(\d)\. ", text, flags=re.MULTILINE) == ["1", "2", "3"]


@pytest.mark.parametrize("name", ALERT_RULES)
def test_each_alert_is_seen_firing_and_silent(name: str) -> None:
    alert, severity = name.split("/")
    if ALERT_RULES[name]["labels"]["scope"] in {"queue", "agents"}:
        return  # by the table, whose test asks for each of them
    moments = [fired for tested, fired in expectations() if tested == alert]
    assert any(severity in fired for fired in moments), "no promtool test in which it fires"
    if alert != ALWAYS_ON:
        assert any(not fired for fired in moments), "no promtool test in which it is silent"


def test_every_rule_file_has_its_tests() -> None:
    tested = {file.stem for file in (ALERTS / "tests").glob("*.yml")}
    assert tested | BY_TABLE == {file.stem for file in rule_files()}


def test_scrapes_are_frequent_and_end_before_the_next() -> None:
    scrapes = PROMETHEUS["global"]
    assert 10 <= seconds(scrapes["scrape_interval"]) <= 15
    assert seconds(scrapes["scrape_timeout"]) < seconds(scrapes["scrape_interval"])


def test_alertmanager_names_only_alerts_that_exist() -> None:
    named = [match for match in matchers(ALERTMANAGER) if match.startswith("alertname")]
    assert named
    for match in named:
        assert set(match.split('"')[1].split("|")) <= NAMES


def test_every_route_has_a_receiver_and_every_receiver_a_route() -> None:
    used = {route["receiver"] for route in routes(ALERTMANAGER["route"])}
    assert used == {receiver["name"] for receiver in ALERTMANAGER["receivers"]}
    assert "nobody" in used


def test_alertmanager_holds_no_secret() -> None:
    text = (ALERTS / "alertmanager.yml").read_text(encoding="utf-8")
    settings = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    assert not re.search(r"password:|credentials:|_key:|token:|secret:|api_url:|\burl:", settings)


def test_nobody_is_flooded() -> None:
    assert "queue" not in ALERTMANAGER["route"]["group_by"]
    assert "instance" not in ALERTMANAGER["route"]["group_by"]


def test_inhibition_without_equal_is_for_sources_without_labels() -> None:
    labelled = {
        name for name, rule in ALERT_RULES.items() if "tenant" in rule["annotations"]["dashboard_url"]
    }
    tenantless = NAMES - {name.split("/")[0] for name in labelled}
    for rule in ALERTMANAGER["inhibit_rules"]:
        if "equal" not in rule:
            assert set(rule["source_matchers"][0].split('"')[1].split("|")) <= tenantless
