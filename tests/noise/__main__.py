"""`python -m noise` from the tests folder: simulated weeks, and what a real Prometheus makes of them."""

import json
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from noise.evaluated import look
from noise.incidents import planned
from noise.report import counted, listed, result
from noise.site import centre
from noise.week import DAYS, Week

#: A Monday, at midnight.
FROM_MS = 1_795_996_800_000 - 1_795_996_800_000 % 604_800_000 - 3 * 86_400_000
#: Seeds of weeks with incidents begin here, so that more healthy weeks change none of them.
_TROUBLED = 1_000


def main() -> None:
    """Simulate, evaluate, and print all alerts, how many were unfounded and which incidents were found."""
    asked = _asked()
    weeks = [_week(seed, troubled=False) for seed in range(1, asked.healthy + 1)]
    weeks += [_week(_TROUBLED + seed, troubled=True) for seed in range(1, asked.troubled + 1)]
    seen = []
    with (
        tempfile.TemporaryDirectory(prefix="pantau-noise-") as passing,
        ProcessPoolExecutor(asked.cores, get_context("spawn")) as pool,
    ):
        for one in pool.map(look, weeks, repeat(asked.keep or Path(passing))):
            seen.append(one)
            sys.stderr.write(f"week {one.week.name}: {len(one.alerts)} alerts\n")
            _tell(listed(one))
    found = result(seen)
    _tell(counted(found))
    if asked.to:
        asked.to.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _asked() -> Namespace:
    parser = ArgumentParser(prog="noise")
    parser.add_argument("--healthy", type=int, default=13, help="weeks in which nothing is wrong")
    parser.add_argument("--troubled", type=int, default=5, help="weeks with an incident a day")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="where simulated weeks are kept, and found again")
    parser.add_argument("--to", type=Path, help="writes the result as JSON, for docs/alerts.md")
    return parser.parse_args()


def _tell(lines: Iterable[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _week(seed: int, *, troubled: bool) -> Week:
    incidents = planned(centre(seed), seed=seed, start_ms=FROM_MS, days=DAYS) if troubled else []
    return Week(seed, FROM_MS, DAYS, incidents)


if __name__ == "__main__":
    main()
