"""The store's promise, in words; one contract suite holds every implementation to it."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from stream.domain.agent import AgentLive
from stream.domain.fact import Fact
from stream.domain.fold import Cell, Changes
from stream.domain.moment import Live
from stream.domain.tally import Tally

#: How the entities that are contacts begin; their ids follow.
CONTACT = "c\t"


class Partition(NamedTuple):
    """A topic-partition: the unit of ownership, and of everything stored."""

    topic: str
    number: int


class Lease(NamedTuple):
    """The right to write a partition, and where its state stands: `position` is the next offset to read."""

    token: int
    position: int
    watermark_ms: int


class Verdict(StrEnum):
    """What became of a checkpoint: only `APPLIED` changed anything."""

    APPLIED = "applied"
    REPEAT = "repeat"  # it had been applied before: the reply was lost
    FENCED = "fenced"  # another worker holds the partition now
    ELSEWHERE = "elsewhere"  # it does not begin at the stored position: load again and seek


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A batch's effect: from one position to the next, with all that changed in between."""

    from_offset: int
    next_offset: int
    watermark_ms: int
    written_ms: int
    changes: Changes


@dataclass(slots=True)
class Loaded:
    """State that was asked for; what was never stored is empty."""

    facts: dict[str, list[Fact]] = field(default_factory=dict)
    cells: dict[Cell, Tally] = field(default_factory=dict)


@dataclass(slots=True)
class Delta:
    """What a reader has not seen yet. With `full`, it replaces all the reader had of the partition.

    `live` maps entity keys to their live state, None when gone. `cells` hold absolute values.
    """

    cursor: int
    full: bool
    position: int
    watermark_ms: int
    written_ms: int
    cells: dict[Cell, Tally] = field(default_factory=dict)
    live: dict[str, tuple[Live, ...] | AgentLive | None] = field(default_factory=dict)


class Store(Protocol):
    """State of partitions, written by one owner each and read by any number of readers.

    Any call may raise `StoreUnavailable`; then nothing is known of its effect, and it may be repeated.
    """

    async def acquire(self, partition: Partition, *, earliest: int = 0) -> Lease:
        """Take a partition over: every earlier lease on it is fenced. One never held stands at `earliest`.

        Readers read it anew: the log may be folded again from an older copy than they saw.
        """
        ...

    async def partition_count(self, topic: str, found: int) -> int:
        """The number of partitions that the state of `topic` is of: `found` from now on, if none is known."""
        ...

    async def load(self, partition: Partition, *, entities: Iterable[str], cells: Iterable[Cell]) -> Loaded:
        """The stored facts of `entities` and values of `cells`."""
        ...

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        """Store a checkpoint whole or not at all.

        Applied if `token` is the latest lease and the stored position is `from_offset`.
        """
        ...

    async def check(self, partition: Partition, token: int, position: int) -> Verdict:
        """What `apply` would answer to a checkpoint from `position`, were it sent now; changes nothing."""
        ...

    async def partitions(self) -> list[Partition]:
        """Every partition that was ever acquired."""
        ...

    async def delta(self, partition: Partition, cursor: int, *, since_ms: int) -> Delta:
        """What changed after `cursor` (0: everything since `since_ms`, and the totals)."""
        ...

    def contacts(self, partition: Partition) -> AsyncIterator[tuple[str, list[Fact]]]:
        """Every contact of a partition, by its id, with its stored facts, in no order and little memory.

        One that is there from the first to the last comes at least once; one that comes or goes meanwhile, or
        changes, may come as it was.
        """
        ...

    async def close(self) -> None:
        """Give back connections."""
        ...
