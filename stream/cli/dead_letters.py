"""`pantau dead-letters`."""

import asyncio
import json
import sys
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from stream.access import Access
from stream.adapters.canonical import CanonicalDecoder
from stream.broker.letters import Letter, Place, read_letters, records_at, sender
from stream.broker.reading import Advance
from stream.broker.topics import states
from stream.cli.instants import Instant
from stream.cli.letter_summary import summary
from stream.cli.progress import progress
from stream.clock import now_ms
from stream.domain.instant import instant_text
from stream.domain.limits import Held
from stream.errors import PantauError, RejectReason
from stream.replay.redacted import redacted
from stream.replay.redrive import Judge, Redriven
from stream.replay.redrive import redrive as redriven
from stream.settings import Settings, load_settings
from stream.store.base import Partition
from stream.store.opened import opened

_WIDTH = 150  # so that nothing is cut, in a pipe or a narrow terminal
_PERSONAL = "what follows may be personal data: handle it as your rules for such data ask"

ReasonOption = Annotated[RejectReason | None, typer.Option(help="Only those refused for this reason.")]
TopicOption = Annotated[str | None, typer.Option(help="Only those of this topic.")]


def list_(
    reason: ReasonOption = None,
    topic: TopicOption = None,
    since: Annotated[
        Instant | None, typer.Option(parser=Instant.of, help="Only those first seen since then, RFC 3339.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell the refused records by topic, reason and fault: how many, when first and last, and where.

    Each record counts once. Of each fault the last letter is told, and where the latest records lie.
    """
    rows = summary(_chosen(_letters(load_settings()), reason, topic, since or 0))
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    else:
        _print(rows)


def _print(rows: list[dict[str, Any]]) -> None:
    if not rows:
        typer.echo("no dead letters")
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("reason", "records", "first seen", "last seen", "latest", "detail"):
        justify: Any = "right" if heading == "records" else "left"
        table.add_column(heading, justify=justify, no_wrap=heading != "detail", overflow="fold")
    for row in rows:
        _, reason, records, *seen, places, detail = row.values()
        table.add_row(reason, f"{records:,}", *seen, places[0], detail)
    Console(width=max(Console().width, _WIDTH), highlight=False, markup=False).print(table)


def show(
    place: Annotated[str, typer.Argument(help="The record: TOPIC:PARTITION:OFFSET.")],
    content: Annotated[
        bool, typer.Option("--content", help="Print what the record holds: personal data.")
    ] = False,
) -> None:
    """Show a letter, and the shape of the record it is about where Kafka still keeps it.

    By default nothing that speaks of a person: sizes, attributes, hashes of key and subject, and the field
    at fault. Exits 1 where there is no such letter.
    """
    wanted, settings = Place.of(place), load_settings()
    letter = _letters(settings).get(wanted)
    if letter is None:
        raise PantauError(f"there is no letter about {wanted}; `pantau dead-letters list` counts those kept")
    record = asyncio.run(_record(settings.kafka_access(), wanted))
    told = {
        "reason": letter.reason.value,
        "detail": letter.detail,
        "first seen": instant_text(letter.first_seen_ms),
        "refused by": f"schema of version {letter.schema_version}",
        "size": f"{letter.size_bytes:,} bytes",
        **_shape(record),
    }
    for name, value in told.items():
        typer.echo(f"{name + ':':<14} {value}")
    if content and record is not None:
        typer.echo(_PERSONAL, err=True)
        sys.stdout.flush()
        sys.stdout.buffer.write((record.value or b"") + b"\n")


def _shape(record: Any) -> dict[str, str]:
    if record is None:
        return {"record": "no longer kept"}
    found = redacted(record)
    return {
        "record": "kept",
        "key hash": found.key_hash or "–",
        "subject hash": found.subject_hash or "–",
        **found.attributes,
    }


def redrive(
    reason: ReasonOption = None,
    topic: TopicOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Send nothing; say what would be.")] = False,
) -> None:
    """Send again the refused records that are accepted now, to the end of their own partitions.

    For instance after an upgrade, or a longer retention: give this command the settings of the workers. Key,
    value and headers stay; an event without a key gets its subject as the key, and goes to the partition of
    that. Repeating it is harmless: events are sets, and count once however often they come.
    """
    settings = load_settings()
    letters = _chosen(_letters(settings), reason, topic, 0)
    with progress() as display:
        task = display.add_task("reading records", total=len(letters), rate="")

        def advance(done: int, total: int) -> None:
            display.update(task, completed=done, total=total)

        result = asyncio.run(_redrive(settings, letters, advance, dry_run=dry_run))
    typer.echo(_summary(result, dry_run=dry_run))


def _summary(result: Redriven, *, dry_run: bool) -> str:
    refused = ", ".join(f"{count:,} {reason}" for reason, count in sorted(result.refused.items()))
    return (
        f"{'would redrive' if dry_run else 'redriven'} {result.redriven:,}; "
        f"still refused {result.refused.total():,}{f' ({refused})' if refused else ''}; "
        f"no longer kept {result.gone:,}"
    )


async def _redrive(settings: Settings, letters: list[Letter], advance: Advance, *, dry_run: bool) -> Redriven:
    partitions = {state.name: state.partitions for state in await states(settings.kafka_access())}
    watermarks, held = await _stored(settings, letters, partitions)
    judge = Judge(
        CanonicalDecoder(settings.own_names()),
        settings.retention(),
        watermarks,
        now_ms(),
        settings.limits(),
        held,
        partitions,
    )
    records = records_at(settings.kafka_access(), [letter.place for letter in letters], advance)
    if dry_run:
        return await redriven(records, judge, _send_nothing)
    async with sender(settings.kafka_access()) as send:
        return await redriven(records, judge, send)


async def _send_nothing(_: Any) -> None:
    """Do what a dry run does with a record that is accepted."""


async def _stored(
    settings: Settings, letters: Iterable[Letter], partitions: Mapping[str, int]
) -> tuple[dict[Partition, int], dict[Partition, Held]]:
    """How far the partitions of topics with letters have come, and what they hold: who is refused again."""
    topics = {letter.place.topic for letter in letters}
    wanted = {Partition(topic, number) for topic in topics for number in range(partitions.get(topic, 0))}
    async with opened(settings.redis_access(), settings.retention()) as store:
        kept = wanted & set(await store.partitions())
        watermarks = {
            partition: (await store.delta(partition, 0, since_ms=now_ms())).watermark_ms for partition in kept
        }
        return watermarks, {partition: await store.held(partition) for partition in kept}


def _letters(settings: Settings) -> dict[Place, Letter]:
    with progress() as display:
        task = display.add_task("reading letters", total=None, rate="")

        def advance(done: int, total: int) -> None:
            display.update(task, completed=done, total=total)

        return asyncio.run(read_letters(settings.kafka_access(), advance))


def _chosen(
    letters: dict[Place, Letter], reason: RejectReason | None, topic: str | None, since_ms: int
) -> list[Letter]:
    return [
        letter
        for letter in letters.values()
        if reason in {None, letter.reason}
        and topic in {None, letter.place.topic}
        and letter.first_seen_ms >= since_ms
    ]


async def _record(kafka: Access, place: Place) -> Any:
    found = [record async for _, record in records_at(kafka, [place])]
    return found[0]


COMMANDS = {"list": list_, "show": show, "redrive": redrive}
