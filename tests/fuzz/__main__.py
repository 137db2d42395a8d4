"""`python -m fuzz [--inputs N] [--seed S]` from the tests folder: every decoder, and what was found."""

import argparse
import re
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from fuzz.targets import targets

_FINAL = re.compile(r"^stat::number_of_executed_units:\s*(\d+)", re.MULTILINE)
_COVERED = re.compile(r"\bcov: (\d+) ft: (\d+)")
_SLOWEST = re.compile(r"^stat::slowest_unit_time_sec:\s*(\d+)", re.MULTILINE)
_LAST_LINES = 30


def main() -> None:
    """Fuzz every target; exits 1 with the offending bytes once one does not hold."""
    asked = argparse.ArgumentParser(prog="python -m fuzz")
    asked.add_argument("--inputs", type=int, default=1_000_000, help="how many, over all targets")
    asked.add_argument("--seed", type=int, default=secrets.randbelow(2**31 - 1) + 1)
    chosen = asked.parse_args()
    console = Console(width=100)
    console.print(f"seed {chosen.seed}")
    table = Table("target", "inputs", "covered edges", "slowest s", "failures", box=SIMPLE_HEAD)
    names = list(targets())
    for name in names:
        with tempfile.TemporaryDirectory(prefix="pantau-fuzz-") as folder, console.status(f"fuzzing {name}"):
            table.add_row(name, *_fuzz(name, Path(folder), chosen.inputs // len(names), chosen.seed))
    console.print(table)


def _fuzz(name: str, folder: Path, inputs: int, seed: int) -> tuple[str, ...]:
    argv = [sys.executable, "-m", "fuzz.one", name, str(folder), str(inputs), str(seed)]
    done = subprocess.run(argv, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        found = [f"{path.name}: {path.read_bytes()!r}" for path in folder.glob("*-*") if path.is_file()]
        last = "\n".join((done.stdout + done.stderr).splitlines()[-_LAST_LINES:])
        sys.exit(f"{name} does not hold, seed {seed}\n{last}\n" + "\n".join(found))
    covered = _COVERED.findall(done.stderr)
    ran, slowest = _FINAL.search(done.stderr), _SLOWEST.search(done.stderr)
    told = (ran[1] if ran else "?", covered[-1][0] if covered else "?", slowest[1] if slowest else "?")
    return (f"{int(told[0]):,}", told[1], told[2], "0")


if __name__ == "__main__":
    main()
