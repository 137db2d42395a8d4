# ruff: noqa: INP001 - the modules of one script; the folder is data for Grafana, not a package
"""The wallboard: what the floor must act on, readable from five metres.

Rules kept here:
- At most six tiles and one small table; each number with its target or a verdict beside it.
- No rows, legends, time picker or visible variables: a URL picks the view, for example
  `/d/pantau-wallboard?kiosk&var-tenant=default&var-team=north`.
- Only official numbers: a service level is shown of one queue, never averaged over queues, because
  an average of ratios is nobody's service level.
"""

from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders import stat, table
from grafana_foundation_sdk.models import dashboard as model
from house import DATASOURCE, Colour, Number, Step, Tile, place, queue_table, tile_panel
from queries import (
    QUEUE,
    agents,
    data_age,
    longest_wait,
    or_zero_if_nobody_waits,
    per_queue,
    service_level_gap,
    severity,
    window,
    worst_queue,
)

from stream.domain.status import Status

UID = "pantau-wallboard"
TILE_WIDTH, TILE_HEIGHT, TILES_PER_ROW = 8, 9, 3

_SAID = {
    Status.CLOSED: ("▫ CLOSED", Colour.PLAIN),
    Status.QUIET: ("– QUIET", Colour.PLAIN),
    Status.FEW: ("… FEW", Colour.PLAIN),
    Status.OK: ("✔ OK", Colour.GOOD),
    Status.LOW: ("▼ LOW", Colour.POOR),
    Status.STALE: ("? STALE", Colour.POOR),
    Status.REBUILDING: ("↻ REBUILDING", Colour.POOR),
    Status.CRITICAL: ("✖ CRITICAL", Colour.BAD),
}
STATUS_STEPS = tuple(Step(status.severity or None, *_SAID[status]) for status in Status)


def service_level() -> Tile:
    """Show the queue that is called worst, and what it is called."""
    worst = worst_queue()
    level = per_queue(window("pantau_queue_window_service_level_ratio", "30m"))
    target = per_queue("pantau_queue_service_level_target_ratio")
    return Tile(
        "Service level, 30 min",
        "The worst queue by its status, of several the one furthest under its target:"
        " pantau_queue_window_service_level_ratio (30m), by the formula of pantau_service_level_formula_info,"
        " beside pantau_queue_service_level_target_ratio. The word is pantau_queue_status, as the exporter"
        " decides it.",
        (
            Number("{{name}}", f"{level} and on ({QUEUE}) {worst}", "percentunit"),
            Number("target", f"{target} and on ({QUEUE}) {worst}", "percentunit"),
        ),
        f"{severity()} and on ({QUEUE}) {worst}",
        STATUS_STEPS,
    )


def waiting() -> Tile:
    """Count who waits, and who of them is a miss already."""
    now = f"sum({per_queue('pantau_queue_contacts_waiting')})"
    late = f"sum({per_queue('pantau_queue_contacts_waiting_over_threshold')})"
    return Tile(
        "Waiting now",
        "pantau_queue_contacts_waiting over the queues in view, and how many of them have waited past their"
        " queue's threshold (pantau_queue_contacts_waiting_over_threshold): those are misses already."
        " LATE when there are any, MOST LATE when they are half or more.",
        (Number("waiting", now, "none"), Number("past threshold", late, "none")),
        f"{late} / clamp_min({now}, 1)",
        (
            Step(None, "✔ OK", Colour.GOOD),
            Step(0.000001, "▼ LATE", Colour.POOR),
            Step(0.5, "✖ MOST LATE", Colour.BAD),
        ),
    )


def longest() -> Tile:
    """Age the oldest waiting contact."""
    share = per_queue("pantau_queue_wait_limit_seconds")
    return Tile(
        "Longest wait",
        "Now minus pantau_queue_oldest_waiting_timestamp_seconds, of the contact that waits longest in the"
        " queues in view; 0 when nobody waits. The verdict compares each queue with its own"
        " pantau_queue_wait_limit_seconds: HIGH from half of the limit, TOO LONG from the limit.",
        (Number("longest", or_zero_if_nobody_waits(f"max({longest_wait()})"), "s"),),
        or_zero_if_nobody_waits(f"max(({longest_wait()}) / on ({QUEUE}) ({share}))"),
        (
            Step(None, "✔ OK", Colour.GOOD),
            Step(0.5, "▼ HIGH", Colour.POOR),
            Step(1, "✖ TOO LONG", Colour.BAD),
        ),
    )


def available() -> Tile:
    """Count who could take the next contact."""
    free = agents('state="available"')
    return Tile(
        "Agents available",
        "Distinct agents of the team in view (pantau_agents): available, and staffed, which is every state"
        " but logged_out and unknown. NONE when the next contact must wait, LAST ONE before that.",
        (
            Number("available", free, "none"),
            Number("staffed", agents('state!~"logged_out|unknown"'), "none"),
        ),
        free,
        (
            Step(None, "✖ NONE", Colour.BAD),
            Step(1, "▼ LAST ONE", Colour.POOR),
            Step(2, "✔ OK", Colour.GOOD),
        ),
    )


def abandoned() -> Tile:
    """Count who gave up today."""
    count = per_queue(window("pantau_queue_window_contacts_abandoned", "today"))
    ratio = per_queue(window("pantau_queue_window_abandoned_ratio", "today"))
    return Tile(
        "Abandoned today",
        "pantau_queue_window_contacts_abandoned (today, in each queue's own time zone) over the queues in"
        " view. The verdict is on the highest pantau_queue_window_abandoned_ratio of them: WATCH from 5 %,"
        " HIGH from 15 %.",
        (Number("abandoned", f"sum({count})", "none"),),
        f"max({ratio})",
        (
            Step(None, "✔ OK", Colour.GOOD),
            Step(0.05, "▼ WATCH", Colour.POOR),
            Step(0.15, "✖ HIGH", Colour.BAD),
        ),
    )


def freshness() -> Tile:
    """Say whether the other tiles can be believed."""
    return Tile(
        "State of data",
        "Now minus pantau_state_watermark_timestamp_seconds, of the tenant furthest behind. FRESH up to 60 s;"
        " OLD: the board shows the past; EXPIRED past 300 s, when the exporter withdraws the numbers.",
        (Number("data age", data_age(), "s"),),
        data_age(),
        (
            Step(None, "✔ FRESH", Colour.GOOD),
            Step(60, "▼ DATA OLD", Colour.POOR),
            Step(300, "✖ EXPIRED", Colour.BAD),
        ),
    )


def spot(index: int) -> model.GridPos:
    """Find the place of a tile."""
    row, across = divmod(index, TILES_PER_ROW)
    return place(x=across * TILE_WIDTH, y=row * TILE_HEIGHT, w=TILE_WIDTH, h=TILE_HEIGHT)


def tiles() -> list[stat.Panel]:
    """Lay the six tiles, left to right and top to bottom."""
    made = (service_level(), waiting(), longest(), available(), abandoned(), freshness())
    return [tile_panel(each, panel_id=index + 1, at=spot(index)) for index, each in enumerate(made)]


def worst_queues() -> table.Panel:
    """Rank the five queues that are called worst."""
    level = per_queue(window("pantau_queue_window_service_level_ratio", "30m"))
    lost = per_queue(window("pantau_queue_window_abandoned_ratio", "30m"))
    columns = (
        Number("Status", severity(), "none", words=STATUS_STEPS),
        Number("Against target", service_level_gap(), "percentunit"),
        Number("Service level", level, "percentunit"),
        Number("Target", per_queue("pantau_queue_service_level_target_ratio"), "percentunit"),
        Number("Offered", per_queue(window("pantau_queue_window_contacts_offered", "30m")), "none"),
        Number("Waiting", per_queue("pantau_queue_contacts_waiting"), "none"),
        Number("Longest wait", longest_wait(), "s", absent="nobody"),
        Number("Abandoned", lost, "percentunit"),
    )
    under_tiles = place(x=0, y=2 * TILE_HEIGHT, w=24, h=10)
    made = queue_table(columns, by="Status", rows=5, panel_id=7, at=under_tiles)
    return made.title("Queues, worst first").description(
        "The five queues in view with the worst pantau_queue_status, with their service level of 30 minutes"
        " against their own target (pantau_queue_window_service_level_ratio minus"
        " pantau_queue_service_level_target_ratio) and the contacts offered."
    )


def datasource() -> dashboards.DatasourceVariable:
    """Choose the Prometheus to ask: a variable, so that the file works at any site."""
    hidden = model.VariableHide.HIDE_VARIABLE
    return dashboards.DatasourceVariable("datasource").type("prometheus").hide(hidden)


def choice(label: str) -> dashboards.QueryVariable:
    """Offer a hidden variable, set by the URL; everything unless set."""
    asked = f"label_values(pantau_queue_info, {label})"
    everything = model.VariableOption(selected=True, text="All", value="$__all")
    return (
        dashboards.QueryVariable(label)
        .datasource(DATASOURCE)
        .query({"qryType": 1, "query": asked, "refId": f"{label}-values"})
        .definition(asked)
        .hide(model.VariableHide.HIDE_VARIABLE)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .include_all(include_all=True)
        .all_value(".*")
        .current(everything)
    )


def wallboard() -> dashboards.Dashboard:
    """Put the dashboard together."""
    board = (
        dashboards.Dashboard("Pantau wallboard")
        .uid(UID)
        .description("What the floor must act on now. Open it with ?kiosk on a screen.")
        .tags(["pantau"])
        .readonly()
        .refresh("10s")
        .time("now-30m", "now")
        .timepicker(dashboards.TimePicker().hidden(hidden=True))
        .timezone("browser")
        .annotations([])
        .variables([datasource(), choice("tenant"), choice("team"), choice("queue")])
    )
    for panel in [*tiles(), worst_queues()]:
        board.with_panel(panel)
    return board
