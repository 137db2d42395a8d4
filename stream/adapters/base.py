"""The decoder protocol and the results of decoding."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from stream.domain.fact import Event

#: Larger records are refused before parsing.
MAX_RECORD_BYTES = 65_536
#: The earliest plausible time (1990-01-01).
EARLIEST_MS = 631_152_000_000
#: The latest plausible time (2100-01-01).
LATEST_MS = 4_102_444_800_000
#: How far ahead of its receipt the time of an event may be.
MAX_AHEAD_MS = 300_000


class Passed(Sequence[Event]):
    """The empty sequence of events of a valid record without any; `reason` says why in a short word."""

    __slots__ = ()
    reason: str

    def __len__(self) -> int:
        return 0

    def __getitem__(self, position: Any) -> Any:
        raise IndexError(position)


@dataclass(frozen=True, slots=True)
class Skipped(Passed):
    """A record of something that does not count."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown(Passed):
    """A CloudEvent of an unknown type. Newer sources may send them: they are tolerated and counted."""

    type: str
    reason: ClassVar[str] = "unknown_type"  # type: ignore[misc] # the same for all


@dataclass(frozen=True, slots=True)
class Heartbeat(Passed):
    """A heartbeat of the path: `source` sent it to the partition named `subject`.

    `at_ms` is its time, or its receipt if that was earlier.
    """

    source: str
    subject: str
    at_ms: int
    reason: ClassVar[str] = "heartbeat"  # type: ignore[misc] # the same for all


class Decoder(Protocol):
    """Turns one record into events. Pure: the same bytes give the same events with the same identities.

    `decode` returns the events of a record, or `Passed` for a valid record without any. It raises
    `BadRecord`, and nothing else, for any other bytes. `received_ms` is the receipt of the record, None if
    unknown; an event stamped well after it is refused. Unknown fields are ignored.
    """

    name: str

    def decode(self, value: bytes, received_ms: int | None = None) -> Sequence[Event]:
        """The events in `value`."""
        ...
