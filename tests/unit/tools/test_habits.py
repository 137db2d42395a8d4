"""What runs before a commit and on a forge is what `make check` and `.ci/run` run, on what is supported."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

pytestmark = pytest.mark.pure

ROOT = Path(__file__).parents[3]
HOOKS = {
    hook["id"]: hook
    for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    for hook in repo["hooks"]
}
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def of_make_check() -> list[list[str]]:
    """The commands of `make check`, as words; the paths that a hook is given as files left out."""
    text = (ROOT / "Makefile").read_text()
    pytest_ = re.search(r"^PYTEST := (.*)$", text, re.MULTILINE)
    recipes = re.findall(r"^(?:lint|check):.*\n((?:\t.*\n)+)", text, re.MULTILINE)
    assert pytest_ is not None
    assert len(recipes) == 2
    lines = "".join(recipes).replace("$(PYTEST)", pytest_[1]).replace("$(BIN)", ".venv/bin").splitlines()
    return [shlex.split(line.strip().removeprefix("@")) for line in lines]


def test_a_commit_is_held_to_what_make_check_runs() -> None:
    hooks = [shlex.split(hook["entry"]) for hook in HOOKS.values()]
    for command in of_make_check():
        words = command[:-1] if command[-1] == "." else command
        words = words if words[0].startswith(".venv") else ["env", *words]
        assert words in hooks


def test_each_hook_is_local_so_that_what_runs_is_what_is_locked() -> None:
    assert {hook["language"] for hook in HOOKS.values()} == {"system"}


def test_the_forge_runs_what_ci_runs_on_each_python_that_is_supported() -> None:
    check = WORKFLOW["jobs"]["check"]
    assert any(step.get("run", "").endswith(".ci/run") for step in check["steps"])
    assert check["container"] == "python:${{ matrix.python }}-bookworm"
    pythons = check["strategy"]["matrix"]["python"]
    assert pythons == ["3.11", "3.12", "3.13", "3.14"]
    supported = SpecifierSet(PROJECT["requires-python"])
    assert all(python in supported for python in pythons)
    assert f"{pythons[0][:2]}{int(pythons[0][2:]) - 1}" not in supported


def test_the_forge_may_write_nothing_and_keeps_no_login() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    for job in WORKFLOW["jobs"].values():
        checkout = next(step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout"))
        assert checkout["with"]["persist-credentials"] is False


def test_the_forge_builds_the_wheel_and_the_image() -> None:
    runs = " ".join(step.get("run", "") for job in WORKFLOW["jobs"].values() for step in job["steps"])
    assert "pip wheel" in runs
    assert "docker build" in runs
