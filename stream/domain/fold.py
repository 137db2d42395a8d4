"""The fold of one partition: events in, changed facts, cells and live state out.

The same code serves the live worker, `replay` and the tests. It holds what it has been given of the
partition's state and asks, by `missing_*`, for what it lacks, so a shell can load that in one go.
Whether an event is too late depends on the records before it alone, never on a clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from stream.domain.agent import Agent, AgentLive, Shift, agent_live
from stream.domain.cache import Recent
from stream.domain.contact import visits
from stream.domain.definition import Definitions
from stream.domain.fact import Event, Fact, Kind, join
from stream.domain.moment import Live, Moment, live, moments
from stream.domain.tally import Poster, Tally, add, merge, merge_total

SECOND_MS = 1000
SHORT_PANE_MS = 10 * SECOND_MS
LONG_PANE_MS = 60 * SECOND_MS
TOTAL = -1


@dataclass(frozen=True, slots=True)
class Retention:
    """How far behind the newest event of its partition an event may lie and still be folded; and how long panes live."""

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
    """What a batch changed: all of it is stored, or none. `live` maps an entity to its state, None when gone."""

    facts: dict[str, list[Fact]] = field(default_factory=dict)
    forgotten: dict[str, list[Fact]] = field(default_factory=dict)
    cells: dict[Cell, Tally] = field(default_factory=dict)
    live: dict[str, Live | AgentLive | None] = field(default_factory=dict)


class Contact:
    """A contact's facts, with what they contribute as last computed."""

    __slots__ = ("facts", "live", "moments")

    def __init__(self, facts: Iterable[Fact], definitions: Definitions) -> None:
        self.facts = {fact.uid: fact for fact in facts}
        self.moments: list[Moment] = []
        self.live: Live | None = None
        if self.facts:
            self.read(definitions)

    def read(self, definitions: Definitions) -> tuple[list[Moment], list[Moment]]:
        """Compute the contribution anew; the moments that are new and those no longer true."""
        facts = self.facts.values()
        found = visits(facts)
        before, self.moments = self.moments, moments(found, definitions)
        self.live = live(found, ended=any(fact.kind == Kind.CONTACT_ENDED for fact in facts))
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
        self._deltas: dict[tuple[str, int], Tally] = {}
        self._changes = Changes()

    def missing_entities(self, events: Iterable[Event]) -> set[str]:
        """The contacts and agents of `events` whose facts must be given to `fold`."""
        contacts, agents = self._contacts, self._agents
        return {
            entity_key(event)
            for event in events
            if event.subject not in (contacts if event.fact.kind < Kind.AGENT_STATE else agents)
            and event.fact.kind != Kind.AGENT_HEARTBEAT
        }

    def fold(self, events: Iterable[Event], loaded: Mapping[str, list[Fact]]) -> set[Cell]:
        """Join the facts of a batch; return the cells that must be given to `settle`.

        `loaded` has the known facts of entities that were missing. `late` lists the positions in the
        batch of events refused because they lie beyond retention.
        """
        self._changes, self._deltas, self.late, self.duplicates = Changes(), {}, [], 0
        touched: dict[str, Contact] = {}
        for position, event in enumerate(events):
            self._take(position, event, loaded, touched)
        for subject, contact in touched.items():
            self._book(subject, contact)
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

    def _take(
        self, position: int, event: Event, loaded: Mapping[str, list[Fact]], touched: dict[str, Contact]
    ) -> None:
        subject, fact = event
        is_agent = fact.kind >= Kind.AGENT_STATE
        kept_ms = self._retention.agents_ms if is_agent else self._retention.contacts_ms
        if fact.at_ms > self.watermark_ms:
            self.watermark_ms = fact.at_ms
        elif fact.at_ms < self.watermark_ms - kept_ms:
            self.late.append(position)
            return
        if is_agent:
            self._take_agent(event, loaded)
            return
        contact = touched.get(subject) or self._contacts.get(subject)
        if contact is None:
            contact = Contact(loaded.get(entity_key(event), ()), self._definitions)
            self._contacts[subject] = contact
        if join(contact.facts, fact):
            touched[subject] = contact
            self._changes.facts.setdefault(entity_key(event), []).append(fact)
        else:
            self.duplicates += 1

    def _take_agent(self, event: Event, loaded: Mapping[str, list[Fact]]) -> None:
        subject, fact = event
        if fact.kind == Kind.AGENT_HEARTBEAT:
            return
        agent = self._agents.get(subject)
        if agent is None:
            agent = self._agents[subject] = Agent(loaded.get(entity_key(event), ()))
        shifts = agent.join(fact)
        if shifts is None:
            self.duplicates += 1
            return
        self._changes.facts.setdefault(entity_key(event), []).append(fact)
        gone = agent.prune(self.watermark_ms - self._retention.agents_ms)
        if gone:
            self._changes.forgotten.setdefault(entity_key(event), []).extend(gone)
        for shift in shifts:
            self._shift(shift)
        now = agent_live(agent.facts)
        if now != agent.live:
            agent.live = now
            self._changes.live[entity_key(event)] = now

    def _shift(self, shift: Shift) -> None:
        delta = self._delta(shift.series, shift.at_ms)
        add(delta, f"n.{shift.state}", shift.count)
        add(delta, f"t.{shift.state}", shift.count * shift.at_ms)

    def _book(self, subject: str, contact: Contact) -> None:
        was = contact.live
        new, gone = contact.read(self._definitions)
        for moment in new:
            self._poster.post(self._delta(moment.series, moment.at_ms), moment, 1)
        for moment in gone:
            self._poster.post(self._delta(moment.series, moment.at_ms), moment, -1)
        if contact.live != was:
            self._changes.live[f"c\t{subject}"] = contact.live

    def _delta(self, series: str, at_ms: int) -> Tally:
        key = (series, at_ms - at_ms % SHORT_PANE_MS)
        delta = self._deltas.get(key)
        if delta is None:
            delta = self._deltas[key] = {}
        return delta

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


def entity_key(event: Event) -> str:
    """`c` or `a`, and the subject: the name of an entity among all of a partition."""
    return f"{'a' if event.fact.kind >= Kind.AGENT_STATE else 'c'}\t{event.subject}"
