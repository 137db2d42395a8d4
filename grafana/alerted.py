# ruff: noqa: INP001 - the modules of one script; the folder is data for Grafana, not a package
"""What is alerted on, over time: each value beside its limit, statuses, alerts, and when pages began.

Rules kept here:
- Limits are series, so they are drawn as dashed lines and follow the settings.
- Alerts link to this dashboard with the queue filled in: then there is one line and its limit.
- Where Prometheus notifies, pages come from `ALERTS`; where Grafana does, it marks the panel of each rule.
"""

from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders import statetimeline, timeseries
from grafana_foundation_sdk.models import dashboard as model
from house import DATASOURCE, Colour, Line, States, Step, place, states_panel, time_panel
from queries import longest_wait, per_queue, severity, window
from wallboard import STATUS_STEPS, choice, datasource

UID = "pantau-alerts"
_FIRING = 'severity=~"page|ticket", alertname!="Watchdog", alertstate="firing"'
_IN_VIEW = 'tenant=~"$tenant|", queue=~"$queue|", team=~"$team|"'


def service_level() -> timeseries.Panel:
    """Draw the service level of each queue, and its goal."""
    return time_panel(
        "Service level, 30 min",
        "pantau_queue_window_service_level_ratio (30m), and as a dashed line the goal,"
        " pantau_queue_service_level_target_ratio.",
        Line("{{name}}", per_queue(window("pantau_queue_window_service_level_ratio", "30m")), "percentunit"),
        Line("goal {{name}}", per_queue("pantau_queue_service_level_target_ratio"), "percentunit"),
        panel_id=1,
        at=place(x=0, y=0, w=12, h=9),
    )


def wait() -> timeseries.Panel:
    """Draw the longest wait of each queue, 0 while nobody waits, and its limit."""
    waiting = per_queue("pantau_queue_contacts_waiting")
    return time_panel(
        "Longest wait",
        "Now minus pantau_queue_oldest_waiting_timestamp_seconds, and as a dashed line the limit,"
        " pantau_queue_wait_limit_seconds.",
        Line("{{name}}", f"{longest_wait()} or 0 * {waiting}", "s"),
        Line("limit {{name}}", per_queue("pantau_queue_wait_limit_seconds"), "s"),
        panel_id=2,
        at=place(x=12, y=0, w=12, h=9),
    )


def statuses() -> statetimeline.Panel:
    """Show what each queue was called, and when."""
    return states_panel(
        "Status",
        "pantau_queue_status, as the exporter decides it.",
        States("{{name}}", severity(), STATUS_STEPS),
        panel_id=3,
        at=place(x=0, y=9, w=24, h=8),
    )


def firing() -> statetimeline.Panel:
    """Show which alerts were firing, and when."""
    raised = f"max by (alertname, severity, queue, team) (ALERTS{{{_FIRING}, {_IN_VIEW}}})"
    asked = f'{raised} or on () label_replace(vector(0), "alertname", "none", "", "")'
    steps = (Step(None, "✔ NONE", Colour.GOOD), Step(1, "✖ FIRING", Colour.BAD))
    return states_panel(
        "Alerts",
        "Alerts of queues, teams and the path while they fire (pantau_queue_status tells the rest), where"
        " Prometheus notifies. Grafana lists its own under Alerting.",
        States("{{alertname}} {{severity}} {{queue}}{{team}}", asked, steps),
        panel_id=4,
        at=place(x=0, y=17, w=24, h=10),
    )


def pages() -> dashboards.AnnotationQuery:
    """Mark every panel where a page began."""
    asked = f'max by (alertname, queue, team) (ALERTS{{severity="page", alertstate="firing", {_IN_VIEW}}})'
    return (
        dashboards.AnnotationQuery()
        .name("Pages")
        .datasource(DATASOURCE)
        .enable(enable=True)
        .icon_color(Colour.BAD)
        .expr(asked)
        .step("10s")
        .title_format("{{alertname}}")
        .text_format("{{queue}}{{team}}")
    )


def alerts() -> dashboards.Dashboard:
    """Put the dashboard together."""
    shown = [choice(label).hide(model.VariableHide.DONT_HIDE) for label in ("tenant", "team", "queue")]
    board = (
        dashboards.Dashboard("Pantau alerts")
        .uid(UID)
        .description("What alerts are about, over time: values beside their limits, statuses and alerts.")
        .tags(["pantau"])
        .readonly()
        .refresh("30s")
        .time("now-6h", "now")
        .timezone("browser")
        .annotations([pages()])
        .variables([datasource(), *shown])
    )
    for panel in (service_level(), wait(), statuses(), firing()):
        board.with_panel(panel)
    return board
