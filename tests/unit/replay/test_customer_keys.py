"""The file of keys: one helpful line where it cannot be used, which tells no key."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from support.factories import queued
from typer.testing import CliRunner

from stream.adapters.canonical import encode
from stream.cli import app
from stream.domain.fact import Event
from stream.errors import BadSettings
from stream.replay.customers import read_pseudonyms
from stream.settings import load_settings

KEY = "c0ffee" * 11
UNUSABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda _: None, "No such file"),
    "a folder": (Path.mkdir, "Is a directory"),
    "not text": (lambda file: file.write_bytes(b"\xff\xfe\x00"), "not UTF-8"),
    "empty": (lambda file: file.write_text("\n"), "has no key"),
    "a key alone": (lambda file: file.write_text(KEY), "line 1"),
    "too short": (lambda file: file.write_text(f"k1 {KEY[:62]}"), "at least 64 hex digits"),
    "no hex": (lambda file: file.write_text(f"# ours\nk1 {'xy' * 32}"), "line 2"),
    "a name twice": (lambda file: file.write_text(f"k1 {KEY}\nk1 {KEY}"), "each name once"),
}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "keys"
    monkeypatch.setenv("PANTAU_PSEUDONYM_KEYS_FILE", str(file))
    return file


@pytest.mark.parametrize("fault", UNUSABLE)
def test_an_unusable_file_is_told_in_one_line_without_a_key(file: Path, fault: str) -> None:
    make, told = UNUSABLE[fault]
    make(file)
    with pytest.raises(BadSettings) as bad:
        read_pseudonyms(file)
    assert told in str(bad.value)
    assert "openssl rand -hex 32" in str(bad.value)
    assert str(bad.value).startswith(str(file))
    assert "\n" not in str(bad.value)
    assert KEY[:12] not in str(bad.value)


@pytest.mark.parametrize("command", [["check", "--offline"], ["replay", "LOG", "--to", "kafka"]], ids=str)
def test_commands_refuse_an_unusable_file_before_anything_else(file: Path, command: list[str]) -> None:
    file.write_text(f"k1 {KEY[:62]}")
    done = CliRunner().invoke(app, [str(file) if word == "LOG" else word for word in command])
    assert isinstance(done.exception, BadSettings)
    assert str(file) in str(done.exception)


def test_a_report_needs_no_keys(file: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(encode(Event("c1", queued(0))))
    done = CliRunner().invoke(app, ["replay", str(log), "--report", "json"])
    assert (done.exit_code, json.loads(done.stdout)["skipped"]) == (0, {})
    assert not file.exists()


@pytest.mark.parametrize(("mode", "warned"), [(0o644, True), (0o600, False)])
def test_a_file_that_all_may_read_is_warned_of(
    file: Path, mode: int, *, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    file.write_text(f"k1 {KEY}")
    file.chmod(mode)
    with caplog.at_level(logging.WARNING):
        load_settings()
    assert ("secret_readable_by_all" in caplog.text) is warned
    assert KEY not in caplog.text
