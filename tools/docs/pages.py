"""The generated documents by file name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.docs.alerts import alerts
from tools.docs.asyncapi import asyncapi
from tools.docs.board.document import board_schema
from tools.docs.commands import commands
from tools.docs.definitions.page import definitions
from tools.docs.events import events_schema
from tools.docs.explanation import explanation_schema
from tools.docs.metrics import metrics
from tools.docs.picture import picture
from tools.docs.settings import settings


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "alerts.md": alerts,
    "alerts.svg": picture,
    "asyncapi.yaml": asyncapi,
    "board.schema.json": lambda: _json(board_schema()),
    "cli.md": commands,
    "definitions.md": definitions,
    "events.schema.json": lambda: _json(events_schema()),
    "explanation.schema.json": lambda: _json(explanation_schema()),
    "metrics.md": metrics,
    "settings.md": settings,
}


def write(folder: Path) -> None:
    """Write every document into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")


def stale(folder: Path) -> list[str]:
    """Name the documents that are missing from `folder`, or that say something else there."""
    return [name for name, page in PAGES.items() if _read(folder / name) != page()]


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
