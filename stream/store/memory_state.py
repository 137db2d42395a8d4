"""What the store in memory holds of a partition: text, as Redis would."""

from dataclasses import dataclass, field

from stream.domain.entity import Entities
from stream.domain.fold import Cell, Changes
from stream.domain.limits import Name
from stream.domain.oddity import Oddities
from stream.domain.tally import Tally
from stream.store.checkpoint import MOST_SOURCES
from stream.store.codec import (
    cell_of,
    cell_text,
    live_text,
    name_of,
    name_text,
    tally_of,
    tally_text,
    text_of,
)
from stream.store.rebuild import Plan, Rebuild
from stream.store.sign import Sign


@dataclass(slots=True)
class Version:
    """One version of a partition's state. `field_counts`: how many fields its hashes must have."""

    position: int | None = None
    watermark_ms: int = 0
    written_ms: int = 0
    facts: dict[str, dict[str, str]] = field(default_factory=dict)
    cells: dict[Cell, Tally] = field(default_factory=dict)
    live: dict[str, str] = field(default_factory=dict)
    changed: dict[Cell | str, int] = field(default_factory=dict)
    heartbeats: dict[str, int] = field(default_factory=dict)
    names: set[Name] = field(default_factory=set)
    oddities: Oddities = field(default_factory=dict)
    rulebook: str | None = None
    booked_ms: int = 0
    counted_from: int | None = None
    counted: int = 0
    field_counts: dict[str, int] = field(default_factory=dict)

    @property
    def unaccounted(self) -> int:
        """See `Lease`."""
        if self.position is None or self.counted_from is None:
            return 0
        return self.position - self.counted_from - self.counted

    def sizes(self) -> dict[str, int]:
        """How many fields each hash has whose fields are counted."""
        return {"cells": len(self.cells), "live": len(self.live), "names": len(self.names)}

    def write(self, changes: Changes, seq: int, entities: Entities) -> None:
        """Take what a checkpoint changes, as its text would be read back."""
        before = self.sizes()
        self._put(changes, seq, entities)
        for name, size in self.sizes().items():
            self.field_counts[name] = self.field_counts.get(name, 0) + size - before[name]

    def _put(self, changes: Changes, seq: int, entities: Entities) -> None:
        self.names.update(name_of(name_text(name)) for name in changes.names)
        for entity, facts in changes.facts.items():
            self.facts.setdefault(entity, {}).update((fact.uid, text_of(fact)) for fact in facts)
        for entity, forgotten in changes.forgotten.items():
            for fact in forgotten:
                self.facts[entity].pop(fact.uid, None)
        for written, tally in changes.cells.items():
            cell = cell_of(cell_text(written), entities)
            self.cells[cell] = tally_of(tally_text(tally))
            self.changed[cell] = seq
        for entity, live in changes.live.items():
            self.changed[entity] = seq
            if live is None:
                self.live.pop(entity, None)
            else:
                self.live[entity] = live_text(live)


@dataclass(slots=True)
class State:
    """All that is stored of a partition."""

    token: int = 0
    floor: int = 0
    seq: int = 0
    serving: Version | None = field(default_factory=Version)
    building: Version | None = None
    plan: Plan | None = None
    planned: int = 0
    requested: bool = False
    lost: int = 0
    dropped_sources: int = 0
    kept_ms: int = 0
    odd_seq: int = 0
    mended_ms: int = 0
    sign: Sign | None = None

    @property
    def written(self) -> Version:
        """What the owner writes."""
        return self.building or self.serving or Version()

    @property
    def served(self) -> Version:
        """What readers are given."""
        return self.serving or self.building or Version()

    @property
    def rebuild(self) -> Rebuild | None:
        """How far the plan is; None where there is none."""
        if self.plan is None:
            return None
        start, target, since_ms, *_ = self.plan
        return Rebuild(start, target, since_ms, self.written.position or 0, self.serving is not None)

    def begin(self, plan: Plan) -> None:
        """Note a plan; if `anew`, with an empty version to write."""
        self.seq += 1
        self.plan, self.requested = plan, False
        if plan.anew:
            if self.serving is not None and self.serving.position is None:
                self.serving = None
            self.building, self.lost = Version(plan.start, counted_from=plan.start), plan.lost
            if self.serving is None:
                self.floor = self.seq
        if plan.start >= plan.target:
            self.complete()

    def complete(self) -> None:
        """End the plan: what was being built is what readers are given."""
        if self.building is not None:
            self.serving, self.building, self.floor = self.building, None, self.seq
        self.plan = None

    def beat(self, heartbeats: dict[str, int]) -> None:
        """Take heartbeats; the source that is silent for longest gives way where there are too many."""
        known = self.written.heartbeats
        for source, at_ms in heartbeats.items():
            known[source] = max(at_ms, known.get(source, 0))
        oldest = sorted(known, key=lambda source: (known[source], source))
        for source in oldest[:-MOST_SOURCES]:
            del known[source]
            self.dropped_sources += 1
