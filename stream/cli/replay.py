"""`pantau replay`."""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from stream.access import Access
from stream.adapters.canonical import encode, topic_of
from stream.adapters.catalogue import DECODERS, decoder
from stream.adapters.customers import Customers
from stream.broker.publisher import Publisher
from stream.cli.progress import progress
from stream.clock import now_ms
from stream.replay.customers import read_pseudonyms
from stream.replay.ordering import Ordered
from stream.replay.report import report as make_report
from stream.replay.schedule import Due, schedule
from stream.replay.source import Source
from stream.settings import Settings, load_settings

Adapter = StrEnum("Adapter", {name.replace("-", "_"): name for name in DECODERS})  # type: ignore[misc]
_FLUSH_SECONDS = 0.2
_TABLE_WIDTH = 92  # so that no number is cut, in a pipe or a narrow terminal


class Report(StrEnum):
    """How a report is printed."""

    TABLE = "table"
    JSON = "json"


class Target(StrEnum):
    """Where events go."""

    KAFKA = "kafka"


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1_000_000:  # noqa: PLR2004 - a million times real time is a year in half a minute
        raise typer.BadParameter(f"{text!r} is no speed; give 1x, 60x, or max", param_hint="--speed")
    return speed


def replay(
    file: Annotated[
        Path,
        typer.Argument(
            help="The recorded log, one record to a line; also packed by gzip or zstd; - is standard input."
        ),
    ],
    adapter: Annotated[Adapter, typer.Option(help="The format of the file.")] = Adapter("canonical"),
    report: Annotated[Report, typer.Option(help="Print the totals for people, or as JSON.")] = Report.TABLE,
    to: Annotated[Target | None, typer.Option(help="Send the events there instead of reporting.")] = None,
    speed: Annotated[str, typer.Option(help="1x, 60x, ..., or max.")] = "max",
    shift_to_now: Annotated[
        bool,
        typer.Option("--shift-to-now", help="Move times so that the log reaches now as the replay ends."),
    ] = False,
    shuffle: Annotated[
        int | None,
        typer.Option(help="Seed: let each contact's events arrive in any order. Changes no number."),
    ] = None,
) -> None:
    """Fold a recorded log and print its totals, or send it to Kafka as canonical events.

    Without --to no server is needed. With --to kafka a worker and an exporter show the same totals,
    however often, however fast and in whatever order a contact's events arrive. Customers that the log
    knows are sent by pseudonym where `PANTAU_PSEUDONYM_KEYS_FILE` names keys, and not at all otherwise.

    A longer file takes no more memory, unless it is shuffled. Blank lines and a byte-order mark are nothing;
    a line that is too long is refused, and the next one read. Exits 1, with one line and no report, where the
    file holds no event, is damaged, or is not whole. What else is left out is counted by reason.
    """
    pace = _speed(speed)
    settings = load_settings()
    customers = None if to is None else _customers(settings)
    source = Source(file, decoder(adapter.value, customers))
    with progress() as display:
        task = display.add_task("reading", total=source.size_bytes, rate="")
        events = source.events(lambda n: display.advance(task, n))
        if to is None:
            queues = make_report(events, settings.definitions())
        else:
            with Ordered(events) as ordered:
                display.update(task, description="sending", total=ordered.count, completed=0)
                shift_to_ms = now_ms() if shift_to_now else None
                due = schedule(ordered, speed=pace, shift_to_ms=shift_to_ms, shuffle=shuffle)
                started = time.monotonic()
                kafka = settings.kafka_access()
                asyncio.run(_send(kafka, due, customers, lambda n: display.update(task, completed=n)))
    skipped = dict(sorted(source.skipped.items()))
    if to is not None:
        _sent(ordered.count, skipped, time.monotonic() - started, report)
    elif report is Report.JSON:
        json.dump({"queues": queues, "skipped": skipped}, sys.stdout, indent=2)
        typer.echo()
    else:
        _table(queues, skipped)


def _customers(settings: Settings) -> Customers | None:
    file = settings.pseudonym_keys_file
    return None if file is None else Customers(read_pseudonyms(file))


async def _send(
    kafka: Access, due: Iterable[Due], customers: Customers | None, advance: Callable[[int], None]
) -> None:
    async with Publisher(kafka) as publisher:
        started, flushed = time.monotonic(), 0.0
        for sent, (after_ms, event) in enumerate(due):
            ahead = after_ms / 1000 - (time.monotonic() - started)
            if ahead > 0 or time.monotonic() - flushed > _FLUSH_SECONDS:
                await publisher.flush()
                advance(sent)
                flushed = time.monotonic()
                await asyncio.sleep(max(0.0, ahead))
            customer = "" if customers is None else customers.of(event.subject)
            await publisher.send(topic_of(event), event.subject, encode(event, customer))


def _sent(events: int, skipped: dict[str, int], seconds: float, report: Report) -> None:
    if report is Report.JSON:
        typer.echo(json.dumps({"sent": events, "skipped": skipped, "seconds": round(seconds, 3)}))
    else:
        left_out = ", ".join(f"{count} {reason}" for reason, count in skipped.items()) or "nothing"
        typer.echo(f"sent {events:,} events in {seconds:.1f} s; left out: {left_out}")


def _table(queues: dict[str, Any], skipped: dict[str, int]) -> None:
    left_out = ", ".join(f"{count:,} {reason}" for reason, count in skipped.items())
    table = Table(
        box=SIMPLE_HEAD,
        caption=f"left out: {left_out}" if skipped else None,
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
