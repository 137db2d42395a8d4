"""Limits of one partition, and the admission of new names in the order of its records.

Every name makes cells that stay, so a source that invents names would fill the store. Admission depends on
the stored names and on the records before, never on how records are batched.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from stream.domain.fact import Event, Fact, fact_of
from stream.domain.kinds import ABOUT_ANOTHER, AGENTS, QUEUES, REASONS, ROWS, TEAMS

OPEN_CONTACTS = "open_contacts"
#: The limit on facts of one contact: each of its events costs reading all of them.
CONTACT_FACTS = "contact_facts"
#: The limit that applies, and the name; a queue has its channel after a tab.
Name = tuple[str, str]

_MOST_KNOWN = 65_536
#: Kinds that name an agent: by their subject, or in a slot.
_OF_SUBJECTS, _BY_AGENTS = set[int](), set[int]()
#: The names in each kind except agents: the limit, and how many slots spell the name.
_SPELLED: dict[int, list[tuple[str, int]]] = {}
#: A kind, and the slots of a fact that spell its names.
_Spelling = tuple[Any, ...]


#: How to get this from a fact, by index: by name takes twice as long, and every event is asked.
_SPELLING_OF: dict[int, Callable[[Fact], _Spelling]] = {}


def _learn() -> None:
    """Read the rows of kinds defined since the last call."""
    for kind, row in ROWS.items():
        if kind in _SPELLED:
            continue
        spelled = [(limit, slots) for limit, slots in row.names if limit != AGENTS]
        _SPELLED[kind] = [(limit, len(slots)) for limit, slots in spelled]
        _OF_SUBJECTS.update([kind] if (AGENTS, ()) in row.names else [])
        _BY_AGENTS.update([kind] if (AGENTS, ("agent",)) in row.names else [])
        wanted = ["instead"] if kind in ABOUT_ANOTHER else [slot for _, slots in spelled for slot in slots]
        places = {
            slot.name: at for at, slot in enumerate(row.slots, start=len(("at_ms", "kind", "uid"))) if slot
        }
        if wanted:
            _SPELLING_OF[kind] = itemgetter(1, *(places[name] for name in wanted))


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of each that one partition holds; `contact_facts` is the most of one contact.

    Names in `always` are admitted and do not count.
    """

    queues: int = 2_000
    teams: int = 500
    reasons: int = 200
    agents: int = 20_000
    open_contacts: int = 200_000
    contact_facts: int = 2_000
    always: frozenset[Name] = frozenset()

    def by_kind(self) -> dict[str, int]:
        """The limits by kind."""
        kinds = (QUEUES, TEAMS, REASONS, AGENTS, OPEN_CONTACTS, CONTACT_FACTS)
        return {kind: getattr(self, kind) for kind in kinds}


@dataclass(slots=True)
class Held:
    """What a stored partition holds: names, and open subjects by limit."""

    names: set[Name] = field(default_factory=set)
    open: Counter[str] = field(default_factory=Counter)
    _counts: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        self._counts = Counter(kind for kind, _ in self.names)

    def take(self, names: Iterable[Name], opened: Mapping[str, int]) -> None:
        """Follow a stored batch: `names` are new, and `opened` is the change of open subjects."""
        new = set(names) - self.names
        self.names |= new
        self._counts.update(kind for kind, _ in new)
        self.open.update(opened)

    def used(self) -> dict[str, int]:
        """How much of each limit is used."""
        counts = self._counts
        found = {kind: counts[kind] for kind in (QUEUES, TEAMS, REASONS, AGENTS)}
        return {OPEN_CONTACTS: 0} | found | dict(self.open)


class Names:
    """Admits names to a partition. The caller owns `held` and adds what was stored."""

    def __init__(self, limits: Limits, held: Held, *, by_agent: bool = False) -> None:
        _learn()
        self._most: Mapping[str, int] = limits.by_kind()
        self._always = limits.always
        self._held = held
        self._by_agent = by_agent
        self._spellings: set[_Spelling] = set()
        self._agents: set[str] = set()

    def refused(self, events: Sequence[Event]) -> tuple[dict[int, str], list[Name]]:
        """The positions of events with a name above its limit, with that limit; and the new names."""
        spellings = {of(fact) for _, fact in events if (of := _SPELLING_OF.get(fact.kind))} - self._spellings
        agents = {subject for subject, fact in events if fact.kind in _OF_SUBJECTS}
        if self._by_agent:
            agents |= {fact.agent for _, fact in events if fact.kind in _BY_AGENTS and fact.agent}
        agents -= self._agents
        if not spellings and not agents:
            return {}, []
        strange, strangers = self._unknown(spellings, agents)
        self._remember(spellings - strange, agents - strangers)
        return self._let_in(events, strange, strangers) if strange or strangers else ({}, [])

    def _unknown(self, spellings: set[_Spelling], agents: set[str]) -> tuple[set[_Spelling], set[str]]:
        """The spellings and agents that are not held."""
        return (
            {said for said in spellings if not all(map(self._is_known, self._spelled(said)))},
            {agent for agent in agents if not self._is_known((AGENTS, agent))},
        )

    def _is_known(self, name: Name) -> bool:
        return name in self._held.names or name in self._always

    def _remember(self, spellings: set[_Spelling], agents: set[str]) -> None:
        """Skip these from now on: all are held."""
        if len(self._spellings) + len(self._agents) > _MOST_KNOWN:
            self._spellings, self._agents = set(), set()
        self._spellings |= spellings
        self._agents |= agents

    def _let_in(
        self, events: Iterable[Event], strange: set[_Spelling], strangers: set[str]
    ) -> tuple[dict[int, str], list[Name]]:
        refused: dict[int, str] = {}
        used, new = Counter(self._held.used()), dict[Name, None]()
        for position, (subject, fact) in enumerate(events):
            if fact.kind not in _SPELLING_OF:
                continue
            said = _SPELLING_OF[fact.kind](fact)
            named = {*self._named(fact, subject)}
            if said not in strange and strangers.isdisjoint(name for kind, name in named if kind == AGENTS):
                continue
            unknown = {name for name in named if name not in new and not self._is_known(name)}
            wanted = Counter(kind for kind, _ in unknown)
            over = sorted(kind for kind, count in wanted.items() if used[kind] + count > self._most[kind])
            if over:
                refused[position] = over[0]
                continue
            used += wanted
            new.update(dict.fromkeys(sorted(unknown)))
            strange.discard(said)
            strangers -= {name for kind, name in named if kind == AGENTS}
        return refused, list(new)

    def _named(self, fact: Fact, subject: str = "") -> Iterator[Name]:
        """The names that a fact about this subject would give cells to."""
        if fact.kind in _SPELLING_OF:
            yield from self._spelled(_SPELLING_OF[fact.kind](fact))
        if subject and fact.kind in _OF_SUBJECTS:  # an agent has live state from the first state on
            yield AGENTS, subject
        if self._by_agent and fact.kind in _BY_AGENTS and fact.agent:
            yield AGENTS, fact.agent

    def _spelled(self, spelling: _Spelling) -> Iterator[Name]:
        """The names except agents; of a correction, those of the corrected fact."""
        kind, *said = spelling
        if kind in ABOUT_ANOTHER and said[0]:
            yield from self._named(fact_of("", said[0]))
        for limit, slots in _SPELLED[kind]:
            name = "\t".join(text.partition("\t")[0] for text in said[:slots])
            said = said[slots:]
            if name:
                yield limit, name
