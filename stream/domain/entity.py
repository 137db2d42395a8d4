"""What events are about: a contact, an agent, and whatever else has facts, each told of by an `Entity`.

Whatever goes by entities loops over the registry of them (`entities.ENTITIES`) and knows none by name: the
fold, the stores, the model of a board, what keeps what is long open, and the topics.
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
#: What one of an entity is doing now, as it is stored: text by JSON, and back by `Entity.live_of`.
Live = Any
#: Of a contribution, when it is booked comes first, then in which series.
M = TypeVar("M", bound=tuple[Any, ...])
_BEGINS = 2


@dataclass(slots=True)
class Batch:
    """What a batch of events comes to, gathered from one contact, agent or other after the other.

    Of the entity in turn: what lies before `keep_from_ms` may be forgotten, and no more than `most_facts`
    are taken of one; what is beyond is added to `over`. A fact of before `late_before_ms` came late.
    """

    late_before_ms: int = 0
    keep_from_ms: int = 0
    most_facts: int = NO_LIMIT
    deltas: Deltas = field(default_factory=Deltas)
    over: list[Fact] = field(default_factory=list)
    duplicates: int = 0
    #: What a correction moved behind the newest event was booked up to here.
    booked_ms: int = 0


class Known(Protocol):
    """What is known of one contact, agent or other. `live`: what it is doing now; falsy for nothing."""

    live: Live

    @property
    def facts(self) -> Mapping[str, Fact]:
        """Its facts by identity."""
        ...

    def take(self, facts: Sequence[Fact], batch: Batch) -> tuple[list[Fact], Sequence[Fact]]:
        """Join facts and book by how much that moves what it contributes.

        Gives those that changed anything, and those that are forgotten. A duplicate changes nothing, and
        neither does the order in which facts come.
        """
        ...


class Present(Protocol):
    """What a board knows of all of an entity that are live, by their keys."""

    def move(self, key: str, before: Live | None, after: Live | None) -> Iterable[str]:
        """One of them does something else than before; the names of series that this is about."""
        ...


class Entity(ABC):
    """What events may be about.

    `name` is that of the column of `kinds`; `letter` begins its keys. `retention` is the field of `Retention`
    by which its facts are kept. `series`: the letters of series that it books in, and how many tabs their
    names have. `most_open` and `most_facts`: which limits bound how many are live at once, and the facts of
    each; "" for none. `stays_kept`: what was long open once is kept from then on, until the store forgets it;
    of its facts all but those of the kinds `beats`, which say only that one lives.
    """

    name: str
    letter: str
    retention: str
    series: Mapping[str, int] = MappingProxyType({})
    most_open: str = ""
    most_facts: str = ""
    stays_kept: bool = True
    beats: frozenset[int] = frozenset()

    @property
    def topic(self) -> str:
        """The topic that carries its events."""
        return f"pantau.{self.name}s"

    @cached_property
    def prefix(self) -> str:
        """How its keys begin; an identity follows."""
        return f"{self.letter}\t"

    @cached_property
    def kinds(self) -> frozenset[int]:
        """The kinds of events about it."""
        return frozenset(number for number, row in ROWS.items() if row.entity == self.name)

    @abstractmethod
    def reader(self, definitions: Definitions, grace_ms: int) -> Callable[[Iterable[Fact]], Known]:
        """What makes one of its known facts, by the rules that are in force."""

    @abstractmethod
    def live_of(self, text: bytes | str) -> Live:
        """What was stored as live. Raises `ValueError` for what no fact can have made."""

    @abstractmethod
    def present(self) -> Present:
        """What a board knows of those that are live: none yet."""

    def require_sound(self, fact: Fact) -> None:  # noqa: B027 - of most, no text stands for more
        """Raise `ValueError` for a stored fact whose text stands for more, and does not here."""

    def is_long_open(
        self,
        facts: Sequence[Fact],
        *,
        now_ms: int,
        after_ms: int,
        least_ms: int,  # noqa: ARG002 - an agent's states of before matter no more
    ) -> bool:
        """Whether one was open for `after_ms`, in a way that matters at or after `least_ms`."""
        return any(fact.at_ms <= now_ms - after_ms for fact in facts)


class Entities:
    """A registry. Raises `ValueError` where two have one name, one letter, or one letter of a series."""

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
        """These, and more."""
        return type(self)(*self._all, *more)

    def of_kind(self, kind: int) -> Entity:
        """What events of a kind are about; raises `KeyError`."""
        return self._by_kind[kind]

    def of_key(self, key: str) -> Entity | None:
        """What a key is of; None for what is no key."""
        return self._by_prefix.get(key[:_BEGINS])

    def is_series(self, name: str) -> bool:
        """Whether a text is the name of a series."""
        return is_series(name, self._tabs)


def id_of(key: str) -> str:
    """The identity of the contact, agent or other that has a key."""
    return key[_BEGINS:]


class Recomputed(ABC, Generic[M]):
    """What is known of one whose contribution is a function of all its facts, computed anew: see `Known`.

    `contributions` are each bound to the instant and the series that begin it. Equal ones are
    the same contribution.
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
        """What its facts contribute, and what it is doing now."""

    @abstractmethod
    def post(self, tally: Tally, contribution: M, sign: int) -> None:
        """Add (`sign` 1) or take back (-1) what a contribution contributes."""

    def take(self, facts: Sequence[Fact], batch: Batch) -> tuple[list[Fact], Sequence[Fact]]:
        """See `Known`."""
        over = len(batch.over)
        new = self.join(facts, batch.most_facts, batch.over)
        batch.duplicates += len(facts) - len(new) - (len(batch.over) - over)
        if new:
            self.book(new, batch)
        return new, self.prune(batch.keep_from_ms) if new else ()

    def join(self, facts: Iterable[Fact], most: int = NO_LIMIT, over: list[Fact] | None = None) -> list[Fact]:
        """Add facts; those that changed anything. Of two contents of one identity the greater stays.

        Beyond `most` no further identity is taken; such facts are added to `over`.
        """
        known, new = self.facts, []
        for fact in facts:
            present = known.get(fact.uid)
            if present is None and len(known) >= most and over is not None:
                over.append(fact)
            elif present is None or present < fact:
                known[fact.uid] = fact
                new.append(fact)
        return new

    def prune(self, before_ms: int) -> Sequence[Fact]:  # noqa: ARG002 - most are forgotten whole
        """Forget what lies before `before_ms` and can change nothing; which."""
        return ()

    def read(self) -> tuple[list[M], list[M]]:
        """Compute the contribution anew; the contributions that are new and those no longer true."""
        before = self.contributions
        self.contributions, self.live = self.computed()
        if self.contributions[: len(before)] == before:
            return self.contributions[len(before) :], []
        was, now = set(before), set(self.contributions)
        return [m for m in self.contributions if m not in was], [m for m in before if m not in now]

    def book(self, facts: Sequence[Fact], batch: Batch) -> list[M]:  # noqa: ARG002 - contacts ask which
        """Book by how much new facts move the contribution; the contributions that are new."""
        new, gone = self.read()
        post, delta_of = self.post, batch.deltas.of
        for contribution in new:
            post(delta_of(contribution[1], contribution[0]), contribution, 1)
        for contribution in gone:
            post(delta_of(contribution[1], contribution[0]), contribution, -1)
        return new
