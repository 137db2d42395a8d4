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
from stream.connectors.catalogue import DECODERS, decoder
from stream.replay.customers import read_pseudonyms
from stream.replay.ordering import Ordered
from stream.replay.report import report as make_report
from stream.replay.schedule import Due, schedule
from stream.replay.source import Source
from stream.settings import Settings, load_settings

Adapter = StrEnum("Adapter", {name.replace("-", "_"): name for name in DECODERS})  # type: ignore[misc]
_FLUSH_SECONDS = 0.2


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
    told = {**found, "skipped": dict(sorted(source.skipped.items()))}
    if report is Report.JSON:
        typer.echo(json.dumps(told, indent=2 if to is None else None))
    else:
        show(told)


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
    """Send all when they are due; how many."""
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
