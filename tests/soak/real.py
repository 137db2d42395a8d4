"""Real servers and processes, broken at random: one installation after another, each with its rounds."""

import logging
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from support.rig import Rig
from support.rounds import Round, play_for, summary, table

_INSTALLATION_SECONDS = 240.0
#: What each installation runs on, in turn: Apache Kafka or the embedded broker, Redis or Valkey.
_SERVERS = (
    {"apache": True, "valkey": False},
    {"apache": False, "valkey": True},
    {"apache": True, "valkey": True},
    {"apache": False, "valkey": False},
)


def run(*, minutes: float, seed: int) -> bool:
    """Break things for so many minutes; whether all stayed true. Prints a line a round, and a table."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    console, rounds, until = Console(), list[Round](), time.monotonic() + 60 * minutes
    console.print(f"seed {seed}, {minutes:g} minutes")
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("starting", total=60 * minutes)
        for played in _rounds(seed, until, console):
            rounds.append(played)
            left = max(0.0, until - time.monotonic())
            progress.update(bar, completed=60 * minutes - left, description=summary(rounds))
            console.print(str(played), highlight=False)
    console.print(table(rounds))
    return all(played.is_true for played in rounds)


def _rounds(seed: int, until: float, console: Console) -> Iterator[Round]:
    chance, installations = random.Random(seed), 0
    while (left := until - time.monotonic()) > 0:
        servers = _SERVERS[installations % len(_SERVERS)]
        own = chance.randrange(10**6)
        installations += 1
        console.print(f"installation {installations}: {_named(**servers)}, seed {own}", highlight=False)
        with tempfile.TemporaryDirectory(prefix="pantau-soak-") as folder:
            rig = Rig.on(Path(folder), seed=own, **servers)
            try:
                yield from play_for(rig.start(), own, seconds=min(_INSTALLATION_SECONDS, left))
            finally:
                rig.stop()


def _named(*, apache: bool, valkey: bool) -> str:
    return f"{'Apache Kafka' if apache else 'embedded broker'} and {'Valkey' if valkey else 'Redis'}"
