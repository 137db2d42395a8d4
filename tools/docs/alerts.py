"""docs/alerts.md: the table of alerts, how they reach people, and how often and how soon they do."""

from stream.alerting.catalogue import FILES
from stream.alerting.rule import Rule
from stream.settings import Scope
from tools.docs.markdown import code, page, table
from tools.docs.noise import measured

_INTRO = """# Alerts

Alerts are rows of a table (`stream/alerting`). `pantau rules` reads the table and `[alerts]` of the
[settings](settings.md#alerts), and writes what Prometheus, Alertmanager and Grafana load: rules, routes,
calendars, messages. Pantau has no alert engine of its own. The files in `alerts/` and
`grafana/provisioning/alerting/` are the output for `examples/pantau.toml`.

```sh
pantau assets --to .                        # the dashboards, and examples of settings
pantau rules --config my.toml --to .        # shows and checks what changes, then writes it
pantau rules --config my.toml --to . --check   # writes nothing; exits 1 where something would change
```

Then reload Prometheus and Alertmanager (SIGHUP), or restart Grafana.

## What a site decides

- **Limits of a queue** in its entry, its channel or `[default]`: goal, target, `low_points`, `slow_points`,
  `critical_points`, `wait_limit_seconds`, `abandoned_limit_ratio`, `late_limit_ratio`, `missed_limit`,
  `alert_min_contacts`, its calendar. They are [series](metrics.md), so a new queue, or a new limit, needs
  no other rules.
- **Limits of teams** in `[alerts]`: `unknown_limit_ratio`, `occupancy_limit_ratio`,
  `adherence_limit_ratio`. Series, too.
- **Severities**: `[alerts.severities]` by the name of an alert; `off` leaves alerts out.
- **Who is told, when and in what language**: `[[alerts.receivers]]`, by severity, scope and team, within
  the hours of a calendar. `examples/alerts.toml` has one receiver of each kind.
- **Who sends**: Prometheus with Alertmanager, or Grafana (`notifier`), never both. If Grafana sends, the rule
  files are empty and Alertmanager has no routes; if Prometheus does, Grafana's file removes the rules it had.

## How soon

| step | at most |
|---|---|
| a scrape | 10 s |
| an evaluation of the rules | 10 s |
| `for` of a page about a queue | 20 s |
| `group_wait` of pages | 10 s |
| **told** | **50 s** |
| `keep_firing_for`, after which it is over | 60 s |
| `group_interval` of pages | 20 s |
| **told that it is over** | **100 s** |

An alert is raised once per queue, however many exporters and Prometheus servers run. If its condition ends
and returns within `keep_firing_for`, nothing is sent.

## What is not told

- Numbers that do not count: the queue is closed by its calendar, stale or rebuilding, or its exporter stands
  still.
- Shares of few visits: below `alert_min_contacts` visits only waits and the number of misses raise alerts,
  and misses only if the service level is `critical_points` below the goal as well.
- While the path is broken (PantauAway, PantauDataStale, PantauHeldUp, PantauMetricsAbsent,
  PantauExporterDown, PantauWorkerDown, PantauPartitionHalted as pages), nothing about queues and agents is
  sent, and not that an alert about them is over.
- Fast silences slow, day, misses left and abandons of a queue; slow silences day and misses left; unserved
  silences the waits that follow from it; "all are down" silences "some are down".
- Pages about queues and agents are grouped by tenant and team: the queues of a team are one incident with
  one conversation, whichever of their alerts fire. All other alerts are grouped by alert, tenant and team.
  None is grouped by queue, so a bad morning is no flood.

## What people read

The display name of the queue, the time, the value and its limit, how many wait and how long, how many
agents are free, the service level and its goal; what to do; links to the board with the queue filled in,
and to the [runbook](../alerts/runbooks.md). A text names its time, and a message that an alert is over says
when it began and ended, so no sentence becomes false later. Messages for chat and mail are in
`alerts/templates`, in English and Indonesian; set `TZ` in Alertmanager's environment for times of your
zone. Alerts for engineers only are in English.

**Watchdog** always fires and is sent every minute to `dead_man`, which must raise the alarm when it hears
nothing.

## In Grafana

`notifier = "grafana"` writes the same alerts as Grafana's own (file provisioning, Grafana 12 and later),
with contact points, mute timings and messages. It avoids known traps: a rule on queues returns a number for
healthy queues too, so "no data" means that there is none; then it keeps its last state, as rules on the path
raise their own alert. Values in texts are queries of the rule, because Grafana's templates cannot query.
`policies.yml.example` is not loaded: a policy tree replaces the whole tree of a site, so merge it into yours
by hand. Tests check the files against Grafana's published format and run every query on Prometheus; no test
runs Grafana itself."""

_SCOPES = {
    Scope.QUEUE: "## Of customers",
    Scope.AGENTS: "## Of agents",
    Scope.PIPELINE: "## Of the path",
    Scope.META: "## Of the alerts themselves",
}


def alerts() -> str:
    """Render the page."""
    every = [rule for rules in FILES.values() for rule in rules]
    parts = [measured()]
    for scope, heading in _SCOPES.items():
        rows = [_row(rule) for rule in every if rule.scope is scope]
        parts += [heading, table(("alert", "severity", "for", "what it says", "what to do"), rows)]
    return page(_INTRO, *parts)


def _row(rule: Rule) -> tuple[str, ...]:
    linked = f"[{rule.name}](../alerts/runbooks.md#{rule.anchor})"
    return (linked, code(rule.severity), rule.wait, rule.summary.en, rule.action.en)
