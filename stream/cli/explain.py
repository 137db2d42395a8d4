"""`pantau explain`."""

import asyncio
import json
from collections.abc import Callable
from typing import Annotated

import typer

from stream.board.agreement import agreement
from stream.cli.explained import show
from stream.cli.progress import progress
from stream.clock import now_ms
from stream.explain.document import explanation_document
from stream.explain.explanation import Explanation
from stream.explain.service import ExplainService
from stream.settings import Settings, load_settings
from stream.store.opening import opened


def explain(
    queue: Annotated[str, typer.Argument(help="The queue.")],
    channel: Annotated[
        str | None, typer.Option(help="The channel; optional if the queue has only one.")
    ] = None,
    window: Annotated[
        str,
        typer.Option(help="1m, 5m, 15m, 30m, 60m, today, interval_15m, interval_15m_last, ..."),
    ] = "30m",
    limit: Annotated[int, typer.Option(min=0, help="The most visits and contacts to list.")] = 20,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: docs/explanation.schema.json.")
    ] = False,
) -> None:
    """Explain a number: its definition, its visits, other rules, and reconciliation.

    It judges every visit of the window again from its facts and compares the sums with the board. It exits 1
    if they differ or the ledger does not add up, and names contacts that may be the cause. It uses the
    definitions of the workers and says where the settings file differs. It reads every contact in Redis,
    which takes seconds per 100,000 contacts.
    """
    settings = load_settings()
    with progress() as display:
        task = display.add_task("reading contacts", total=None, rate="")
        found = asyncio.run(
            _inquire(settings, queue, channel, window, lambda n: display.update(task, completed=n))
        )
    if as_json:
        typer.echo(json.dumps(explanation_document(found, limit=limit), indent=2, ensure_ascii=False))
    else:
        show(found, settings.timetable().of(found.queue, found.channel).clock.zone, limit)
    if not found.sound:
        raise typer.Exit(1)


async def _inquire(
    settings: Settings, queue: str, channel: str | None, window: str, advance: Callable[[int], None]
) -> Explanation:
    async with opened(settings.redis_access(), settings.retention()) as store:
        book = await store.rulebook()
        if book is not None and (note := str(agreement(book, settings.wanted(), now_ms()))):
            typer.echo(f"pantau: {note}", err=True)
        service = ExplainService(
            store,
            settings.definitions() if book is None else book.definitions,
            settings.timetable(),
            settings.stuck_after_ms(),
            clock=now_ms,
            advance=advance,
            naming=settings.naming(),
        )
        return await service.explain(queue, channel, window)
