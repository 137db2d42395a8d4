"""The fold of one partition: events in, changed facts, cells and live state out.

The same code serves the live worker, `replay` and the tests. It holds what it has been given of the
partition's state and asks, by `missing_*`, for what it lacks, so a shell can load that in one go.
Whether an event is too late depends on the records before it alone, never on a clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from stream.domain.agent import Agent, AgentLive, agent_live
from stream.domain.cache import Recent
from stream.domain.contact import visits
from stream.domain.definition import Definitions
from stream.domain.deltas import SHORT_PANE_MS, Deltas
from stream.domain.fact import Event, Fact, Kind
from stream.domain.moment import Live, Moment, live, moments
from stream.domain.tally import Poster, Tally, merge, merge_total

SECOND_MS = 1000
LONG_PANE_MS = 60 * SECOND_MS
TOTAL = -1
# Members of an enum are looked up slowly; these are compared for every event.
_CONTACT_ENDED, _AGENT_STATE = int(Kind.CONTACT_ENDED), int(Kind.AGENT_STATE)


@dataclass(frozen=True, slots=True)
class Retention:
    """How far behind its partition's newest event an event may lie and be folded; how long panes live."""

    contacts_ms: int = 15 * 24 * 3600 * SECOND_MS
    agents_ms: int = 50 * 3600 * SECOND_MS
    short_panes_ms: int = 90 * 60 * SECOND_MS
    long_panes_ms: int = 50 * 3600 * SECOND_MS


class Cell(NamedTuple):
    """The address of a tally: `pane_ms` long from `start_ms`; the running total has `TOTAL` for both."""

    pane_ms: int
    start_ms: int
    series: str


@dataclass(slots=True)
class Changes:
    """What a batch changed, stored whole or not at all. `live` has None for an entity that is gone."""

    facts: dict[str, list[Fact]] = field(default_factory=dict)
    forgotten: dict[str, list[Fact]] = field(default_factory=dict)
    cells: dict[Cell, Tally] = field(default_factory=dict)
    live: dict[str, Live | AgentLive | None] = field(default_factory=dict)


class Contact:
    """A contact's facts, with what they contribute as last computed."""

    __slots__ = ("ended", "facts", "live", "moments")

    def __init__(self, facts: Iterable[Fact], definitions: Definitions) -> None:
        self.facts = {fact.uid: fact for fact in facts}
        self.ended = any(fact.kind == _CONTACT_ENDED for fact in self.facts.values())
        self.moments: list[Moment] = []
        self.live: Live | None = None
        if self.facts:
            self.read(definitions)

    def join(self, fact: Fact) -> bool:
        """Add a fact; whether anything changed. Of two contents of one identity the greater stays."""
        present = self.facts.get(fact[2])
        if present is not None and present >= fact:
            return False
        self.facts[fact[2]] = fact
        if present is not None:
            self.ended = any(known[1] == _CONTACT_ENDED for known in self.facts.values())
        elif fact[1] == _CONTACT_ENDED:
            self.ended = True
        return True

    def read(self, definitions: Definitions) -> tuple[list[Moment], list[Moment]]:
        """Compute the contribution anew; the moments that are new and those no longer true."""
        found = visits(self.facts.values())
        before, self.moments = self.moments, moments(found, definitions)
        self.live = live(found, ended=self.ended)
        if self.moments[: len(before)] == before:
            return self.moments[len(before) :], []
        return [m for m in self.moments if m not in before], [m for m in before if m not in self.moments]


class PartitionFold:
    """The state of one partition and how a batch of events changes it."""

    def __init__(
        self,
        definitions: Definitions,
        *,
        retention: Retention | None = None,
        watermark_ms: int = 0,
        max_entities: int = 200_000,
        max_cells: int = 100_000,
    ) -> None:
        self.watermark_ms = watermark_ms
        self.late: list[int] = []
        self.duplicates = 0
        self._definitions = definitions
        self._poster = Poster(definitions.wait_edges_ms)
        self._retention = retention or Retention()
        self._contacts: Recent[str, Contact] = Recent(max_entities)
        self._agents: Recent[str, Agent] = Recent(max_entities)
        self._cells: Recent[Cell, Tally] = Recent(max_cells)
        self._deltas = Deltas()
        self._changes = Changes()

    def missing_entities(self, events: Iterable[Event]) -> set[str]:
        """The contacts and agents of `events` whose facts must be given to `fold`."""
        contacts, agents = self._contacts, self._agents
        return {
            f"c\t{subject}" if fact[1] < _AGENT_STATE else f"a\t{subject}"
            for subject, fact in events
            if fact[1] <= _AGENT_STATE and subject not in (contacts if fact[1] < _AGENT_STATE else agents)
        }

    def fold(self, events: Iterable[Event], loaded: Mapping[str, list[Fact]]) -> set[Cell]:
        """Join the facts of a batch; return the cells that must be given to `settle`.

        `loaded` has the known facts of entities that were missing. `late` lists the positions in the
        batch of events refused because they lie beyond retention.
        """
        self._changes, self._deltas, self.late, self.duplicates = Changes(), Deltas(), [], 0
        of_contacts, of_agents = self._in_time(events)
        if of_contacts:
            self._fold_contacts(of_contacts, loaded)
        if of_agents:
            self._fold_agents(of_agents, loaded)
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

    def _in_time(self, events: Iterable[Event]) -> tuple[list[Event], list[Event]]:
        """Move the watermark event by event; the events of contacts and of agents that it leaves in time."""
        of_contacts: list[Event] = []
        of_agents: list[Event] = []
        watermark_ms = self.watermark_ms
        contacts_ms, agents_ms = self._retention.contacts_ms, self._retention.agents_ms
        for position, event in enumerate(events):
            at_ms, kind = event[1][0], event[1][1]
            if at_ms > watermark_ms:
                watermark_ms = at_ms
            elif at_ms < watermark_ms - (contacts_ms if kind < _AGENT_STATE else agents_ms):
                self.late.append(position)
                continue
            if kind < _AGENT_STATE:
                of_contacts.append(event)
            elif kind == _AGENT_STATE:
                of_agents.append(event)
        self.watermark_ms = watermark_ms
        return of_contacts, of_agents

    def _fold_contacts(self, events: list[Event], loaded: Mapping[str, list[Fact]]) -> None:
        contacts, touched = self._contacts, dict[str, tuple[Contact, list[Fact]]]()
        for subject, fact in events:
            entry = touched.get(subject)
            if entry is None:
                contact = contacts.get(subject)
                if contact is None:
                    contact = contacts[subject] = Contact(loaded.get(f"c\t{subject}", ()), self._definitions)
                entry = touched[subject] = (contact, [])
            if entry[0].join(fact):
                entry[1].append(fact)
            else:
                self.duplicates += 1
        for subject, (contact, new) in touched.items():
            if new:
                self._changes.facts[f"c\t{subject}"] = new
                self._book(subject, contact)

    def _book(self, subject: str, contact: Contact) -> None:
        was = contact.live
        new, gone = contact.read(self._definitions)
        for moment in new:
            self._poster.post(self._deltas.of(moment.series, moment.at_ms), moment, 1)
        for moment in gone:
            self._poster.post(self._deltas.of(moment.series, moment.at_ms), moment, -1)
        if contact.live != was:
            self._changes.live[f"c\t{subject}"] = contact.live

    def _fold_agents(self, events: list[Event], loaded: Mapping[str, list[Fact]]) -> None:
        agents, touched = self._agents, dict[str, tuple[Agent, list[Fact]]]()
        for subject, fact in events:
            entry = touched.get(subject)
            if entry is None:
                agent = agents.get(subject)
                if agent is None:
                    agent = agents[subject] = Agent(loaded.get(f"a\t{subject}", ()))
                entry = touched[subject] = (agent, [])
            if entry[0].join(fact, self._deltas):
                entry[1].append(fact)
            else:
                self.duplicates += 1
        for subject, (agent, new) in touched.items():
            if new:
                self._keep(f"a\t{subject}", agent, new)

    def _keep(self, entity: str, agent: Agent, new: list[Fact]) -> None:
        self._changes.facts[entity] = new
        gone = agent.prune(self.watermark_ms - self._retention.agents_ms)
        if gone:
            self._changes.forgotten[entity] = gone
        now = agent_live(agent.facts)
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
        for recent in (self._contacts, self._agents, self._cells):
            recent.trim()
