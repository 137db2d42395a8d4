"""A file that cannot be read or written, or holds nothing to read, is one line."""

from pathlib import Path

import pytest
from support.factories import queued
from typer.testing import CliRunner

from stream.adapters.canonical import encode
from stream.cli import app
from stream.domain.fact import Event
from stream.errors import PantauError

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("replay",), "cannot be read: Is a directory; give a readable file"),
        (("audit",), "cannot be read: Is a directory; give a readable file"),
        (("simulate", "--hours", "0.01", "--to"), "cannot be written: Is a directory; give --to a file in "),
    ],
)
def test_a_folder_is_no_file(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, [*words, str(tmp_path)])
    assert isinstance(done.exception, PantauError), done.output
    assert str(done.exception).startswith(f"{tmp_path}: {told}")


@pytest.mark.parametrize("adapter", ["canonical", "anonymous-bank"])
@pytest.mark.parametrize(
    ("text", "held"), [("", "it is empty"), ("{}\nnonsense\n", "left out: "), ("\n", "it is empty")]
)
def test_a_file_without_an_event_is_not_audited(adapter: str, text: str, held: str, tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text(text)
    done = CliRunner().invoke(app, ["audit", "--adapter", adapter, str(file)])
    assert isinstance(done.exception, PantauError), done.output
    told = str(done.exception)
    assert told.startswith(f"{file}: has no {adapter} event: {held}")
    assert "--adapter" in told
    assert "\n" not in told
    assert "equal" not in done.output


def test_a_file_whose_only_event_comes_after_nonsense_is_audited(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_bytes(b"nonsense\n" + encode(Event("c1", queued(0))) + b"\n")
    done = CliRunner().invoke(app, ["audit", str(file)])
    assert done.exit_code == 0, done.output
    assert "from 2 records" in done.output
