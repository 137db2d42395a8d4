"""How a receiver is told, as Alertmanager and as Grafana write it. Secrets come from files of the site."""

from collections.abc import Callable
from typing import Any

from stream.settings import AlertSettings, Kind, Language, ReceiverSettings

Document = dict[str, Any]
_RESOLVED = {"send_resolved": True}


def language_of(each: ReceiverSettings, alerts: AlertSettings) -> Language:
    """In what its messages are written."""
    return each.language or alerts.language


def receiver(each: ReceiverSettings, alerts: AlertSettings) -> Document:
    """A receiver of Alertmanager; one without a kind is a name, whose alerts are seen in the pages only."""
    if each.kind is None:
        return {"name": each.name}
    language = language_of(each, alerts)
    section, made = _ALERTMANAGER[each.kind]
    return {"name": each.name, section: [{**_RESOLVED, **made(each, _said(language))}]}


def contact_point(each: ReceiverSettings, alerts: AlertSettings) -> Document | None:
    """A contact point of Grafana; None of a receiver without a kind, for it has no such thing."""
    if each.kind is None:
        return None
    kind, made = _GRAFANA[each.kind]
    settings = made(each, _said(language_of(each, alerts)))
    return {
        "name": each.name,
        "receivers": [{"uid": f"pantau-{each.name}", "type": kind, "settings": settings}],
    }


def _said(language: Language) -> Callable[[str], str]:
    """A template by its name, in a language."""
    return lambda name: f'{{{{ template "pantau.{name}.{language}" . }}}}'


_Made = Callable[[ReceiverSettings, Callable[[str], str]], Document]

_ALERTMANAGER: dict[Kind, tuple[str, _Made]] = {
    Kind.EMAIL: (
        "email_configs",
        lambda each, said: {
            "to": each.to,
            "headers": {"Subject": said("title")},
            "html": said("mail"),
            "text": said("chat"),
        },
    ),
    Kind.SLACK: (
        "slack_configs",
        lambda each, said: {
            "api_url_file": each.secret_file,
            "channel": each.to,
            "title": said("title"),
            "text": said("chat"),
            "color": '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}',
        },
    ),
    Kind.TEAMS: (
        "msteamsv2_configs",
        lambda each, said: {
            "webhook_url_file": each.secret_file,
            "title": said("title"),
            "text": said("chat"),
        },
    ),
    Kind.PAGERDUTY: (
        "pagerduty_configs",
        lambda each, said: {
            "routing_key_file": each.secret_file,
            "description": said("title"),
            "severity": '{{ if eq .CommonLabels.severity "page" }}critical{{ else }}warning{{ end }}',
            "details": {"text": said("chat")},
        },
    ),
    Kind.TELEGRAM: (
        "telegram_configs",
        lambda each, said: {
            "bot_token_file": each.secret_file,
            "chat_id": int(each.to),
            "message": said("message"),
            "parse_mode": "",
        },
    ),
    Kind.WEBHOOK: (
        "webhook_configs",
        lambda each, _: {
            "url": each.to,
            "http_config": {
                "follow_redirects": False,
                **({"authorization": {"credentials_file": each.secret_file}} if each.secret_file else {}),
            },
        },
    ),
}


def _file(name: str) -> str:
    """What a file holds, put in by Grafana."""
    return f"$__file{{{name}}}"


_GRAFANA: dict[Kind, tuple[str, _Made]] = {
    Kind.EMAIL: (
        "email",
        lambda each, said: {"addresses": each.to, "subject": said("title"), "message": said("chat")},
    ),
    Kind.SLACK: (
        "slack",
        lambda each, said: {
            "url": _file(each.secret_file),
            "recipient": each.to,
            "title": said("title"),
            "text": said("chat"),
        },
    ),
    Kind.TEAMS: (
        "teams",
        lambda each, said: {"url": _file(each.secret_file), "title": said("title"), "message": said("chat")},
    ),
    Kind.PAGERDUTY: (
        "pagerduty",
        lambda each, said: {"integrationKey": _file(each.secret_file), "summary": said("title")},
    ),
    Kind.TELEGRAM: (
        "telegram",
        lambda each, said: {
            "bottoken": _file(each.secret_file),
            "chatid": each.to,
            "message": said("message"),
        },
    ),
    Kind.WEBHOOK: (
        "webhook",
        lambda each, _: {
            "url": each.to,
            **(
                {"authorization_scheme": "Bearer", "authorization_credentials": _file(each.secret_file)}
                if each.secret_file
                else {}
            ),
        },
    ),
}
