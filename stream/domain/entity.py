"""Entities: the subjects of events, such as contacts and agents.

The fold, the stores, the board model, the changelog of long-open work and the topics loop over the registry
(`entities.ENTITIES`) and know no entity by name.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Generic, Protocol, Self, TypeVar

from stream.domain.definition import Definitions
from stream.domain.deltas import Deltas
from stream.domain.fact import Fact
from stream.domain.kinds import ROWS
from stream.domain.series import is_series
from stream.domain.tally import Tally

NO_LIMIT = 1 << 60
#: What one subject is doing now. It is stored as JSON, and `Entity.live_of` reads it back.
Live = Any
#: A contribution begins with its instant and its series.
M = TypeVar("M", bound=tuple[Any, ...])
_BEGINS = 2


@dataclass(slots=True)
class Batch:
    """The result of folding a batch of events, collected subject by subject.

    For the current entity, facts before `keep_from_ms` may be forgotten, and each subject takes at most
    `most_facts` facts; the rest go to `over`. `states_ms`: see `Room`. A fact before `late_before_ms` came
    late.
    """

    late_before_ms: int = 0
    keep_from_ms: int = 0
    states_ms: int = NO_LIMIT
    most_facts: int = NO_LIMIT
    deltas: Deltas = field(default_factory=Deltas)
    over: list[Fact] = field(default_factory=list)
    duplicates: int = 0
    #: The latest instant that a correction booked something at.
    booked_ms: int = 0


class Known(Protocol):
    """What is known of one subject. `live` is what it is doing now; falsy for nothing."""

    live: Live

    @property
    def facts(self) -> Mapping[str, Fact]:
        """Its facts by identity, as far as they are in memory."""
        ...

    def lacks(self, fact: Fact, keep_from_ms: int) -> bool:
        """Whether `take` of this fact needs facts that are not in memory. `keep_from_ms`: see `Batch`."""
        ...

    def take(self, facts: Sequence[Fact], batch: Batch) -> tuple[list[Fact], Sequence[Fact]]:
        """Add facts and book the change of the contribution.

        Returns the facts that changed anything, and the forgotten facts. Duplicates and the order of arrival
        change nothing.
        """
        ...


class LiveIndex(Protocol):
    """What a board knows of the live subjects of an entity, by their keys."""

    def move(self, key: str, before: Live | None, after: Live | None) -> Iterable[str]:
        """Follow a change of one subject's live state; return the names of the series concerned."""
        ...


class Entity(ABC):
    """A kind of subject.

    `name` is the entity column of `kinds`; `letter` begins its keys. `retention` is the field of `Retention`
    that applies to its facts. `series` maps the letters of its series to the number of tabs in their names.
    `most_open` and `most_facts` name the limits on live subjects and on the facts of each; "" for none.
    `stays_kept` keeps a subject that was long open until the store forgets it. Kinds in `beats` say only that
    a subject is alive, and are not kept. With `at_once`, so many subjects are loaded at a time, because they
    have many facts of which memory keeps few.
    """

    name: str
    letter: str
    retention: str
    series: Mapping[str, int] = MappingProxyType({})
    most_open: str = ""
    most_facts: str = ""
    stays_kept: bool = True
    beats: frozenset[int] = frozenset()
    at_once: int = NO_LIMIT

    @property
    def topic(self) -> str:
        """The topic that carries its events."""
        return f"pantau.{self.name}s"

    @cached_property
    def prefix(self) -> str:
        """The beginning of its keys; the subject follows."""
        return f"{self.letter}\t"

    @cached_property
    def kinds(self) -> frozenset[int]:
        """The kinds of events about it."""
        return frozenset(number for number, row in ROWS.items() if row.entity == self.name)

    @abstractmethod
    def reader(self, definitions: Definitions, grace_ms: int) -> Callable[[Iterable[Fact]], Known]:
        """A function that reads the facts of one subject by the rules in force."""

    @abstractmethod
    def live_of(self, text: bytes | str) -> Live:
        """Read stored live state. Raises `ValueError` for a state that no fact can produce."""

    @abstractmethod
    def live_index(self) -> LiveIndex:
        """A new, empty index of live subjects."""

    def require_sound(self, fact: Fact) -> None:  # noqa: B027 - most entities have no coded texts
        """Raise `ValueError` for a stored fact whose coded text is invalid."""

    def is_long_open(
        self,
        facts: Sequence[Fact],
        *,
        now_ms: int,
        after_ms: int,
        least_ms: int,  # noqa: ARG002 - an agent's states of before matter no more
    ) -> bool:
        """Whether a subject was open for `after_ms` in a way that still matters at `least_ms`."""
        return any(fact.at_ms <= now_ms - after_ms for fact in facts)


class Entities:
    """A registry. Raises `ValueError` when two entities share a name, a letter or a series letter."""

    def __init__(self, *entities: Entity) -> None:
        self._all = entities
        self._by_prefix = {entity.prefix: entity for entity in entities}
        self._by_kind = {kind: entity for entity in entities for kind in entity.kinds}
        letters = [letter for entity in entities for letter in entity.series]
        names = {entity.name for entity in entities}
        if not len(self._by_prefix) == len(names) == len(entities) or len(set(letters)) != len(letters):
            raise ValueError("two entities have one name, or one letter")
        self._tabs = {letter: tabs for entity in entities for letter, tabs in entity.series.items()}

    def __iter__(self) -> Iterator[Entity]:
        """Each, in the order of registration."""
        return iter(self._all)

    def and_(self, *more: Entity) -> Self:
        """A registry with `more` entities."""
        return type(self)(*self._all, *more)

    def of_kind(self, kind: int) -> Entity:
        """The entity of a kind of event. Raises `KeyError`."""
        return self._by_kind[kind]

    def of_key(self, key: str) -> Entity | None:
        """The entity of a key; None if it is no key."""
        return self._by_prefix.get(key[:_BEGINS])

    def is_series(self, name: str) -> bool:
        """Whether a text is the name of a series of any entity."""
        return is_series(name, self._tabs)


def id_of(key: str) -> str:
    """The subject of a key."""
    return key[_BEGINS:]


class Recomputed(ABC, Generic[M]):
    """A `Known` whose contribution is computed again from all its facts after each change.

    Each contribution begins with its instant and series. Equal contributions are the same contribution.
    """

    __slots__ = ("contributions", "facts", "live")

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.facts: dict[str, Fact] = {}
        self.contributions: list[M] = []
        self.live: Live = ()
        if self.join(facts):
            self.read()

    @abstractmethod
    def computed(self) -> tuple[list[M], Live]:
        """Compute the contributions and the live state from the facts."""

    @abstractmethod
    def post(self, tally: Tally, contribution: M, sign: int) -> None:
        """Add (`sign` 1) or remove (-1) a contribution."""

    def lacks(self, fact: Fact, keep_from_ms: int) -> bool:  # noqa: ARG002 - all facts are in memory
        """See `Known`."""
        return False

    def take(self, facts: Sequence[Fact], batch: Batch) -> tuple[list[Fact], Sequence[Fact]]:
        """See `Known`."""
        over = len(batch.over)
        new = self.join(facts, batch.most_facts, batch.over)
        batch.duplicates += len(facts) - len(new) - (len(batch.over) - over)
        if new:
            self.book(new, batch)
        return new, self.prune(batch.keep_from_ms) if new else ()

    def join(self, facts: Iterable[Fact], most: int = NO_LIMIT, over: list[Fact] | None = None) -> list[Fact]:
        """Add facts; return those that changed anything. Of two facts with one identity the greater stays.

        A new identity beyond `most` goes to `over` instead.
        """
        known, new = self.facts, []
        for fact in facts:
            held = known.get(fact.uid)
            if held is None and len(known) >= most and over is not None:
                over.append(fact)
            elif held is None or held < fact:
                known[fact.uid] = fact
                new.append(fact)
        return new

    def prune(self, before_ms: int) -> Sequence[Fact]:  # noqa: ARG002 - most subjects are forgotten whole
        """Forget facts before `before_ms` that can change nothing; return them."""
        return ()

    def read(self) -> tuple[list[M], list[M]]:
        """Compute the contributions again; return the new ones and those that no longer hold."""
        before = self.contributions
        self.contributions, self.live = self.computed()
        # A new fact mostly extends what was known: comparing the common beginning avoids hashing everything.
        if self.contributions[: len(before)] == before:
            return self.contributions[len(before) :], []
        was, now = set(before), set(self.contributions)
        return [m for m in self.contributions if m not in was], [m for m in before if m not in now]

    def book(self, facts: Sequence[Fact], batch: Batch) -> list[M]:  # noqa: ARG002 - contacts ask which
        """Book the change that new facts make; return the new contributions."""
        new, gone = self.read()
        post, delta_of = self.post, batch.deltas.of
        for contribution in new:
            post(delta_of(contribution[1], contribution[0]), contribution, 1)
        for contribution in gone:
            post(delta_of(contribution[1], contribution[0]), contribution, -1)
        return new
