"""`pantau demo`."""

import signal
import time
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from stream.dev.stack import Stack, stack

_LOOK_SECONDS = 1.0


def demo(
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port of the wallboard; by default 9464 or any free port."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the simulated centre.")] = 1,
    seconds: Annotated[float | None, typer.Option(min=1, help="Stop after this many seconds.")] = None,
) -> None:
    """Run everything on this machine: broker, store, worker, exporter and a simulated contact centre.

    It needs no Docker and no Java. Ctrl-C stops everything and removes all data. Targets are 15 minutes for
    e-mail, 30 seconds for chat and 20 seconds otherwise, unless PANTAU_CONFIG names a settings file.
    """
    for number in (signal.SIGTERM, signal.SIGINT):  # a shell may have set the latter to be ignored
        signal.signal(number, _interrupt)
    console = Console(highlight=False)
    started = time.monotonic()
    status = console.status("starting broker, store, worker, exporter and a simulated centre")
    status.start()
    try:
        with stack(port=port, seed=seed) as up:
            status.stop()
            console.print(_addresses(up))
            _watch(console, up, started, seconds)
    except KeyboardInterrupt:
        console.print("stopped; all data is removed")
    finally:
        status.stop()


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _addresses(up: Stack) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for what, url in (
        ("wallboard", up.url),
        ("metrics", f"{up.url}/metrics"),
        ("JSON board", f"{up.url}/api/v1/board"),
        ("worker metrics", f"{up.worker_url}/metrics"),
    ):
        table.add_row(f"[bold]{what}[/]", url)
    return table


def _watch(console: Console, up: Stack, started: float, seconds: float | None) -> None:
    """Show the centre in one line until stopped; raise if a process dies."""
    with Live(console=console, refresh_per_second=2, transient=True) as display:
        is_live = False
        while seconds is None or time.monotonic() - started < seconds:
            up.check()
            board = up.board()
            if not is_live and board["state"] == "fresh" and board["rebuilding"] is None:
                console.print(f"live after {time.monotonic() - started:.1f} s; Ctrl-C stops")
                is_live = True
            display.update(_line(board))
            time.sleep(_LOOK_SECONDS)


def _line(board: dict[str, Any]) -> str:
    every, window = board["all"], board["all"]["windows"]["5m"]
    level = window["service_level_ratio"]
    return (
        f"data {board['state']} | service level 5m {'–' if level is None else f'{level:.0%}'} | "
        f"waiting {every['now']['waiting']} | answered 5m {window['answered']} | "
        f"agents available {every['now']['agents']['available']}"
    )
