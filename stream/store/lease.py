"""The right to write a partition, and what the store answers to who uses it."""

from enum import StrEnum
from typing import NamedTuple

from stream.domain.limits import Held
from stream.domain.oddity import Oddities
from stream.store.rebuild import Rebuild


class Lease(NamedTuple):
    """The right to write a partition, and where its state stands.

    `position` is the next offset to read; None where nothing is stored, or in another format. `rebuild` is
    continued, unless another was `requested`. The caller may change `held` and `oddities`. The state was
    booked up to `booked_ms`, by the rulebook with the id `rulebook`; None where nothing is booked yet, or by
    a version without rulebooks. For `unaccounted` offsets before `position` it is not known whether they hold
    a record.
    """

    token: int
    position: int | None
    watermark_ms: int
    held: Held
    rebuild: Rebuild | None = None
    requested: bool = False
    oddities: Oddities = {}  # noqa: RUF012 - a default that its taker copies
    rulebook: str | None = None
    booked_ms: int = 0
    unaccounted: int = 0


class Verdict(StrEnum):
    """What became of a checkpoint. Only `APPLIED` changed anything."""

    APPLIED = "applied"
    REPEAT = "repeat"  # it had been applied before, and the answer was lost
    FENCED = "fenced"  # a later lease exists: another worker owns the partition
    ELSEWHERE = "elsewhere"  # it does not begin at the stored position: acquire again and seek
