"""What a reader is given of a partition."""

from dataclasses import dataclass, field

from stream.domain.entity import Live
from stream.domain.fold import Cell
from stream.domain.oddity import Oddities
from stream.domain.tally import Tally
from stream.store.codec import cell_text
from stream.store.rebuild import Rebuild
from stream.store.sign import Sign
from stream.store.unreadable import Unreadable


@dataclass(slots=True)
class Delta:
    """What a reader has not seen yet. If `full`, it replaces all that the reader has of the partition.

    `live` maps entity keys to their live state, None once gone. `cells` have absolute values. `lost` records
    were gone from the log when the state was last built. `foreign`: stored in another format, and not read.
    `heartbeats` are all, in ms by source; `dropped_sources` counts those that gave way to others, ever.
    `oddities` are all, or None while none has changed. `sign` is the owner's latest, None where there is
    none. What is `unreadable` is in none of them. For `unaccounted` offsets before `position` it is not
    known whether they hold a record: what readers are given may lack some.
    """

    cursor: int
    full: bool
    position: int
    watermark_ms: int
    written_ms: int
    cells: dict[Cell, Tally] = field(default_factory=dict)
    live: dict[str, Live | None] = field(default_factory=dict)
    rebuild: Rebuild | None = None
    lost: int = 0
    foreign: bool = False
    heartbeats: dict[str, int] = field(default_factory=dict)
    dropped_sources: int = 0
    oddities: Oddities | None = None
    unreadable: list[Unreadable] = field(default_factory=list)
    sign: Sign | None = None
    unaccounted: int = 0

    def names(self) -> list[str]:
        """The names of all that it holds, as `Unreadable` names what cannot be read."""
        return [*self.live, *map(cell_text, self.cells)]
