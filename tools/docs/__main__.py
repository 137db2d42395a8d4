"""`python -m tools.docs [--check] [FOLDER]`."""

import argparse
import sys
from pathlib import Path

from tools.docs.pages import stale, write

_DOCS = Path(__file__).parents[2] / "docs"


def main() -> int:
    """Write the generated documents, or name those that are stale; exits 1 if any is."""
    parser = argparse.ArgumentParser(prog="python -m tools.docs", description=main.__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=_DOCS, help="by default docs/")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if anything would change")
    given = parser.parse_args()
    if not given.check:
        write(given.folder)
        return 0
    old = stale(given.folder)
    for name in old:
        sys.stderr.write(f"{given.folder / name} is stale: run `make docs` and commit what it writes\n")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
