"""The command line: parses, calls, prints; no logic. One module for each command."""

import sys
from importlib import import_module
from typing import Annotated

import typer
from rich.console import Console

from stream import __version__
from stream.errors import BadSettings, PantauError

EXIT_FAILED = 1
EXIT_SETTINGS = 2
EXIT_INTERRUPTED = 130

_EXIT_CODES = """Exit codes: 0 done; 1 failed, or a check found something; 2 wrong usage or settings;
130 interrupted. Settings: PANTAU_KAFKA, PANTAU_REDIS_URL, PANTAU_CONFIG (a TOML file)."""

app = typer.Typer(
    name="pantau",
    help="Watch a contact centre live. Every number equals a recomputation from the raw log.",
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _name in ("demo", "worker", "exporter", "simulate", "replay", "topics", "check"):
    _module = import_module(f"stream.cli.{_name}")
    app.command(_name, epilog=_EXIT_CODES)(getattr(_module, _name))


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback signature
    if wanted:
        typer.echo(f"pantau {__version__}")
        raise typer.Exit


@app.callback()
def _pantau(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None: ...


def main() -> None:
    """Run the command line; a person's mistake is one line on standard error, without a stack trace."""
    try:
        app()
    except BadSettings as bad:
        _say(bad)
        sys.exit(EXIT_SETTINGS)
    except PantauError as failure:
        _say(failure)
        sys.exit(EXIT_FAILED)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


def _say(failure: PantauError) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for line in str(failure).splitlines():
        console.print(f"[bold red]pantau:[/] {line.replace('[', chr(92) + '[')}")
