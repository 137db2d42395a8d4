"""A temporary file of rows for the database, so that a log of any size takes no memory."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

#: The separator and the null mark: accepted text has no control character except tabs.
BETWEEN, NULL = "\x1f", "\x1e"


class Spool:
    """Rows of text, one per line, deleted at the end of its context.

    `records` counts records read, and `refused` those without rows, by reason. `beats` are heartbeats: topic,
    partition, offset and ms.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records = 0
        self.refused: Counter[str] = Counter()
        self.beats: list[tuple[str, int, int, int]] = []

    def __enter__(self) -> Self:
        self._file = self.path.open("w", encoding="utf-8", newline="\n")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)

    def write(self, fields: Iterable[str]) -> None:
        """Add a row of texts without line breaks."""
        self._file.write(BETWEEN.join(fields) + "\n")

    def flush(self) -> None:
        """Flush the file."""
        self._file.flush()
