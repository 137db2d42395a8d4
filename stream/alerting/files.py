"""All files that a site's Prometheus, Alertmanager and Grafana load, as text."""

from typing import Any

import yaml

from stream.alerting.alertmanager import alertmanager
from stream.alerting.grafana import provisioning
from stream.alerting.prometheus import rule_files
from stream.settings import FileSettings

_HEAD = "# Written by `pantau rules` from the settings: change those, not this file.\n"
#: Messages in every language: the same for all sites, which choose among them.
TEMPLATES = "alerts/templates/pantau.tmpl"
_WIDTH, _LONG = 120, 90


class _Dumper(yaml.SafeDumper):
    """As people write it: texts of several lines as they stand, and no shorthand for what is said twice."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the name is PyYAML's
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        return super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    folded = ">" if len(text) > _LONG and not text.startswith(" ") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else folded)


_Dumper.add_representer(str, _text)


def files(file: FileSettings, templates: str) -> dict[str, str]:
    """The text of each file by its path, given the templates of messages.

    Raises `BadSettings` for an alert that is not there.
    """
    documents = {
        **{f"alerts/rules/{name}.yml": document for name, document in rule_files(file.alerts).items()},
        "alerts/alertmanager.yml": alertmanager(file),
        **{
            f"grafana/provisioning/alerting/{name}": document
            for name, document in provisioning(file, templates).items()
        },
    }
    told = {path: _HEAD + _rendered(document) for path, document in documents.items()}
    return {**told, TEMPLATES: templates}


def _rendered(document: dict[str, Any]) -> str:
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
