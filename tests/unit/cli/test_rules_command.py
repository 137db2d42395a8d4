from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from stream.cli import app, rules
from stream.errors import BadSettings, PantauError

EXAMPLE = Path(__file__).parents[3] / "examples" / "pantau.toml"


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["rules", *arguments])


@pytest.fixture(autouse=True)
def _without_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where neither promtool nor amtool is installed."""
    monkeypatch.setattr(rules, "which", lambda _: None)


def test_it_writes_what_is_loaded_and_says_what_it_could_not_check(tmp_path: Path) -> None:
    done = ran("--config", str(EXAMPLE), "--to", str(tmp_path))
    assert done.exit_code == 0
    assert {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.*") if file.is_file()} == {
        *(f"alerts/rules/{name}.yml" for name in ("service", "agents", "pipeline")),
        *("alerts/alertmanager.yml", "alerts/templates/pantau.tmpl"),
        "grafana/provisioning/alerting/pantau.yml",
    }
    assert "promtool is not installed here: alerts/rules/ is not checked" in done.stdout
    assert f"6 of 6 files written to {tmp_path}" in done.stdout


def test_it_shows_what_changes_and_nothing_else(tmp_path: Path) -> None:
    settings = tmp_path / "pantau.toml"
    settings.write_text("")
    assert ran("--config", str(settings), "--to", str(tmp_path)).exit_code == 0
    settings.write_text('[alerts.severities]\nPantauQueueSilent = "page"\n')
    before = (tmp_path / "alerts" / "rules" / "service.yml").read_text()
    looked = ran("--config", str(settings), "--to", str(tmp_path), "--check")
    assert looked.exit_code == 1
    changed = [line for line in looked.stdout.splitlines() if line.startswith(("+ ", "- "))]
    assert [" ".join(line.split()) for line in changed] == ["- severity: ticket", "+ severity: page"]
    assert (tmp_path / "alerts" / "rules" / "service.yml").read_text() == before
    assert ran("--config", str(settings), "--to", str(tmp_path)).exit_code == 0
    again = ran("--config", str(settings), "--to", str(tmp_path), "--check")
    assert (again.exit_code, again.stdout.splitlines()[-1]) == (0, f"0 of 6 files differ from {tmp_path}")


def test_a_fault_of_the_settings_is_told_and_nothing_written(tmp_path: Path) -> None:
    settings = tmp_path / "pantau.toml"
    settings.write_text('[alerts]\noff = ["PantauQueueSilnet"]\n')
    done = ran("--config", str(settings), "--to", str(tmp_path / "out"))
    assert isinstance(done.exception, PantauError)
    assert "alerts.off: 'PantauQueueSilnet' is no alert" in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_what_a_program_refuses_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "which", lambda name: f"/bin/{'false' if name == 'amtool' else 'true'}")
    done = ran("--config", str(EXAMPLE), "--to", str(tmp_path))
    assert isinstance(done.exception, PantauError)
    assert "amtool refuses alerts/alertmanager.yml; nothing is written" in str(done.exception)
    assert [*tmp_path.iterdir()] == []


def test_a_folder_that_takes_no_files_is_named(tmp_path: Path) -> None:
    (tmp_path / "alerts").write_text("a file")
    done = ran("--config", str(EXAMPLE), "--to", str(tmp_path))
    assert isinstance(done.exception, PantauError)
    assert "cannot be written" in str(done.exception)
    assert "give --to a folder that takes files" in str(done.exception)


def test_check_finds_an_alert_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "pantau.toml"
    settings.write_text('[alerts.severities]\nPantauQueueSilnet = "page"\n')
    monkeypatch.setenv("PANTAU_CONFIG", str(settings))
    done = CliRunner().invoke(app, ["check", "--offline"])
    assert isinstance(done.exception, BadSettings)
    assert "alerts.severities: 'PantauQueueSilnet' is no alert; known are " in str(done.exception)
