"""Alert rules for Grafana's file provisioning, with what tells of them: for sites where Grafana notifies.

Three things are otherwise than for Prometheus. A query that finds nothing would be "no data": each rule of
queues and teams finds -1 where nothing is raised, and real absence keeps the last state, for rules of the
path tell of it. Templates ask no queries: facts are queries of the rule. And a tree of policies replaces
all that a site has, so it is left as an example.
"""

from typing import Any

from stream.alerting.alertmanager import EVERY_MINUTE, GROUP_BY, hears_alerts, hours
from stream.alerting.catalogue import FILES, rules_of
from stream.alerting.facts import FACTS, Fact
from stream.alerting.hours import intervals
from stream.alerting.prometheus import labels
from stream.alerting.promql import QUEUE, named, one
from stream.alerting.receivers import contact_point
from stream.alerting.rule import Rule
from stream.alerting.wording import Link, facts, grafana, link
from stream.settings import FileSettings, Notifier, ReceiverSettings, Scope, Severity

Document = dict[str, Any]
DATASOURCE = "pantau-prometheus"
_EXPRESSION = "__expr__"
RAISED, CONDITION = "raised", "threshold"
#: How often rules are looked at, as Prometheus does it.
_INTERVAL = "10s"
#: What a query looks back for: it asks for one instant.
_RANGE = {"from": 600, "to": 0}
#: What always is there while anything is, by the labels of what is raised.
_WELL = {
    Scope.QUEUE: named(one("pantau_queue_open")),
    Scope.AGENTS: f"max by (tenant, team) ({one('pantau_agents')})",
}
_MATCHED = {Scope.QUEUE: QUEUE, Scope.AGENTS: "tenant, team"}


def provisioning(file: FileSettings, templates: str) -> dict[str, Document]:
    """Each file by its name, with the `templates` of messages.

    Where Prometheus notifies, one that takes away the rules that were there.
    """
    alerts = file.alerts
    if alerts.notifier is Notifier.PROMETHEUS:
        gone = [{"orgId": 1, "uid": _uid(rule)} for rules in FILES.values() for rule in rules]
        return {"pantau.yml": {"apiVersion": 1, "deleteRules": gone}}
    links = link(alerts)
    groups = [
        {
            "orgId": 1,
            "name": f"pantau-{name}",
            "folder": "Pantau",
            "interval": _INTERVAL,
            "rules": [_rule(rule, links) for rule in rules],
        }
        for name, rules in rules_of(alerts).items()
    ]
    points = [point for each in alerts.receivers if (point := contact_point(each, alerts))]
    calendars = dict.fromkeys(each.calendar for each in alerts.receivers if each.calendar is not None)
    times = [
        {"orgId": 1, **one_}
        for name in calendars
        for one_ in intervals(name, file.calendars[name], file.time_zone)
    ]
    found: Document = {"apiVersion": 1, "groups": groups}
    found |= {"contactPoints": [{"orgId": 1, **point} for point in points]} if points else {}
    found |= {"muteTimes": times} if times else {}
    found |= {"templates": [{"orgId": 1, "name": "pantau", "template": templates}]}
    return {"pantau.yml": found, "policies.yml.example": {"apiVersion": 1, "policies": [_policies(file)]}}


def _uid(rule: Rule) -> str:
    return f"{rule.name}-{rule.severity}".lower()


def _rule(rule: Rule, links: Link) -> Document:
    about_path = rule.scope not in _WELL
    return {
        "uid": _uid(rule),
        "title": f"{rule.name} ({rule.severity})",
        "condition": CONDITION,
        "data": [_query(RAISED, _asked(rule)), *_facts(rule), _condition(about_path=about_path)],
        "dashboardUid": rule.shown_on.dashboard,
        "panelId": rule.shown_on.id,
        "noDataState": "OK" if about_path else "KeepLast",
        "execErrState": "Error" if about_path else "KeepLast",
        **({"for": rule.wait} if rule.wait else {}),
        **({"keepFiringFor": rule.keep} if rule.keep else {}),
        "annotations": grafana(rule, links),
        "labels": labels(rule),
        "isPaused": False,
    }


def _asked(rule: Rule) -> str:
    """The expression; of queues and teams with -1 for those that are well: nothing raised is below 0."""
    if rule.scope not in _WELL:
        return rule.expr
    well = _WELL[rule.scope]
    return f"(\n{rule.expr}\n)\nor on ({_MATCHED[rule.scope]})\n(0 * ({well}) - 1)"


def _facts(rule: Rule) -> list[Document]:
    """By the labels of what is raised and no others, or Grafana would not find them for it."""
    return [_query(name, _of(FACTS[name])) for name in facts(rule)]


def _of(fact: Fact) -> str:
    return f"max by ({', '.join(fact.of)}) ({fact.query()})" if fact.of else fact.query()


def _query(ref: str, expr: str) -> Document:
    model = {
        "refId": ref,
        "expr": expr,
        "instant": True,
        "range": False,
        "intervalMs": 1000,
        "maxDataPoints": 43200,
    }
    return {"refId": ref, "relativeTimeRange": _RANGE, "datasourceUid": DATASOURCE, "model": model}


def _condition(*, about_path: bool) -> Document:
    """Raised where there is a number at all; of queues and teams where it is not that of the well."""
    found = f"is_number(${RAISED}) || is_inf(${RAISED})" if about_path else f"${RAISED} > -0.5"
    model = {"refId": CONDITION, "type": "math", "expression": found}
    return {
        "refId": CONDITION,
        "relativeTimeRange": {"from": 0, "to": 0},
        "datasourceUid": _EXPRESSION,
        "model": model,
    }


def _policies(file: FileSettings) -> Document:
    """A tree to be put into that of the site by hand."""
    named = [each for each in file.alerts.receivers if each.kind is not None]
    return {
        "orgId": 1,
        "receiver": named[0].name if named else "grafana-default-email",
        "group_by": ["grafana_folder", *GROUP_BY],
        "routes": [_watchdog(file), *(_policy(each, file) for each in named if hears_alerts(each))],
    }


def _watchdog(file: FileSettings) -> Document:
    proof = [["severity", "=", str(Severity.NONE)]]
    return {"receiver": file.alerts.dead_man, "object_matchers": proof, **EVERY_MINUTE}


def _policy(each: ReceiverSettings, file: FileSettings) -> Document:
    asked = (
        ("severity", [str(s) for s in each.severities if s is not Severity.NONE]),
        ("scope", [*map(str, each.scopes)]),
    )
    matchers = [[label, "=~", "|".join(values)] for label, values in (*asked, ("team", each.teams)) if values]
    return {"receiver": each.name, "object_matchers": matchers, **hours(each, file), "continue": True}
