"""`pantau replay`."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from stream.access import Access
from stream.adapters.canonical import encode, topic_of
from stream.adapters.customers import Customers
from stream.broker.publisher import Publisher
from stream.cli.progress import progress
from stream.cli.replayed import show
from stream.clock import now_ms
from stream.connectors.catalogue import Adapter, decoder
from stream.replay.customers import read_pseudonyms
from stream.replay.ordering import Ordered
from stream.replay.report import report as make_report
from stream.replay.schedule import Due, schedule
from stream.replay.source import Source
from stream.settings import Settings, load_settings

_FLUSH_SECONDS = 0.2


class Report(StrEnum):
    """The format of a report."""

    TABLE = "table"
    JSON = "json"


class Destination(StrEnum):
    """The destination of events."""

    KAFKA = "kafka"


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1_000_000:  # noqa: PLR2004 - a million times real time is a year in half a minute
        raise typer.BadParameter(f"{text!r} is not a speed; give 1x, 60x, or max", param_hint="--speed")
    return speed


def replay(
    file: Annotated[
        Path,
        typer.Argument(
            help="The log, one record per line, plain or packed by gzip or zstd; - is standard input."
        ),
    ],
    adapter: Annotated[Adapter, typer.Option(help="The format of the file.")] = Adapter("canonical"),
    report: Annotated[Report, typer.Option(help="Print the totals as a table or as JSON.")] = Report.TABLE,
    to: Annotated[Destination | None, typer.Option(help="Send the events there instead.")] = None,
    speed: Annotated[str, typer.Option(help="1x, 60x, ..., or max.")] = "max",
    shift_to_now: Annotated[
        bool,
        typer.Option("--shift-to-now", help="Shift times so that the log ends now when the replay ends."),
    ] = False,
    shuffle: Annotated[
        int | None,
        typer.Option(help="Seed to shuffle each contact's events. This changes no number."),
    ] = None,
) -> None:
    """Fold a recorded log and print its totals, or send it to Kafka as canonical events.

    Without --to it needs no server. With --to kafka, a worker and an exporter arrive at the same totals at
    any speed, in any order, and with repeated events. Customers in the log are sent as pseudonyms if
    `PANTAU_PSEUDONYM_KEYS_FILE` names keys, and not at all otherwise.

    Memory does not grow with the file, unless it is shuffled. Blank lines and a byte-order mark are ignored;
    a line that is too long is refused. It exits 1 without a report if the file has no event, is damaged or is
    incomplete. Other records that are left out are counted by reason.
    """
    pace = _speed(speed)
    settings = load_settings()
    customers = None if to is None else _customers(settings)
    source = Source(file, decoder(adapter.value, customers, settings.own_names()))
    with progress() as display:
        task = display.add_task("reading", total=source.size_bytes, rate="")
        events = source.events(lambda n: display.advance(task, n))
        if to is None:
            found = {"queues": make_report(events, settings.definitions())}
        else:
            with Ordered(events) as ordered:
                shift_to_ms = now_ms() if shift_to_now else None
                due = schedule(ordered, speed=pace, shift_to_ms=shift_to_ms, shuffle=shuffle)
                display.update(task, description="sending", total=ordered.count, completed=0)
                found = _sent(settings, due, customers, lambda n: display.update(task, completed=n))
    result = {**found, "skipped": dict(sorted(source.skipped.items()))}
    if report is Report.JSON:
        typer.echo(json.dumps(result, indent=2 if to is None else None))
    else:
        show(result)


def _sent(
    settings: Settings, due: Iterable[Due], customers: Customers | None, advance: Callable[[int], None]
) -> dict[str, Any]:
    started = time.monotonic()
    sent = asyncio.run(_send(settings.kafka_access(), due, customers, advance))
    return {"sent": sent, "seconds": round(time.monotonic() - started, 3)}


def _customers(settings: Settings) -> Customers | None:
    file = settings.pseudonym_keys_file
    return None if file is None else Customers(read_pseudonyms(file))


async def _send(
    kafka: Access, due: Iterable[Due], customers: Customers | None, advance: Callable[[int], None]
) -> int:
    """Send all events when they are due; return their number."""
    sent = 0
    async with Publisher(kafka) as publisher:
        started, flushed = time.monotonic(), 0.0
        for sent, (after_ms, event) in enumerate(due, start=1):
            ahead = after_ms / 1000 - (time.monotonic() - started)
            if ahead > 0 or time.monotonic() - flushed > _FLUSH_SECONDS:
                await publisher.flush()
                advance(sent)
                flushed = time.monotonic()
                await asyncio.sleep(max(0.0, ahead))
            customer = "" if customers is None else customers.of(event.subject)
            await publisher.send(topic_of(event), event.subject, encode(event, customer))
    return sent
