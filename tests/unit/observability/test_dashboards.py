import itertools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from promql_checks import GRAFANA, Json, dashboards, panels

GRID_COLUMNS = 24
NO_DATA = "NO DATA"
HOUSE_COLOURS = {"#0072B2", "#E69F00", "#8B0000", "#37414D"}
UNITS = {"none", "percentunit", "s"}
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")

BOARDS = dashboards()
PANELS = {f"{name}/{panel['title']}": panel for name, panel in panels()}


def every(node: Any, key: str) -> Iterator[Any]:
    """All values under `key`, at any depth."""
    if isinstance(node, dict):
        if key in node:
            yield node[key]
        for value in node.values():
            yield from every(value, key)
    if isinstance(node, list):
        for value in node:
            yield from every(value, key)


def setting(override: Json, name: str) -> Any:
    return next((each["value"] for each in override["properties"] if each["id"] == name), None)


def verdicts(panel: Json) -> list[Json]:
    """The overrides that colour by value."""
    overrides = panel["fieldConfig"]["overrides"]
    return [each for each in overrides if setting(each, "color") == {"mode": "thresholds"}]


def luminance(colour: str) -> float:
    """Relative luminance, as in WCAG 2: what is left of a colour in grey."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def overlap(one: Json, other: Json) -> bool:
    a, b = one["gridPos"], other["gridPos"]
    beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
    stacked = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
    return not (beside or stacked)


def test_committed_files_are_what_the_generator_writes(tmp_path: Path) -> None:
    # A process of its own: the SDK warns of its classic model when imported, and warnings fail tests.
    subprocess.run(
        [sys.executable, str(GRAFANA / "build.py"), str(tmp_path)],
        check=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    fresh = {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()}
    committed = {file.name: file.read_text(encoding="utf-8") for file in (GRAFANA / "dashboards").iterdir()}
    assert fresh == committed, "run `python grafana/build.py` and commit what it writes"


@pytest.mark.parametrize("name", BOARDS)
def test_a_dashboard_loads_as_the_classic_model(name: str) -> None:
    board = BOARDS[name]
    assert board["uid"] == f"pantau-{name}"
    assert 36 <= board["schemaVersion"] <= 42
    assert not {"apiVersion", "kind", "spec", "elements", "layout"} & board.keys()
    assert board["editable"] is False
    assert board.get("id") is None


def test_uids_are_unique() -> None:
    uids = [board["uid"] for board in BOARDS.values()]
    assert len(set(uids)) == len(uids)


@pytest.mark.parametrize("name", BOARDS)
def test_panel_ids_are_unique(name: str) -> None:
    ids = [panel["id"] for panel in BOARDS[name]["panels"]]
    assert len(set(ids)) == len(ids)
    assert all(ids)


@pytest.mark.parametrize("name", BOARDS)
def test_panels_lie_on_the_grid_and_never_on_each_other(name: str) -> None:
    placed = BOARDS[name]["panels"]
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= GRID_COLUMNS for panel in placed)
    assert not [(a["title"], b["title"]) for a, b in itertools.combinations(placed, 2) if overlap(a, b)]


@pytest.mark.parametrize("name", BOARDS)
def test_the_datasource_is_a_variable_everywhere(name: str) -> None:
    board = BOARDS[name]
    assert board["templating"]["list"][0]["name"] == "datasource"
    assert board["templating"]["list"][0]["type"] == "datasource"
    assert {ref["uid"] for ref in every(board, "datasource")} == {"${datasource}"}


@pytest.mark.parametrize("name", BOARDS)
def test_query_variables_are_refreshed_and_default_to_everything(name: str) -> None:
    variables = [each for each in BOARDS[name]["templating"]["list"] if each["type"] == "query"]
    assert all(each["refresh"] == 2 for each in variables), "2: when the time range changes"
    assert all(each["includeAll"] and each["allValue"] == ".*" for each in variables)


@pytest.mark.parametrize("title", PANELS)
def test_a_panel_is_titled_described_and_cites_its_series(title: str) -> None:
    panel = PANELS[title]
    assert panel["title"]
    assert re.search(r"\bpantau_\w+", panel["description"])


@pytest.mark.parametrize("title", PANELS)
def test_a_panel_has_units_and_says_so_when_there_is_no_data(title: str) -> None:
    panel = PANELS[title]
    assert panel["fieldConfig"]["defaults"]["noValue"] == NO_DATA
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert all(setting(each, "unit") in UNITS for each in panel["fieldConfig"]["overrides"])


@pytest.mark.parametrize("title", PANELS)
def test_every_query_has_its_own_field_settings(title: str) -> None:
    panel = PANELS[title]
    queries = {target["refId"] for target in panel["targets"]}
    assert len(queries) == len(panel["targets"])
    assert len(panel["fieldConfig"]["overrides"]) == len(queries)
    matched = {
        each["matcher"]["options"]
        for each in panel["fieldConfig"]["overrides"]
        if each["matcher"]["id"] == "byFrameRefID"
    }
    assert matched in (queries, set())


@pytest.mark.parametrize("title", [title for title, panel in PANELS.items() if panel["type"] == "stat"])
def test_a_tile_shows_the_last_instant_value(title: str) -> None:
    panel = PANELS[title]
    assert panel["options"]["reduceOptions"]["calcs"] == ["lastNotNull"]
    assert panel["options"]["colorMode"] == "background"
    assert panel["options"]["graphMode"] == "none"
    assert all(target["instant"] and not target["range"] for target in panel["targets"])


@pytest.mark.parametrize("title", [title for title, panel in PANELS.items() if panel["type"] == "table"])
def test_a_table_asks_for_tables_at_an_instant(title: str) -> None:
    assert all(t["instant"] and t["format"] == "table" for t in PANELS[title]["targets"])


@pytest.mark.parametrize("title", [title for title, panel in PANELS.items() if panel["type"] == "timeseries"])
def test_lines_are_named_and_their_limit_is_dashed(title: str) -> None:
    panel = PANELS[title]
    assert all("{{name}}" in target["legendFormat"] and target["range"] for target in panel["targets"])
    assert panel["options"]["legend"]["displayMode"] == "table"
    value, limit = panel["fieldConfig"]["overrides"]
    assert setting(value, "custom.lineStyle") is None
    assert setting(limit, "custom.lineStyle")["fill"] == "dash"
    assert setting(limit, "color") is None, "neutral"


@pytest.mark.parametrize("title", [title for title, panel in PANELS.items() if panel["type"] != "timeseries"])
def test_a_colour_is_never_alone(title: str) -> None:
    panel = PANELS[title]
    assert verdicts(panel), "a panel says what its numbers mean"
    for verdict in verdicts(panel):
        words = [each["options"]["result"]["text"] for each in setting(verdict, "mappings")]
        assert len(set(words)) == len(words) == len(setting(verdict, "thresholds")["steps"])
        assert all(re.fullmatch(r"\W [A-Z ]+", word) for word in words), "a symbol and a word"
    others = [each for each in panel["fieldConfig"]["overrides"] if each not in verdicts(panel)]
    assert all(setting(each, "color") is None for each in others)
    assert panel["fieldConfig"]["defaults"]["color"]["mode"] == "fixed"


@pytest.mark.parametrize("title", PANELS)
def test_words_and_colours_change_at_the_same_values(title: str) -> None:
    for verdict in verdicts(PANELS[title]):
        starts = [each["options"]["from"] for each in setting(verdict, "mappings")]
        ends = [each["options"]["to"] for each in setting(verdict, "mappings")]
        steps = [each["value"] for each in setting(verdict, "thresholds")["steps"]]
        assert list(reversed(starts)) == steps
        assert ends == [None, *starts[:-1]]


@pytest.mark.parametrize("name", BOARDS)
def test_colours_are_of_the_house_and_differ_in_grey(name: str) -> None:
    text = (GRAFANA / "dashboards" / f"{name}.json").read_text(encoding="utf-8")
    assert set(COLOUR.findall(text)) <= HOUSE_COLOURS
    meaning = HOUSE_COLOURS - {"#37414D"}
    for one, other in itertools.combinations(meaning, 2):
        light, dark = sorted((luminance(one), luminance(other)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) > 1.5


def test_the_wallboard_is_a_wallboard() -> None:
    board = BOARDS["wallboard"]
    kinds = [panel["type"] for panel in board["panels"]]
    assert kinds.count("stat") <= 6
    assert set(kinds) == {"stat", "table"}
    assert board["refresh"] == "10s"
    assert board["timepicker"]["hidden"] is True
    assert all(variable["hide"] == 2 for variable in board["templating"]["list"]), "2: hidden"


def test_the_ranking_keeps_the_five_worst_queues_first() -> None:
    table = next(panel for panel in PANELS.values() if panel["type"] == "table")
    steps = {each["id"]: each["options"] for each in table["transformations"]}
    assert list(steps) == ["merge", "organize", "sortBy", "limit"]
    shown = set(steps["organize"]["renameByName"].values())
    assert steps["sortBy"]["sort"] == [{"field": "Status", "desc": True}]
    assert "Status" in shown
    assert steps["limit"]["limitField"] == 5
    assert {each["matcher"]["options"] for each in table["fieldConfig"]["overrides"]} <= shown
