"""`python -m timeline [EPISODE ...]` from the tests folder: each on an installation of its own."""

import sys
import tempfile
from pathlib import Path

from rich.console import Console

from timeline.episodes import EPISODES, Line
from timeline.watched import watched


def main() -> None:
    """Play the episodes that are asked for, all by default; fails where one was not as it must be."""
    console, bad = Console(soft_wrap=True, highlight=False), False
    for name in sys.argv[1:] or EPISODES:
        with tempfile.TemporaryDirectory(prefix="pantau-timeline-") as folder, watched(Path(folder)) as all_:
            line = Line(all_)
            console.print(f"[bold]{name}[/]: {EPISODES[name].__doc__ or 'broken, then mended'}")
            EPISODES[name](all_, line)
            for at, what in line.lines():
                console.print(f"{at:8.0f} s  {what}")
            for fault in line.faults:
                console.print(f"  [red]NOT AS IT MUST BE[/]: {fault}")
            bad |= bool(line.faults)
            for one in all_.receiver.changes():
                console.print(f"    {one.status} {one.name}: {one.annotations.get('description', '')}")
    sys.exit(bad)


if __name__ == "__main__":
    main()
