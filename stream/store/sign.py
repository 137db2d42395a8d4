"""Signs of life that the owner of a partition gives its readers."""

from enum import StrEnum
from typing import NamedTuple


class Hold(StrEnum):
    """What keeps a partition from showing what its log holds; the worst first.

    An owner tells the first two of a partition, in its signs of life.
    """

    HALTED = "halted"  # most of it is refused, or cannot be read: it stands still
    HELD = "held"  # a transaction is open: Kafka gives nothing of what lies behind its begin
    STORE_FULL = "store_full"
    MISSING = "missing"  # offsets were passed over, and nobody knows what they hold
    REBUILDING = "rebuilding"
    LAGGING = "lagging"


class Standing(NamedTuple):
    """How a partition's owner stands with Kafka.

    `silent_ms`: for how long Kafka has not answered. `behind`: how many records are still to be read, of
    which the oldest has been there for `waiting_ms` at least. `hold`: what keeps the owner from reading
    them, in a word; "" where nothing does.
    """

    silent_ms: int
    behind: int
    waiting_ms: int = 0
    hold: str = ""


class Sign(NamedTuple):
    """A `Standing`, with the time in ms at which it was given, by the clock of the store."""

    at_ms: int
    silent_ms: int
    behind: int
    waiting_ms: int = 0
    hold: str = ""
