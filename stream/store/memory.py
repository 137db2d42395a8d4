"""The store's twin in memory: for tests, and for folding files without servers."""

import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

from stream.domain.agent import AgentLive
from stream.domain.deltas import SHORT_PANE_MS
from stream.domain.fact import Fact
from stream.domain.fold import TOTAL, Cell, Changes, Retention
from stream.domain.moment import Live
from stream.domain.tally import Tally
from stream.store.base import CONTACT, Checkpoint, Delta, Lease, Loaded, Partition, Verdict


@dataclass(slots=True)
class _State:
    floor: int = field(default_factory=time.time_ns)
    token: int = 0
    position: int = 0
    watermark_ms: int = 0
    written_ms: int = 0
    seq: int = 0
    facts: dict[str, dict[str, Fact]] = field(default_factory=dict)
    cells: dict[Cell, Tally] = field(default_factory=dict)
    live: dict[str, tuple[Live, ...] | AgentLive] = field(default_factory=dict)
    changed: dict[Cell | str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Tokens and sequence numbers begin at the time of day, as those of Redis do."""
        self.token = self.seq = self.floor


class MemoryStore:
    """See `Store`. State lasts as long as the object; nothing in it is shared with its callers."""

    def __init__(self, *, retention: Retention | None = None) -> None:
        self._retention = retention or Retention()
        self._states: dict[Partition, _State] = {}
        self._counts: dict[str, int] = {}

    async def acquire(self, partition: Partition, *, earliest: int = 0) -> Lease:
        """See `Store`."""
        state = self._states.setdefault(partition, _State(position=earliest))
        state.token += 1
        state.floor = state.seq = max(time.time_ns(), state.seq + 1)
        return Lease(state.token, state.position, state.watermark_ms)

    async def partition_count(self, topic: str, found: int) -> int:
        """See `Store`."""
        return self._counts.setdefault(topic, found)

    async def load(self, partition: Partition, *, entities: Iterable[str], cells: Iterable[Cell]) -> Loaded:
        """See `Store`."""
        state = self._states.get(partition, _State())
        return Loaded(
            {e: list(state.facts[e].values()) for e in entities if e in state.facts},
            {cell: dict(state.cells.get(cell, {})) for cell in cells},
        )

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        """See `Store`."""
        state = self._states[partition]
        if state.token != token:
            return Verdict.FENCED
        if state.position != checkpoint.from_offset:
            return Verdict.REPEAT if state.position == checkpoint.next_offset else Verdict.ELSEWHERE
        state.position, state.watermark_ms = checkpoint.next_offset, checkpoint.watermark_ms
        state.written_ms = checkpoint.written_ms
        _write(state, checkpoint.changes)
        return Verdict.APPLIED

    async def check(self, partition: Partition, token: int, position: int) -> Verdict:
        """See `Store`."""
        state = self._states.get(partition)
        if state is None:
            return Verdict.ELSEWHERE
        if state.token != token:
            return Verdict.FENCED
        return Verdict.APPLIED if state.position == position else Verdict.ELSEWHERE

    async def partitions(self) -> list[Partition]:
        """See `Store`."""
        return sorted(self._states)

    async def delta(self, partition: Partition, cursor: int, *, since_ms: int) -> Delta:
        """See `Store`."""
        state = self._states[partition]
        full = not state.floor <= cursor <= state.seq
        delta = Delta(state.seq, full, state.position, state.watermark_ms, state.written_ms)
        for name, seq in state.changed.items():
            if not full and seq <= cursor:
                continue
            if isinstance(name, str):
                delta.live[name] = state.live.get(name)
            elif not full or self._kept(name, state.watermark_ms, since_ms):
                delta.cells[name] = dict(state.cells[name])
        if full:
            delta.live = {name: value for name, value in delta.live.items() if value is not None}
        return delta

    async def contacts(self, partition: Partition) -> AsyncIterator[tuple[str, list[Fact]]]:
        """See `Store`."""
        state = self._states.get(partition, _State())
        for entity, facts in list(state.facts.items()):
            if entity.startswith(CONTACT) and facts:
                yield entity.removeprefix(CONTACT), list(facts.values())

    async def close(self) -> None:
        """See `Store`."""

    def _kept(self, cell: Cell, watermark_ms: int, since_ms: int) -> bool:
        if cell.pane_ms == TOTAL:
            return True
        short = cell.pane_ms == SHORT_PANE_MS
        kept_ms = self._retention.short_panes_ms if short else self._retention.long_panes_ms
        return cell.start_ms >= max(since_ms, watermark_ms - kept_ms)


def _write(state: _State, changes: Changes) -> None:
    state.seq += 1
    for entity, facts in changes.facts.items():
        state.facts.setdefault(entity, {}).update((fact.uid, fact) for fact in facts)
    for entity, gone in changes.forgotten.items():
        for fact in gone:
            state.facts[entity].pop(fact.uid, None)
    for cell, tally in changes.cells.items():
        state.cells[cell] = dict(tally)
        state.changed[cell] = state.seq
    for entity, live in changes.live.items():
        state.changed[entity] = state.seq
        if live is None:
            state.live.pop(entity, None)
        else:
            state.live[entity] = live
