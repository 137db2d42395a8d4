"""The rule files of Prometheus."""

from typing import Any

from stream.alerting.catalogue import rules_of
from stream.alerting.rule import Rule
from stream.alerting.wording import Link, link, prometheus
from stream.settings import AlertSettings, Notifier

Document = dict[str, Any]
SERVICE = "pantau"


def rule_files(alerts: AlertSettings) -> dict[str, Document]:
    """Each file by its name. Where Grafana notifies they hold no alerts, or all would be told twice."""
    links, tells = link(alerts), alerts.notifier is Notifier.PROMETHEUS
    return {
        name: {
            "groups": [{"name": f"pantau-{name}", "rules": [_rule(rule, links) for rule in rules]}]
            if tells
            else []
        }
        for name, rules in rules_of(alerts).items()
    }


def labels(rule: Rule) -> dict[str, str]:
    """What a rule puts on its alerts: never a process, for two servers must raise the same alert."""
    own = {"severity": str(rule.severity), "scope": str(rule.scope), "service": SERVICE}
    return {"job": rule.job, **own} if rule.job else own


def _rule(rule: Rule, links: Link) -> Document:
    waits = {"for": rule.wait} if rule.wait else {}
    keeps = {"keep_firing_for": rule.keep} if rule.keep else {}
    return {
        "alert": rule.name,
        "expr": rule.expr,
        **waits,
        **keeps,
        "labels": labels(rule),
        "annotations": prometheus(rule, links),
    }
