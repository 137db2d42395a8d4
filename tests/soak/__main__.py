"""`python -m soak [PART ...]` from the tests folder, for `SECONDS` in all; ends with 1 after a violation.

A part is a module here with `run(seconds, progress)`, which gives a `Result`.
"""

import os
import sys
from importlib import import_module

from rich.console import Console
from rich.table import Table

from soak.result import Result

PARTS = ("simulated", "real", "losses", "memory", "finished", "limits")


def main() -> int:
    """Run the parts that are asked for, all by default, each for its share of the time."""
    wanted = sys.argv[1:] or list(PARTS)
    unknown = set(wanted) - set(PARTS)
    if unknown:
        sys.stderr.write(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}\n")
        return 2
    seconds = float(os.environ.get("SECONDS", "600")) / len(wanted)
    console, results = Console(), []
    for part in wanted:
        with console.status(f"{part} ...") as status:
            results.append(import_module(f"soak.{part}").run(seconds, status.update))
    for result in results:
        _show(console, result)
    return 1 if any(result.violations for result in results) else 0


def _show(console: Console, result: Result) -> None:
    table = Table(title=result.part, show_header=False)
    for name, count in result.counts.items():
        table.add_row(name, str(count))
    table.add_row("violations", str(len(result.violations)))
    console.print(table)
    for curve in result.curves:
        console.print(curve, markup=False, highlight=False, soft_wrap=True)
    for violation in result.violations:
        console.print(violation, markup=False, highlight=False)


if __name__ == "__main__":
    sys.exit(main())
