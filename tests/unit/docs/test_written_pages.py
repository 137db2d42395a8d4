"""What is written by hand: commands and links that exist, decisions in their form, numbers that hold."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stream.cli import COMMANDS, app, command
from stream.domain.definition import Definition, ServiceLevelRule
from stream.domain.histogram import bucket_of
from stream.domain.service_level import Counts, service_level

ROOT = Path(__file__).parents[3]
ADR = ROOT / "docs" / "adr"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), ROOT / "alerts" / "runbooks.md"]
DECISIONS = sorted(ADR.glob("[0-9]*.md"))
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, flags=re.MULTILINE))
README = (ROOT / "README.md").read_text()
#: Made by hand after a look at the running wallboard, and added with it.
PICTURES = {"docs/wallboard.png"}


def shell_lines(page: Path) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def commands(program: str) -> list[list[str]]:
    """Every command of the pages that calls `program`, in blocks and in running text."""
    found = []
    for page in PAGES:
        inline = re.findall(rf"`({program} [^`]+)`", page.read_text().replace("\n", " "))
        lines = [line for line in shell_lines(page) if line.startswith(f"{program} ")]
        found += [shlex.split(line, comments=True)[1:] for line in [*lines, *inline]]
    return found


def test_make_targets_that_are_told_exist() -> None:
    told = {words[0] for words in commands("make")}
    assert {"demo", "test", "check", "docs"} <= told
    assert told <= TARGETS


def test_plain_make_lists_every_target() -> None:
    assert ".DEFAULT_GOAL := help" in MAKEFILE
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == TARGETS
    assert {"demo", "test", "check", "bench", "docs", "format", "clean"} <= TARGETS


@pytest.mark.parametrize("words", commands("pantau"), ids=" ".join)
def test_pantau_commands_that_are_told_can_be_parsed(words: list[str]) -> None:
    name, *arguments = words
    if name in {"COMMAND", "--help", "--version"}:
        return
    assert name in COMMANDS
    if arguments and "[OPTIONS]" not in arguments:  # a name alone, or a heading, names the command
        command(name).make_context(name, arguments)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_documented(name: str) -> None:
    page = (ROOT / "docs" / "cli.md").read_text()
    section = page.partition(f"## `pantau {name}")[2].partition("\n## ")[0]
    assert section
    for param in command(name).params:
        shown = param.opts[0] if param.param_type_name == "option" else param.name.upper()
        assert f"`{shown}`" in section


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if re.match(r"https?://", target):
            continue
        path = (page.parent / target).resolve()
        assert path.exists() or str(path.relative_to(ROOT)) in PICTURES, target


def test_decisions_are_numbered_without_a_gap_and_listed() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    index = (ADR / "README.md").read_text()
    for page in DECISIONS:
        title = page.read_text().splitlines()[0].removeprefix(f"# {page.name[:4]} ")
        assert f"| [{page.name[:4]}]({page.name}) | {title} |" in index


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_decisions_have_their_form_and_one_page(page: Path) -> None:
    lines = page.read_text().splitlines()
    assert lines[0].startswith(f"# {page.name[:4]} ")
    assert re.match(
        r"Status: (accepted|replaced by \d{4}) · Date: \d{4}-\d\d-\d\d · (Refines|Departs from)", lines[2]
    )
    headings = [line for line in lines if line.startswith("## ")]
    assert [h for h in headings if h != "## Options"] == ["## Question", "## Decision", "## Cost accepted"]
    assert len(lines) <= 80


def test_the_six_service_levels_of_the_decision_are_what_the_code_computes() -> None:
    counts = Counts(
        answered_in=860, short_abandoned=10, abandoned_in=10, late_answered=140, late_abandoned=40
    )
    told = re.findall(
        r"^\| (\w+) \| .* \| ([\d.]+) % \|$", (ADR / DECISIONS[6].name).read_text(), flags=re.MULTILINE
    )
    assert {rule: float(value) for rule, value in told} == {
        rule.value: round(100 * (service_level(counts, Definition(rule=rule)).ratio or 0), 2)
        for rule in ServiceLevelRule
    }


def test_the_number_of_buckets_told_is_right() -> None:
    told = re.search(
        r"24 hours falls into one of ([\d,]+) buckets", DECISIONS[8].read_text().replace("\n", " ")
    )
    assert told is not None
    assert int(told[1].replace(",", "")) == bucket_of(24 * 3_600_000) + 1


def test_the_dependencies_told_are_those_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["demo"], *extras["dev"]]
    declared = {re.split(r"[^A-Za-z0-9.-]", line)[0] for line in lines} - {project["name"]}
    page = DECISIONS[9].read_text()
    told = {
        name for row in re.findall(r"^\| ([^|]+) \|", page, flags=re.MULTILINE) for name in row.split(", ")
    }
    assert declared - told == set()
    assert told - declared == {"dependency", "hiredis"}


def test_the_recorded_log_of_the_readme_gives_the_table_of_the_readme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = README.partition("pantau replay quarter.jsonl\n```\n")[2].split("```")[1].strip().splitlines()
    [simulate] = [line for line in shell_lines(ROOT / "README.md") if line.startswith("pantau simulate ")]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "140")
    runner = CliRunner()
    assert runner.invoke(app, shlex.split(simulate)[1:]).exit_code == 0
    done = runner.invoke(app, ["replay", "quarter.jsonl"])
    assert done.exit_code == 0
    printed = [line.split() for line in done.output.splitlines() if line.strip() and "─" not in line]
    assert [line.split() for line in told] == printed


def test_the_example_settings_pass_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_CONFIG", str(ROOT / "examples" / "pantau.toml"))
    done = CliRunner().invoke(app, ["check", "--offline", "--json"])
    assert done.exit_code == 0
    assert done.output.strip() == '{"settings": "ok"}'
