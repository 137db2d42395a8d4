"""`python -m timeline [EPISODE ...] [--keep FOLDER]` from the tests folder: each on its own installation.

With `--keep`, every message is kept as it came, one file for each episode.
"""

import argparse
import json
import logging
import signal
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from timeline.episodes import EPISODES, Line
from timeline.watched import watched


def main() -> None:
    """Play the episodes that are asked for, all by default; fails where one was not as it must be."""
    parser = argparse.ArgumentParser(prog="timeline", description=__doc__)
    parser.add_argument("episodes", nargs="*", default=[*EPISODES], metavar="EPISODE")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended early"))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of each try while Kafka is away
    console = Console(soft_wrap=True, highlight=False)
    bad = [_played(name, console, asked.keep) for name in asked.episodes]
    sys.exit(any(bad))


def _played(name: str, console: Console, keep: Path | None) -> bool:
    """Whether anything was not as it must be."""
    with tempfile.TemporaryDirectory(prefix="pantau-timeline-") as folder, watched(Path(folder)) as all_:
        line = Line(all_)
        console.print(f"[bold]{name}[/]: {EPISODES[name].__doc__ or 'broken, then mended'}")
        try:
            EPISODES[name](all_, line)
        finally:
            _tell(line, console)
            if keep is not None:
                _keep(line, keep / f"{name}.jsonl")
    return bool(line.faults)


def _tell(line: Line, console: Console) -> None:
    for at, what in line.lines():
        console.print(f"{at:8.0f} s  {what}")
    for fault in line.faults:
        console.print(f"  [red]NOT AS IT MUST BE[/]: {fault}")
    for one in line.watched.receiver.changes():
        console.print(f"    {one.status} {one.name}: {one.annotations.get('description', '')}")


def _keep(line: Line, file: Path) -> None:
    kept = [
        json.dumps({"at": one.at - line.begun, "receiver": one.receiver, **one.said})
        for one in line.watched.receiver.messages
    ]
    file.write_text("".join(f"{each}\n" for each in kept))


if __name__ == "__main__":
    main()
