"""A file of records on their way into the database, so that a log of any size takes no memory."""

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

#: What is larger is refused, unread; see docs/adr/0011.
MOST_BYTES = 65_536
_NULL = b"\\N"


class Spool:
    """Fields in base64, for a record may hold any bytes. Gone when its context is left."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records = 0

    def __enter__(self) -> Self:
        self._file = self.path.open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)

    def write(
        self, place: tuple[str, int, int], received_ms: int | None, key: bytes | None, value: bytes | None
    ) -> None:
        """Add a record that lies at `place`: topic, partition, offset."""
        known = _NULL if received_ms is None else str(received_ms).encode()
        small = value is not None and len(value) <= MOST_BYTES
        texts = (_base64(key), _base64(value if small else None))
        self._file.write(b"\t".join([*(str(part).encode() for part in place), known, *texts]) + b"\n")
        self.records += 1

    def write_row(self, fields: Sequence[str]) -> None:
        """Add any row of text."""
        self._file.write(b"\t".join(b64encode(text.encode()) for text in fields) + b"\n")
        self.records += 1

    def flush(self) -> None:
        """Make all that was written readable."""
        self._file.flush()


def _base64(value: bytes | None) -> bytes:
    return _NULL if value is None else b64encode(value)
