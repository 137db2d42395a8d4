"""What one partition may hold, and which names are let into it, in the order of its records.

Every name makes cells that stay, so a source that invents names would fill the store. Whether a name is let
in depends on the stored names and on the records before it, never on how records are batched.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from stream.domain.fact import Event, Fact, Kind, fact_of

QUEUES, TEAMS, REASONS, AGENTS, OPEN_CONTACTS = "queues", "teams", "reasons", "agents", "open_contacts"
#: Of one contact, so many facts are read: each event of it costs the reading of all.
CONTACT_FACTS = "contact_facts"
#: A kind of name, and the name: of a queue with its channel after a tab.
Name = tuple[str, str]

_QUEUED, _BLOCKED = int(Kind.VISIT_QUEUED), int(Kind.VISIT_BLOCKED)
_STATE, _SCHEDULE = int(Kind.AGENT_STATE), int(Kind.SCHEDULE_PUBLISHED)
_CORRECTED = {int(Kind.CONTACT_CORRECTED), int(Kind.AGENT_CORRECTED)}
#: Kinds that name an agent in `a` and the agent's team in `c`.
_BY_AGENTS = {
    int(kind)
    for kind in (
        *(Kind.OFFER_MADE, Kind.OFFER_DECLINED, Kind.VISIT_ANSWERED),
        *(Kind.LEG_HELD, Kind.LEG_RESUMED, Kind.LEG_ENDED, Kind.LEG_WRAPPED_UP),
    )
}
_OF_QUEUES = {_QUEUED, _BLOCKED}
_NAMING = {*_OF_QUEUES, _STATE, _SCHEDULE, *_CORRECTED, *_BY_AGENTS}
_MOST_TOLD = 65_536
#: A kind, with what a fact of it names: `a` and `b` of a queue, else `b` and `c`.
_Told = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one partition holds of each; of `contact_facts`, the most that one contact has.

    `always`: names that are let in and do not count.
    """

    queues: int = 2_000
    teams: int = 500
    reasons: int = 200
    agents: int = 20_000
    open_contacts: int = 200_000
    contact_facts: int = 2_000
    always: frozenset[Name] = frozenset()

    def by_kind(self) -> dict[str, int]:
        """Each limit by what it limits."""
        kinds = (QUEUES, TEAMS, REASONS, AGENTS, OPEN_CONTACTS, CONTACT_FACTS)
        return {kind: getattr(self, kind) for kind in kinds}


@dataclass(slots=True)
class Held:
    """What a partition holds as it is stored: names, and how many contacts wait or talk."""

    names: set[Name] = field(default_factory=set)
    open_contacts: int = 0
    _counts: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        self._counts = Counter(kind for kind, _ in self.names)

    def take(self, names: Iterable[Name], opened: int) -> None:
        """Follow a batch that was stored: `names` are new, and so many more contacts are open."""
        new = set(names) - self.names
        self.names |= new
        self._counts.update(kind for kind, _ in new)
        self.open_contacts += opened

    def used(self) -> dict[str, int]:
        """How much of each limit is used."""
        counts = self._counts
        found = {kind: counts[kind] for kind in (QUEUES, TEAMS, REASONS, AGENTS)}
        return found | {OPEN_CONTACTS: self.open_contacts}


class Names:
    """The names of a partition. `held` belongs to the caller, who adds what was stored; here it is read."""

    def __init__(self, limits: Limits, held: Held, *, by_agent: bool = False) -> None:
        self._most: Mapping[str, int] = limits.by_kind()
        self._always = limits.always
        self._held = held
        self._by_agent = by_agent
        self._told: set[_Told] = set()
        self._agents: set[str] = set()

    def refused(self, events: Sequence[Event]) -> tuple[dict[int, str], list[Name]]:
        """The positions of events that bring a name too many, with its kind; and the names that are new."""
        # `_told` is spelled out: a call for every event is what a batch would notice.
        told = {
            (kind, f[4], f[5]) if kind in _OF_QUEUES else (kind, f[5], f[6])
            for _, f in events
            if (kind := f[1]) in _NAMING
        } - self._told
        agents = {subject for subject, f in events if f[1] == _STATE}
        if self._by_agent:
            agents |= {f[4] for _, f in events if f[1] in _BY_AGENTS and f[4]}
        agents -= self._agents
        if not told and not agents:
            return {}, []
        strange, strangers = self._unknown(told, agents)
        self._remember(told - strange, agents - strangers)
        return self._let_in(events, strange, strangers) if strange or strangers else ({}, [])

    def _unknown(self, told: set[_Told], agents: set[str]) -> tuple[set[_Told], set[str]]:
        """Those that bring a name which is not held."""
        return (
            {said for said in told if not all(map(self._is_known, self._named(_fact_of(said))))},
            {agent for agent in agents if not self._is_known((AGENTS, agent))},
        )

    def _is_known(self, name: Name) -> bool:
        return name in self._held.names or name in self._always

    def _remember(self, told: set[_Told], agents: set[str]) -> None:
        """All these are held: they are not looked at again."""
        if len(self._told) + len(self._agents) > _MOST_TOLD:
            self._told, self._agents = set(), set()
        self._told |= told
        self._agents |= agents

    def _let_in(
        self, events: Iterable[Event], strange: set[_Told], strangers: set[str]
    ) -> tuple[dict[int, str], list[Name]]:
        refused: dict[int, str] = {}
        used, new = Counter(self._held.used()), dict[Name, None]()
        for position, (subject, fact) in enumerate(events):
            if fact[1] not in _NAMING:
                continue
            said = _told(fact)
            if said not in strange and strangers.isdisjoint((subject, fact[4])):
                continue
            named = {*self._named(fact), *_subject(subject, fact)}
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

    def _named(self, fact: Fact) -> Iterator[Name]:
        """The names that a fact would give cells of their own, apart from its subject."""
        _, kind, _, _, a, b, c, _ = fact
        if kind in _OF_QUEUES:
            yield QUEUES, f"{a}\t{b}"
        elif kind in _BY_AGENTS:
            yield from _unless_empty(TEAMS, c)
            if self._by_agent:
                yield from _unless_empty(AGENTS, a)
        elif kind == _STATE:
            yield from _unless_empty(TEAMS, b)
            yield from _unless_empty(REASONS, c.partition("\t")[0])
        elif kind == _SCHEDULE:
            yield from _unless_empty(TEAMS, c.partition("\t")[0])
        elif kind in _CORRECTED:
            yield from self._named(fact_of("", c))


def _told(fact: Fact) -> _Told:
    kind = fact[1]
    return (kind, fact[4], fact[5]) if kind in _OF_QUEUES else (kind, fact[5], fact[6])


def _fact_of(told: _Told) -> Fact:
    kind, one, other = told
    return Fact(0, kind, "", 0, one, other) if kind in _OF_QUEUES else Fact(0, kind, "", 0, "", one, other)


def _subject(subject: str, fact: Fact) -> Iterator[Name]:
    """An agent has live state from the first state on."""
    if fact[1] == _STATE:
        yield AGENTS, subject


def _unless_empty(kind: str, name: str) -> Iterator[Name]:
    if name:
        yield kind, name
