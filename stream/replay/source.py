"""Decodes a log line by line, and counts refusals."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from stream.adapters.base import MAX_RECORD_BYTES, Decoder, Passed
from stream.domain.fact import Event
from stream.domain.instant import instant_text
from stream.errors import BadRecord, PantauError
from stream.replay.unpacked import UnreadableFile, unpacked

#: The path of standard input.
STANDARD_INPUT = Path("-")
#: How much of a line is read at once: the longest valid record with its line end.
_LONGEST_LINE = MAX_RECORD_BYTES + 2
_NEVER_MS = 1 << 60
_LATER = "later"


@dataclass(slots=True)
class Source:
    """The events of a file up to `until_ms`, one record per line; `skipped` counts others by reason."""

    path: Path
    decoder: Decoder
    until_ms: int = _NEVER_MS
    skipped: Counter[str] = field(default_factory=Counter)
    _first_skipped: str = field(default="", init=False)

    @property
    def name(self) -> str:
        """The name for messages."""
        return "standard input" if self.path == STANDARD_INPUT else str(self.path)

    @property
    def size_bytes(self) -> int | None:
        """The size of the file, None if unknown. Raises `PantauError` as `events` does."""
        if self.path == STANDARD_INPUT:
            return None
        try:
            return self.path.stat().st_size or None
        except OSError as failure:
            raise self._unreadable(failure) from None

    @property
    def refused(self) -> Counter[str]:
        """The skipped records, except those after `until_ms`."""
        return Counter({reason: count for reason, count in self.skipped.items() if reason != _LATER})

    def events(self, advance: Callable[[int], None]) -> Iterator[Event]:
        """Every event in the order of the file; `advance` gets the bytes read.

        Raises `PantauError` if the file cannot be read or has no event.
        """
        held = False
        for number, line in enumerate(self._lines(advance), start=1):
            if not line.strip():
                continue
            found = self._decoded(line, number)
            events = [event for event in found if event.fact.at_ms <= self.until_ms]
            if found and not events:
                self._skip(_LATER, number)
            held = held or bool(events)
            yield from events
        if not held:
            raise self._without_event()

    def _decoded(self, line: bytes, number: int) -> Sequence[Event]:
        try:
            found = self.decoder.decode(line)
        except BadRecord as bad:
            self._skip(bad.reason.value, number, bad.detail)
            return ()
        if isinstance(found, Passed):
            self._skip(found.reason, number)
        return found

    def _skip(self, reason: str, number: int, detail: str = "") -> None:
        self.skipped[reason] += 1
        if not self._first_skipped:
            why = f" ({detail})" if detail and detail.isprintable() else ""
            self._first_skipped = f"the first in line {number:,}{why}"

    def _lines(self, advance: Callable[[int], None]) -> Iterator[bytes]:
        """Every line; a line that is too long is cut, but stays too long."""
        try:
            with self._opened() as file:
                yield from _split(unpacked(file, advance))
        except UnreadableFile as failure:
            raise PantauError(f"{self.name}: {failure}") from None
        except OSError as failure:
            raise self._unreadable(failure) from None

    def _opened(self) -> AbstractContextManager[BinaryIO]:
        if self.path != STANDARD_INPUT:
            return self.path.open("rb", buffering=0)
        if sys.stdin is None:  # closed by the parent process
            raise UnreadableFile("is closed; pipe a log into it, or name a file")
        return nullcontext(sys.stdin.buffer)

    def _without_event(self) -> PantauError:
        skipped = ", ".join(f"{count:,} {reason}" for reason, count in sorted(self.skipped.items()))
        why = f"left out: {skipped}, {self._first_skipped}" if skipped else "it is empty"
        until = "" if self.until_ms == _NEVER_MS else f" up to {instant_text(self.until_ms)}"
        return PantauError(
            f"{self.name}: has no {self.decoder.name} event{until}: {why}; "
            "give a log with one record per line, and its format with --adapter"
        )

    def _unreadable(self, failure: OSError) -> PantauError:
        return PantauError(f"{self.name}: cannot be read: {failure.strerror}; give a readable file")


def _split(file: BufferedReader) -> Iterator[bytes]:
    read = file.readline
    while line := read(_LONGEST_LINE):
        if line[-1:] == b"\n":
            yield line[:-2] if line[-2:] == b"\r\n" else line[:-1]
            continue
        rest = line
        while rest and rest[-1:] != b"\n":
            rest = read(_LONGEST_LINE)
        yield line
