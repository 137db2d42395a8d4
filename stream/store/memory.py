"""The store in memory: for tests, and for folding files without servers.

It holds text as Redis would, and gives back what is read from that text.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable

from stream.clock import now_ms
from stream.domain.deltas import SHORT_PANE_MS
from stream.domain.entities import ENTITIES
from stream.domain.entity import Entities, Entity, Live, id_of
from stream.domain.fact import Fact
from stream.domain.fold import TOTAL, Cell, Retention
from stream.domain.limits import Held
from stream.domain.oddity import taken
from stream.domain.rulebook import Rulebook
from stream.errors import StoreUnavailable
from stream.store.checkpoint import Checkpoint, Loaded
from stream.store.codec import (
    facts_of,
    live_of,
)
from stream.store.delta import Delta
from stream.store.lease import Lease, Verdict
from stream.store.memory_state import State
from stream.store.partition import Partition
from stream.store.rebuild import Plan, RebuildStatus
from stream.store.reply import open_counts, take_facts, take_live
from stream.store.sign import Sign, Standing
from stream.store.unreadable import Part, Unreadable


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
        self._states: dict[Partition, State] = {}
        self._counts: dict[str, int] = {}
        self._rulebook: Rulebook | None = None

    async def acquire(self, partition: Partition) -> Lease:
        """See `Store`: tokens and sequence numbers follow the time of day, as those of Redis do."""
        state = self._states.setdefault(partition, State())
        state.token = state.seq = state.floor = max(self._clock(), state.token + 1, state.seq + 1)
        state.sign = Sign(self._clock(), 0, 0)
        version = state.written
        limited = await self.held(partition)
        return Lease(
            *(state.token, version.position, version.watermark_ms, limited, state.rebuild, state.requested),
            oddities=dict(version.oddities),
            rulebook=version.rulebook,
            booked_ms=version.booked_ms,
            unaccounted=version.unaccounted,
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
        state = self._states.get(partition, State())
        version = state.served if served else state.written
        written = state.written
        loaded = Loaded(
            token=state.token or None, position=written.position, watermark_ms=written.watermark_ms
        )
        for entity in entities:
            if texts := version.facts.get(entity):
                take_facts(loaded, entity, texts, self._entities)
            elif entity in version.live:
                take_facts(loaded, entity, {"": ""}, self._entities)
        loaded.cells = {cell: dict(version.cells.get(cell, {})) for cell in cells}
        return loaded

    async def verify(self, partition: Partition, *, served: bool = False) -> list[Unreadable]:
        """See `Store`."""
        state = self._states.get(partition, State())
        version = state.served if served else state.written
        return [
            Unreadable(Part.HASH, f":{name}", f"{size} of the {version.field_counts.get(name, 0)} fields")
            for name, size in version.sizes().items()
            if size != version.field_counts.get(name, 0)
        ]

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        """See `Store`."""
        state = self._states.get(partition)
        if state is None:
            return Verdict.ELSEWHERE
        if state.token != token:
            return Verdict.FENCED
        version = state.written
        if version.position != checkpoint.from_offset:
            return Verdict.REPEAT if version.position == checkpoint.next_offset else Verdict.ELSEWHERE
        if state.requested:
            return Verdict.ELSEWHERE
        version.position, version.watermark_ms = checkpoint.next_offset, checkpoint.watermark_ms
        version.written_ms = checkpoint.written_ms
        version.counted += checkpoint.records + checkpoint.gaps
        version.rulebook, version.booked_ms = checkpoint.rulebook or None, checkpoint.booked_ms
        state.seq += 1
        version.write(checkpoint.changes, state.seq, self._entities)
        state.beat(checkpoint.heartbeats)
        if checkpoint.oddities:
            version.oddities, state.odd_seq = taken(version.oddities, checkpoint.oddities), state.seq
        if state.plan is not None and version.position >= state.plan.target:
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
        self._states.setdefault(partition, State()).requested = True

    async def mend(self, partition: Partition, at_ms: int, *, again_ms: int) -> bool:
        """See `Store`."""
        state = self._states.setdefault(partition, State())
        if at_ms - state.mended_ms < again_ms:
            return False
        state.mended_ms, state.requested = at_ms, True
        return True

    async def rebuild_status(self, partition: Partition) -> RebuildStatus:
        """See `Store`."""
        state = self._states.get(partition, State())
        return RebuildStatus(state.requested, state.rebuild, state.lost)

    async def sweep(self, partition: Partition) -> None:
        """See `Store`: versions that nobody needs are gone by themselves."""

    async def held(self, partition: Partition) -> Held:
        """See `Store`."""
        version = self._states.get(partition, State()).written
        live = Counter(key[:2] for key in version.live)
        return Held(set(version.names), open_counts(live, self._entities))

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
        state = self._states.get(partition, State())
        version, full = state.served, not state.floor <= cursor <= state.seq
        delta = Delta(state.seq, full, version.position or 0, version.watermark_ms, version.written_ms)
        delta.rebuild, delta.lost = state.rebuild, state.lost
        for name, seq in version.changed.items():
            if not full and seq <= cursor:
                continue
            if isinstance(name, str):
                take_live(delta, name, version.live.get(name), self._entities)
            elif not full or self._kept(name, version.watermark_ms, since_ms):
                delta.cells[name] = dict(version.cells[name])
        if full:
            delta.live = {name: value for name, value in delta.live.items() if value is not None}
        delta.heartbeats, delta.dropped_sources = dict(version.heartbeats), state.dropped_sources
        if full or cursor < state.odd_seq:
            delta.oddities = dict(version.oddities)
        delta.sign = state.sign
        delta.unaccounted = 0 if state.serving and state.building else version.unaccounted
        return delta

    async def live(self, partition: Partition) -> AsyncIterator[dict[str, Live | Unreadable]]:
        """See `Store`: in one step."""
        if found := self._states.get(partition, State()).written.live:
            yield {key: live_of(key, text, self._entities) for key, text in found.items()}

    async def kept_ms(self, partition: Partition) -> int:
        """See `Store`."""
        return self._states.get(partition, State()).kept_ms

    async def note_kept(self, partition: Partition, at_ms: int) -> None:
        """See `Store`."""
        self._states.setdefault(partition, State()).kept_ms = at_ms

    async def known(
        self, partition: Partition, entity: Entity
    ) -> AsyncIterator[tuple[str, list[Fact] | Unreadable]]:
        """See `Store`."""
        state = self._states.get(partition, State())
        version = state.served
        for key, facts in list(version.facts.items()):
            if key.startswith(entity.prefix) and facts:
                yield id_of(key), facts_of(key, facts, self._entities)
        if state.served is not version:
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
