"""The command line knows its commands without their modules, and says the same of them."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from stream import __version__
from stream.cli import COMMANDS, app, command

pytestmark = pytest.mark.pure

_HEAVY = ("aiohttp", "aiokafka", "faust", "prometheus_client", "pydantic", "redis")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_of_a_command_is_the_beginning_of_its_help(name: str) -> None:
    assert command(name).help.split("\n\n")[0] == COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_is_named_has_its_options_and_the_exit_codes(name: str) -> None:
    done = CliRunner().invoke(app, [name, "-h"], terminal_width=200)
    assert done.exit_code == 0
    assert "Exit codes" in done.output
    for param in command(name).params:
        assert (param.opts[0] if param.param_type_name == "option" else param.name) in done.output


def test_the_list_of_commands_names_all_of_them() -> None:
    listed = CliRunner().invoke(app, ["--help"], terminal_width=200).output
    assert [name for name in COMMANDS if f" {name} " not in listed] == []


def test_a_command_that_does_not_exist_is_wrong_usage() -> None:
    done = CliRunner().invoke(app, ["chekc"])
    assert done.exit_code == 2
    assert "'check'" in done.output


def test_the_version_needs_none_of_the_heavy_modules() -> None:
    look = f"import sys, stream.cli; print([name for name in {_HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert CliRunner().invoke(app, ["--version"]).output == f"pantau {__version__}\n"
