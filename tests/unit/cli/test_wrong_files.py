"""A file that cannot be read or written is one line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from stream.cli import app
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
