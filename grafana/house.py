# ruff: noqa: INP001 - the modules of one script; the folder is data for Grafana, not a package
"""The house style of every panel: how a number, a verdict, a tile and a table look.

Rules kept here:
- A colour is never alone: each verdict is a word with a symbol, and its colour only repeats it.
- The colours are of the Okabe-Ito family and differ in grey as well.
- An instant value, reduced to the last one; no data says NO DATA.
"""

from dataclasses import dataclass
from enum import StrEnum

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders import prometheus, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

DATASOURCE = common.DataSourceRef(type_val="prometheus", uid="${datasource}")
NO_DATA = "NO DATA"
VERDICT_REF = "V"


class Colour(StrEnum):
    """What a colour means, wherever it appears."""

    GOOD = "#0072B2"
    POOR = "#E69F00"
    BAD = "#8B0000"
    PLAIN = "#37414D"


@dataclass(frozen=True, slots=True)
class Step:
    """From this value upwards, the verdict is this word in this colour."""

    start: float | None
    word: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class Number:
    """One value of a tile or one column of a table."""

    label: str
    expr: str
    unit: str
    decimals: int = 0
    absent: str = NO_DATA
    words: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Tile:
    """One or two numbers and a verdict on them."""

    title: str
    description: str
    numbers: tuple[Number, ...]
    verdict: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A value over time, one line for each queue."""

    label: str
    expr: str
    unit: str


@dataclass(frozen=True, slots=True)
class States:
    """A value over time that is a word, one band for each queue or alert."""

    label: str
    expr: str
    steps: tuple[Step, ...]


def thresholds(steps: tuple[Step, ...]) -> dashboards.ThresholdsConfig:
    """Give a verdict its colours."""
    values = [model.Threshold(value=step.start, color=step.colour) for step in steps]
    return dashboards.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(values)


def words(steps: tuple[Step, ...]) -> list[model.ValueMapping]:
    """Give a verdict its words; highest first: Grafana's ranges include both ends and the first one wins."""
    ends = [*(step.start for step in steps[1:]), None]
    ranges = [
        model.DashboardRangeMapOptions(
            from_val=step.start,
            to=end,
            result=model.ValueMappingResult(text=step.word, index=len(steps) - 1 - place),
        )
        for place, (step, end) in enumerate(zip(steps, ends, strict=True))
    ]
    return [model.RangeMap(options=options) for options in reversed(ranges)]


def verdict_field(steps: tuple[Step, ...]) -> list[model.DynamicConfigValue]:
    """Field settings that turn a value into its word and colour."""
    return [
        model.DynamicConfigValue(id_val="mappings", value=words(steps)),
        model.DynamicConfigValue(id_val="thresholds", value=thresholds(steps).build()),
        model.DynamicConfigValue(id_val="color", value=plain_colour("thresholds").build()),
        model.DynamicConfigValue(id_val="unit", value="none"),
    ]


def number_field(number: Number) -> list[model.DynamicConfigValue]:
    """Field settings of a plain number."""
    return [
        model.DynamicConfigValue(id_val="unit", value=number.unit),
        model.DynamicConfigValue(id_val="decimals", value=number.decimals),
        model.DynamicConfigValue(id_val="noValue", value=number.absent),
    ]


def plain_colour(mode: str = "fixed") -> dashboards.FieldColor:
    """Choose the neutral colour of numbers, or the colour mode of verdicts."""
    colour = dashboards.FieldColor().mode(model.FieldColorModeId(mode))
    return colour.fixed_color(Colour.PLAIN) if mode == "fixed" else colour


def query(expr: str, *, ref_id: str, label: str) -> prometheus.Dataquery:
    """Ask for an instant value: the SDK sets neither instant nor the data source by itself."""
    asked = prometheus.Dataquery().datasource(DATASOURCE).ref_id(ref_id).expr(expr).instant()
    return asked.legend_format(label) if label else asked


def place(*, x: int, y: int, w: int, h: int) -> model.GridPos:
    """Say where a panel stands: never left to the order of the panels."""
    return model.GridPos(x=x, y=y, w=w, h=h)


def tile_panel(tile: Tile, *, panel_id: int, at: model.GridPos) -> stat.Panel:
    """Show a tile: the numbers in the neutral colour, the verdict under them in its own."""
    panel = stat.Panel().id(panel_id).title(tile.title).description(tile.description).grid_pos(at)
    panel.datasource(DATASOURCE).no_value(NO_DATA).color_scheme(plain_colour())
    panel.unit(tile.numbers[0].unit).decimals(tile.numbers[0].decimals)
    panel.reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]).values(values=False))
    panel.color_mode(common.BigValueColorMode.BACKGROUND).graph_mode(common.BigValueGraphMode.NONE)
    panel.text_mode(common.BigValueTextMode.VALUE_AND_NAME).justify_mode(common.BigValueJustifyMode.CENTER)
    panel.orientation(common.VizOrientation.HORIZONTAL)
    for ref_id, number in zip("ABCD", tile.numbers, strict=False):
        panel.with_target(query(number.expr, ref_id=ref_id, label=number.label))
        panel.override_by_query(ref_id, number_field(number))
    panel.with_target(query(tile.verdict, ref_id=VERDICT_REF, label="verdict"))
    return panel.override_by_query(VERDICT_REF, verdict_field(tile.steps))


def column(number: Number) -> list[model.DynamicConfigValue]:
    """Field settings of a table column: a number, or a verdict in a coloured cell."""
    if not number.words:
        return number_field(number)
    cell = common.TableColoredBackgroundCellOptions(mode=common.TableCellBackgroundDisplayMode.BASIC)
    return [*verdict_field(number.words), model.DynamicConfigValue(id_val="custom.cellOptions", value=cell)]


def ranking(columns: tuple[Number, ...], *, by: str, rows: int) -> list[model.DataTransformerConfig]:
    """Make one row per queue out of one query per column, highest first, cut to so many rows."""
    labels = {"name": "Queue", "media": "Medium"}
    values = {f"Value #{ref_id}": number.label for ref_id, number in zip("ABCDEFGH", columns, strict=False)}
    names = {**labels, **values}
    organize = {
        "excludeByName": {"Time": True, "tenant": True, "queue": True},
        "indexByName": {name: index for index, name in enumerate(names)},
        "renameByName": names,
    }
    return [
        model.DataTransformerConfig(id_val="merge", options={}),
        model.DataTransformerConfig(id_val="organize", options=organize),
        model.DataTransformerConfig(
            id_val="sortBy", options={"fields": {}, "sort": [{"field": by, "desc": True}]}
        ),
        model.DataTransformerConfig(id_val="limit", options={"limitField": rows}),
    ]


def queue_table(
    columns: tuple[Number, ...], *, by: str, rows: int, panel_id: int, at: model.GridPos
) -> table.Panel:
    """Show a table with one row per queue, highest `by` first."""
    panel = table.Panel().id(panel_id).grid_pos(at).datasource(DATASOURCE).no_value(NO_DATA)
    panel.unit("none").color_scheme(plain_colour()).cell_height(common.TableCellHeight.LG)
    for ref_id, number in zip("ABCDEFGH", columns, strict=False):
        asked = query(number.expr, ref_id=ref_id, label="").format(PromQueryFormat.TABLE)
        panel.with_target(asked)
        panel.override_by_name(number.label, column(number))
    return panel.transformations(ranking(columns, by=by, rows=rows))


def over_time(expr: str, *, ref_id: str, label: str) -> prometheus.Dataquery:
    """Ask for a value over the time in view."""
    asked = prometheus.Dataquery().datasource(DATASOURCE).ref_id(ref_id).expr(expr).range()
    return asked.legend_format(label)


def line_field(line: Line) -> list[model.DynamicConfigValue]:
    """Field settings of a value: Grafana's palette tells queues apart, and the legend names them."""
    return [
        model.DynamicConfigValue(id_val="unit", value=line.unit),
        model.DynamicConfigValue(id_val="color", value={"mode": "palette-classic-by-name"}),
        model.DynamicConfigValue(id_val="custom.lineWidth", value=3),
    ]


def limit_field(line: Line) -> list[model.DynamicConfigValue]:
    """Field settings of a limit: dashed and neutral."""
    return [
        model.DynamicConfigValue(id_val="unit", value=line.unit),
        model.DynamicConfigValue(id_val="custom.lineStyle", value={"fill": "dash", "dash": [10, 10]}),
        model.DynamicConfigValue(id_val="custom.lineWidth", value=2),
    ]


def time_panel(  # noqa: PLR0913 - all that makes a panel
    title: str, description: str, line: Line, limit: Line, *, panel_id: int, at: model.GridPos
) -> timeseries.Panel:
    """Show a value of each queue over time, beside its limit."""
    panel = timeseries.Panel().id(panel_id).title(title).description(description).grid_pos(at)
    panel.datasource(DATASOURCE).no_value(NO_DATA).color_scheme(plain_colour()).unit(line.unit).min(0)
    legend = common_builders.VizLegendOptions().calcs(["lastNotNull"])
    panel.legend(legend.display_mode(common.LegendDisplayMode.TABLE).placement(common.LegendPlacement.BOTTOM))
    for ref_id, each, field in (("A", line, line_field(line)), ("B", limit, limit_field(limit))):
        panel.with_target(over_time(each.expr, ref_id=ref_id, label=each.label))
        panel.override_by_query(ref_id, field)
    return panel


def states_panel(
    title: str, description: str, states: States, *, panel_id: int, at: model.GridPos
) -> statetimeline.Panel:
    """Show a word over time, in a band for each queue or alert."""
    panel = statetimeline.Panel().id(panel_id).title(title).description(description).grid_pos(at)
    panel.datasource(DATASOURCE).no_value(NO_DATA).color_scheme(plain_colour()).unit("none")
    panel.merge_values(merge_values=True).show_value(common.VisibilityMode.AUTO)
    panel.with_target(over_time(states.expr, ref_id="A", label=states.label))
    return panel.override_by_query("A", verdict_field(states.steps))
