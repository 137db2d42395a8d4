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
from stream.errors import PantauError
from stream.settings import load_settings

_TICK_SECONDS = 0.1
#: Told the simulated instant in ms and the number of events so far.
Advance = Callable[[int, int], None]
_HOUR_MS = 3_600_000


def simulate(
    to: Annotated[str, typer.Option(help="`kafka`, or a file to write one event a line to.")] = "kafka",
    seed: Annotated[int, typer.Option(help="The same seed and start make the same events.")] = 1,
    queues: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="A uniform centre of so many queues.")
    ] = None,
    contacts_per_second: Annotated[
        float, typer.Option(min=0.01, max=10_000, help="Load of that centre.")
    ] = 10.0,
    start: Annotated[
        Instant | None,
        typer.Option(parser=Instant.of, help="First instant, RFC 3339; by default an hour ago, then live."),
    ] = None,
    hours: Annotated[
        float | None, typer.Option(min=0.001, help="Length; with it the run ends, as fast as it can.")
    ] = None,
    warm_up_minutes: Annotated[
        float, typer.Option(min=0, max=1440, help="History sent at once before going live.")
    ] = 60.0,
    local_time: Annotated[
        str | None, typer.Option(help="HH:MM that the centre's own clock shows at this moment; else UTC.")
    ] = None,
) -> None:
    """Simulate a contact centre: daily curve, patience, agents with shifts, transfers, overload.

    Live by default: an hour of history at once, then as time goes by, until Ctrl-C. With --hours, a run
    of that length as fast as possible.
    """
    settings = load_settings()
    centre = DEMO if queues is None else scaled(queues, contacts_per_second)
    if local_time is not None:
        offset = _offset_minutes(local_time)
        centre = replace(centre, curve=replace(centre.curve, zone_offset_minutes=offset))
    start_ms = now_ms() - round(warm_up_minutes * 60_000) if start is None else start
    until_ms = None if hours is None else start_ms + round(hours * _HOUR_MS)
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
            f"{local_time!r} is no time; give HH:MM", param_hint="--local-time"
        ) from None
    now = dt.datetime.now(dt.UTC)
    return wanted.hour * 60 + wanted.minute - now.hour * 60 - now.minute


def _written(path: Path, events: Iterator[SimulatedEvent], advance: Advance) -> None:
    try:
        _write(path, events, advance)
    except OSError as failure:
        raise PantauError(
            f"{path}: cannot be written: {failure.strerror}; give --to a file in a folder that takes it"
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
