"""Signs of life that the owner of a partition gives its readers."""

from enum import StrEnum
from typing import NamedTuple


class Hold(StrEnum):
    """What keeps a partition from showing what its log holds; the worst first.

    Owners report the first two, in their signs of life.
    """

    HALTED = "halted"  # too much is refused, or something cannot be read: it stands still
    HELD = "held"  # a transaction is open: Kafka gives no record behind its beginning
    STORE_FULL = "store_full"
    MISSING = "missing"  # offsets were passed over, and it is not known what they hold
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
