"""Text of many rows by metric, of which only what changed is written anew."""

from collections.abc import Callable, Iterator, Sequence
from sys import intern
from typing import Any

#: Text by metric name, of one row.
Part = dict[str, str]
#: What comes first between the braces of a line, and stands for the labels of its row, which take half of all
#: text. Where labels end with no line, no text holds it by itself.
ROW = "\n"


class Columns:
    """The text of rows that keep their order, part by part: each part has one column for each metric.

    It is kept without the labels of its row: the same text of many rows, as of all those at rest, once.
    """

    def __init__(self) -> None:
        self._shape: object = None
        self._size = 0
        self._labels: list[str] = []
        self._sources: dict[str, list[Any]] = {}
        self._columns: dict[str, dict[str, list[str]]] = {}

    def begin(self, shape: object, labels: list[str]) -> None:
        """Write rows of these labels from now on; if these or the shape are new, all is written."""
        if (shape, labels) != (self._shape, self._labels):
            self._shape, self._labels, self._size = shape, labels, len(labels)
            self._sources, self._columns = {}, {}

    def put(self, part: str, sources: Sequence[Any], write: Callable[[int, Any], Part]) -> None:
        """Write a part of each row whose source, never None, is another than before; `write` is told both.

        The same object has the same text, and so have equal tuples.
        """
        known = self._sources.setdefault(part, [None] * self._size)
        columns = self._columns.setdefault(part, {})
        for row, source in enumerate(sources):
            before = known[row]
            if before is source or (type(source) is tuple and before == source):
                continue
            self._place(columns, row, write(row, source))
            known[row] = source

    def text(self, metric: str) -> Iterator[str]:
        """All that was written of a metric."""
        for columns in self._columns.values():
            for text, labels in zip(columns.get(metric, ()), self._labels, strict=False):
                if text:
                    yield text.replace(f"{{{ROW}", f"{{{labels}")

    def _place(self, columns: dict[str, list[str]], row: int, written: Part) -> None:
        for metric in columns.keys() - written.keys():
            columns[metric][row] = ""
        for metric, text in written.items():
            if metric not in columns:
                columns[metric] = [""] * self._size
            columns[metric][row] = intern(text)
