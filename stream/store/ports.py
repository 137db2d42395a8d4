"""What the store promises to each of its users; one contract suite holds both implementations to it.

A partition may have two versions of its state: one that readers are given, and one that is being built. What
an owner calls is about the version that is written: the one being built, where there is one.

Any call may raise `StoreUnavailable`. Then its effect is unknown, and it may be repeated.
"""

from collections.abc import AsyncIterator, Iterable
from typing import Protocol

from stream.domain.entity import Entity, Live
from stream.domain.fact import Fact
from stream.domain.fold import Cell
from stream.domain.limits import Held
from stream.domain.rulebook import Rulebook
from stream.store.checkpoint import Checkpoint, Loaded
from stream.store.delta import Delta
from stream.store.lease import Lease, Verdict
from stream.store.partition import Partition
from stream.store.rebuild import Plan, RebuildStatus
from stream.store.sign import Standing
from stream.store.unreadable import Unreadable


class PartitionCounts(Protocol):
    """Of how many partitions the state of a topic is."""

    async def partition_count(self, topic: str, found: int) -> int:
        """The number that is stored for `topic`: `found` from now on, if there is none."""
        ...


class OwnerStore(PartitionCounts, Protocol):
    """For the worker that owns a partition: it alone writes."""

    async def acquire(self, partition: Partition) -> Lease:
        """Take a partition over: every earlier lease is fenced from now on, and readers begin anew.

        It is a sign of life as well. Where the lease has no position, nothing is accepted until `begin` gave
        it one.
        """
        ...

    async def begin(self, partition: Partition, token: int, plan: Plan) -> Verdict:
        """Note a plan; if `anew`, with an empty version to write. `FENCED` as in `apply`.

        Each lease begins one: `REPEAT` for another. A version that was being built is given up. A plan whose
        target is its start is complete at once.
        """
        ...

    async def load(self, partition: Partition, *, entities: Iterable[str], cells: Iterable[Cell]) -> Loaded:
        """The stored facts of `entities` and values of `cells`, all of one instant.

        Nothing is asked where nothing is wanted.
        """
        ...

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        """Store a checkpoint whole or not at all.

        Applied if `token` is the latest lease and the stored position is `from_offset`. One that reaches the
        target of a plan completes it: readers are given the new version from then on. `ELSEWHERE` also where
        a rebuild was requested.
        """
        ...

    async def check(self, partition: Partition, token: int, position: int) -> Verdict:
        """What `apply` would answer now to a checkpoint from `position`; changes nothing."""
        ...

    async def sign(self, partition: Partition, token: int, standing: Standing) -> None:
        """Give readers a sign of life, if `token` is the latest lease; changes nothing else."""
        ...

    async def verify(self, partition: Partition) -> list[Unreadable]:
        """The hashes that have lost fields, by the counts stored beside them; no value is looked at.

        Facts are not counted: `load` notices those that are live and have no facts.
        """
        ...

    async def mend(self, partition: Partition, at_ms: int, *, again_ms: int) -> bool:
        """Request a rebuild because something cannot be read; whether it was requested.

        Not within `again_ms` of the last time: what is damaged again and again would be rebuilt for ever.
        """
        ...

    async def request(self, partition: Partition) -> None:
        """Request that the owner, whoever it is, rebuilds the partition."""
        ...

    async def sweep(self, partition: Partition) -> None:
        """Remove what neither readers nor the owner need any more, in small steps."""
        ...


class RulebookStore(Protocol):
    """For who amends the rulebook; there is one for all partitions."""

    async def rulebook_id(self) -> str | None:
        """The id of the rulebook; None where there is none."""
        ...

    async def rulebook(self) -> Rulebook | None:
        """The rulebook that workers book by; None where there is none."""
        ...

    async def put_rulebook(self, book: Rulebook, *, over: str | None) -> Rulebook:
        """Replace the rulebook with the id `over`, None for none; the one that is stored then.

        That is another's, where it came first.
        """
        ...

    async def booked_ms(self) -> int:
        """The latest instant that anything was booked at, in any partition."""
        ...


class KeeperStore(Protocol):
    """For who keeps in a changelog what has been open for long."""

    def live(self, partition: Partition) -> AsyncIterator[dict[str, Live | Unreadable]]:
        """All that is live, by its key, as the owner writes it: in steps, in no order.

        What is there from the first step to the last comes at least once, as it is or was.
        """
        ...

    async def load(self, partition: Partition, *, entities: Iterable[str], cells: Iterable[Cell]) -> Loaded:
        """See `OwnerStore`."""
        ...

    async def kept_ms(self, partition: Partition) -> int:
        """When the changelog was last brought up to date; 0 for never. Outlives versions and owners."""
        ...

    async def note_kept(self, partition: Partition, at_ms: int) -> None:
        """Note that the changelog was brought up to date at `at_ms`."""
        ...


class Partitions(Protocol):
    """Which partitions there are."""

    async def partitions(self) -> list[Partition]:
        """Every partition that was ever acquired."""
        ...


class BoardStore(Partitions, Protocol):
    """For the board: any number of readers."""

    async def delta(self, partition: Partition, cursor: int, *, since_ms: int) -> Delta:
        """What changed after `cursor` (0: everything since `since_ms`, and the totals)."""
        ...

    async def rulebook_id(self) -> str | None:
        """See `RulebookStore`."""
        ...

    async def rulebook(self) -> Rulebook | None:
        """See `RulebookStore`."""
        ...

    async def is_full(self) -> bool:
        """Whether nothing more can be stored, for want of memory; False where that is not known."""
        ...


class FactStore(BoardStore, Protocol):
    """For explanations and audits, which read the board and the facts behind it."""

    async def load(
        self, partition: Partition, *, entities: Iterable[str], cells: Iterable[Cell], served: bool
    ) -> Loaded:
        """See `OwnerStore`; `served`: of the version that readers are given."""
        ...

    def known(
        self, partition: Partition, entity: Entity
    ) -> AsyncIterator[tuple[str, list[Fact] | Unreadable]]:
        """All of an entity that readers are given, by id, with their facts, in no order and little memory.

        What is there from the first step to the last comes at least once; what comes, goes or changes
        meanwhile may come as it was. Raises `StoreUnavailable` where another version took over meanwhile.
        """
        ...


class OperatorStore(RulebookStore, Partitions, Protocol):
    """For who operates it, by commands."""

    async def request(self, partition: Partition) -> None:
        """See `OwnerStore`."""
        ...

    async def rebuild_status(self, partition: Partition) -> RebuildStatus:
        """What has become of a request, and of any plan."""
        ...

    async def held(self, partition: Partition) -> Held:
        """What the partition holds of what is limited, as the owner writes it."""
        ...


class Store(OwnerStore, KeeperStore, FactStore, OperatorStore, Protocol):
    """All of it, as both implementations have it."""

    async def load(
        self, partition: Partition, *, entities: Iterable[str], cells: Iterable[Cell], served: bool = False
    ) -> Loaded:
        """See `OwnerStore` and `FactStore`."""
        ...

    async def verify(self, partition: Partition, *, served: bool = False) -> list[Unreadable]:
        """See `OwnerStore`; `served`: of the version that readers are given."""
        ...

    async def close(self) -> None:
        """Give back connections."""
        ...
