"""`pantau check`."""

import asyncio
import json
from collections.abc import Awaitable
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from stream.access import Access
from stream.broker import topics as broker_topics
from stream.errors import PantauError
from stream.replay.customers import read_pseudonyms
from stream.settings import Settings, load_settings
from stream.store.opened import opened


def check(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Check the settings only.")] = False,
) -> None:
    """Check settings, Kafka with its topics, and Redis; exits 1 if anything is wrong.

    Faults in the settings are all listed at once, each with what is accepted; then the exit code is 2.
    """
    settings = load_settings()
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
            table.add_row(what, "[green]ok[/]" if result == "ok" else f"[red]{result}[/]")
        Console().print(table)
    if any(result != "ok" for result in results.values()):
        raise typer.Exit(1)


async def _reach(settings: Settings) -> dict[str, str]:
    return {
        "kafka": await _result(_topics(settings.kafka_access())),
        "redis": await _result(_redis(settings.redis_access())),
    }


async def _topics(kafka: Access) -> None:
    missing = [s.name for s in await broker_topics.states(kafka) if not s.partitions]
    if missing:
        raise PantauError(f"topics missing: {', '.join(missing)}; run `pantau topics --create`")


async def _redis(redis: Access) -> None:
    async with opened(redis) as store:
        await store.partitions()


async def _result(attempt: Awaitable[None]) -> str:
    try:
        await attempt
    except PantauError as failure:
        return str(failure)
    return "ok"
