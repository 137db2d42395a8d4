"""The four failures Pantau knows; everything else is a bug and may crash.

Each message is one sentence that says what was wrong, the value, what is accepted and what to do.
"""

from enum import StrEnum

_LONGEST = 200


class RejectReason(StrEnum):
    """Why a record was refused: the closed label set of the reject counters and dead letters."""

    JSON = "json"
    SCHEMA = "schema"
    TOO_LARGE = "too_large"
    CLOCK = "clock"
    LATE = "late"
    PERSONAL = "personal"
    TOO_MANY = "too_many"
    UNKEYED = "unkeyed"


class PantauError(Exception):
    """Base of every failure that is shown to a person as one line, without a stack trace."""


class BadRecord(PantauError):  # noqa: N818 - named for what it is, a record, as the design speaks of it
    """A record that cannot be folded: it is dead-lettered with its reason, counted, and passed over."""

    def __init__(self, reason: RejectReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class BadSettings(PantauError):  # noqa: N818 - as BadRecord
    """One or more settings are wrong; the message lists every fault on a line of its own."""


class StoreUnavailable(PantauError):  # noqa: N818 - as BadRecord
    """Redis cannot be reached or refuses writes: back off, do not commit."""


class BrokerUnavailable(PantauError):  # noqa: N818 - as BadRecord
    """Kafka cannot be reached: back off, do not commit."""


class BrokerRefused(BrokerUnavailable):
    """Kafka and we do not accept each other's login or certificate: asking again does not help."""


class PartitionsChanged(PantauError):  # noqa: N818 - as BadRecord
    """A topic has another number of partitions than its state in the store: the worker stops."""


def said(failure: Exception) -> str:
    """What a failure of a library says, with its kind, cut to a line's length."""
    kind, text = type(failure).__name__, str(failure)
    return (text if kind in text else f"{kind}: {text}")[:_LONGEST]
