"""Settings read again: all or nothing, and only with a reason."""

import logging
from pathlib import Path

import pytest

from stream.settings import Reloading, load_settings

pytestmark = pytest.mark.pure

GOOD, OTHER, BAD = (
    "[default]\ntarget_seconds = 20\n",
    "[default]\ntarget_seconds = 3\n",
    "[default]\ntarget = 1\nx = 2",
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "pantau.toml"
    found.write_text(GOOD)
    monkeypatch.setenv("PANTAU_CONFIG", str(found))
    return found


def target(found: object) -> object:
    return None if found is None else found.file.default.target_seconds  # type: ignore[attr-defined]


def test_a_file_that_is_as_it_was_is_not_read(file: Path) -> None:
    reloading = Reloading(load_settings())
    assert [reloading.look() for _ in range(3)] == [None] * 3
    assert file.exists()


def test_a_file_that_changed_is_read_once_it_stands_still(file: Path) -> None:
    reloading = Reloading(load_settings())
    file.write_text(OTHER)
    assert [target(reloading.look()) for _ in range(3)] == [None, 3.0, None]


def test_a_file_that_another_took_the_place_of_is_read(file: Path) -> None:
    reloading = Reloading(load_settings())
    other = file.with_suffix(".new")
    other.write_text(GOOD.replace("20", "30"))
    other.replace(file)
    assert [target(reloading.look()) for _ in range(2)] == [None, 30.0]


def test_who_is_asked_reads_at_once_and_once(file: Path) -> None:
    reloading = Reloading(load_settings())
    reloading.ask()
    assert [target(reloading.look()) for _ in range(2)] == [20.0, None]
    assert file.exists()


@pytest.mark.parametrize("text", [BAD, "not = toml = at all", None])
def test_a_faulty_file_changes_nothing_and_says_why_in_one_line(
    file: Path, text: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    reloading = Reloading(load_settings())
    file.unlink()
    if text is not None:
        file.write_text(text)
    reloading.ask()
    with caplog.at_level(logging.INFO, "pantau.settings"):
        assert [reloading.look() for _ in range(3)] == [None] * 3
    (line,) = caplog.messages
    assert line.startswith("settings_refused those of before hold: ")
    assert "\n" not in line
    if text == BAD:
        assert "default.target" in line
        assert "default.x" in line


def test_without_a_file_there_is_nothing_to_read_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("PANTAU_CONFIG", raising=False)
    reloading = Reloading(load_settings())
    reloading.ask()
    assert reloading.look() is None
    assert "there is no file to read again" in caplog.text
