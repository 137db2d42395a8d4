"""Budgets of size, names that must be declared, and words that must not appear."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from promql_checks import panel_queries, rule_queries

from stream.metrics.catalogue import METRICS

ROOT = Path(__file__).parents[3]
MODULES = sorted([*(ROOT / "stream").rglob("*.py"), *(ROOT / "grafana").glob("*.py")])
MOST_LINES, MOST_FUNCTION_LINES = 400, 50
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
#: Made by tools or kept out of the repository.
PASSED_OVER = {
    *(".git", ".venv", ".hypothesis", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache"),
    *("__pycache__", "target", "build", "dist", "pantau.egg-info"),
}
TEXT = {"", ".py", ".md", ".toml", ".yml", ".yaml", ".json", ".lua", ".js", ".css", ".html", ".xml", ".svg"}
FORBIDDEN = ("issue" + " #", "/" + "work/", "/" + "tmp/venv", "TO" + "DO:", "FIX" + "ME")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_are_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MOST_LINES
    long = [
        f"{node.name} at line {node.lineno}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > MOST_FUNCTION_LINES
    ]
    assert long == []


def test_modules_are_named_after_one_thing() -> None:
    assert [path for path in MODULES if path.stem in VAGUE] == []


def test_every_package_says_what_it_is() -> None:
    for path in MODULES:
        assert ast.get_docstring(ast.parse(path.read_text())), path


def test_rules_and_dashboards_ask_for_declared_metrics_only() -> None:
    declared = {name for metric in METRICS for name in metric.series}
    for where, expr in {**rule_queries(), **panel_queries()}.items():
        asked = set(re.findall(r"\bpantau_\w+", re.sub(r'"[^"]*"', '""', expr)))
        assert asked - declared == set(), where


def test_documents_name_declared_metrics_only() -> None:
    declared = {metric.name for metric in METRICS} | {name for metric in METRICS for name in metric.series}
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "alerts" / "runbooks.md"]:
        named = set(re.findall(r"\bpantau_[a-z_]+[a-z]\b", page.read_text()))
        assert named - declared == set(), page


def test_every_package_has_its_layer() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [layers] = [contract for contract in contracts if contract["type"] == "layers"]
    placed = {name.strip() for layer in layers["layers"] for name in layer.split("|")}
    found = {
        p.stem for p in (ROOT / "stream").iterdir() if p.suffix == ".py" or (p / "__init__.py").is_file()
    }
    assert placed == found - {"__init__", "__pycache__"}


def texts(folder: Path = ROOT) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in PASSED_OVER:
            continue
        if path.is_dir():
            yield from texts(path)
        elif path.suffix in TEXT and path.stat().st_size < 1 << 20:
            yield path


def test_no_file_names_what_a_reader_cannot_see() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in texts()
        for word in FORBIDDEN
        if word in path.read_text(encoding="utf-8", errors="replace")
    ]
    assert found == []
