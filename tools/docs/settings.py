"""docs/settings.md, from the models that read the settings; what each setting means stands here."""

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

Addresses and secrets come from the environment, everything else from one TOML file, which `PANTAU_CONFIG`
names. Without that file, every queue that appears in the events has the defaults below. `pantau check
--offline` reads both and lists every fault at once; `examples/pantau.toml` is a file to start from.

Give workers and exporters the same file. What workers book by is the rulebook in Redis, which their files
amend; exporters, `pantau explain` and `pantau audit` read by it, and say where their own file differs.

## Changes

Workers and exporters read the file again on SIGHUP, and once it has changed and stood still for two seconds:
all of it, or, where anything is wrong, nothing, and one line of their log says why (`settings_refused`).
`[retention]`, the environment and addresses need a restart."""

_CHANGES = (
    (
        "`target_seconds`, `short_abandon_seconds`, `clock_stop`",
        (
            "for visits that begin to wait from the next whole minute on; a day (`from`) decides otherwise. "
            "Who waits already keeps the definition of before"
        ),
    ),
    (
        "`rule`, `preset`, `goal_ratio`, `attribution`, `flowed_out`, `callback`, `alert_min_contacts`",
        "at once, for all that is shown",
    ),
    (
        (
            "`low_points`, `critical_points`, `wait_limit_seconds`, the limits of alerts, names, teams, "
            "calendars, zones, `[limits]`, `[stuck_hours]`"
        ),
        "at once, by the own file of each exporter",
    ),
    (
        "all else of `[alerts]`",
        "with `pantau rules` and a reload of Prometheus, Alertmanager or Grafana",
    ),
    (
        (
            "further targets to show by, also those of days named; a day that has passed; `ranking`; "
            "`grace_seconds`; a target or limit that is no edge of the wait bands, with `attribution` "
            "offered, with several targets, and in `[default]`"
        ),
        "with `pantau rebuild`; until then the log of workers, the board and `pantau audit` name them",
    ),
)
_AFTER_CHANGES = """\
Of two workers with different files the one that says something new is followed, from when it starts or
reads it. A worker that starts with a file that was followed before and is no more changes nothing
(`settings_outdated`). To go back, replace the file of a running worker, give the entry a day (`from`), or run
`pantau rebuild` with that file: [0028](adr/0028-the-rulebook.md)."""

_SERVERS = {
    "kafka": "Kafka: host:port, or several separated by commas.",
    "kafka_tls_ca": "TLS: a file with the authorities that count, or `system` for those of this machine.",
    "kafka_tls_cert": "Our own certificate, where Kafka asks for one.",
    "kafka_tls_key": "Its key, without a pass phrase.",
    "kafka_sasl_mechanism": "How the login below is shown to Kafka.",
    "kafka_user": "The login; left out, none.",
    "kafka_password": "Its password. Refused without TLS, but on this machine.",
    "kafka_password_file": "A file that holds the password instead.",
    "redis_url": (
        "Redis or Valkey: `redis://host:port/0`; of a cluster one host:port or several, separated by commas; "
        "`redis+sentinel://host:port,host:port/service/0` for the master that sentinels name. `rediss` in "
        "place of `redis` is TLS. May hold a user and a password."
    ),
    "redis_tls_ca": "With `rediss`: the authorities, as for Kafka; left out, those of this machine.",
    "redis_tls_cert": "Our own certificate, where Redis asks for one.",
    "redis_tls_key": "Its key, without a pass phrase.",
    "redis_user": "The ACL user; left out, `default`.",
    "redis_password": "Its password. Refused without TLS, but on this machine.",
    "redis_password_file": "A file that holds the password instead.",
    "redis_sentinel_user": "Who we are to sentinels; left out, `default`.",
    "redis_sentinel_password": "Its password; left out, sentinels are asked without a login.",
    "redis_sentinel_password_file": "A file that holds the password instead.",
    "exporter_tls_cert": "TLS for the exporter and the metrics of workers: their certificate.",
    "exporter_tls_key": "Its key, without a pass phrase.",
    "exporter_user": "The login (basic) that they ask for, as browsers and Prometheus give it.",
    "exporter_password": "Its password.",
    "exporter_password_file": "A file that holds the password instead.",
    "exporter_token": "A bearer token that they accept as well, or alone.",
    "exporter_token_file": "A file that holds the token instead.",
    "exporter_hosts": (
        "Names by which they are asked, separated by commas: those of a proxy, a container or a service. "
        "Addresses, `localhost` and the host that they listen on are accepted anyway, other names refused "
        "(421): [security](security.md#the-exporter-and-the-metrics-of-workers)."
    ),
}
_ENVIRONMENT = {
    **_SERVERS,
    "group": "The consumer group. Workers of one group share the partitions.",
    "config": "The TOML file below.",
    "partitions": "Partitions of the topics that `pantau topics --create` makes.",
    "worker_metrics_host": "Where a worker serves its own metrics.",
    "worker_metrics_port": "The port; 0 for any free one.",
    "session_seconds": "How long a silent worker keeps its partitions. A crash is noticed after that time.",
    "linger_ms": "Pause after a small batch, so that the next is larger.",
    "batch_records": "The most records that are taken at once; of one partition what one fetch of 4 MiB has.",
    "reject_limit_ratio": (
        "A partition of whose last 1,000 records (500 at least) more than this share is refused as wrong is "
        "halted before they are passed over; 1 never halts: ADR 0019."
    ),
    "stall_seconds": (
        "A worker whose partition stands still for so long with records waiting, though Kafka and Redis "
        "answer, exits, to be started again."
    ),
    "pseudonym_keys_file": (
        "Keys by which `pantau replay FILE --to kafka` names customers: [security](security.md#customers). "
        "Left out, it sends none. Not for workers and exporters."
    ),
    "debug": "Whether commands and logs show the whole trace of what nobody foresaw; else one line.",
}
_FILE = {
    "tenant": "Stands on every series as the label `tenant`.",
    "time_zone": "The IANA zone of the centre: of its business day and of intervals by the clock.",
    "day_start": "When the business day begins, HH:MM by that clock.",
    "default": "`[default]`, for what queues and channels leave out.",
    "channels": "`[channels.chat]` and so on, for what queues of that channel leave out.",
    "queues": "`[[queues]]`, one for each queue: see below.",
    "calendars": "`[calendars.NAME]`, opening hours by the name that queues use: see below.",
    "teams": "`[[teams]]`, for teams with a name for boards or a site: see below.",
    "agents": "How the time of agents is read: see below.",
    "alerts": "What is told, to whom, where and when: see below.",
    "retention": "How long contacts and agents can still be corrected: see below.",
    "limits": "How much one partition holds: see below.",
    "max_queues": "The most queues that `/metrics` carries; further ones are left out and counted.",
    "stuck_hours": (
        "`[stuck_hours]`, by channel: a contact so long in one state has lost its end; 0 for never. "
        "Left out: 2 for voice, 24 for chat."
    ),
}
_QUEUE = {
    "target_seconds": "The wait that meets the promise. It becomes an exact edge of the wait bands.",
    "short_abandon_seconds": (
        "An abandon after at most so long a wait is a short abandon. At most the target. Left out: 5 for "
        "voice (or the target, if that is less), 0 for other channels."
    ),
    "rule": "How abandons count in the service level: see [rules](definitions.md#rules).",
    "goal_ratio": "The service level that is promised.",
    "low_points": "So many points below its goal the queue is `low`: see [status](definitions.md#status).",
    "critical_points": "So many points below its goal it is `critical`. No less than `low_points`.",
    "wait_limit_seconds": (
        "Once somebody waits longer, the queue is `critical`, and people are paged. Left out: 120, or twice "
        "the target where that is more."
    ),
    "slow_points": (
        "So many points below its goal, over two hours, somebody is told. Between `low_points` and "
        "`critical_points`; left out: 10, or the nearest of these."
    ),
    "abandoned_limit_ratio": "Above this share of abandons in 30 minutes somebody is told. Left out: 0.15.",
    "late_limit_ratio": (
        "Once more than this share of those who wait is past the target somebody is told. Left out: 0.5."
    ),
    "missed_limit": (
        "Where fewer visits than `alert_min_contacts` count: so many of them missed in 30 minutes are told. "
        "Left out: 3."
    ),
    "alert_min_contacts": "Of fewer visits in 30 minutes no service level is judged: the queue is `few`.",
    "more_targets_seconds": "Further targets by which the service level is counted and shown.",
    "attribution": "When a visit counts: `decided` (exit, or target if it waits), `exited`, `offered`.",
    "flowed_out": "How visits that flowed out count: `exclude`, `miss` or `met_in_target`.",
    "callback": "The same for visits that left with a promised callback.",
    "clock_stop": (
        "What ends the wait of an answered visit: `connected`, or `accepted` where `visit.answered` tells "
        "it; see [clock stops](definitions.md#clock-stops). Holds for visits that begin to wait from then on."
    ),
    "preset": (
        "Counts as another system does: fixes rule, attribution, flowed_out and callback; see "
        "[presets](definitions.md#presets)."
    ),
    "name": "The queue as the events name it.",
    "channel": (
        "The channel this entry is for; left out: all channels of the queue, which before its first contact "
        "is shown as `voice` where no entry names a channel."
    ),
    "since": (
        "The day on which this entry takes effect, as the business day of the queue begins. What it leaves "
        "out comes from earlier entries of the queue. Visits keep the target and the limit under which they "
        "began to wait; the board tells besides how all of them stand by those of now."
    ),
    "display_name": "How boards call the queue; left out, its name.",
    "team": "The team that answers for it, to filter by.",
    "site": "Where it is, to filter by.",
    "time_zone": "The zone of its business day and intervals; left out, that of the centre.",
    "day_start": "When its business day begins, HH:MM; left out, as for the centre.",
    "calendar": "The name of its opening calendar; left out, it is always open.",
}
_HOURS = 'Hours of each {}: a list of `"HH:MM-HH:MM"`, at most `24:00`. Left out: closed.'
_CALENDAR = {
    "time_zone": "The zone of its hours; left out, that of the queue.",
    **{
        name[:3].lower(): _HOURS.format(name)
        for name in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    },
    "holidays": 'Dates without hours: `["2026-12-25"]`.',
    "special": 'Dates with other hours than their weekday: `{ "2026-12-24" = ["08:00-12:00"] }`.',
}
_TEAM = {
    "name": "The team as the events name it.",
    "display_name": "How boards call the team; left out, its name.",
    "site": 'Where it is. Boards sum the teams of a site; teams named nowhere have the site "".',
}
_AGENTS = {
    "stale_after_seconds": (
        "An agent who has sent heartbeats since the login, and for so long nothing, is `unknown`: ADR 0014."
    ),
    "grace_seconds": "So long after an edge of the schedule every state adheres to it.",
    "productive_reasons": "Reasons of not_ready and busy_other that count as used in the utilisation.",
    "ranking": (
        "Keep what each agent took and handled, and rank agents at /api/v1/agents. About persons: ask those "
        "who must agree first. For workers and exporters alike."
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
    "contact_days": "Events of contacts further behind the newest event of their partition are refused.",
    "agent_hours": "The same for agents. Longer than the longest shift.",
}
_LIMITS = {
    "queues": "Pairs of queue and channel. Those of `[[queues]]` are always let in and do not count.",
    "teams": "Teams of agents. Those of `[[teams]]` are always let in and do not count.",
    "reasons": "Reasons that agents give for a state.",
    "agents": "Agents with a state; with `ranking`, agents that took contacts too.",
    "open_contacts": "Contacts that wait or talk. Beyond, an event that would open one is refused.",
    "contact_facts": "Events of one contact, each read beside all others. Further ones are refused.",
}


def settings() -> str:
    """Render the page."""
    return page(
        _INTRO,
        table(("what changes", "from when"), _CHANGES),
        _AFTER_CHANGES,
        "## Environment",
        _table(Settings, _ENVIRONMENT, lambda name: f"PANTAU_{name.upper()}"),
        "## The file",
        _table(FileSettings, _FILE),
        "### A queue: `[[queues]]`",
        "What is left out comes from the queue's channel, then from `[default]`, then from ours: target "
        "20 s, short abandon 5 s for voice and 0 else, drop_short, goal 0.8, low from 0 and critical from 20 "
        "points below it, wait limit 120 s, 20 contacts. `[channels.NAME]` and `[default]` take all down to "
        "`preset`.",
        _table(QueueSettings, _QUEUE),
        "### A calendar: `[calendars.NAME]`",
        "Hours that end before they begin last until the day after: `22:00-06:00`. Hours belong to the date "
        "they begin on, so those of a holiday's eve last into the holiday. What a change of the clock skips "
        "begins or ends as it jumps; what comes twice counts the first time.",
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
        "An event that brings one too many to its partition is refused as `too_many`, reported and counted; "
        "everything else goes on. Raise the limit, then `pantau dead-letters redrive`: "
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
