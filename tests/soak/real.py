"""Real servers and processes, broken at random: one installation after another, each with its rounds."""

import logging
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from support.rig import Rig
from support.rounds import Round, play_for, summary, table

from soak.result import Result

_INSTALLATION_SECONDS = 240.0
#: What each installation runs on, in turn: Apache Kafka or the embedded broker, Redis or Valkey.
_SERVERS = (
    {"apache": True, "valkey": False},
    {"apache": False, "valkey": True},
    {"apache": True, "valkey": True},
    {"apache": False, "valkey": False},
)


def run(seconds: float, progress: Callable[[str], None], *, broken: tuple[str, ...] | None = None) -> Result:
    """Break things for so long: a line for each round, and a table of how long recovering took."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    console, rounds, until = Console(), list[Round](), time.monotonic() + seconds
    seed = random.SystemRandom().randrange(10**6)
    console.print(f"seed {seed}, {seconds / 60:g} minutes")
    for played in _rounds(seed, until, console, broken):
        rounds.append(played)
        progress(f"real: {summary(rounds)}")
        console.print(str(played), highlight=False)
    console.print(table(rounds))
    kinds = Counter(kind for played in rounds for kind in played.broken)
    counts = {"rounds": len(rounds), **dict(sorted(kinds.items()))}
    return Result("real", counts, [str(played) for played in rounds if not played.is_true])


def _rounds(seed: int, until: float, console: Console, broken: tuple[str, ...] | None) -> Iterator[Round]:
    chance, installations = random.Random(seed), 0
    while (left := until - time.monotonic()) > 0:
        servers = _SERVERS[installations % len(_SERVERS)]
        own = chance.randrange(10**6)
        installations += 1
        console.print(f"installation {installations}: {_named(**servers)}, seed {own}", highlight=False)
        with tempfile.TemporaryDirectory(prefix="pantau-soak-") as folder:
            rig = Rig.on(Path(folder), seed=own, **servers)
            try:
                lasts = min(_INSTALLATION_SECONDS, left)
                yield from play_for(rig.start(), own, seconds=lasts, broken=broken)
            finally:
                rig.stop()


def _named(*, apache: bool, valkey: bool) -> str:
    return f"{'Apache Kafka' if apache else 'embedded broker'} and {'Valkey' if valkey else 'Redis'}"
