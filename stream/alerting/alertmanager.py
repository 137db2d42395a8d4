"""The configuration of Alertmanager: who hears what and when, and what is not worth saying."""

from collections.abc import Iterator
from typing import Any

from stream.alerting.catalogue import WATCHDOG
from stream.alerting.hours import exceptions_of, has_exceptions, intervals
from stream.alerting.receivers import receiver
from stream.settings import AlertSettings, FileSettings, Notifier, ReceiverSettings, Scope, Severity

Document = dict[str, Any]

#: Not by queue: a bad morning would be a flood of pages.
GROUP_BY = ("alertname", "tenant", "team")
#: What goes wrong in the queues of a team is one incident, whatever it is called as it goes on.
_INCIDENT = {"group_by": ["tenant", "team"]}
#: Pages are told at once, and that they are over as soon as it is known.
_AT_ONCE = {"group_wait": "10s", "group_interval": "20s", "repeat_interval": "4h"}
#: What was sent is looked at every group_interval, and was then sent a moment less than that ago: a
#: repeat_interval as long would let every other minute pass.
EVERY_MINUTE = {
    "group_by": ["alertname"],
    "group_wait": "0s",
    "group_interval": "1m",
    "repeat_interval": "30s",
}
#: While one of these is raised, numbers of queues and agents say nothing: of its tenant, or of all.
BLIND_BY_TENANT = "PantauAway|PantauDataStale|PantauHeldUp"
BLIND = "PantauMetricsAbsent|PantauExporterDown|PantauWorkerDown|PantauPartitionHalted"
_QUEUE = ["tenant", "queue", "media"]
_NUMBERS = 'scope=~"queue|agents"'
_OF_NUMBERS, _OF_THE_PATH = (Scope.QUEUE, Scope.AGENTS), (Scope.PIPELINE, Scope.META)


def alertmanager(file: FileSettings) -> Document:
    """All of it. Where Grafana notifies, Alertmanager hears nothing, and tells nobody."""
    alerts = file.alerts
    tells = alerts.notifier is Notifier.PROMETHEUS
    told = alerts.receivers if tells else []
    return {
        "global": {"resolve_timeout": "5m", **_mail(alerts)},
        "templates": ["templates/*.tmpl"],
        "route": {
            "receiver": "nobody",
            "group_by": [*GROUP_BY],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "4h",
            "routes": [*_routes(file)] if tells else [],
        },
        **_time_intervals(file, told),
        "inhibit_rules": [*inhibitions()],
        "receivers": [{"name": "nobody"}, *(receiver(each, alerts) for each in told)],
    }


def _mail(alerts: AlertSettings) -> Document:
    return {"smtp_smarthost": alerts.smtp_host, "smtp_from": alerts.smtp_from} if alerts.smtp_host else {}


def _routes(file: FileSettings) -> Iterator[Document]:
    """Each receiver hears what it asks for, whoever else has heard it."""
    yield {"matchers": [f'alertname="{WATCHDOG}"'], "receiver": file.alerts.dead_man, **EVERY_MINUTE}
    for each in filter(hears_alerts, file.alerts.receivers):
        yield from _routes_of(each, file)


def hears_alerts(each: ReceiverSettings) -> bool:
    """Whether a receiver is told of anything but that alerts are told."""
    return each.severities != [Severity.NONE]


def _routes_of(each: ReceiverSettings, file: FileSettings) -> Iterator[Document]:
    """Its pages at once, and all else in time."""
    severities = [
        s for s in Severity if s is not Severity.NONE and (not each.severities or s in each.severities)
    ]
    others = [severity for severity in severities if severity is not Severity.PAGE]
    when = hours(each, file)
    if Severity.PAGE in severities:
        for about, grouped in ((_OF_NUMBERS, _INCIDENT), (_OF_THE_PATH, {})):
            if scopes := [scope for scope in about if not each.scopes or scope in each.scopes]:
                yield {**_heard(each, ["page"], scopes), **when, **grouped, **_AT_ONCE, "continue": True}
    if others:
        yield {**_heard(each, [str(severity) for severity in others], each.scopes), **when, "continue": True}


def _heard(each: ReceiverSettings, severities: list[str], scopes: list[Scope]) -> Document:
    asked = [("severity", severities), ("scope", [*map(str, scopes)]), ("team", each.teams)]
    return {
        "matchers": [_matcher(label, values) for label, values in asked if values],
        "receiver": each.name,
    }


def _matcher(label: str, values: list[str]) -> str:
    if len(values) == 1:
        return f'{label}="{_quoted(values[0])}"'
    return f'{label}=~"{"|".join(map(_literally, values))}"'


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _literally(value: str) -> str:
    """A value as a regular expression that finds it alone."""
    return _quoted("".join(f"\\{sign}" if sign in r"\.+*?()|[]{}^$" else sign for sign in value))


def hours(each: ReceiverSettings, file: FileSettings) -> Document:
    """When a receiver is told."""
    if each.calendar is None:
        return {}
    exceptions = has_exceptions(file.calendars[each.calendar])
    muted = {"mute_time_intervals": [exceptions_of(each.calendar)]} if exceptions else {}
    return {"active_time_intervals": [each.calendar], **muted}


def _time_intervals(file: FileSettings, told: list[ReceiverSettings]) -> Document:
    names = dict.fromkeys(each.calendar for each in told if each.calendar is not None)
    found = [one for name in names for one in intervals(name, file.calendars[name], file.time_zone)]
    return {"time_intervals": found} if found else {}


def inhibitions() -> Iterator[Document]:
    """What follows from something worse. In `equal`, a label that is missing is equal, too."""
    yield _inhibit([f'alertname=~"{BLIND_BY_TENANT}"', 'severity="page"'], [_NUMBERS], ["tenant"])
    yield _inhibit([f'alertname=~"{BLIND}"', 'severity="page"'], [_NUMBERS])
    # The cause was said already.
    yield _inhibit(
        ['alertname="PantauExporterDown"', 'severity="page"'],
        ['alertname=~"PantauMetricsAbsent|PantauReplicasDisagree"'],
    )
    yield _inhibit(
        ['alertname="PantauAway"', 'severity="page"'],
        ['alertname=~"PantauDataStale|PantauPathBroken|PantauQuiet"'],
        ["tenant"],
    )
    yield _inhibit(
        ['alertname="PantauWorkerDown"', 'severity="page"'],
        ['alertname=~"PantauAway|PantauDataStale|PantauPathBroken"'],
    )
    # All are down includes some are down.
    yield _inhibit(
        ['severity="page"', 'scope="pipeline"'], ['severity="ticket"', 'scope="pipeline"'], ["alertname"]
    )
    # One word for a queue: who waits for nobody has waited long, and the level is low for it.
    yield _inhibit(
        ['alertname="PantauQueueUnserved"'],
        ['alertname=~"PantauQueueWaitLong|PantauQueueNobodyFree|PantauQueueUnstaffed|PantauQueueLate"'],
        _QUEUE,
    )
    yield _inhibit(
        ['alertname=~"PantauQueueWaitLong|PantauQueueNobodyFree"'], ['alertname="PantauQueueLate"'], _QUEUE
    )
    yield _inhibit(
        ['alertname="PantauServiceLevelFast"'],
        ['alertname=~"PantauServiceLevelSlow|PantauServiceLevelDay|PantauMissesLeft|PantauQueueAbandoned"'],
        _QUEUE,
    )
    yield _inhibit(
        ['alertname="PantauServiceLevelSlow"'],
        ['alertname=~"PantauServiceLevelDay|PantauMissesLeft"'],
        _QUEUE,
    )


def _inhibit(source: list[str], target: list[str], equal: list[str] | None = None) -> Document:
    found: Document = {"source_matchers": source, "target_matchers": target}
    return {**found, "equal": equal} if equal else found
