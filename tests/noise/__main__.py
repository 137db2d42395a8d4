"""`python -m noise` from the tests folder: simulated weeks, and what a real Prometheus makes of them."""

import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from rich.console import Console

from noise.evaluated import Seen, look
from noise.incidents import planned
from noise.site import centre
from noise.verdict import detected, table, unfounded
from noise.week import DAYS, Week

#: A Monday, at midnight.
FROM_MS = 1_795_996_800_000 - 1_795_996_800_000 % 604_800_000 - 3 * 86_400_000


def main() -> None:
    """Simulate, evaluate, and print how many alerts were unfounded and which incidents were found."""
    asked = _asked()
    console = Console()
    weeks = [
        _week(seed, troubled=seed > asked.healthy) for seed in range(1, asked.healthy + asked.troubled + 1)
    ]
    seen = []
    with ProcessPoolExecutor(asked.cores, get_context("spawn")) as pool:
        for one in pool.map(look, weeks):
            seen.append(one)
            sys.stderr.write(f"week {one.week.seed}: {len(one.alerts)} alerts\n")
    _tell(seen, console)


def _asked() -> Namespace:
    parser = ArgumentParser(prog="noise")
    parser.add_argument("--healthy", type=int, default=13, help="weeks in which nothing is wrong")
    parser.add_argument("--troubled", type=int, default=5, help="weeks with an incident a day")
    parser.add_argument("--cores", type=int, default=2)
    return parser.parse_args()


def _week(seed: int, *, troubled: bool) -> Week:
    start_ms = FROM_MS
    incidents = planned(centre(seed), seed=seed, start_ms=start_ms, days=DAYS) if troubled else []
    return Week(seed, start_ms, DAYS, incidents)


def _tell(seen: list[Seen], console: Console) -> None:
    wrong = [alert for one in seen for alert in unfounded(one.alerts, one.week.incidents)]
    queues = len(centre(1).queues)
    weeks = sum(one.week.days for one in seen) / 7
    console.print(f"{weeks:g} weeks of {queues} queues: alerts while nothing was wrong")
    for (name, severity, queue), count in sorted(
        Counter((w.name, w.severity, w.queue) for w in wrong).items()
    ):
        console.print(f"  {severity:7} {name} {queue or '(no queue)'}: {count}")
    pages = [one for one in wrong if one.severity == "page" and one.queue]
    console.print(f"false pages per queue and quarter: {13 * len(pages) / (weeks * queues):.2f}")
    found = [
        detected(incident, harm, [alert for alert in one.alerts if alert.severity == "page"])
        for one in seen
        for incident, harm in zip(one.week.incidents, one.harms, strict=True)
    ]
    console.print(table(found))
    for one in found:
        if one.is_missed:
            console.print(f"not paged: {one}", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
