"""The command line: parses, calls, prints. Each command has a module, imported when the command runs."""

import sys
import traceback
from importlib import import_module
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup
from typer.main import get_command

from stream import __version__
from stream.cli.logs import leave_out_repetition
from stream.cli.unforeseen import DEBUG, in_one_line, wants_traces
from stream.errors import BadSettings, PantauError

EXIT_FAILED = 1
EXIT_SETTINGS = 2
EXIT_UNFORESEEN = 70
EXIT_INTERRUPTED = 130

_EXIT_CODES = """Exit codes: 0 success; 1 failure, or a check found something; 2 wrong usage or settings; 70
a bug in Pantau (PANTAU_DEBUG=1 shows the trace); 130 interrupted.
Settings: PANTAU_KAFKA, PANTAU_REDIS_URL, PANTAU_CONFIG (a TOML file)."""

#: Summaries for the list of commands: importing all modules would take seconds.
COMMANDS = {
    "demo": "Run everything on this machine: broker, store, worker, exporter and a simulated contact centre.",
    "worker": "Fold events from Kafka into Redis, until SIGTERM or Ctrl-C.",
    "exporter": "Serve the board: the wallboard at /, /metrics, /api/v1/board, /healthz and /readyz.",
    "heartbeat": "Send heartbeats to every partition that workers read, until Ctrl-C.",
    "simulate": "Simulate a contact centre with a daily curve, patience, shifts, transfers and overload.",
    "replay": "Fold a recorded log and print its totals, or send it to Kafka as canonical events.",
    "explain": "Explain a number: its definition, its visits, other rules, and reconciliation.",
    "rebuild": "Rebuild all state from Kafka while the board keeps showing the state it has.",
    "audit": "Recompute every figure of the board from the raw log in SQL, and compare.",
    "topics": "Show the topics Pantau uses, and create them on request.",
    "dead-letters": "List refused records, and send those again that are accepted now.",
    "assets": "Write the alert rules, dashboards and example settings that come with Pantau.",
    "rules": "Write the alerts of a site: rules, the configuration of Alertmanager, and Grafana's alerts.",
    "check": "Check settings, Kafka with its topics, and Redis; exits 1 if anything is wrong.",
}


def command(name: str) -> Any:
    """Import the module of a command and make the command, or a group if the module has `COMMANDS`."""
    module = import_module(f"stream.cli.{name.replace('-', '_')}")
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    for subcommand, of in getattr(module, "COMMANDS", {}).items():
        alone.command(subcommand, epilog=_EXIT_CODES)(of)
    if not hasattr(module, "COMMANDS"):
        alone.command(name, epilog=_EXIT_CODES)(getattr(module, name))
        return get_command(alone)
    alone.callback(help=COMMANDS[name], epilog=_EXIT_CODES, no_args_is_help=True)(lambda: None)
    group = get_command(alone)
    group.name = name
    return group


class _Lazy(TyperGroup):
    """Knows the names and summaries of all commands, and makes only the one that runs."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] in COMMANDS:
            self.add_command(command(args[0]))
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="pantau",
    cls=_Lazy,
    help="Watch a contact centre live. Every number equals a recomputation from the raw log.",
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _name, _summary in COMMANDS.items():
    app.command(_name, help=_summary)(lambda: None)


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
    """Run the command line. A user's mistake prints one line on standard error, without a stack trace."""
    leave_out_repetition()
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
    except Exception as failure:  # noqa: BLE001 - print any failure in one line
        if wants_traces():
            traceback.print_exception(failure)
        _say(f"this is a bug: {in_one_line(failure)}; run it with {DEBUG}=1 for the trace, and report that")
        sys.exit(EXIT_UNFORESEEN)


def _say(failure: object) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for line in str(failure).splitlines():
        console.print(f"[bold red]pantau:[/] {line.replace('[', chr(92) + '[')}")
