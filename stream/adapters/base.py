"""The promise that every decoder makes."""

from collections.abc import Sequence
from typing import Protocol

from stream.domain.fact import Event

#: A record's own limit: what is larger is refused before it is parsed.
MAX_RECORD_BYTES = 65_536
#: No contact centre recorded events before this (1990-01-01).
EARLIEST_MS = 631_152_000_000
#: Nor will Pantau run after this (2100-01-01).
LATEST_MS = 4_102_444_800_000
#: How far ahead of its receipt an event may be stamped.
MAX_AHEAD_MS = 300_000


class SkippedRecord(Exception):  # noqa: N818 - not an error: a record that is known and rightly says nothing
    """A well-formed record that holds no event; `reason` is a short word to count it by."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Decoder(Protocol):
    """Turns one record into events. Pure: the same bytes give the same events with the same identities.

    `decode` returns the events a record proves, in any number; it raises `SkippedRecord` for one that
    rightly proves none and `BadRecord` for one that cannot be read. It raises nothing else whatever the
    bytes are. `received_ms` is when the record came in, None if unknown; an event stamped well after it is
    refused. Unknown fields are ignored.
    """

    name: str

    def decode(self, value: bytes, received_ms: int | None = None) -> Sequence[Event]:
        """The events that `value` proves."""
        ...
