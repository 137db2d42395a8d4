"""Finds every PromQL expression of alerts/ and grafana/, and says what is wrong with one.

The checks work on the parsed expression, so a name inside a comment or a string cannot fool them.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser as promql
import yaml
from known_series import TARGET_LABELS, Kind, Plane, Series, known

# What a JSON or YAML file holds.
Json = dict[str, Any]

ROOT = Path(__file__).parents[3]
ALERTS = ROOT / "alerts"
GRAFANA = ROOT / "grafana"

# Grafana replaces these before Prometheus sees them.
MACROS = {"$__rate_interval": "1m", "$__interval": "15s", "$__range": "1h"}
VARIABLES = {"$tenant": ".*", "$team": ".*", "$queue": ".*", "$media": ".*"}

ONLY_COUNTERS = {"rate", "irate", "increase", "resets"}
ABSENCE = {"absent", "absent_over_time"}
REPLICA_LABELS = {"instance", "pod"}
QUEUE_LABELS = {"tenant", "queue", "media"}
LABEL_VALUES = re.compile(r"label_values\((?P<metric>\w+), (?P<label>\w+)\)")


def rule_files() -> list[Path]:
    return sorted((ALERTS / "rules").glob("*.yml"))


def rules() -> Iterator[tuple[Path, Json]]:
    """Every rule, with the file it stands in."""
    for file in rule_files():
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]:
            yield from ((file, rule) for rule in group["rules"])


def dashboards() -> dict[str, Json]:
    """Every committed dashboard by file name."""
    return {
        file.stem: json.loads(file.read_text(encoding="utf-8"))
        for file in sorted((GRAFANA / "dashboards").glob("*.json"))
    }


def panels() -> Iterator[tuple[str, Json]]:
    """Every panel of every dashboard, with the dashboard's name."""
    for name, board in dashboards().items():
        yield from ((name, panel) for panel in board["panels"] if panel["type"] != "row")


def rule_name(rule: Json) -> str:
    """An alert by name and severity, because one alert may have two; a recording rule by its series."""
    return f"{rule['alert']}/{rule['labels']['severity']}" if "alert" in rule else rule["record"]


def rule_queries() -> dict[str, str]:
    """The expression of each rule by a readable name."""
    return {f"{file.stem}/{rule_name(rule)}": rule["expr"] for file, rule in rules()}


def panel_queries() -> dict[str, str]:
    """The expression of each panel query by a readable name, macros and variables replaced."""
    return {
        f"{name}/{panel['title']}/{target['refId']}": replaced(target["expr"])
        for name, panel in panels()
        for target in panel["targets"]
    }


def replaced(expr: str) -> str:
    """What Prometheus is asked once Grafana has filled in a query."""
    for name, value in {**MACROS, **VARIABLES}.items():
        expr = expr.replace(name, value)
    return expr


def variable_queries() -> Iterator[tuple[str, str]]:
    """The metric and label that each query variable of each dashboard reads."""
    for board in dashboards().values():
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                match = LABEL_VALUES.fullmatch(variable["definition"])
                yield match["metric"], match["label"]


def children(node: promql.Expr) -> list[promql.Expr]:
    """The sub-expressions of a parsed expression."""
    parts = (getattr(node, name, None) for name in ("lhs", "rhs", "expr", "vector_selector"))
    return [part for part in (*parts, *getattr(node, "args", ())) if isinstance(part, promql.Expr)]


def selections(
    node: promql.Expr, above: tuple[promql.Expr, ...] = ()
) -> Iterator[tuple[promql.VectorSelector, tuple[promql.Expr, ...]]]:
    """Every series selector, with the expressions around it, outermost first."""
    if isinstance(node, promql.VectorSelector):
        yield node, above
    for child in children(node):
        yield from selections(child, (*above, node))


def faults(expr: str) -> list[str]:
    """Everything wrong with one expression, in words."""
    parsed = promql.parse(expr)
    return [fault for node, above in selections(parsed) for fault in selector_faults(node, above)]


def selector_faults(node: promql.VectorSelector, above: tuple[promql.Expr, ...]) -> list[str]:
    """Everything wrong with one selector and what is done to it."""
    series = known(node.name)
    if series is None:
        return [f"{node.name} is not a known series"]
    return [
        *label_faults(node, series),
        *window_faults(node, series),
        *function_faults(node, above, series),
        *replica_faults(node, above, series),
    ]


def label_faults(node: promql.VectorSelector, series: Series) -> list[str]:
    """Matchers on labels that the series does not have."""
    names = {matcher.name for matcher in node.matchers.matchers}
    return [f"{node.name} has no label {name}" for name in names - series.labels - TARGET_LABELS]


def window_faults(node: promql.VectorSelector, series: Series) -> list[str]:
    """Sums across windows mean nothing: a window series is read with exactly one window."""
    if "window" not in series.labels:
        return []
    matched = [matcher for matcher in node.matchers.matchers if matcher.name == "window"]
    exact = len(matched) == 1 and matched[0].op == promql.MatchOp.Equal
    return [] if exact else [f"{node.name} is not read with exactly one window"]


def function_faults(node: promql.VectorSelector, above: tuple[promql.Expr, ...], series: Series) -> list[str]:
    """A rate of something that is not a counter."""
    called = {each.func.name for each in above if isinstance(each, promql.Call)}
    wrong = called & ONLY_COUNTERS if series.kind is not Kind.COUNTER else set()
    return [f"{name}() of {node.name}, which is no counter" for name in wrong]


def replica_faults(node: promql.VectorSelector, above: tuple[promql.Expr, ...], series: Series) -> list[str]:
    """Replicas of the exporter say the same: one of them is taken before anything is added up."""
    called = {each.func.name for each in above if isinstance(each, promql.Call)}
    if series.plane is not Plane.EXPORTER or called & ABSENCE:
        return []
    aggregates = [each for each in above if isinstance(each, promql.AggregateExpr)]
    taken = bool(aggregates) and takes_one_replica(aggregates[-1])
    return [] if taken else [f"{node.name} is added up over exporter replicas"]


def takes_one_replica(aggregate: promql.AggregateExpr) -> bool:
    """`max`/`min without (instance, pod)`, or `topk by` the queue for names."""
    if aggregate.modifier is None:
        return False
    labels = set(aggregate.modifier.labels)
    if aggregate.modifier.type == promql.AggModifierType.Without:
        return str(aggregate.op) in {"max", "min"} and labels == REPLICA_LABELS
    return str(aggregate.op) == "topk" and labels == QUEUE_LABELS
