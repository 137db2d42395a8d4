"""The fold of one partition: events in; changed facts, cells and live state out.

The live worker, `replay` and the tests use the same code. The fold caches a part of the partition's state.
The caller asks for what is missing, loads it in one call, and passes it in:

    missing_entities(events) -> load facts -> fold(events, facts) -> load cells -> settle(cells) -> Changes

Where facts of many subjects would take much memory while they are loaded, the `pieces` of what is missing are
loaded and passed to `remember` first.

Whether an event is too late depends only on the records before it, never on a clock.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import NamedTuple

from stream.domain.agent.schedule import GRACE_MS
from stream.domain.cache import FinishedFirst, LruDict, Room
from stream.domain.definition import Definitions
from stream.domain.deltas import SHORT_PANE_MS
from stream.domain.entities import ENTITIES
from stream.domain.entity import NO_LIMIT, Batch, Entities, Entity, Known, Live, id_of
from stream.domain.fact import Event, Fact
from stream.domain.instant import HOUR_MS, MINUTE_MS
from stream.domain.limits import Held, Limits, Name, Names
from stream.domain.tally import Tally, merge, merge_total

LONG_PANE_MS = MINUTE_MS
TOTAL = -1
#: A fact that comes this much later than others of its partition counts as a late correction.
LATE_AFTER_MS = MINUTE_MS

_BySubject = dict[str, list[Fact]]


@dataclass(frozen=True, slots=True)
class Retention:
    """How far behind its partition's newest event an event may be; how long panes are kept. All in ms."""

    contacts_ms: int = 15 * 24 * HOUR_MS
    agents_ms: int = 50 * HOUR_MS
    short_panes_ms: int = 90 * MINUTE_MS
    long_panes_ms: int = 50 * HOUR_MS

    @property
    def longest_ms(self) -> int:
        """How far back the log matters."""
        return max(int(getattr(self, kept.name)) for kept in fields(self))

    def of(self, entity: Entity) -> int:
        """How far back an event about an entity may be, in ms."""
        kept_ms: int = getattr(self, entity.retention)
        return kept_ms

    def is_late(self, fact: Fact, watermark_ms: int, entities: Entities = ENTITIES) -> bool:
        """Whether a fact is too far behind its partition's newest event to be folded."""
        return fact.at_ms < watermark_ms - self.of(entities.of_kind(fact.kind))


class Cell(NamedTuple):
    """The address of a tally: a pane of `pane_ms` from `start_ms`; a running total has `TOTAL` for both."""

    pane_ms: int
    start_ms: int
    series: str


@dataclass(slots=True)
class Changes:
    """The changes of a batch, stored whole or not at all. `live` has None for a subject that is gone.

    `names` are new in the partition. `opened` is the change in the number of open subjects, by limit.
    """

    facts: dict[str, list[Fact]] = field(default_factory=dict)
    forgotten: dict[str, list[Fact]] = field(default_factory=dict)
    cells: dict[Cell, Tally] = field(default_factory=dict)
    live: dict[str, Live | None] = field(default_factory=dict)
    names: list[Name] = field(default_factory=list)
    opened: Counter[str] = field(default_factory=Counter)


class PartitionFold:
    """The state of one partition, and how a batch of events changes it.

    With `limits`, `held` is what the stored partition holds; its owner updates it after each store call.
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
        entities: Entities = ENTITIES,
    ) -> None:
        self.watermark_ms = watermark_ms
        self.late: list[int] = []
        self.refused: dict[int, str] = {}
        self._limits, self._held = limits, held or Held()
        self._names = Names(limits, self._held, by_agent=definitions.by_agent) if limits else None
        self._retention = retention = retention or Retention()
        #: How much stays in memory; may change between batches.
        self.room = room or Room()
        self._entities = entities
        self._read = {entity: entity.reader(definitions, grace_ms) for entity in entities}
        self._known: dict[Entity, FinishedFirst[str, Known]] = {
            entity: FinishedFirst() for entity in entities
        }
        self._kept_ms = {kind: retention.of(entity) for entity in entities for kind in entity.kinds}
        self._cells: LruDict[Cell, Tally] = LruDict()
        self._batch = Batch()
        self._changes = Changes()

    @property
    def duplicates(self) -> int:
        """How many facts of the last batch were duplicates."""
        return self._batch.duplicates

    @property
    def booked_ms(self) -> int:
        """The latest instant that a correction of the last batch booked something at."""
        return self._batch.booked_ms

    def missing_entities(self, events: Sequence[Event]) -> set[str]:
        """The keys of the subjects of `events` whose facts `fold` needs."""
        missing = set[str]()
        for entity in self._about(events):
            known, kinds, prefix = self._known[entity], entity.kinds, entity.prefix
            keep_from_ms = self.watermark_ms - self._retention.of(entity)
            for subject, fact in events:
                if fact.kind in kinds:
                    one = known.get(subject)
                    if one is None or one.lacks(fact, keep_from_ms):
                        missing.add(f"{prefix}{subject}")
        return missing

    def pieces(self, missing: Collection[str]) -> Iterator[list[str]]:
        """Those of many missing keys to load and `remember` a few at a time; see `Entity.at_once`."""
        for entity in self._entities:
            most, known, prefix = entity.at_once, self._known[entity], entity.prefix
            if len(missing) > most:
                keys = sorted(key for key in missing if key.startswith(prefix) and id_of(key) not in known)
                yield from (keys[at : at + most] for at in range(0, len(keys), most))

    def remember(self, keys: Iterable[str], loaded: Mapping[str, list[Fact]]) -> None:
        """Take subjects into memory, with as many of the `loaded` facts as stay there."""
        batch = Batch(states_ms=self.room.states_ms)
        for key in keys:
            entity = self._entities.of_key(key)
            if entity is not None:
                one = self._known[entity][id_of(key)] = self._loaded(entity, key, loaded)
                one.take((), batch)

    def fold(
        self,
        events: Sequence[Event],
        loaded: Mapping[str, list[Fact]],
        *,
        recalled: bool = False,
    ) -> set[Cell]:
        """Add the facts of a batch; return the cells that `settle` needs.

        `loaded` has the stored facts of the missing subjects. `recalled` events come before all others in
        order of time; they move no watermark and are no corrections. Afterwards `late` has the positions of
        events beyond retention, and `refused` the positions of events above a limit, with that limit.
        """
        late_ms = 0 if recalled else self.watermark_ms - LATE_AFTER_MS
        self._changes, self._batch, self.late = Changes(), Batch(late_ms), []
        groups, watermark_ms = self._in_time(self._within_limits(events, loaded), self._about(events))
        if not recalled:
            self.watermark_ms = watermark_ms
        for entity, by_subject in groups.items():
            over = self._fold_all(entity, by_subject, loaded)
            if over:
                excess = {id(fact) for fact in over}
                self.refused |= {
                    n: entity.most_facts for n, (_, fact) in enumerate(events) if id(fact) in excess
                }
        return {cell for key in self._batch.deltas for cell in self._cells_of(key) if cell not in self._cells}

    def settle(self, loaded: Mapping[Cell, Tally]) -> Changes:
        """Apply the batch's deltas to the cells, given the missing ones; return all changes."""
        for cell, tally in loaded.items():
            self._cells[cell] = tally
        for key, delta in self._batch.deltas.items():
            for cell in self._cells_of(key):
                tally = self._cells.setdefault(cell, {})
                self._cells.move_to_end(cell)
                # A pane may shrink after a correction. A total is a Prometheus counter, which must not.
                if cell.pane_ms == TOTAL:
                    merge_total(tally, delta)
                else:
                    merge(tally, delta)
                self._changes.cells[cell] = tally
        self._trim()
        return self._changes

    def cells(self) -> Iterable[tuple[Cell, Tally]]:
        """Every cached cell."""
        return self._cells.items()

    def known(self, entity: Entity) -> Mapping[str, Known]:
        """The cached subjects of an entity."""
        return self._known[entity]

    def _about(self, events: Iterable[Event]) -> list[Entity]:
        """The entities of events, in the order of the registry."""
        kinds = {fact.kind for _, fact in events}
        return [entity for entity in self._entities if not kinds.isdisjoint(entity.kinds)]

    def _within_limits(
        self, events: Sequence[Event], loaded: Mapping[str, list[Fact]]
    ) -> Iterable[tuple[int, Event]]:
        """The events within the limits on names and open subjects, with their positions."""
        self.refused = {}
        if self._limits is None or self._names is None:
            return enumerate(events)
        self.refused, self._changes.names = self._names.refused(events)
        room = {
            limit: getattr(self._limits, limit) - self._held.open[limit]
            for limit in {entity.most_open for entity in self._entities} - {""}
        }
        # Each event opens at most one subject. While a whole batch fits, nobody needs to look at each event.
        if any(most < len(events) for most in room.values()):
            self._refuse_opening(events, loaded, room)
        if not self.refused:
            return enumerate(events)
        return [(at, event) for at, event in enumerate(events) if at not in self.refused]

    def _refuse_opening(
        self, events: Sequence[Event], loaded: Mapping[str, list[Fact]], room: dict[str, int]
    ) -> None:
        """Refuse events that open a subject above its limit, as if each event were a batch of its own.

        So the result does not depend on how records are batched.
        """
        tried: dict[str, Known] = {}
        watermark_ms = self.watermark_ms
        for position, (subject, fact) in enumerate(events):
            if position in self.refused:
                continue
            entity = self._entities.of_kind(fact.kind)
            limit, key = entity.most_open, f"{entity.prefix}{subject}"
            if not limit or fact.at_ms < watermark_ms - self._kept_ms[fact.kind]:
                watermark_ms = max(watermark_ms, fact.at_ms)
                continue
            # Only reading the subject's facts with and without the event tells whether the event opens it:
            # facts in any order, and corrections, may open or close it.
            before = tried.get(key) or self._known[entity].get(subject) or self._loaded(entity, key, loaded)
            after = self._read[entity]([*before.facts.values(), fact])
            opened = bool(after.live) - bool(before.live)
            if opened > room[limit]:
                self.refused[position] = limit
                continue
            room[limit] -= opened
            tried[key] = after
            watermark_ms = max(watermark_ms, fact.at_ms)

    def _loaded(self, entity: Entity, key: str, loaded: Mapping[str, list[Fact]]) -> Known:
        return self._read[entity](loaded.get(key, ()))

    def _in_time(
        self, events: Iterable[tuple[int, Event]], about: Iterable[Entity]
    ) -> tuple[dict[Entity, _BySubject], int]:
        """Group the facts that are not late by entity and subject; return them and the new watermark.

        The watermark rises event by event, so that an event is late after the same records in every batching.
        """
        groups: dict[Entity, _BySubject] = {entity: {} for entity in about}
        by_kind = {kind: by_subject for entity, by_subject in groups.items() for kind in entity.kinds}
        # `Retention.is_late` is inlined: this loop runs for every event, and a call would dominate it.
        watermark_ms, kept_ms = self.watermark_ms, self._kept_ms
        for position, (subject, fact) in events:
            at_ms, kind = fact.at_ms, fact.kind
            if at_ms > watermark_ms:
                watermark_ms = at_ms
            elif at_ms < watermark_ms - kept_ms[kind]:
                self.late.append(position)
                continue
            by_subject = by_kind[kind]
            if subject in by_subject:
                by_subject[subject].append(fact)
            else:
                by_subject[subject] = [fact]
        return groups, watermark_ms

    def _fold_all(
        self, entity: Entity, by_subject: _BySubject, loaded: Mapping[str, list[Fact]]
    ) -> list[Fact]:
        """Add and book all facts about an entity; return the facts above the limit of a subject."""
        known, batch, changes = self._known[entity], self._batch, self._changes
        batch.over = []
        batch.most_facts = self._most(entity)
        batch.keep_from_ms = self.watermark_ms - self._retention.of(entity)
        batch.states_ms = self.room.states_ms
        # All facts of a subject are added before its contribution is computed again, once for the batch: most
        # contacts get several events in a batch, and computing is what costs.
        for subject, facts in by_subject.items():
            key = f"{entity.prefix}{subject}"
            one = known.get(subject)
            if one is None or key in loaded:
                one = known[subject] = self._loaded(entity, key, loaded)
            was = one.live
            new, gone = one.take(facts, batch)
            if new:
                changes.facts[key] = new
            if gone:
                changes.forgotten[key] = list(gone)
            # `live` is compared, not assumed: most facts of a talking contact change nothing that a board
            # shows.
            if new and one.live != was:
                changes.live[key] = one.live or None
                if entity.most_open:
                    changes.opened[entity.most_open] += bool(one.live) - bool(was)
            known.touch(subject, finished=not one.live)
        return batch.over

    def _most(self, entity: Entity) -> int:
        most: int = getattr(self._limits, entity.most_facts, NO_LIMIT)
        return most

    def _cells_of(self, key: tuple[str, int]) -> list[Cell]:
        """The cells that a delta goes to. Totals keep everything; panes only what is within retention."""
        series, start_ms = key
        cells = [Cell(TOTAL, TOTAL, series)]
        if start_ms >= self.watermark_ms - self._retention.long_panes_ms:
            cells.append(Cell(LONG_PANE_MS, start_ms - start_ms % LONG_PANE_MS, series))
        if start_ms >= self.watermark_ms - self._retention.short_panes_ms:
            cells.append(Cell(SHORT_PANE_MS, start_ms, series))
        return cells

    def _trim(self) -> None:
        entities, finished, cells, _ = self.room
        for known in self._known.values():
            known.cut(entities, finished)
        self._cells.trim(cells)
