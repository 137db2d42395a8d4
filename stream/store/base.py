"""The store's promise, in words; one contract suite holds every implementation to it."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from stream.domain.entity import Entity, Live
from stream.domain.fact import Fact
from stream.domain.fold import Cell, Changes
from stream.domain.limits import Held
from stream.domain.oddity import Oddities
from stream.domain.rulebook import Rulebook
from stream.domain.tally import Tally
from stream.store.unreadable import Unreadable

#: Which way of storing this is. What was stored in another way is not read: it is built anew from the log.
FORMAT = 3
#: Of a partition, the heartbeats of so many sources are kept: the oldest gives way.
MOST_SOURCES = 8


class Partition(NamedTuple):
    """A topic-partition: the unit of ownership, and of everything stored."""

    topic: str
    number: int


class Plan(NamedTuple):
    """To read a partition again from `start` up to `target`, its end at `since_ms`.

    `anew`: into a new version, which readers get once it is complete; else what is stored catches up.
    `lost`: records in between that the log no longer has.
    """

    start: int
    target: int
    since_ms: int
    anew: bool
    lost: int = 0


class Rebuild(NamedTuple):
    """A plan on its way, with `position` as the next offset to read.

    `complete`: readers are given what lacks nothing but the newest events; else all there is grows meanwhile.
    """

    start: int
    target: int
    since_ms: int
    position: int
    complete: bool

    @property
    def records_to_go(self) -> int:
        """How many offsets are left."""
        return max(0, self.target - self.position)

    @property
    def progress_ratio(self) -> float:
        """The share of offsets that is done."""
        length = max(1, self.target - self.start)
        return min(1.0, max(0.0, 1 - self.records_to_go / length))


class Progress(NamedTuple):
    """Whether a rebuild is asked for, how far one is, and how many records it lacks."""

    requested: bool
    rebuild: Rebuild | None
    lost: int


class Lease(NamedTuple):
    """The right to write a partition, and where its state stands.

    `position` is the next offset to read, None when nothing was ever stored, or in another format. `rebuild`
    is to be continued, unless another was `requested`. `held` and `oddities` are the caller's own. What is
    stored was booked up to `booked_ms`, by the rulebook of the id `rulebook`; None: nothing yet, or by a
    version without any. Of `unaccounted` offsets before `position` nobody knows whether they hold a record.
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

    `silent_ms`: for how long Kafka has not answered it. `behind`: how many records it has yet to read, the
    oldest of them there for `waiting_ms` at least. `hold`: what keeps it from reading them, in a word; ""
    where nothing does.
    """

    silent_ms: int
    behind: int
    waiting_ms: int = 0
    hold: str = ""


class Sign(NamedTuple):
    """A sign of life of a partition's owner, given at `at_ms` by the clock of the store: see `Standing`."""

    at_ms: int
    silent_ms: int
    behind: int
    waiting_ms: int = 0
    hold: str = ""


class Verdict(StrEnum):
    """What became of a checkpoint: only `APPLIED` changed anything."""

    APPLIED = "applied"
    REPEAT = "repeat"  # it had been applied before: the reply was lost
    FENCED = "fenced"  # another worker holds the partition now
    ELSEWHERE = "elsewhere"  # it does not begin at the stored position: load again and seek


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A batch's effect: from one position to the next, with all that changed in between.

    `heartbeats` are the latest that were met, in ms by source; a later one that is stored stays. `oddities`
    are the minutes whose odd records changed, whole; an empty one is to be forgotten. All was booked by the
    rulebook of the id `rulebook`, at instants up to `booked_ms`. It comes from so many `records`; at so many
    offsets, as the log has shown, there are none.
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
    """State that was asked for, as of `position` under the lease `token`; what was never stored is empty.

    So is what is `unreadable`: of entities no facts, of cells nothing. `watermark_ms`: see `Lease`.

    One who means to write must hold both against its own: a store that falls back to an older copy would
    accept a checkpoint that was reckoned from what another owner had stored meanwhile.
    """

    facts: dict[str, list[Fact]] = field(default_factory=dict)
    cells: dict[Cell, Tally] = field(default_factory=dict)
    token: int | None = None
    position: int | None = None
    watermark_ms: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)

    def judged(self, token: int, position: int) -> Verdict:
        """What it is to an owner that stands at `position`: `APPLIED` if it may be built upon."""
        if self.token is not None and self.token != token:
            return Verdict.FENCED
        return Verdict.APPLIED if self.position == position else Verdict.ELSEWHERE


@dataclass(slots=True)
class Delta:
    """What a reader has not seen yet. With `full`, it replaces all the reader had of the partition.

    `live` maps entity keys to their live state, None when gone. `cells` hold absolute values. `lost` records
    were gone from the log when the state was built last. `foreign`: stored in another format, and not read.
    `heartbeats` are always all, in ms by source; `dropped_sources` gave way to others, ever. `oddities` are
    all, or None while none has changed. `sign` is the owner's latest, None where none was ever given. What is
    `unreadable` is in none of them. Of `unaccounted` offsets before `position` nobody knows whether they hold
    a record: what readers are given may lack some.
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


class Store(Protocol):
    """State of partitions, written by one owner each and read by any number of readers.

    A partition may have two versions: one that readers are given, and one that is being built. The owner's
    calls are about what is written: the one being built, where there is one.
    Any call may raise `StoreUnavailable`; then nothing is known of its effect, and it may be repeated.
    """

    async def acquire(self, partition: Partition) -> Lease:
        """Take a partition over: every earlier lease on it is fenced from now on, and readers begin anew.

        It is a sign of life as well.

        Where the lease has no position, nothing is accepted before `begin` gave it one.
        """
        ...

    async def partition_count(self, topic: str, found: int) -> int:
        """The number of partitions that the state of `topic` is of: `found` from now on, if none is known."""
        ...

    async def begin(self, partition: Partition, token: int, plan: Plan) -> Verdict:
        """Note a plan and its progress; `anew`, with an empty version to write. `FENCED` as in `apply`.

        One for each lease: `REPEAT` where it has begun one. A version that was being built is given up. A
        plan whose target is its start is complete at once.
        """
        ...

    async def load(
        self, partition: Partition, *, entities: Iterable[str], cells: Iterable[Cell], served: bool = False
    ) -> Loaded:
        """The stored facts of `entities` and values of `cells`; `served`: of what readers are given.

        All of one instant. Nothing is asked where nothing is wanted.
        """
        ...

    async def verify(self, partition: Partition, *, served: bool = False) -> list[Unreadable]:
        """What of all that was stored is not there any more, as it is counted beside: no value is looked at.

        Of what the owner writes; `served`: of what readers are given. Whom facts are about is not counted:
        `load` notices those that are live and have no facts.
        """
        ...

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        """Store a checkpoint whole or not at all.

        Applied if `token` is the latest lease and the stored position is `from_offset`.
        One that reaches the target of a plan completes it: readers are given the new version from then on.
        `ELSEWHERE` also where a rebuild was requested.
        """
        ...

    async def check(self, partition: Partition, token: int, position: int) -> Verdict:
        """What `apply` would answer to a checkpoint from `position`, were it sent now; changes nothing."""
        ...

    async def sign(self, partition: Partition, token: int, standing: Standing) -> None:
        """Give readers a sign of life (`Sign`), if `token` is the latest lease; changes nothing else."""
        ...

    async def request(self, partition: Partition) -> None:
        """Ask the owner, whoever it is, to build the partition anew."""
        ...

    async def mend(self, partition: Partition, at_ms: int, *, again_ms: int) -> bool:
        """Ask to build the partition anew, for something of it cannot be read; whether that was asked.

        Not within `again_ms` of the last time: what would be built anew for ever is no better for it.
        """
        ...

    async def progress(self, partition: Partition) -> Progress:
        """What has become of a request, and of any plan."""
        ...

    async def sweep(self, partition: Partition) -> None:
        """Remove what neither readers nor the owner need any more, in small steps."""
        ...

    async def held(self, partition: Partition) -> Held:
        """What the partition holds of what is limited, as its owner writes it."""
        ...

    async def rulebook_id(self) -> str | None:
        """The id of the rulebook; None where there is none."""
        ...

    async def rulebook(self) -> Rulebook | None:
        """The rulebook that workers book by, if one was ever stored; there is one for all partitions."""
        ...

    async def put_rulebook(self, book: Rulebook, *, over: str | None) -> Rulebook:
        """Store a rulebook over the one with the id `over`, None for none; gives what is stored then.

        That is another's, where it came first.
        """
        ...

    async def booked_ms(self) -> int:
        """The latest instant that anything was booked at, in any partition."""
        ...

    async def partitions(self) -> list[Partition]:
        """Every partition that was ever acquired."""
        ...

    async def delta(self, partition: Partition, cursor: int, *, since_ms: int) -> Delta:
        """What changed after `cursor` (0: everything since `since_ms`, and the totals)."""
        ...

    def live(self, partition: Partition) -> AsyncIterator[dict[str, Live | Unreadable]]:
        """All that is live, by its key, as its owner writes it: in steps, in no order.

        One that is there from the first step to the last comes at least once, as it is or was.
        """
        ...

    async def kept_ms(self, partition: Partition) -> int:
        """When the changelog was last brought up to date; 0 for never. Outlives versions and owners."""
        ...

    async def note_kept(self, partition: Partition, at_ms: int) -> None:
        """The changelog was brought up to date at `at_ms`."""
        ...

    def known(
        self, partition: Partition, entity: Entity
    ) -> AsyncIterator[tuple[str, list[Fact] | Unreadable]]:
        """All of an entity that readers are given, by id, with their facts, in no order and little memory.

        One that is there from the first to the last comes at least once; one that comes or goes meanwhile, or
        changes, may come as it was. Raises `StoreUnavailable` where another version took over meanwhile.
        """
        ...

    async def is_full(self) -> bool:
        """Whether nothing more can be stored, for want of memory; False where that is not known."""
        ...

    async def close(self) -> None:
        """Give back connections."""
        ...
