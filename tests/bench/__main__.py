"""`python -m bench [PART ...]` from the tests folder: prints one JSON document."""

import json
import platform
import sys
from importlib import import_module

from bench.servers import servers

PARTS = ("throughput", "freshness", "scrape", "memory", "wide")


def main() -> None:
    """Measure the parts that are asked for, all by default, one after the other."""
    wanted = sys.argv[1:] or list(PARTS)
    document: dict[str, object] = {"python": platform.python_version(), "cores": __import__("os").cpu_count()}
    for part in wanted:
        sys.stderr.write(f"measuring {part}\n")
        with servers() as at:
            document["redis"] = at.redis
            document[part] = import_module(f"bench.{part}").measure(at)
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
