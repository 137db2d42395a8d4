"""The store's twin in memory: for tests, and for folding files without servers.

It holds the text that Redis would, and cells as that text gives them back: it is no kinder.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field

from stream.clock import now_ms
from stream.domain.deltas import SHORT_PANE_MS
from stream.domain.entities import ENTITIES
from stream.domain.entity import Entities, Entity, Live, id_of
from stream.domain.fact import Fact
from stream.domain.fold import TOTAL, Cell, Changes, Retention
from stream.domain.limits import Held, Name
from stream.domain.oddity import Oddities, taken
from stream.domain.rulebook import Rulebook
from stream.domain.tally import Tally
from stream.errors import StoreUnavailable
from stream.store.base import (
    MOST_SOURCES,
    Checkpoint,
    Delta,
    Lease,
    Loaded,
    Partition,
    Plan,
    Progress,
    Rebuild,
    Sign,
    Standing,
    Verdict,
)
from stream.store.codec import (
    cell_of,
    cell_text,
    facts_of,
    live_of,
    live_text,
    name_of,
    name_text,
    tally_of,
    tally_text,
    text_of,
)
from stream.store.reply import opened, take_facts, take_live
from stream.store.unreadable import Part, Unreadable


@dataclass(slots=True)
class _Version:
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
    due: dict[str, int] = field(default_factory=dict)

    @property
    def unaccounted(self) -> int:
        """See `Lease`."""
        if self.position is None or self.counted_from is None:
            return 0
        return self.position - self.counted_from - self.counted


@dataclass(slots=True)
class _State:
    token: int = 0
    floor: int = 0
    seq: int = 0
    serving: _Version | None = field(default_factory=_Version)
    building: _Version | None = None
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
    def written(self) -> _Version:
        """What the owner writes."""
        return self.building or self.serving or _Version()

    @property
    def served(self) -> _Version:
        """What readers are given."""
        return self.serving or self.building or _Version()

    @property
    def rebuild(self) -> Rebuild | None:
        """How far the plan is."""
        if self.plan is None:
            return None
        start, target, since_ms, *_ = self.plan
        return Rebuild(start, target, since_ms, self.written.position or 0, self.serving is not None)

    def begin(self, plan: Plan) -> None:
        """Note a plan, with an empty version if it says so."""
        self.seq += 1
        self.plan, self.requested = plan, False
        if plan.anew:
            if self.serving is not None and self.serving.position is None:
                self.serving = None
            self.building, self.lost = _Version(plan.start, counted_from=plan.start), plan.lost
            if self.serving is None:
                self.floor = self.seq
        if plan.start >= plan.target:
            self.complete()

    def complete(self) -> None:
        """The plan has reached its target."""
        if self.building is not None:
            self.serving, self.building, self.floor = self.building, None, self.seq
        self.plan = None


class MemoryStore:
    """See `Store`. State lasts as long as the object; nothing in it is shared with its callers."""

    def __init__(
        self,
        *,
        retention: Retention | None = None,
        clock: Callable[[], int] = now_ms,
        entities: Entities = ENTITIES,
    ) -> None:
        self._entities = entities
        self._retention = retention or Retention()
        self._clock = clock
        self._states: dict[Partition, _State] = {}
        self._counts: dict[str, int] = {}
        self._rulebook: Rulebook | None = None

    async def acquire(self, partition: Partition) -> Lease:
        """See `Store`: tokens and sequence numbers follow the time of day, as those of Redis do."""
        state = self._states.setdefault(partition, _State())
        state.token = state.seq = state.floor = max(self._clock(), state.token + 1, state.seq + 1)
        state.sign = Sign(self._clock(), 0, 0)
        held = state.written
        limited = await self.held(partition)
        return Lease(
            *(state.token, held.position, held.watermark_ms, limited, state.rebuild, state.requested),
            oddities=dict(held.oddities),
            rulebook=held.rulebook,
            booked_ms=held.booked_ms,
            unaccounted=held.unaccounted,
        )

    async def partition_count(self, topic: str, found: int) -> int:
        """See `Store`."""
        return self._counts.setdefault(topic, found)

    async def begin(self, partition: Partition, token: int, plan: Plan) -> Verdict:
        """See `Store`."""
        state = self._states.get(partition)
        if state is None:
            return Verdict.ELSEWHERE
        if state.token != token:
            return Verdict.FENCED
        if state.planned == token:
            return Verdict.REPEAT
        state.planned = token
        state.begin(plan)
        return Verdict.APPLIED

    async def load(
        self, partition: Partition, *, entities: Iterable[str], cells: Iterable[Cell], served: bool = False
    ) -> Loaded:
        """See `Store`."""
        entities, cells = list(entities), list(cells)
        if not entities and not cells:
            return Loaded()
        state = self._states.get(partition, _State())
        held = state.served if served else state.written
        written = state.written
        loaded = Loaded(
            token=state.token or None, position=written.position, watermark_ms=written.watermark_ms
        )
        for entity in entities:
            if texts := held.facts.get(entity):
                take_facts(loaded, entity, texts, self._entities)
            elif entity in held.live:
                take_facts(loaded, entity, {"": ""}, self._entities)
        loaded.cells = {cell: dict(held.cells.get(cell, {})) for cell in cells}
        return loaded

    async def verify(self, partition: Partition, *, served: bool = False) -> list[Unreadable]:
        """See `Store`."""
        state = self._states.get(partition, _State())
        held = state.served if served else state.written
        there = {"cells": len(held.cells), "live": len(held.live), "names": len(held.names)}
        return [
            Unreadable(Part.HASH, f":{name}", f"{count} of the {held.due.get(name, 0)} fields")
            for name, count in there.items()
            if count != held.due.get(name, 0)
        ]

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        """See `Store`."""
        state = self._states.get(partition)
        if state is None:
            return Verdict.ELSEWHERE
        if state.token != token:
            return Verdict.FENCED
        held = state.written
        if held.position != checkpoint.from_offset:
            return Verdict.REPEAT if held.position == checkpoint.next_offset else Verdict.ELSEWHERE
        if state.requested:
            return Verdict.ELSEWHERE
        held.position, held.watermark_ms = checkpoint.next_offset, checkpoint.watermark_ms
        held.written_ms = checkpoint.written_ms
        held.counted += checkpoint.records + checkpoint.gaps
        held.rulebook, held.booked_ms = checkpoint.rulebook or None, checkpoint.booked_ms
        state.seq += 1
        _write(held, checkpoint.changes, state.seq, self._entities)
        _beat(state, held, checkpoint.heartbeats)
        if checkpoint.oddities:
            held.oddities, state.odd_seq = taken(held.oddities, checkpoint.oddities), state.seq
        if state.plan is not None and held.position >= state.plan.target:
            state.complete()
        return Verdict.APPLIED

    async def check(self, partition: Partition, token: int, position: int) -> Verdict:
        """See `Store`."""
        state = self._states.get(partition)
        if state is None:
            return Verdict.ELSEWHERE
        if state.token != token:
            return Verdict.FENCED
        stands = state.written.position == position and not state.requested
        return Verdict.APPLIED if stands else Verdict.ELSEWHERE

    async def sign(self, partition: Partition, token: int, standing: Standing) -> None:
        """See `Store`."""
        state = self._states.get(partition)
        if state is not None and state.token == token:
            state.sign = Sign(self._clock(), *standing)

    async def request(self, partition: Partition) -> None:
        """See `Store`."""
        self._states.setdefault(partition, _State()).requested = True

    async def mend(self, partition: Partition, at_ms: int, *, again_ms: int) -> bool:
        """See `Store`."""
        state = self._states.setdefault(partition, _State())
        if at_ms - state.mended_ms < again_ms:
            return False
        state.mended_ms, state.requested = at_ms, True
        return True

    async def progress(self, partition: Partition) -> Progress:
        """See `Store`."""
        state = self._states.get(partition, _State())
        return Progress(state.requested, state.rebuild, state.lost)

    async def sweep(self, partition: Partition) -> None:
        """See `Store`: versions that nobody needs are gone by themselves."""

    async def held(self, partition: Partition) -> Held:
        """See `Store`."""
        held = self._states.get(partition, _State()).written
        live = Counter(key[:2] for key in held.live)
        return Held(set(held.names), opened(live, self._entities))

    async def rulebook_id(self) -> str | None:
        """See `Store`."""
        return None if self._rulebook is None else self._rulebook.id

    async def rulebook(self) -> Rulebook | None:
        """See `Store`."""
        return self._rulebook

    async def put_rulebook(self, book: Rulebook, *, over: str | None) -> Rulebook:
        """See `Store`."""
        if await self.rulebook_id() == over:
            self._rulebook = book
        return self._rulebook or book

    async def booked_ms(self) -> int:
        """See `Store`."""
        return max((state.written.booked_ms for state in self._states.values()), default=0)

    async def partitions(self) -> list[Partition]:
        """See `Store`."""
        return sorted(self._states)

    async def delta(self, partition: Partition, cursor: int, *, since_ms: int) -> Delta:
        """See `Store`."""
        state = self._states.get(partition, _State())
        held, full = state.served, not state.floor <= cursor <= state.seq
        delta = Delta(state.seq, full, held.position or 0, held.watermark_ms, held.written_ms)
        delta.rebuild, delta.lost = state.rebuild, state.lost
        for name, seq in held.changed.items():
            if not full and seq <= cursor:
                continue
            if isinstance(name, str):
                take_live(delta, name, held.live.get(name), self._entities)
            elif not full or self._kept(name, held.watermark_ms, since_ms):
                delta.cells[name] = dict(held.cells[name])
        if full:
            delta.live = {name: value for name, value in delta.live.items() if value is not None}
        delta.heartbeats, delta.dropped_sources = dict(held.heartbeats), state.dropped_sources
        if full or cursor < state.odd_seq:
            delta.oddities = dict(held.oddities)
        delta.sign = state.sign
        delta.unaccounted = 0 if state.serving and state.building else held.unaccounted
        return delta

    async def live(self, partition: Partition) -> AsyncIterator[dict[str, Live | Unreadable]]:
        """See `Store`: in one step."""
        if found := self._states.get(partition, _State()).written.live:
            yield {key: live_of(key, text, self._entities) for key, text in found.items()}

    async def kept_ms(self, partition: Partition) -> int:
        """See `Store`."""
        return self._states.get(partition, _State()).kept_ms

    async def note_kept(self, partition: Partition, at_ms: int) -> None:
        """See `Store`."""
        self._states.setdefault(partition, _State()).kept_ms = at_ms

    async def known(
        self, partition: Partition, entity: Entity
    ) -> AsyncIterator[tuple[str, list[Fact] | Unreadable]]:
        """See `Store`."""
        state = self._states.get(partition, _State())
        held = state.served
        for key, facts in list(held.facts.items()):
            if key.startswith(entity.prefix) and facts:
                yield id_of(key), facts_of(key, facts, self._entities)
        if state.served is not held:
            raise StoreUnavailable("the state was rebuilt from the log meanwhile; ask again")

    async def is_full(self) -> bool:
        """See `Store`: never."""
        return False

    async def close(self) -> None:
        """See `Store`."""

    def _kept(self, cell: Cell, watermark_ms: int, since_ms: int) -> bool:
        if cell.pane_ms == TOTAL:
            return True
        short = cell.pane_ms == SHORT_PANE_MS
        kept_ms = self._retention.short_panes_ms if short else self._retention.long_panes_ms
        return cell.start_ms >= max(since_ms, watermark_ms - kept_ms)


def _write(held: _Version, changes: Changes, seq: int, entities: Entities) -> None:
    before = len(held.cells), len(held.live), len(held.names)
    _put(held, changes, seq, entities)
    after = len(held.cells), len(held.live), len(held.names)
    for name, were, are in zip(("cells", "live", "names"), before, after, strict=True):
        held.due[name] = held.due.get(name, 0) + are - were


def _put(held: _Version, changes: Changes, seq: int, entities: Entities) -> None:
    held.names.update(name_of(name_text(name)) for name in changes.names)
    for entity, facts in changes.facts.items():
        held.facts.setdefault(entity, {}).update((fact.uid, text_of(fact)) for fact in facts)
    for entity, gone in changes.forgotten.items():
        for fact in gone:
            held.facts[entity].pop(fact.uid, None)
    for written, tally in changes.cells.items():
        cell = cell_of(cell_text(written), entities)
        held.cells[cell] = tally_of(tally_text(tally))
        held.changed[cell] = seq
    for entity, live in changes.live.items():
        held.changed[entity] = seq
        if live is None:
            held.live.pop(entity, None)
        else:
            held.live[entity] = live_text(live)


def _beat(state: _State, held: _Version, heartbeats: dict[str, int]) -> None:
    for source, at_ms in heartbeats.items():
        held.heartbeats[source] = max(at_ms, held.heartbeats.get(source, 0))
    oldest = sorted(held.heartbeats, key=lambda source: (held.heartbeats[source], source))
    for source in oldest[:-MOST_SOURCES]:
        del held.heartbeats[source]
        state.dropped_sources += 1
