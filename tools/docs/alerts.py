"""docs/alerts.md: what is told, from the table of alerts; how it reaches people stands here."""

from stream.alerting.catalogue import FILES
from stream.alerting.rule import Rule
from stream.settings import Scope
from tools.docs.markdown import code, page, table

_INTRO = """# Alerts

Alerts are rows of a table (`stream/alerting`). From it and from `[alerts]` of the
[settings](settings.md#alerts) `pantau rules` writes what Prometheus, Alertmanager and Grafana load: rules,
routes, calendars, messages. There is no alert engine of ours. The files in `alerts/` and
`grafana/provisioning/alerting/` are its output for `examples/pantau.toml`.

```sh
pantau assets --to .                        # the dashboards, and examples of settings
pantau rules --config my.toml --to .        # shows what changes, has promtool and amtool look at it, writes
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
- **Who is told, when and in what language**: `[[alerts.receivers]]`, by severity, scope and team, in the
  hours of a calendar. `examples/alerts.toml` has one receiver of each kind.
- **Who tells**: Prometheus with Alertmanager, or Grafana (`notifier`). Never both: where Grafana tells, the
  rule files are empty and Alertmanager has no routes; where Prometheus does, Grafana's file takes away the
  rules it had.

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

What is raised is raised once for a queue, whatever the number of exporters and of Prometheus servers.
Within `keep_firing_for` it may come and go without a word.

## What is not told

- Of numbers that do not count: closed by its calendar, stale, rebuilding, or of an exporter that stands
  still.
- Of few visits no share: below `alert_min_contacts` only facts (a wait, misses by their number) are told.
- While the path is broken (PantauAway, PantauDataStale, PantauHeldUp, PantauMetricsAbsent,
  PantauExporterDown, PantauWorkerDown, PantauPartitionHalted as pages), nothing of queues and agents, and
  not that anything of them is over.
- Fast silences slow, day, misses left and abandons of a queue; slow silences day and misses left; nobody
  there silences the wait that comes of it; all are down silences some are down.
- Pages about queues and agents are grouped by tenant and team: what goes wrong in the queues of a team is one
  incident with one conversation, whatever its alerts are called as it goes on. All else is grouped by alert,
  tenant and team; nothing by queue, or a bad morning were a flood.

## What people read

The queue by its display name, the moment, the value and its limit, how many wait and how long, how many are
free, the service level and its goal; what to do; links to the board with the queue filled in, and to the
[runbook](../alerts/runbooks.md). A text names the moment that it is of, and what is over is told by when it
began and ended: so no sentence is false later. Messages for chat and mail are in `alerts/templates`, in
English and Indonesian; give Alertmanager the environment variable `TZ` for times of your zone. What
engineers alone are told is English.

**Watchdog** is raised all the time and sent every minute to `dead_man`, which must raise the alarm when it
stops hearing it.

## In Grafana

`notifier = "grafana"` writes the same alerts as Grafana's own (file provisioning, Grafana 12 and later),
with contact points, mute timings and messages. Known traps are avoided: a rule of queues finds a number for
those that are well, so that no data is truly none, and keeps its last state then, for rules of the path
tell of it; the values in texts are queries of the rule, for Grafana's templates ask none.
`policies.yml.example` is not loaded: a tree of policies replaces all that a site has, so put it into yours
by hand. The files are held against Grafana's published format and every query is run on Prometheus; no test
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
    parts = []
    for scope, heading in _SCOPES.items():
        rows = [_row(rule) for rule in every if rule.scope is scope]
        parts += [heading, table(("alert", "severity", "for", "what it says", "what to do"), rows)]
    return page(_INTRO, *parts)


def _row(rule: Rule) -> tuple[str, ...]:
    linked = f"[{rule.name}](../alerts/runbooks.md#{rule.anchor})"
    return (linked, code(rule.severity), rule.wait, rule.summary.en, rule.action.en)
