"""The output of `pantau replay` for people."""

from typing import Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

_TABLE_WIDTH = 92  # so that no number is cut, in a pipe or a narrow terminal


def show(result: dict[str, Any]) -> None:
    """Print the totals of a log, or the number of events sent, and what was left out."""
    skipped = ", ".join(f"{count:,} {reason}" for reason, count in result["skipped"].items())
    if "sent" in result:
        seconds = f"{result['seconds']:.1f} s"
        typer.echo(f"sent {result['sent']:,} events in {seconds}; left out: {skipped or 'nothing'}")
    else:
        _table(result["queues"], skipped)


def _table(queues: dict[str, Any], skipped: str) -> None:
    table = Table(
        box=SIMPLE_HEAD,
        caption=f"left out: {skipped}" if skipped else None,
        pad_edge=False,
        collapse_padding=True,
    )
    for heading in (
        "queue",
        "offered",
        "answered",
        "in target",
        "abandoned",
        "short",
        "ASA s",
        "AHT s",
        "max s",
        "SL",
    ):
        table.add_column(heading, justify="left" if heading == "queue" else "right", no_wrap=True)
    for name, row in queues.items():
        level = row["service_level"]["drop_short"]
        table.add_row(
            name,
            *(
                f"{row[k]:,}"
                for k in ("offered", "answered", "answered_in_target", "abandoned", "short_abandoned")
            ),
            *(_number(row[k]) for k in ("asa_seconds", "aht_seconds", "max_wait_seconds")),
            "–" if level is None else f"{level:.1%}",
            style="bold" if name == "all" else None,
        )
    Console(width=max(Console().width, _TABLE_WIDTH)).print(table)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f}"
