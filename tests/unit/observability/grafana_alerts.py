"""What Grafana is given to alert by, where it notifies; and its published format, as of Grafana 12 and 13.

The format is that of `AlertRuleGroupV1` and its neighbours in Grafana's pkg/services/provisioning/alerting.
"""

from collections.abc import Iterator
from typing import Any

import yaml
from promql_checks import ROOT

from stream.alerting.files import files
from stream.settings import FileSettings, load_settings

Json = dict[str, Any]
TEMPLATES = (ROOT / "alerts" / "templates" / "pantau.tmpl").read_text(encoding="utf-8")


def _of_grafana() -> FileSettings:
    said = load_settings(config=ROOT / "examples" / "alerts.toml").file.model_dump(exclude_unset=True)
    return FileSettings.model_validate(said | {"alerts": said["alerts"] | {"notifier": "grafana", "off": []}})


WRITTEN = files(_of_grafana(), TEMPLATES)
PROVISIONED = yaml.safe_load(WRITTEN["grafana/provisioning/alerting/pantau.yml"])


def rules() -> Iterator[Json]:
    """Every rule that Grafana is given."""
    for group in PROVISIONED["groups"]:
        yield from group["rules"]


def queries() -> dict[str, str]:
    """Every expression that it asks Prometheus, by a readable name."""
    return {
        f"{rule['uid']}/{query['refId']}": query["model"]["expr"]
        for rule in rules()
        for query in rule["data"]
        if "expr" in query["model"]
    }


def _object(required: Json, optional: Json | None = None) -> Json:
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": [*required],
        "additionalProperties": False,
    }


_TEXT: Json = {"type": "string", "minLength": 1}
_DURATION: Json = {"type": "string", "pattern": r"^\d+[smhd]$"}
_UID: Json = {"type": "string", "pattern": r"^[A-Za-z0-9_-]{1,40}$"}
_TEXTS: Json = {"type": "object", "additionalProperties": {"type": "string"}}
_ORG: Json = {"const": 1}
_QUERY = _object(
    {
        "refId": _TEXT,
        "relativeTimeRange": _object({"from": {"type": "integer"}, "to": {"type": "integer"}}),
        "datasourceUid": _UID,
        "model": {"type": "object", "required": ["refId"]},
    },
    {"queryType": {"type": "string"}},
)
_RULE = _object(
    {
        "uid": _UID,
        "title": {"type": "string", "minLength": 1, "maxLength": 190},
        "condition": _TEXT,
        "data": {"type": "array", "minItems": 1, "items": _QUERY},
        "noDataState": {"enum": ["Alerting", "NoData", "OK", "KeepLast"]},
        "execErrState": {"enum": ["Alerting", "Error", "OK", "KeepLast"]},
        "annotations": _TEXTS,
        "labels": _TEXTS,
    },
    {
        "dashboardUid": _UID,
        "panelId": {"type": "integer"},
        "for": _DURATION,
        "keepFiringFor": _DURATION,
        "missing_series_evals_to_resolve": {"type": "integer", "minimum": 1},
        "isPaused": {"type": "boolean"},
        "notification_settings": {"type": "object"},
        "record": {"type": "object"},
    },
)
_GROUP = _object(
    {
        "orgId": _ORG,
        "name": _TEXT,
        "folder": _TEXT,
        "interval": _DURATION,
        "rules": {"type": "array", "minItems": 1, "items": _RULE},
    }
)
_POINT = _object(
    {
        "orgId": _ORG,
        "name": _TEXT,
        "receivers": {
            "type": "array",
            "items": _object(
                {
                    "uid": _UID,
                    "type": {"enum": ["email", "slack", "teams", "pagerduty", "telegram", "webhook"]},
                    "settings": {"type": "object", "minProperties": 1},
                },
                {"disableResolveMessage": {"type": "boolean"}},
            ),
        },
    }
)
_SPAN = _object(
    {"times": {"type": "array", "items": _object({"start_time": _TEXT, "end_time": _TEXT})}},
    {
        **{
            name: {"type": "array", "items": _TEXT}
            for name in ("weekdays", "days_of_month", "months", "years")
        },
        "location": _TEXT,
    },
)
FORMAT = _object(
    {"apiVersion": {"const": 1}},
    {
        "groups": {"type": "array", "items": _GROUP},
        "deleteRules": {"type": "array", "items": _object({"orgId": _ORG, "uid": _UID})},
        "contactPoints": {"type": "array", "items": _POINT},
        "muteTimes": {
            "type": "array",
            "items": _object(
                {"orgId": _ORG, "name": _TEXT, "time_intervals": {"type": "array", "items": _SPAN}}
            ),
        },
        "templates": {"type": "array", "items": _object({"orgId": _ORG, "name": _TEXT, "template": _TEXT})},
    },
)
