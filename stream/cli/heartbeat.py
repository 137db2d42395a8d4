"""`pantau heartbeat`."""

import asyncio
import logging
import time
from typing import Annotated

import typer

from stream.access import Access
from stream.adapters.text import is_identifier
from stream.broker.heartbeats import beat
from stream.cli.logs import start_logging
from stream.clock import now_ms
from stream.errors import BrokerRefused, BrokerUnavailable
from stream.settings import load_settings

log = logging.getLogger("pantau.heartbeat")
_LONGEST_SOURCE = 128


def heartbeat(
    every: Annotated[float, typer.Option(min=1, max=30, help="Seconds between heartbeats.")] = 5.0,
    once: Annotated[
        bool, typer.Option("--once", help="Send one heartbeat to each partition and exit.")
    ] = False,
    source: Annotated[
        str, typer.Option(help="The source of the heartbeats; each source is watched.")
    ] = "/pantau/heartbeat",
) -> None:
    """Send heartbeats to every partition that workers read, until Ctrl-C.

    Heartbeats tell a quiet centre from a broken path. The command continues while Kafka is unreachable.
    """
    settings = load_settings()
    if not (len(source) <= _LONGEST_SOURCE and is_identifier(source)):
        raise typer.BadParameter(
            f"{source!r} is not a source; give 1 to {_LONGEST_SOURCE} printable characters",
            param_hint="--source",
        )
    start_logging()
    if once:
        typer.echo(f"sent {asyncio.run(beat(settings.kafka_access(), source, now_ms))} heartbeats")
    else:
        asyncio.run(_keep_beating(settings.kafka_access(), source, every))


async def _keep_beating(kafka: Access, source: str, every_seconds: float) -> None:
    due, has_sent = time.monotonic(), False
    while True:
        try:
            await beat(kafka, source, now_ms)
            has_sent = True
        except BrokerUnavailable as failure:
            if isinstance(failure, BrokerRefused) and not has_sent:
                raise
            log.warning("heartbeat_not_sent again_in_seconds=%.0f: %s", every_seconds, failure)
        due = max(due + every_seconds, time.monotonic())
        await asyncio.sleep(due - time.monotonic())
