"""`python -m soak [PART] [MINUTES] [SEED]` from the tests folder: breaks things at random."""

import random
import sys
from importlib import import_module

PARTS = ("real",)
_MINUTES = 10.0


def main() -> None:
    """Run one part; exit with 1 when anything was lost, counted twice or wrong."""
    words = sys.argv[1:]
    part = words.pop(0) if words and words[0] in PARTS else PARTS[0]
    minutes = float(words[0]) if words else _MINUTES
    seed = int(words[1]) if len(words) > 1 else random.SystemRandom().randrange(10**6)
    sys.exit(0 if import_module(f"soak.{part}").run(minutes=minutes, seed=seed) else 1)


if __name__ == "__main__":
    main()
