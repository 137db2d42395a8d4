"""docs/settings.md, from the models that read the settings; this module has their meanings."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from stream.settings import (
    AgentSettings,
    AlertSettings,
    CalendarSettings,
    FileSettings,
    LimitSettings,
    QueueSettings,
    ReceiverSettings,
    RetentionSettings,
    Settings,
    TeamSettings,
)
from tools.docs.markdown import code, page, table

_INTRO = """# Settings

Addresses and secrets come from the environment. Everything else comes from one TOML file, named by
`PANTAU_CONFIG`. Without the file, every queue in the events has the defaults below. `pantau check --offline`
reads both and lists all faults at once. Start from `examples/pantau.toml`.

Give workers and exporters the same file. Workers book by the rulebook in Redis, which their files amend.
Exporters, `pantau explain` and `pantau audit` also use the rulebook and say where their own file differs.

## Changes

Workers and exporters reload the file on SIGHUP, and two seconds after its last change. If anything in it is
wrong, they keep the previous settings and log why (`settings_refused`). `[retention]`, the environment and
addresses need a restart."""

_CHANGES = (
    (
        "`target_seconds`, `short_abandon_seconds`, `clock_stop`",
        (
            "for visits that begin to wait from the next whole minute on, or from a date (`from`). Visits "
            "that already wait keep the previous definition"
        ),
    ),
    (
        "`rule`, `preset`, `goal_ratio`, `attribution`, `flowed_out`, `callback`, `alert_min_contacts`",
        "at once, for all values",
    ),
    (
        (
            "`low_points`, `critical_points`, `wait_limit_seconds`, the limits of alerts, names, teams, "
            "calendars, zones, `[limits]`, `[stuck_hours]`"
        ),
        "at once, from the file of each exporter",
    ),
    (
        "all else of `[alerts]`",
        "with `pantau rules` and a reload of Prometheus, Alertmanager or Grafana",
    ),
    (
        (
            "additional targets, including those of later dates; a past date; `ranking`; `grace_seconds`; "
            "with `attribution` offered, with several targets, and in `[default]`: a target or limit that "
            "is no edge of the wait bands"
        ),
        "with `pantau rebuild`; until then workers log them, and boards and `pantau audit` list them",
    ),
)
_AFTER_CHANGES = """\
If two workers have different files, the newer file applies from the time a worker
starts with it or reloads it. A worker that starts with an earlier file changes nothing
(`settings_outdated`). To go back, replace the file of a running worker, give the entry a date (`from`), or
run `pantau rebuild` with that file: [0028](adr/0028-the-rulebook.md)."""

_SERVERS = {
    "kafka": "Kafka addresses: host:port, separated by commas.",
    "kafka_tls_ca": "TLS: a file with trusted authorities, or `system` for those of this machine.",
    "kafka_tls_cert": "The client certificate, if Kafka requires one.",
    "kafka_tls_key": "The key of the certificate, without a pass phrase.",
    "kafka_sasl_mechanism": "The SASL mechanism of the login.",
    "kafka_user": "The login; none by default.",
    "kafka_password": "The password. Refused without TLS, except on this machine.",
    "kafka_password_file": "A file with the password instead.",
    "redis_url": (
        "Redis or Valkey: `redis://host:port/0`; for a cluster one or more host:port, separated by commas; "
        "`redis+sentinel://host:port,host:port/service/0` for a master with sentinels. Use `rediss` for TLS. "
        "The URL may contain a user and a password."
    ),
    "redis_tls_ca": "With `rediss`: trusted authorities, as for Kafka; by default those of this machine.",
    "redis_tls_cert": "The client certificate, if Redis requires one.",
    "redis_tls_key": "The key of the certificate, without a pass phrase.",
    "redis_user": "The ACL user; by default `default`.",
    "redis_password": "The password. Refused without TLS, except on this machine.",
    "redis_password_file": "A file with the password instead.",
    "redis_sentinel_user": "The user for sentinels; by default `default`.",
    "redis_sentinel_password": "The password for sentinels; without it there is no login.",
    "redis_sentinel_password_file": "A file with the password instead.",
    "exporter_tls_cert": "TLS for exporters and the metrics of workers: the certificate.",
    "exporter_tls_key": "The key of the certificate, without a pass phrase.",
    "exporter_user": "The login (basic authentication) for browsers and Prometheus.",
    "exporter_password": "The password of the login.",
    "exporter_password_file": "A file with the password instead.",
    "exporter_token": "A bearer token, in addition to the login or alone.",
    "exporter_token_file": "A file with the token instead.",
    "exporter_hosts": (
        "Accepted host names, separated by commas, such as those of a proxy, a container or a service. "
        "Addresses, `localhost` and the host they listen on are always accepted; other names get 421: "
        "[security](security.md#the-exporter-and-the-metrics-of-workers)."
    ),
}
_ENVIRONMENT = {
    **_SERVERS,
    "group": "The consumer group, whose workers share the partitions.",
    "config": "The TOML file below.",
    "partitions": "The partitions of topics that `pantau topics --create` creates.",
    "worker_metrics_host": "The address of the metrics of a worker.",
    "worker_metrics_port": "The port; 0 for any free one.",
    "session_seconds": "How long a silent worker keeps its partitions: the time until a crash is noticed.",
    "linger_ms": "The pause after a small batch, so that the next one is larger.",
    "batch_records": "The most records of a batch; for one partition also limited by a fetch of 4 MiB.",
    "reject_limit_ratio": (
        "A partition halts if more than this share of its last 1,000 records (at least 500) is refused; 1 "
        "never halts: ADR 0019."
    ),
    "stall_seconds": (
        "A worker exits to be restarted if a partition stands still for this long with records waiting while "
        "Kafka and Redis answer."
    ),
    "pseudonym_keys_file": (
        "Keys for pseudonyms in `pantau replay FILE --to kafka`: [security](security.md#customers). Without "
        "it, no customers are sent. Workers and exporters do not need it."
    ),
    "debug": "Whether commands and logs show the trace of an unexpected failure instead of one line.",
}
_FILE = {
    "tenant": "The label `tenant` of every series.",
    "time_zone": "The IANA time zone of the centre, for its business day and its intervals by the clock.",
    "day_start": "The start of the business day, HH:MM.",
    "default": "`[default]`: defaults for queues and channels.",
    "channels": "`[channels.chat]` and so on: defaults for queues of a channel.",
    "queues": "`[[queues]]`: one for each queue, see below.",
    "calendars": "`[calendars.NAME]`: opening hours by name, see below.",
    "teams": "`[[teams]]`: teams with a display name or a site, see below.",
    "agents": "How agent time is counted, see below.",
    "alerts": "Which alerts are sent, to whom and when, see below.",
    "retention": "How long contacts and agents can be corrected, see below.",
    "limits": "How much one partition holds, see below.",
    "max_queues": "The most queues at `/metrics`; others are left out and counted.",
    "stuck_hours": (
        "`[stuck_hours]` by channel: after this time in one state a contact is stuck; 0 for never. "
        "By default 2 for voice and 24 for chat."
    ),
}
_QUEUE = {
    "target_seconds": "The wait that meets the promise; it becomes an edge of the wait bands.",
    "short_abandon_seconds": (
        "An abandon after at most this wait is a short abandon. At most the target. By default 5 for voice "
        "(or the target, if less) and 0 for other channels."
    ),
    "rule": "How abandons count in the service level; see [rules](definitions.md#rules).",
    "goal_ratio": "The promised service level.",
    "low_points": "Points below the goal at which the queue is `low`; see [status](definitions.md#status).",
    "critical_points": "Points below the goal at which the queue is `critical`; at least `low_points`.",
    "wait_limit_seconds": (
        "The queue is `critical` and people are paged once a contact waits longer. By default 120, or twice "
        "the target if that is more."
    ),
    "slow_points": (
        "Points below the goal, over two hours, at which PantauServiceLevelSlow fires. Between `low_points` "
        "and `critical_points`; by default 10, or the nearest of these."
    ),
    "abandoned_limit_ratio": "An alert fires above this abandon rate in 30 minutes. By default 0.15.",
    "late_limit_ratio": (
        "An alert fires if more than this share of the waiting contacts is past the target. By default 0.5."
    ),
    "missed_limit": (
        "With fewer visits than `alert_min_contacts`: an alert fires at this many misses in 30 minutes. By "
        "default 3."
    ),
    "alert_min_contacts": "With fewer visits in 30 minutes the service level is not judged, and the queue "
    "is `few`.",
    "more_targets_seconds": "Additional targets for which the service level is counted and shown.",
    "attribution": "When a visit counts: `decided` (exit, or target if it still waits), `exited`, `offered`.",
    "flowed_out": "How visits that flowed out count: `exclude`, `miss` or `met_in_target`.",
    "callback": "The same for visits that left with a promised callback.",
    "clock_stop": (
        "What ends the wait of an answered visit: `connected`, or `accepted` if `visit.answered` has it; see "
        "[clock stops](definitions.md#clock-stops). It applies to visits that begin to wait afterwards."
    ),
    "preset": (
        "Counts like another system: fixes rule, attribution, flowed_out and callback; see "
        "[presets](definitions.md#presets)."
    ),
    "name": "The name of the queue in the events.",
    "channel": (
        "The channel of this entry; by default all channels of the queue, which is shown as `voice` before "
        "its first contact."
    ),
    "since": (
        "The date on which this entry takes effect, at the start of the business day of the queue. Missing "
        "values come from earlier entries of the queue. Visits keep the target and limit of their start; the "
        "board also shows all visits by the current ones."
    ),
    "display_name": "The name on boards; by default the name of the queue.",
    "team": "The responsible team, for filters.",
    "site": "The site, for filters.",
    "time_zone": "The time zone of its business day and intervals; by default that of the centre.",
    "day_start": "The start of its business day, HH:MM; by default that of the centre.",
    "calendar": "The name of its opening calendar; without it the queue is always open.",
}
_HOURS = 'Hours of each {}: a list of `"HH:MM-HH:MM"`, at most `24:00`; closed by default.'
_CALENDAR = {
    "time_zone": "The time zone of the hours; by default that of the queue.",
    **{
        name[:3].lower(): _HOURS.format(name)
        for name in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    },
    "holidays": 'Dates without hours: `["2026-12-25"]`.',
    "special": 'Dates with different hours: `{ "2026-12-24" = ["08:00-12:00"] }`.',
}
_TEAM = {
    "name": "The name of the team in the events.",
    "display_name": "The name on boards; by default the name of the team.",
    "site": 'The site. Boards sum the teams of a site; teams without one have the site "".',
}
_AGENTS = {
    "stale_after_seconds": (
        "An agent who sent heartbeats since login and is silent for this long is `unknown`: ADR 0014."
    ),
    "grace_seconds": "For this long after an edge of the schedule every state adheres.",
    "productive_reasons": "Reasons of not_ready and busy_other that count as productive in the utilisation.",
    "ranking": (
        "Count offers and handled legs of each agent, and rank agents at /api/v1/agents. This is personal "
        "data: get the required consent first. Set it for workers and exporters."
    ),
    "ranking_min_offers": "Agents with fewer offers in the window are not ranked.",
}
_ALERTS = {
    "notifier": "Who tells people: `prometheus` with Alertmanager, or `grafana`. Never both.",
    "language": "In what messages are written, where a receiver has no language of its own.",
    "grafana_url": "Where people reach Grafana: alerts link there.",
    "runbooks_url": "The page that shows alerts/runbooks.md, with an anchor for each of its headings.",
    "smtp_host": "The server that takes mail, host:port, where a receiver is told by mail.",
    "smtp_from": "The address that mail comes from.",
    "unknown_limit_ratio": "Above this share of agents of a team of whom nothing is heard, somebody is told.",
    "occupancy_limit_ratio": "Above this occupancy of a team, for an hour, somebody is told.",
    "adherence_limit_ratio": "Below this adherence of a team, for half an hour, somebody is told.",
    "severities": "`[alerts.severities]`, by the name of an alert: its severity here instead of ours.",
    "off": "Names of alerts that are not wanted here.",
    "dead_man": "The receiver that hears Watchdog every minute, and raises the alarm when it does not.",
    "receivers": "`[[alerts.receivers]]`, one for each who is told: see below. Left out: four names.",
}
_RECEIVER = {
    "name": "How it is called in Alertmanager or Grafana.",
    "severities": "Of which it is told; left out, of all.",
    "scopes": "The same by what alerts are about.",
    "teams": "The same by the team of queues and agents.",
    "calendar": "Told in the hours of this calendar only, and not on its holidays; left out, always.",
    "language": "Of its messages; left out, that of `[alerts]`.",
    "kind": "By what it is told; left out, it is a name: alerts are seen in the pages of Alertmanager.",
    "to": "An address of mail, a channel of Slack, the number of a chat of Telegram, the URL of a webhook.",
    "secret_file": (
        "The file, where Alertmanager or Grafana runs, with the URL of Slack or Teams, the key of PagerDuty, "
        "the token of Telegram's bot, or a bearer token for a webhook."
    ),
}
_RETENTION = {
    "contact_days": "Events of contacts that are further behind the newest event of their partition are "
    "refused.",
    "agent_hours": "The same for agents. It must exceed the longest shift.",
}
_LIMITS = {
    "queues": "Pairs of queue and channel. Those in `[[queues]]` are always admitted and do not count.",
    "teams": "Teams. Those in `[[teams]]` are always admitted and do not count.",
    "reasons": "Reasons of agent states.",
    "agents": "Agents with a state; with `ranking`, also agents in contact events.",
    "open_contacts": "Contacts that wait or talk. Events that would open more are refused.",
    "contact_facts": "Events of one contact; each event costs reading all of them. Further ones are refused.",
}


def settings() -> str:
    """Render the page."""
    return page(
        _INTRO,
        table(("change", "takes effect"), _CHANGES),
        _AFTER_CHANGES,
        "## Environment",
        _table(Settings, _ENVIRONMENT, lambda name: f"PANTAU_{name.upper()}"),
        "## The file",
        _table(FileSettings, _FILE),
        "### A queue: `[[queues]]`",
        "Missing values come from the queue's channel, then from `[default]`, then from Pantau: target 20 s, "
        "short abandon 5 s for voice and 0 otherwise, drop_short, goal 0.8, low from 0 and critical from 20 "
        "points below it, wait limit 120 s, 20 contacts. `[channels.NAME]` and `[default]` accept everything "
        "up to `preset`.",
        _table(QueueSettings, _QUEUE),
        "### A calendar: `[calendars.NAME]`",
        "Hours that end before they begin last into the next day: `22:00-06:00`. Hours belong to the date "
        "on which they begin, so hours on the eve of a holiday last into the holiday. A time that a clock "
        "change skips is at the jump; a time that comes twice counts the first time.",
        _table(CalendarSettings, _CALENDAR),
        "### A team: `[[teams]]`",
        _table(TeamSettings, _TEAM),
        "### `[agents]`",
        _table(AgentSettings, _AGENTS),
        "### `[alerts]`",
        "`pantau rules` writes what Prometheus, Alertmanager and Grafana load from this: "
        "[alerts](alerts.md). "
        "The limits are told by exporters as series.",
        _table(AlertSettings, _ALERTS),
        "### Who is told: `[[alerts.receivers]]`",
        _table(ReceiverSettings, _RECEIVER),
        "### `[retention]`",
        _table(RetentionSettings, _RETENTION),
        "### `[limits]`",
        "An event above a limit of its partition is refused as `too_many`, reported and counted; everything "
        "else continues. Raise the limit, then run `pantau dead-letters redrive`: "
        "[0022](adr/0022-what-is-bounded.md).",
        _table(LimitSettings, _LIMITS),
    )


def _table(model: type[BaseModel], meanings: Mapping[str, str], shown: Any = str) -> str:
    found = model.model_json_schema()
    names = list(model.model_fields)
    if names != list(meanings):
        raise KeyError(f"{model.__name__}: say what each setting means, in order: {names}")
    rows = []
    for name in names:
        written = model.model_fields[name].alias or name
        schema = _resolved(found, found["properties"][written])
        rows.append((code(shown(written)), _default(model, name), _accepted(schema), meanings[name]))
    return table(("setting", "default", "accepted", "meaning"), rows)


def _default(model: type[BaseModel], name: str) -> str:
    field = model.model_fields[name]
    if field.is_required():
        return "(must be given)"
    if field.default is None or isinstance(field.default, BaseModel | dict | list):
        return ""
    return code(str(field.default).lower() if isinstance(field.default, bool) else str(field.default))


def _resolved(root: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Follow the reference of `schema`, and leave out the alternative of being absent."""
    for alternative in schema.get("anyOf", []):
        if alternative.get("type") != "null":
            return _resolved(root, alternative)
    if "$ref" in schema:
        return dict(root["$defs"][schema["$ref"].rpartition("/")[2]])
    return schema


def _accepted(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(code(value) for value in schema["enum"])
    if "pattern" in schema:
        return code(schema["pattern"])
    kind = {
        "integer": "whole number",
        "number": "number",
        "string": "text",
        "array": "list",
        "boolean": "true or false",
        "object": "table",
    }
    bounds = (
        ("minimum", "from {}"),
        ("exclusiveMinimum", "above {}"),
        ("maximum", "to {}"),
        ("minLength", "from {}"),
        ("maxLength", "to {} characters"),
    )
    limits = [text.format(f"{schema[key]:,g}") for key, text in bounds if key in schema]
    return " ".join(["path" if schema.get("format") == "path" else kind[schema["type"]], *limits])
