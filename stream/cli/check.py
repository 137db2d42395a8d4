"""`pantau check`."""

import asyncio
import json
from collections.abc import Awaitable, Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream.access import Access
from stream.alerting.catalogue import rules_of
from stream.board.last_hour import LastHour, OddRecords, last_hour
from stream.broker import topics as broker_topics
from stream.clock import now_ms
from stream.domain.fold import Retention
from stream.domain.oddity import MISPLACED, UNKNOWN
from stream.errors import PantauError
from stream.replay.customers import read_pseudonyms
from stream.settings import Settings, load_settings
from stream.store.opening import opened
from stream.store.partition import partition_text

_WARNING = "warning: "
_MOST_NAMED = 5
_DAY_MS = 86_400_000


def check(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Check the settings only.")] = False,
) -> None:
    """Check settings, Kafka with its topics, and Redis; exits 1 if anything is wrong.

    A topic that keeps records for less than [retention] is a warning, not a fault. So are records of the last
    hour that were refused, misplaced, or of an unknown type.

    All faults in the settings are listed at once, each with what is accepted; the exit code is then 2.
    """
    settings = load_settings()
    rules_of(settings.file.alerts)
    if settings.pseudonym_keys_file is not None:
        read_pseudonyms(settings.pseudonym_keys_file)
    results = {"settings": "ok"}
    if not offline:
        results |= asyncio.run(_reach(settings))
    if as_json:
        typer.echo(json.dumps(results))
    else:
        table = Table("what", "result")
        for what, result in results.items():
            table.add_row(what, Text(result, style=_colour(result)))
        Console().print(table)
    if any(_colour(result) == "red" for result in results.values()):
        raise typer.Exit(1)


def _colour(result: str) -> str:
    if result == "ok":
        return "green"
    return "yellow" if result.startswith(_WARNING) else "red"


async def _reach(settings: Settings) -> dict[str, str]:
    kafka = await _result(_topics(settings.kafka_access(), settings.retention()))
    redis = await _result(_redis(settings.redis_access()))
    found = {"kafka": kafka, "redis": redis}
    return found | ({"records": await _result(_records(settings.redis_access()))} if redis == "ok" else {})


async def _topics(kafka: Access, retention: Retention) -> str:
    missing = [s.name for s in await broker_topics.states(kafka) if not s.partitions]
    if missing:
        raise PantauError(f"topics missing: {', '.join(missing)}; run `pantau topics --create`")
    kept_ms = await broker_topics.kept_ms(kafka)
    short = {name: ms for name, ms in kept_ms.items() if ms < retention.longest_ms}
    return "; ".join(_too_short(name, ms, retention) for name, ms in short.items()) or "ok"


def _too_short(name: str, kept_ms: int, retention: Retention) -> str:
    return (
        f"{_WARNING}{name} keeps records for {kept_ms / _DAY_MS:.3g} days and [retention] has "
        f"{retention.longest_ms / _DAY_MS:.3g}: the numbers in between are lost with Redis; give the topic a "
        f"retention.ms of {retention.longest_ms + _DAY_MS}"
    )


async def _redis(redis: Access) -> str:
    async with opened(redis) as store:
        await store.partitions()
    return "ok"


async def _records(redis: Access) -> str:
    """A warning about odd records of the last hour, if there were any."""
    now = now_ms()
    async with opened(redis) as store:
        deltas = {place: await store.delta(place, 0, since_ms=now) for place in await store.partitions()}
    found = last_hour({place: delta.oddities or {} for place, delta in deltas.items()}, now)
    odd = "; ".join(_warnings(found))
    return f"{_WARNING}{odd}" if odd else "ok"


def _warnings(found: LastHour) -> Iterator[str]:
    """One for each kind of odd records: how many, of which sorts, and where the latest of each lies."""
    refused = [sort for sort in found.sorts if sort.kind not in {MISPLACED, UNKNOWN}]
    misplaced = [sort for sort in found.sorts if sort.kind == MISPLACED]
    unknown = [sort for sort in found.sorts if sort.kind == UNKNOWN]
    if found.refused:
        yield (
            f"{found.refused:,} records refused in the last hour ({_sorts(refused)}): "
            "see `pantau dead-letters list`"
        )
    if found.misplaced:
        yield (
            f"{found.misplaced:,} records of the last hour have another key than their subject "
            f"({_sorts(misplaced)}): they may lie apart from the rest of their contact or agent; key every "
            "record by its subject"
        )
    if found.unknown:
        yield (
            f"{found.unknown:,} records of the last hour are of unknown types ({_sorts(unknown)}), "
            "and passed over"
        )


def _sorts(sorts: list[OddRecords]) -> str:
    named = [
        f"{sort.records:,} {_name(sort)}, latest {partition_text(sort.latest[0])}:{sort.latest[1]}"
        for sort in sorts[:_MOST_NAMED]
    ]
    return "; ".join(named if 0 < len(sorts) <= _MOST_NAMED else [*named, "and others"])


def _name(sort: OddRecords) -> str:
    if sort.kind in {MISPLACED, UNKNOWN}:
        return sort.name
    return f"{sort.kind} of {sort.name or 'an unknown source'}"


async def _result(attempt: Awaitable[str]) -> str:
    try:
        return await attempt
    except PantauError as failure:
        return str(failure)
