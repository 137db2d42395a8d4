"""An instant is read alike by every command that takes one."""

import pytest
import typer
from typer.testing import CliRunner

from stream.cli import app
from stream.cli.instants import Instant

pytestmark = pytest.mark.pure


def test_an_instant_is_milliseconds() -> None:
    assert Instant.of("1970-01-01T01:00:00.5+01:00") == 500


def test_what_is_no_instant_is_said_with_one_that_is() -> None:
    with pytest.raises(
        typer.BadParameter, match=r"^'yesterday' is not an RFC 3339 time; give one like 20..-"
    ):
        Instant.of("yesterday")


@pytest.mark.parametrize(
    "words",
    [
        ("audit", "--from", "8:00"),
        ("audit", "--to", "8:00"),
        ("dead-letters", "list", "--since", "8:00"),
        ("simulate", "--start", "8:00"),
    ],
    ids=" ".join,
)
def test_a_wrong_instant_is_wrong_usage_of_its_option(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, words, terminal_width=200)
    assert done.exit_code == 2
    assert f"Invalid value for '{words[-2]}': '8:00' is not an RFC 3339 time" in done.output
