#!/usr/bin/env python3
"""Writes the dashboards: `python grafana/build.py [FOLDER]`, by default into grafana/dashboards.

The files are Grafana's classic model, which Grafana 10 to 13 load. They are committed, and a test
compares them with a fresh build: change the Python, run this, commit both.
"""

import json
import sys
from pathlib import Path

from alerted import alerts
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from wallboard import wallboard

DASHBOARDS = {"alerts": alerts, "wallboard": wallboard}
FOLDER = Path(__file__).parent / "dashboards"


def rendered(name: str) -> str:
    """Render a dashboard as its file has it: sorted and indented, so that a change reads as one."""
    board = DASHBOARDS[name]().build()
    return json.dumps(board, cls=JSONEncoder, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def main(folder: Path) -> None:
    """Write every dashboard into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in DASHBOARDS:
        (folder / f"{name}.json").write_text(rendered(name), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else FOLDER)
