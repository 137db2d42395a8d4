"""`pantau topics`."""

import asyncio
import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from stream.broker import topics as broker_topics
from stream.errors import PantauError
from stream.settings import load_settings


def topics(
    create: Annotated[bool, typer.Option("--create", help="Create those that do not exist.")] = False,
    partitions: Annotated[int | None, typer.Option(min=1, max=256, help="Partitions of new topics.")] = None,
    replication: Annotated[int, typer.Option(min=1, max=9, help="Replicas of new topics.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the topics Pantau uses, and create them on request.

    Choose the number of partitions once: a contact must stay in its partition. Exits 1 if a topic is
    missing, or if Kafka refuses to create it, with the reason.
    """
    settings = load_settings()
    if create:
        coroutine = broker_topics.create(
            settings.kafka_access(),
            partitions=partitions or settings.partitions,
            replication=replication,
            retention=settings.retention(),
        )
    else:
        coroutine = broker_topics.states(settings.kafka_access())
    found = asyncio.run(coroutine)
    if as_json:
        typer.echo(json.dumps({state.name: state.partitions for state in found}))
    else:
        table = Table("topic", "partitions")
        for state in found:
            table.add_row(state.name, str(state.partitions) if state.partitions else "does not exist")
        Console().print(table)
    if missing := [state.name for state in found if not state.partitions]:
        raise PantauError(f"topics missing: {', '.join(missing)}; create them with `pantau topics --create`")
