"""A file of records, decoded line by line with every refusal counted."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from stream.adapters.base import Decoder, SkippedRecord
from stream.adapters.validated import UnknownType
from stream.domain.fact import Event
from stream.errors import BadRecord, PantauError


@dataclass(slots=True)
class Source:
    """The events of a file, one record to a line. `skipped` counts what held none, by reason."""

    path: Path
    decoder: Decoder
    skipped: Counter[str] = field(default_factory=Counter)

    @property
    def size_bytes(self) -> int:
        """The size of the file. Raises `PantauError` where it cannot be read, as `lines` and `events` do."""
        try:
            return self.path.stat().st_size
        except OSError as failure:
            raise self._unreadable(failure) from None

    def lines(self) -> BinaryIO:
        """The file, opened."""
        try:
            return self.path.open("rb")
        except OSError as failure:
            raise self._unreadable(failure) from None

    def events(self, advance: Callable[[int], None]) -> Iterator[Event]:
        """Every event, in the order of the file; `advance` is told the bytes of each line read."""
        with self.lines() as lines:
            for line in lines:
                advance(len(line))
                try:
                    yield from self.decoder.decode(line.rstrip(b"\r\n"))
                except (SkippedRecord, BadRecord) as passed:
                    self.skipped[str(passed.reason)] += 1
                except UnknownType:
                    self.skipped["unknown_type"] += 1

    def some_events(self, advance: Callable[[int], None]) -> Iterator[Event]:
        """The same, of a file that must hold one: raises `PantauError` where it does not."""
        events = self.events(advance)
        first = next(events, None)
        if first is None:
            left_out = ", ".join(f"{count:,} {reason}" for reason, count in sorted(self.skipped.items()))
            raise PantauError(
                f"{self.path}: holds no {self.decoder.name} event: "
                f"{f'left out: {left_out}' if left_out else 'it is empty'}; "
                "give a log with one record to a line, and its format with --adapter"
            )
        yield first
        yield from events

    def _unreadable(self, failure: OSError) -> PantauError:
        return PantauError(f"{self.path}: cannot be read: {failure.strerror}; give a readable file")
