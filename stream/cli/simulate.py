"""`pantau simulate`."""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from stream.access import Access
from stream.broker.publisher import Publisher
from stream.cli.instants import Instant
from stream.cli.progress import progress
from stream.clock import now_ms
from stream.dev.simulator import DEMO, SimulatedEvent, scaled
from stream.dev.simulator import simulate as simulated
from stream.domain.instant import HOUR_MS
from stream.errors import PantauError
from stream.settings import load_settings

_TICK_SECONDS = 0.1
#: A callback for the simulated instant in ms and the number of events so far.
Advance = Callable[[int, int], None]


def simulate(
    to: Annotated[str, typer.Option(help="`kafka`, or a file for one event per line.")] = "kafka",
    seed: Annotated[int, typer.Option(help="The same seed and start make the same events.")] = 1,
    queues: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="Simulate a uniform centre with this many queues.")
    ] = None,
    contacts_per_second: Annotated[
        float, typer.Option(min=0.01, max=10_000, help="Load of that centre.")
    ] = 10.0,
    start: Annotated[
        Instant | None,
        typer.Option(parser=Instant.of, help="Start time, RFC 3339; by default an hour ago, then live."),
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option(min=0.001, help="Length of the simulation; it then runs as fast as possible and ends."),
    ] = None,
    warm_up_minutes: Annotated[
        float, typer.Option(min=0, max=1440, help="Minutes of history to send before going live.")
    ] = 60.0,
    local_time: Annotated[
        str | None, typer.Option(help="The current local time of the centre, HH:MM; UTC by default.")
    ] = None,
) -> None:
    """Simulate a contact centre with a daily curve, patience, shifts, transfers and overload.

    By default it sends an hour of history at once and then events in real time until Ctrl-C. With --hours it
    simulates that length as fast as possible.
    """
    settings = load_settings()
    centre = DEMO if queues is None else scaled(queues, contacts_per_second)
    if local_time is not None:
        offset = _offset_minutes(local_time)
        centre = replace(centre, curve=replace(centre.curve, zone_offset_minutes=offset))
    start_ms = now_ms() - round(warm_up_minutes * 60_000) if start is None else start
    until_ms = None if hours is None else start_ms + round(hours * HOUR_MS)
    if to != "kafka" and until_ms is None:
        raise typer.BadParameter("a file needs an end: give --hours", param_hint="--to")
    events = simulated(centre, seed=seed, start_ms=start_ms, until_ms=until_ms)
    with progress() as display:
        total = None if until_ms is None else (until_ms - start_ms) // 1000
        task = display.add_task("simulating (s)", total=total, rate="")

        def advance(at_ms: int, sent: int) -> None:
            display.update(task, completed=(at_ms - start_ms) // 1000, rate=f"{sent:,} events")

        if to == "kafka":
            asyncio.run(_publish(settings.kafka_access(), events, live=until_ms is None, advance=advance))
        else:
            _written(Path(to), events, advance)


def _offset_minutes(local_time: str) -> int:
    hours, _, minutes = local_time.partition(":")
    try:
        wanted = dt.time(int(hours), int(minutes))
    except ValueError:
        raise typer.BadParameter(
            f"{local_time!r} is not a time; give HH:MM", param_hint="--local-time"
        ) from None
    now = dt.datetime.now(dt.UTC)
    return wanted.hour * 60 + wanted.minute - now.hour * 60 - now.minute


def _written(path: Path, events: Iterator[SimulatedEvent], advance: Advance) -> None:
    try:
        _write(path, events, advance)
    except OSError as failure:
        raise PantauError(
            f"{path}: cannot be written: {failure.strerror}; give --to a file in a writable folder"
        ) from None


def _write(path: Path, events: Iterator[SimulatedEvent], advance: Advance) -> None:
    with path.open("wb") as file:
        sent = 0
        while batch := list(islice(events, 5_000)):
            file.writelines(event.value + b"\n" for event in batch)
            sent += len(batch)
            advance(batch[-1].at_ms, sent)


async def _publish(kafka: Access, events: Iterator[SimulatedEvent], *, live: bool, advance: Advance) -> None:
    async with Publisher(kafka) as publisher:
        for sent, event in enumerate(events):
            if sent % 2_000 == 0:
                advance(event.at_ms, sent)
            if live and event.at_ms > now_ms():
                await publisher.flush()
                advance(event.at_ms, sent)
                await asyncio.sleep(max(_TICK_SECONDS, (event.at_ms - now_ms()) / 1000))
            await publisher.send(event.topic, event.key, event.value)
