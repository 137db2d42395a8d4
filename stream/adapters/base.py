"""The promise that every decoder makes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from stream.domain.fact import Event

#: A record's own limit: what is larger is refused before it is parsed.
MAX_RECORD_BYTES = 65_536
#: No contact centre recorded events before this (1990-01-01).
EARLIEST_MS = 631_152_000_000
#: Nor will Pantau run after this (2100-01-01).
LATEST_MS = 4_102_444_800_000
#: How far ahead of its receipt an event may be stamped.
MAX_AHEAD_MS = 300_000


class Passed(Sequence[Event]):
    """The events of a well-formed record that rightly holds none: it says by what `reason`, a short word."""

    __slots__ = ()
    reason: str

    def __len__(self) -> int:
        return 0

    def __getitem__(self, position: Any) -> Any:
        raise IndexError(position)


@dataclass(frozen=True, slots=True)
class Skipped(Passed):
    """A record of something that is not counted."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown(Passed):
    """A CloudEvent of a type that we do not know, for newer sources may send more: tolerated and counted."""

    type: str
    reason: ClassVar[str] = "unknown_type"  # type: ignore[misc] # the same for all


@dataclass(frozen=True, slots=True)
class Heartbeat(Passed):
    """A sign of life of the path: `source` put it into the partition named `subject`.

    At `at_ms`, or when it came in, if that was earlier.
    """

    source: str
    subject: str
    at_ms: int
    reason: ClassVar[str] = "heartbeat"  # type: ignore[misc] # the same for all


class Decoder(Protocol):
    """Turns one record into events. Pure: the same bytes give the same events with the same identities.

    `decode` returns the events a record proves, in any number, `Passed` for one that rightly proves none; it
    raises `BadRecord` for one that cannot be read, and nothing else whatever the bytes are. `received_ms` is
    when the record came in, None if unknown; an event stamped well after it is refused. Unknown fields are
    ignored.
    """

    name: str

    def decode(self, value: bytes, received_ms: int | None = None) -> Sequence[Event]:
        """The events that `value` proves."""
        ...
