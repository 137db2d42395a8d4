"""What an owner loads of a partition's state, and what it writes."""

from dataclasses import dataclass, field

from stream.domain.fact import Fact
from stream.domain.fold import Cell, Changes
from stream.domain.oddity import Oddities
from stream.domain.tally import Tally
from stream.store.lease import Verdict
from stream.store.unreadable import Unreadable

#: Heartbeats of so many sources are kept for a partition: the one that is silent for longest gives way.
MOST_SOURCES = 8


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A batch's effect: from one position to the next, with all that changed in between.

    `heartbeats` are the latest in ms by source; a later one that is stored stays. `oddities` has each minute
    whose odd records changed, whole; an empty one is removed. All was booked by the rulebook with the id
    `rulebook`, at instants up to `booked_ms`. `records` were read, and at `gaps` offsets the log has shown
    that there is none.
    """

    from_offset: int
    next_offset: int
    watermark_ms: int
    written_ms: int
    changes: Changes
    heartbeats: dict[str, int] = field(default_factory=dict)
    oddities: Oddities = field(default_factory=dict)
    rulebook: str = ""
    booked_ms: int = 0
    records: int = 0
    gaps: int = 0


@dataclass(slots=True)
class Loaded:
    """The state that was asked for, as of `position` under the lease `token`; what was never stored is empty.

    So is what is `unreadable`. `watermark_ms`: see `Lease`.

    Who means to write must compare both with its own (`judged`): a store that fell back to an older copy
    would accept a checkpoint computed from what another owner had stored meanwhile.
    """

    facts: dict[str, list[Fact]] = field(default_factory=dict)
    cells: dict[Cell, Tally] = field(default_factory=dict)
    token: int | None = None
    position: int | None = None
    watermark_ms: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)

    def judged(self, token: int, position: int) -> Verdict:
        """What it is to the owner with that lease and position: `APPLIED` if it may build upon it."""
        if self.token is not None and self.token != token:
            return Verdict.FENCED
        return Verdict.APPLIED if self.position == position else Verdict.ELSEWHERE
