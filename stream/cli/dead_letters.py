"""`pantau dead-letters`."""

import asyncio
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from stream.access import Access
from stream.adapters.canonical import CanonicalDecoder
from stream.broker.dead_letters import KeptDeadLetter, Place, read_dead_letters, records_at, sender
from stream.broker.reader import Advance
from stream.broker.topics import states
from stream.cli.instants import Instant
from stream.cli.progress import progress
from stream.clock import now_ms
from stream.domain.instant import instant_text
from stream.domain.limits import Held
from stream.errors import PantauError, RejectReason
from stream.replay.redacted import redacted
from stream.replay.redrive import Judge, Redriven
from stream.replay.redrive import redrive as redriven
from stream.settings import Settings, load_settings
from stream.store.opening import opened
from stream.store.partition import Partition

_WIDTH = 150  # so that nothing is cut, in a pipe or a narrow terminal
_PERSONAL = "what follows may be personal data: handle it as your rules for such data ask"
_MOST_PLACES = 10
#: Sizes and times differ between records of the same fault.
_NUMBER = re.compile(r"\d+")

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
    """List refused records by topic, reason and fault: how many, when first and last, and where.

    Each record counts once. Each fault shows the detail of its last dead letter, and the places of the latest
    records.
    """
    rows = summary(_chosen(_kept(load_settings()), reason, topic, since or 0))
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


def summary(dead_letters: Iterable[KeptDeadLetter]) -> list[dict[str, Any]]:
    """A row for each topic, reason and fault; `places` are the latest, `detail` the last one's."""
    grouped: dict[tuple[str, str, str], list[KeptDeadLetter]] = defaultdict(list)
    for letter in dead_letters:
        grouped[letter.place.topic, letter.reason, _NUMBER.sub("#", letter.detail)].append(letter)
    return [_row(group) for _, group in sorted(grouped.items())]


def _row(group: list[KeptDeadLetter]) -> dict[str, Any]:
    latest = sorted(group, key=lambda letter: (letter.last_seen_ms, letter.place), reverse=True)
    first = latest[0]
    return {
        "topic": first.place.topic,
        "reason": first.reason.value,
        "records": len(group),
        "first_seen": instant_text(min(letter.first_seen_ms for letter in group)),
        "last_seen": instant_text(first.last_seen_ms),
        "places": [str(letter.place) for letter in latest[:_MOST_PLACES]],
        "detail": first.detail,
    }


def show(
    place: Annotated[str, typer.Argument(help="The record: TOPIC:PARTITION:OFFSET.")],
    content: Annotated[
        bool, typer.Option("--content", help="Print what the record holds: personal data.")
    ] = False,
) -> None:
    """Show one dead letter, and the shape of its record if Kafka still has that.

    By default nothing about a person: sizes, attributes, hashes of key and subject, and the field at fault.
    Exits 1 if there is no such dead letter.
    """
    wanted, settings = Place.of(place), load_settings()
    letter = _kept(settings).get(wanted)
    if letter is None:
        raise PantauError(
            f"there is no dead letter about {wanted}; `pantau dead-letters list` shows those that are kept"
        )
    record = asyncio.run(_record(settings.kafka_access(), wanted))
    shown = {
        "reason": letter.reason.value,
        "detail": letter.detail,
        "first seen": instant_text(letter.first_seen_ms),
        "refused by": f"schema of version {letter.schema_version}",
        "size": f"{letter.size_bytes:,} bytes",
        **_shape(record),
    }
    for name, value in shown.items():
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

    For instance after an upgrade or a longer retention. Give this command the settings of the workers. Key,
    value and headers stay; an event without a key gets its subject as the key, and goes to the partition of
    that key. Repeating it does no harm: an event counts once, however often it comes.
    """
    settings = load_settings()
    dead_letters = _chosen(_kept(settings), reason, topic, 0)
    with progress() as display:
        task = display.add_task("reading records", total=len(dead_letters), rate="")

        def advance(done: int, total: int) -> None:
            display.update(task, completed=done, total=total)

        result = asyncio.run(_redrive(settings, dead_letters, advance, dry_run=dry_run))
    typer.echo(_summary(result, dry_run=dry_run))


def _summary(result: Redriven, *, dry_run: bool) -> str:
    refused = ", ".join(f"{count:,} {reason}" for reason, count in sorted(result.refused.items()))
    return (
        f"{'would redrive' if dry_run else 'redriven'} {result.redriven:,}; "
        f"still refused {result.refused.total():,}{f' ({refused})' if refused else ''}; "
        f"no longer kept {result.gone:,}"
    )


async def _redrive(
    settings: Settings, dead_letters: list[KeptDeadLetter], advance: Advance, *, dry_run: bool
) -> Redriven:
    partitions = {state.name: state.partitions for state in await states(settings.kafka_access())}
    watermarks, held = await _stored(settings, dead_letters, partitions)
    judge = Judge(
        CanonicalDecoder(settings.own_names()),
        settings.retention(),
        watermarks,
        now_ms(),
        settings.limits(),
        held,
        partitions,
    )
    records = records_at(settings.kafka_access(), [letter.place for letter in dead_letters], advance)
    if dry_run:
        return await redriven(records, judge, _send_nothing)
    async with sender(settings.kafka_access()) as send:
        return await redriven(records, judge, send)


async def _send_nothing(_: Any) -> None:
    """Send nothing, in a dry run."""


async def _stored(
    settings: Settings, dead_letters: Iterable[KeptDeadLetter], partitions: Mapping[str, int]
) -> tuple[dict[Partition, int], dict[Partition, Held]]:
    """Watermarks of the partitions of topics with dead letters, and what they hold: both may refuse."""
    topics = {letter.place.topic for letter in dead_letters}
    wanted = {Partition(topic, number) for topic in topics for number in range(partitions.get(topic, 0))}
    async with opened(settings.redis_access(), settings.retention()) as store:
        kept = wanted & set(await store.partitions())
        watermarks = {
            partition: (await store.delta(partition, 0, since_ms=now_ms())).watermark_ms for partition in kept
        }
        return watermarks, {partition: await store.held(partition) for partition in kept}


def _kept(settings: Settings) -> dict[Place, KeptDeadLetter]:
    with progress() as display:
        task = display.add_task("reading dead letters", total=None, rate="")

        def advance(done: int, total: int) -> None:
            display.update(task, completed=done, total=total)

        return asyncio.run(read_dead_letters(settings.kafka_access(), advance))


def _chosen(
    dead_letters: dict[Place, KeptDeadLetter], reason: RejectReason | None, topic: str | None, since_ms: int
) -> list[KeptDeadLetter]:
    return [
        letter
        for letter in dead_letters.values()
        if reason in {None, letter.reason}
        and topic in {None, letter.place.topic}
        and letter.first_seen_ms >= since_ms
    ]


async def _record(kafka: Access, place: Place) -> Any:
    found = [record async for _, record in records_at(kafka, [place])]
    return found[0]


COMMANDS = {"list": list_, "show": show, "redrive": redrive}
