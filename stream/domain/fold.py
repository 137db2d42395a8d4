"""The fold of one partition: events in, changed facts, cells and live state out.

The same code serves the live worker, `replay` and the tests. It holds what it has been given of the
partition's state and asks, by `missing_*`, for what it lacks, so a shell can load that in one go.
Whether an event is too late depends on the records before it alone, never on a clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from stream.domain.agent.attendance import MINUTE_MS, Agent
from stream.domain.agent.schedule import GRACE_MS
from stream.domain.agent.state import AgentLive
from stream.domain.cache import Recent, Room, Visited
from stream.domain.contact.acts import ACTS, acts, of_persons
from stream.domain.contact.conversation import WRITTEN, conversation_of
from stream.domain.contact.moment import Live, Moment, live, moments, replies, stop_clocks, unanswered
from stream.domain.contact.posting import Poster
from stream.domain.contact.visit import effective, visits_of
from stream.domain.definition import Definitions
from stream.domain.deltas import SHORT_PANE_MS, Deltas
from stream.domain.fact import Event, Fact
from stream.domain.fields import CAME_LATE
from stream.domain.kinds import ABOUT_ANOTHER, OF_AGENTS, Kind
from stream.domain.limits import CONTACT_FACTS, OPEN_CONTACTS, Held, Limits, Name, Names
from stream.domain.order import in_order
from stream.domain.series import late_series
from stream.domain.tally import Tally, add, merge, merge_total

SECOND_MS = 1000
LONG_PANE_MS = 60 * SECOND_MS
TOTAL = -1
#: A fact that comes so long after others of its partition has made a correction.
LATE_AFTER_MS = 60 * SECOND_MS
# Members of an enum are looked up slowly; these are compared for every event.
_UNUSUAL = {*ACTS, *WRITTEN, *ABOUT_ANOTHER}
_HEARTBEAT = int(Kind.AGENT_HEARTBEAT)
_NO_LIMIT = 1 << 60

_BySubject = dict[str, list[Fact]]


@dataclass(frozen=True, slots=True)
class Retention:
    """How far behind its partition's newest event an event may lie and be folded; how long panes live."""

    contacts_ms: int = 15 * 24 * 3600 * SECOND_MS
    agents_ms: int = 50 * 3600 * SECOND_MS
    short_panes_ms: int = 90 * 60 * SECOND_MS
    long_panes_ms: int = 50 * 3600 * SECOND_MS

    @property
    def longest_ms(self) -> int:
        """How far back the log matters at all."""
        return max(self.contacts_ms, self.agents_ms, self.short_panes_ms, self.long_panes_ms)

    def is_late(self, fact: Fact, watermark_ms: int) -> bool:
        """Whether a fact lies too far behind its partition's newest event to be folded."""
        return fact.at_ms < watermark_ms - (self.agents_ms if fact.kind in OF_AGENTS else self.contacts_ms)


class Cell(NamedTuple):
    """The address of a tally: `pane_ms` long from `start_ms`; the running total has `TOTAL` for both."""

    pane_ms: int
    start_ms: int
    series: str


@dataclass(slots=True)
class Changes:
    """What a batch changed, stored whole or not at all. `live` has None for an entity that is gone.

    `names` are new in the partition; `opened` is by how much the number of open contacts grew.
    """

    facts: dict[str, list[Fact]] = field(default_factory=dict)
    forgotten: dict[str, list[Fact]] = field(default_factory=dict)
    cells: dict[Cell, Tally] = field(default_factory=dict)
    live: dict[str, tuple[Live, ...] | AgentLive | None] = field(default_factory=dict)
    names: list[Name] = field(default_factory=list)
    opened: int = 0


class Contact:
    """A contact's facts, with what they contribute as last computed."""

    __slots__ = ("_acts", "_others", "_wrote", "facts", "live", "moments")

    def __init__(self, facts: Iterable[Fact], definitions: Definitions) -> None:
        self.facts: dict[str, Fact] = {}
        self.moments: list[Moment] = []
        self.live: tuple[Live, ...] = ()
        self._acts = self._wrote = self._others = False
        if self.join(facts):
            self.read(definitions)

    def join(
        self, facts: Iterable[Fact], most: int = _NO_LIMIT, over: list[Fact] | None = None
    ) -> list[Fact]:
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
                if fact.kind in _UNUSUAL:
                    self._acts = self._acts or fact.kind in ACTS
                    self._wrote = self._wrote or fact.kind in WRITTEN
                    self._others = self._others or fact.kind in ABOUT_ANOTHER
        return new

    @property
    def is_corrected(self) -> bool:
        """Whether a fact of it is about another."""
        return self._others

    def read(self, definitions: Definitions) -> tuple[list[Moment], list[Moment]]:
        """Compute the contribution anew; the moments that are new and those no longer true."""
        facts = in_order(effective(self.facts) if self._others else self.facts.values())
        found = visits_of(facts)
        if definitions.by_acceptance:
            stop_clocks(found, definitions)
        before, self.moments = self.moments, moments(found, definitions)
        if self._acts or self._others:
            self.moments += acts(facts, found)
        if definitions.by_agent:
            self.moments += of_persons(facts, found, self.moments)
        self.live = live(found)
        if self._wrote or self._others:
            written = conversation_of(facts, found)
            self.moments += replies(written)
            self.live += unanswered(written)
        if self.moments[: len(before)] == before:
            return self.moments[len(before) :], []
        was, now = set(before), set(self.moments)
        return [m for m in self.moments if m not in was], [m for m in before if m not in now]


class PartitionFold:
    """The state of one partition and how a batch of events changes it.

    With `limits`, `held` is what the stored partition holds: its owner keeps it up by what was stored.
    """

    def __init__(  # noqa: PLR0913 - all that a fold depends on
        self,
        definitions: Definitions,
        *,
        limits: Limits | None = None,
        held: Held | None = None,
        retention: Retention | None = None,
        watermark_ms: int = 0,
        grace_ms: int = GRACE_MS,
        room: Room | None = None,
    ) -> None:
        self.watermark_ms = watermark_ms
        self.late: list[int] = []
        self.refused: dict[int, str] = {}
        self.duplicates = 0
        #: What a correction moved behind the newest event was booked up to here.
        self.booked_ms = 0
        self._began_ms = watermark_ms
        self._definitions = definitions
        self._limits, self._held = limits, held or Held()
        self._names = Names(limits, self._held, by_agent=definitions.by_agent) if limits else None
        self._poster = Poster(definitions.wait_edges_ms)
        self._retention = retention or Retention()
        self._grace_ms = grace_ms
        #: How much stays in memory; may be changed between batches.
        self.room = room or Room()
        self._contacts: Visited[str, Contact] = Visited()
        self._agents: Recent[str, Agent] = Recent()
        self._cells: Recent[Cell, Tally] = Recent()
        self._deltas = Deltas()
        self._changes = Changes()
        self._is_recalled = False

    def missing_entities(self, events: Sequence[Event]) -> set[str]:
        """The contacts and agents of `events` whose facts must be given to `fold`."""
        contacts = {subject for subject, fact in events if fact.kind not in OF_AGENTS}
        agents = {subject for subject, fact in events if fact.kind in OF_AGENTS}
        # Not by taking the keys away, which would go through all that is held.
        missing = {f"c\t{subject}" for subject in contacts if subject not in self._contacts}
        return missing | {f"a\t{subject}" for subject in agents if subject not in self._agents}

    def fold(
        self,
        events: Sequence[Event],
        loaded: Mapping[str, list[Fact]],
        *,
        recalled: bool = False,
    ) -> set[Cell]:
        """Join the facts of a batch; return the cells that must be given to `settle`.

        `loaded` has the known facts of entities that were missing. Events that are `recalled`, before all
        others and in the order of time, move no watermark and are no corrections. `late` lists the positions
        in the batch of events refused because they lie beyond retention, `refused` those that are too many,
        with the kind of limit.
        """
        self._is_recalled = recalled
        self._changes, self._deltas, self.late, self.duplicates = Changes(), Deltas(), [], 0
        self._began_ms = self.watermark_ms
        of_contacts, of_agents, heard = self._in_time(self._within_limits(events, loaded))
        over = self._fold_contacts(of_contacts, loaded)
        if over:
            told = {id(fact) for fact in over}
            self.refused |= {n: CONTACT_FACTS for n, (_, fact) in enumerate(events) if id(fact) in told}
        self._fold_agents(of_agents, heard, loaded)
        return {cell for key in self._deltas for cell in self._cells_of(key) if cell not in self._cells}

    def settle(self, loaded: Mapping[Cell, Tally]) -> Changes:
        """Move the cells by what the batch contributed, given those that were missing; return all changes."""
        for cell, tally in loaded.items():
            self._cells[cell] = tally
        for key, delta in self._deltas.items():
            for cell in self._cells_of(key):
                tally = self._cells.setdefault(cell, {})
                self._cells.move_to_end(cell)
                if cell.pane_ms == TOTAL:
                    merge_total(tally, delta)
                else:
                    merge(tally, delta)
                self._changes.cells[cell] = tally
        self._trim()
        return self._changes

    def cells(self) -> Iterable[tuple[Cell, Tally]]:
        """Every cell that is held."""
        return self._cells.items()

    def moments(self) -> Iterable[Moment]:
        """What every contact that is held contributes."""
        return (moment for contact in self._contacts.values() for moment in contact.moments)

    def _within_limits(
        self, events: Sequence[Event], loaded: Mapping[str, list[Fact]]
    ) -> Iterable[tuple[int, Event]]:
        """The events that bring no name and no open contact too many, with their positions."""
        self.refused = {}
        if self._limits is None or self._names is None:
            return enumerate(events)
        self.refused, self._changes.names = self._names.refused(events)
        room = self._limits.open_contacts - self._held.open_contacts
        if room < len(events):
            self._refuse_opening(events, loaded, room)
        if not self.refused:
            return enumerate(events)
        return [(at, event) for at, event in enumerate(events) if at not in self.refused]

    def _refuse_opening(self, events: Sequence[Event], loaded: Mapping[str, list[Fact]], room: int) -> None:
        """Go event by event, as if each were a batch; refuse what opens a contact where there is no room."""
        tried: dict[str, Contact] = {}
        watermark_ms = self.watermark_ms
        for position, (subject, fact) in enumerate(events):
            if position in self.refused:
                continue
            if fact.kind in OF_AGENTS or self._retention.is_late(fact, watermark_ms):
                watermark_ms = max(watermark_ms, fact.at_ms)
                continue
            before = tried.get(subject) or self._copy(subject, loaded)
            after = Contact([*before.facts.values(), fact], self._definitions)
            opened = bool(after.live) - bool(before.live)
            if opened > room:
                self.refused[position] = OPEN_CONTACTS
                continue
            room -= opened
            tried[subject] = after
            watermark_ms = max(watermark_ms, fact.at_ms)

    def _copy(self, subject: str, loaded: Mapping[str, list[Fact]]) -> Contact:
        contact = self._contacts.get(subject)
        facts = loaded.get(f"c\t{subject}", ()) if contact is None else contact.facts.values()
        return Contact(facts, self._definitions)

    def _in_time(self, events: Iterable[tuple[int, Event]]) -> tuple[_BySubject, _BySubject, dict[str, int]]:
        """Move the watermark event by event; the facts of contacts and of agents that it leaves in time.

        Of heartbeats, which are many, the latest of each agent not heard of in that minute.
        """
        of_contacts: _BySubject = {}
        of_agents: _BySubject = {}
        heard: dict[str, int] = {}
        agents = self._agents
        watermark_ms = self.watermark_ms
        # `Retention.is_late` is spelled out below: a call for every event is what a batch would notice.
        contacts_ms, agents_ms = self._retention.contacts_ms, self._retention.agents_ms
        for position, (subject, fact) in events:
            at_ms, kind = fact.at_ms, fact.kind
            if at_ms > watermark_ms:
                watermark_ms = at_ms
            elif at_ms < watermark_ms - (agents_ms if kind in OF_AGENTS else contacts_ms):
                self.late.append(position)
                continue
            if kind == _HEARTBEAT:
                agent = agents.get(subject)
                if (agent is None or at_ms >= agent.heard_ms + MINUTE_MS) and at_ms > heard.get(subject, 0):
                    heard[subject] = at_ms
                continue
            by_subject = of_agents if kind in OF_AGENTS else of_contacts
            if subject in by_subject:
                by_subject[subject].append(fact)
            else:
                by_subject[subject] = [fact]
        if not self._is_recalled:
            self.watermark_ms = watermark_ms
        return of_contacts, of_agents, heard

    def _fold_contacts(self, by_subject: _BySubject, loaded: Mapping[str, list[Fact]]) -> list[Fact]:
        """Join and book; the facts that were too many for their contact."""
        contacts, over = self._contacts, list[Fact]()
        most = self._limits.contact_facts if self._limits else _NO_LIMIT
        for subject, facts in by_subject.items():
            contact = contacts.get(subject)
            if contact is None:
                contact = contacts[subject] = Contact(loaded.get(f"c\t{subject}", ()), self._definitions)
            refused = len(over)
            new = contact.join(facts, most, over)
            self.duplicates += len(facts) - len(new) - (len(over) - refused)
            if new:
                self._changes.facts[f"c\t{subject}"] = new
                self._book(subject, contact)
                self._count_late(contact, new)
            contacts.touch(subject, finished=not contact.live)
        return over

    def _book(self, subject: str, contact: Contact) -> None:
        was = contact.live
        new, gone = contact.read(self._definitions)
        post, delta_of = self._poster.post, self._deltas.of
        for moment in new:
            post(delta_of(moment[1], moment[0]), moment, 1)
        for moment in gone:
            post(delta_of(moment[1], moment[0]), moment, -1)
        if contact.is_corrected and new:
            self.booked_ms = max(self.booked_ms, *(moment[0] for moment in new))
        if contact.live != was:
            self._changes.live[f"c\t{subject}"] = contact.live or None
            self._changes.opened += bool(contact.live) - bool(was)

    def _count_late(self, contact: Contact, new: list[Fact]) -> None:
        """Count facts that came long after their time, in panes of their own: how, not what, was told."""
        before_ms = self._began_ms - LATE_AFTER_MS
        late = [fact.at_ms for fact in new if fact.at_ms < before_ms]
        if late and not self._is_recalled and contact.moments and contact.moments[0].series[0] == "c":
            for at_ms in late:
                add(self._deltas.of(late_series(contact.moments[0].series), at_ms), CAME_LATE, 1)

    def _fold_agents(
        self, by_subject: _BySubject, heard: Mapping[str, int], loaded: Mapping[str, list[Fact]]
    ) -> None:
        agents = self._agents
        for subject in {**by_subject, **heard}:
            entity = f"a\t{subject}"
            agent = agents.get(subject)
            if agent is None:
                agent = agents[subject] = Agent(loaded.get(entity, ()), grace_ms=self._grace_ms)
            agents.move_to_end(subject)
            facts = by_subject.get(subject, ())
            told = agent.join(facts, self._deltas)
            self.duplicates += len(facts) - len(told)
            new = told + agent.hear(heard[subject]) if subject in heard else told
            if told:
                self._prune(entity, agent)
            if new:
                self._keep(entity, agent, new)

    def _prune(self, entity: str, agent: Agent) -> None:
        gone = agent.prune(self.watermark_ms - self._retention.agents_ms)
        if gone:
            self._changes.forgotten[entity] = gone

    def _keep(self, entity: str, agent: Agent, new: list[Fact]) -> None:
        self._changes.facts[entity] = new
        now = agent.now()
        if now != agent.live:
            agent.live = self._changes.live[entity] = now

    def _cells_of(self, key: tuple[str, int]) -> list[Cell]:
        series, start_ms = key
        cells = [Cell(TOTAL, TOTAL, series)]
        if start_ms >= self.watermark_ms - self._retention.long_panes_ms:
            cells.append(Cell(LONG_PANE_MS, start_ms - start_ms % LONG_PANE_MS, series))
        if start_ms >= self.watermark_ms - self._retention.short_panes_ms:
            cells.append(Cell(SHORT_PANE_MS, start_ms, series))
        return cells

    def _trim(self) -> None:
        entities, finished, cells = self.room
        self._contacts.cut(entities, finished)
        self._agents.trim(entities)
        self._cells.trim(cells)
