"""The alerts of Grafana, where it notifies: its format, and what is known to go wrong there."""

import re
from typing import Any

import pytest
import yaml
from grafana_alerts import FORMAT, PROVISIONED, WRITTEN, queries, rules
from jsonschema import validate
from promql_checks import GRAFANA, dashboards, faults
from promql_checks import rules as ours

from stream.alerting.catalogue import NAMES

Json = dict[str, Any]
RULES = {rule["uid"]: rule for rule in rules()}
QUERIES = queries()
COMMITTED = GRAFANA / "provisioning" / "alerting" / "pantau.yml"


def seconds(duration: str) -> int:
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600}[duration[-1]]


def test_it_is_of_the_published_format() -> None:
    validate(PROVISIONED, FORMAT)
    validate(yaml.safe_load(COMMITTED.read_text(encoding="utf-8")), FORMAT)


def test_each_rule_has_one_uid_and_one_title() -> None:
    every = [*rules()]
    assert len(RULES) == len(every) == len({rule["title"] for rule in every})
    assert {rule["title"].split(" ")[0] for rule in every} == NAMES


def test_all_that_prometheus_would_raise_is_there_with_the_same_labels() -> None:
    wanted = {f"{rule['alert']}-{rule['labels']['severity']}".lower(): rule["labels"] for _, rule in ours()}
    found = {uid: rule["labels"] for uid, rule in RULES.items()}
    changed = {"pantauqueuesilent-page", "pantauqueuesilent-ticket"}  # by the severities of the example
    assert {uid: of for uid, of in found.items() if uid not in changed} == {
        uid: of for uid, of in wanted.items() if uid not in changed
    }


@pytest.mark.parametrize("uid", RULES)
def test_a_rule_asks_for_one_instant_and_ends_in_a_condition(uid: str) -> None:
    rule = RULES[uid]
    *asked, condition = rule["data"]
    assert condition["refId"] == rule["condition"]
    assert condition["datasourceUid"] == "__expr__"
    assert all(query["model"]["instant"] is True and query["model"]["range"] is False for query in asked)
    sources = yaml.safe_load(
        (GRAFANA / "provisioning" / "datasources" / "pantau.yml").read_text(encoding="utf-8")
    )
    assert {query["datasourceUid"] for query in asked} <= {each["uid"] for each in sources["datasources"]}
    assert len({query["refId"] for query in rule["data"]}) == len(rule["data"])


@pytest.mark.parametrize("uid", RULES)
def test_texts_tell_only_what_the_rule_asks_for(uid: str) -> None:
    rule = RULES[uid]
    told = set(re.findall(r"\$values\.(\w+)", " ".join(rule["annotations"].values())))
    assert told <= {query["refId"] for query in rule["data"]}
    asks = re.findall(r"\bquery [`(\"]", " ".join(rule["annotations"].values()))
    assert asks == [], "Grafana's templates ask no queries"


@pytest.mark.parametrize("uid", RULES)
def test_what_is_absent_resolves_no_queue_and_well_is_not_absent(uid: str) -> None:
    rule = RULES[uid]
    expr = rule["data"][0]["model"]["expr"]
    if rule["labels"]["scope"] in {"queue", "agents"}:
        assert (rule["noDataState"], rule["execErrState"]) == ("KeepLast", "KeepLast")
        assert "\nor on (" in expr
        assert expr.endswith("- 1)")
        assert rule["data"][-1]["model"]["expression"] == "$raised > -0.5"
    else:
        assert rule["noDataState"] == "OK", "an expression that finds nothing is well"


@pytest.mark.parametrize("uid", RULES)
def test_the_scheduler_can_keep_its_times(uid: str) -> None:
    rule = RULES[uid]
    every = seconds(PROVISIONED["groups"][0]["interval"])
    assert every % 10 == 0
    assert all(seconds(rule[name]) % every == 0 for name in ("for", "keepFiringFor") if name in rule)


@pytest.mark.parametrize("name", QUERIES)
def test_every_expression_is_about_what_there_is(name: str) -> None:
    assert not faults(QUERIES[name])


def test_rules_are_shown_on_a_panel_that_exists() -> None:
    panels = {(board["uid"], panel["id"]) for board in dashboards().values() for panel in board["panels"]}
    assert {(rule["dashboardUid"], rule["panelId"]) for rule in rules()} <= panels


@pytest.mark.parametrize(
    ("uid", "title"),
    [
        ("pantauservicelevelfast-page", "Service level, 30 min"),
        ("pantauqueuewaitlong-page", "Longest wait"),
        ("pantauoccupancyhigh-ticket", "Agents available"),
        ("pantauheldup-page", "State of data"),
    ],
)
def test_a_rule_is_shown_where_its_value_is(uid: str, title: str) -> None:
    panels = {
        (board["uid"], panel["id"]): panel for board in dashboards().values() for panel in board["panels"]
    }
    assert panels[RULES[uid]["dashboardUid"], RULES[uid]["panelId"]]["title"] == title


def test_no_tree_of_policies_is_loaded_for_it_would_replace_that_of_the_site() -> None:
    loaded = [
        path for path in WRITTEN if path.startswith("grafana/") and path.endswith((".yml", ".yaml", ".json"))
    ]
    assert loaded == ["grafana/provisioning/alerting/pantau.yml"]
    assert "policies" not in PROVISIONED


def test_the_tree_to_be_put_in_by_hand_tells_each_receiver_what_it_asked_for() -> None:
    (tree,) = yaml.safe_load(WRITTEN["grafana/provisioning/alerting/policies.yml.example"])["policies"]
    asked = {route["receiver"]: route["object_matchers"] for route in tree["routes"]}
    assert len(asked) == len(tree["routes"])
    assert asked["dead-man"] == [["severity", "=", "none"]]
    assert asked["sales-supervisors"] == [
        ["severity", "=~", "page|ticket"],
        ["scope", "=~", "queue|agents"],
        ["team", "=~", "sales"],
    ]
    assert {point["name"] for point in PROVISIONED["contactPoints"]} == asked.keys()


def test_secrets_are_in_files() -> None:
    for point in PROVISIONED["contactPoints"]:
        for receiver in point["receivers"]:
            secrets = {"url", "integrationKey", "bottoken", "authorization_credentials"} & receiver[
                "settings"
            ].keys()
            if receiver["type"] == "webhook":
                secrets -= {"url"}
            assert all(receiver["settings"][secret].startswith("$__file{/") for secret in secrets)
