"""What a site may decide in `[alerts]`, and what comes of it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from stream.alerting.catalogue import NAMES, RULES, WATCHDOG, rules_of
from stream.alerting.facts import FACTS
from stream.alerting.files import TEMPLATES, files
from stream.alerting.wording import facts
from stream.errors import BadSettings
from stream.settings import AlertSettings, FileSettings, Kind, load_settings

pytestmark = pytest.mark.pure

Json = dict[str, Any]
EXAMPLE = load_settings(config=Path(__file__).parents[3] / "examples" / "alerts.toml").file
MAIL = {"smtp_host": "mail.example:587", "smtp_from": "pantau@example"}


def written(file: FileSettings | None = None, **alerts: Any) -> dict[str, Json]:
    """The documents of a site by path."""
    file = file or FileSettings.model_validate({"alerts": alerts})
    found = files(file, '{{ define "pantau.title.en" }}{{ end }}')
    return {path: yaml.safe_load(text) for path, text in found.items() if path != TEMPLATES}


def rules(found: dict[str, Json]) -> Iterator[Json]:
    for path, document in found.items():
        if path.startswith("alerts/rules/"):
            for group in document["groups"]:
                yield from group["rules"]


def receivers(found: dict[str, Json]) -> dict[str, Json]:
    return {each["name"]: each for each in found["alerts/alertmanager.yml"]["receivers"]}


def refused(**alerts: Any) -> str:
    with pytest.raises((ValueError, BadSettings)) as bad:
        written(**alerts)
    return str(bad.value)


def test_a_site_chooses_severities_and_leaves_alerts_out() -> None:
    before = {rule["alert"]: rule["labels"]["severity"] for rule in rules(written())}
    found = {
        rule["alert"]: rule["labels"]["severity"]
        for rule in rules(written(severities={"PantauQueueSilent": "page"}, off=["PantauAdherenceLow"]))
    }
    assert before.pop("PantauAdherenceLow") == before["PantauQueueSilent"] == "ticket"
    assert found == {**before, "PantauQueueSilent": "page"}


def test_links_lead_where_the_site_says() -> None:
    found = written(grafana_url="https://g.example/grafana", runbooks_url="https://w.example/r")
    for rule in rules(found):
        assert rule["annotations"]["dashboard_url"].startswith("https://g.example/grafana/d/pantau-")
        assert rule["annotations"]["runbook_url"] == f"https://w.example/r#{rule['alert'].lower()}"


def test_either_prometheus_tells_or_grafana_never_both() -> None:
    ours, theirs = written(notifier="prometheus"), written(notifier="grafana")
    assert {rule["alert"] for rule in rules(ours)} == NAMES
    assert [*rules(theirs)] == []
    assert theirs["alerts/alertmanager.yml"]["route"]["routes"] == []
    place = "grafana/provisioning/alerting/pantau.yml"
    assert "groups" not in ours[place]
    gone = {each["uid"] for each in ours[place]["deleteRules"]}
    there = {rule["uid"] for group in theirs[place]["groups"] for rule in group["rules"]}
    assert there == gone


def test_each_kind_of_receiver_is_written_with_its_secret_in_a_file() -> None:
    found = receivers(written(EXAMPLE))
    assert {each.kind for each in EXAMPLE.alerts.receivers} == set(Kind)
    told = {name: next(iter(each.items())) for name, each in found.items() if len(each) > 1}
    assert told.keys() == found.keys() - {"nobody"}
    text = files(EXAMPLE, "")["alerts/alertmanager.yml"]
    assert not re.search(r"token: |password: |_key: |api_url: ", text)
    assert found["invoices-supervisors"]["telegram_configs"][0]["chat_id"] == -1001234567890
    assert '{{ template "pantau.message.id" . }}' in text
    assert '{{ template "pantau.title.en" . }}' in text


def test_a_team_hears_of_its_own_queues_and_in_its_hours() -> None:
    routes = written(EXAMPLE)["alerts/alertmanager.yml"]["route"]["routes"]
    own = [route for route in routes if route["receiver"] == "sales-supervisors"]
    assert [route["matchers"][0] for route in own] == ['severity="page"', 'severity="ticket"']
    assert own[0]["matchers"][1] == 'scope=~"queue|agents"', "of the path it does not hear"
    for route in own:
        assert 'team="sales"' in route["matchers"]
        assert route["active_time_intervals"] == ["floor"]
        assert route["mute_time_intervals"] == ["floor-exceptions"]
        assert route["continue"] is True


def test_grafana_is_told_the_same_people_and_hours() -> None:
    said = EXAMPLE.model_dump(exclude_unset=True)
    theirs = FileSettings.model_validate(said | {"alerts": said["alerts"] | {"notifier": "grafana"}})
    found = written(theirs)["grafana/provisioning/alerting/pantau.yml"]
    assert {point["name"] for point in found["contactPoints"]} == {
        each.name for each in EXAMPLE.alerts.receivers
    }
    assert [each["name"] for each in found["muteTimes"]] == ["floor", "floor-exceptions"]


@pytest.mark.parametrize(
    ("alerts", "said"),
    [
        ({"severities": {"PantauQueueSilnet": "page"}}, "alerts.severities: 'PantauQueueSilnet' is no alert"),
        ({"off": ["Nothing"]}, "alerts.off: 'Nothing' is no alert; known are PantauAdherenceLow,"),
        ({"off": [WATCHDOG]}, f"alerts.off: {WATCHDOG} is always on"),
        ({"severities": {"PantauWorkerDown": "page"}}, "PantauWorkerDown has two severities by itself"),
        ({"severities": {"PantauQueueSilent": "loud"}}, "'page', 'ticket', 'info' or 'none'"),
        ({"notifier": "both"}, "'prometheus' or 'grafana'"),
        ({"grafana_url": "grafana.example"}, "an address like https://grafana.example"),
        ({"dead_man": "nobody"}, "dead_man 'nobody' is not there"),
        ({"receivers": [{"name": "dead-man", "severities": ["page"]}]}, "nobody is told of severity ticket"),
        ({"receivers": [{"name": "dead-man"}, {"name": "dead-man"}]}, "receiver 'dead-man' stands twice"),
        ({"receivers": [{"name": "dead-man", "kind": "slack"}]}, "dead-man: slack needs to and secret_file"),
        ({"receivers": [{"name": "dead-man", "to": "#x"}]}, "dead-man: to is given without kind"),
        (
            {"receivers": [{"name": "dead-man", "kind": "email", "to": "a@example"}]},
            "email needs smtp_host, for example mail.example:587, and smtp_from",
        ),
        (
            {"receivers": [{"name": "dead-man", "kind": "telegram", "to": "floor", "secret_file": "/t"}]},
            "to 'floor' is not the number of a chat of Telegram",
        ),
        (
            {"receivers": [{"name": "dead-man", "calendar": "office"}]},
            "calendar 'office' of a receiver is not there",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_what_is_accepted(alerts: Json, said: str) -> None:
    assert said in refused(**alerts)


def test_without_settings_somebody_is_told_of_all() -> None:
    assert AlertSettings().receivers
    assert {rule.name for found in rules_of(AlertSettings()).values() for rule in found} == NAMES


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_every_word_in_braces_is_a_fact_a_value_or_a_label(rule: Any) -> None:
    words = set(re.findall(r"\{(\w+)\}", " ".join((*rule.description, *rule.action))))
    others = {"count", "share", "span", "number", "queue", "queue_id", "refused"}
    assert words <= FACTS.keys() | others | set(rule.labels)
    assert set(facts(rule)) <= words
    assert "{" not in " ".join((*rule.summary, *rule.action)), "values are in the description only"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_both_languages_tell_the_same_facts(rule: Any) -> None:
    if rule.description.id:
        english, indonesian = (sorted(re.findall(r"\{\w+\}", text)) for text in rule.description)
        assert english == indonesian
        assert rule.action.id
        assert rule.summary.id
