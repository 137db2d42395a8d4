"""What must hold after every step, and what a log comes to: the harness's own books."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fault.simulated.journal import Sent
from fault.simulated.server import Client, Holding, Origin, Server

from stream.domain.agent.state import AgentLive
from stream.domain.cache import Room
from stream.domain.contact.contribution import Live
from stream.domain.definition import Definitions
from stream.domain.fact import Event
from stream.domain.fold import TOTAL, Cell, Changes, PartitionFold
from stream.domain.limits import Held, Limits
from stream.domain.tally import Tally
from stream.store.checkpoint import Checkpoint
from stream.store.delta import Delta
from stream.store.lease import Verdict
from stream.store.partition import Partition

Totals = dict[str, Tally]
_EVER = 1 << 40


class Violated(Exception):  # noqa: N818 - a finding, not an error of the harness
    """Something that must never happen did."""


class Truth:
    """One partition as a single fold of its log gives it, with the totals after every record."""

    def __init__(self, definitions: Definitions, limits: Limits) -> None:
        self._rules = definitions, limits
        self._sent: list[tuple[int, Sent]] = []
        self._since: dict[Origin, Truth] = {}
        self._held = Held()
        self._fold = PartitionFold(
            definitions, limits=limits, held=self._held, room=Room(*(_EVER for _ in Room()))
        )
        self._positions: list[int] = [0]
        self._totals: list[Totals] = [{}]
        self.cells: dict[Cell, Tally] = {}
        self.live: dict[str, tuple[Live, ...] | AgentLive] = {}
        self.events: list[Event] = []
        self.refused: set[int] = set()
        self.told: set[Event] = set()

    def append(self, offset: int, one: Sent) -> None:
        """Fold one more record."""
        self._sent.append((offset, one))
        for later in self._since.values():
            later.append(offset, one)
        events = [] if one.event is None else [one.event]
        self.told.update(events)
        self._positions.append(offset + 1)
        self._totals.append({**self._totals[-1], **totals(self._folded(events).cells)})
        if one.bad or self._fold.late or self._fold.refused:
            self.refused.add(offset)
        else:
            self.events += events

    def _folded(self, events: Sequence[Event], *, recalled: bool = False) -> Changes:
        self._fold.fold(events, {}, recalled=recalled)
        changes = self._fold.settle({})
        self._held.take(changes.names, changes.opened)
        self.cells.update((cell, dict(tally)) for cell, tally in changes.cells.items())
        for entity, state in changes.live.items():
            if state is None:
                self.live.pop(entity, None)
            else:
                self.live[entity] = state
        return changes

    def since(self, origin: Origin) -> "Truth":
        """What the records from an origin on come to, with what was recalled, where those before are gone."""
        if origin.start == 0:
            return self
        if origin not in self._since:
            later = self._since[origin] = Truth(*self._rules)
            later.events += origin.recalled
            later._totals = [totals(later._folded(origin.recalled, recalled=True).cells)]
            for offset, one in self._sent:
                if offset >= origin.start:
                    later.append(offset, one)
        return self._since[origin]

    def bad(self, first: int, end: int) -> list[bool]:
        """Of each record from an offset to before another, whether it can never be read."""
        return [one.bad for offset, one in self._sent if first <= offset < end]

    def totals(self, position: int) -> Totals:
        """What the records before a position come to."""
        return self._totals[bisect_right(self._positions, position) - 1]

    @property
    def is_empty(self) -> bool:
        return len(self._totals) == 1

    def delta(self) -> Delta:
        """All of it, as a reader takes it."""
        return Delta(
            cursor=1,
            full=True,
            position=0,
            watermark_ms=self._fold.watermark_ms,
            written_ms=0,
            cells=dict(self.cells),
            live=dict(self.live),
        )

    @property
    def watermark_ms(self) -> int:
        return self._fold.watermark_ms


def totals(cells: dict[Cell, Tally]) -> Totals:
    """The running totals by series: how far they lie below their peaks depends on how batches are cut."""
    return {
        cell.series: plain(tally)
        for cell, tally in cells.items()
        if cell.pane_ms == TOTAL and cell.series[0] != "l"
    }


def plain(tally: Tally) -> Tally:
    """A tally without zeros and peaks."""
    return {name: n for name, n in tally.items() if n and name[0] != "^"}


@dataclass
class Ledger:
    """Watches the store: every answer it gives is held against the rules and against the truth."""

    server: Server
    truths: dict[Partition, Truth]
    letters: set[tuple[Partition, int]] = field(default_factory=set)
    applied: dict[tuple[int, Partition], int] = field(default_factory=dict)
    requested: set[Partition] = field(default_factory=set)
    kept: Callable[[Partition], set[Event]] = lambda _: set()
    first: Callable[[Partition], int] = lambda _: 0
    due: dict[tuple[int, Partition], set[Event]] = field(default_factory=dict)
    shown: dict[tuple[int, Partition], int] = field(default_factory=dict)

    def executed(self, client: Client, operation: str, asked: tuple[Any, ...], answer: Any) -> None:
        """The store has just done something."""
        if operation == "acquire":
            self.server.holdings[asked[0]] = Holding(client.name, answer.token, self.server.history)
        if operation == "begin" and answer is Verdict.APPLIED and asked[2].anew:
            self.server.begins(asked[0], Origin(asked[2].start))
            is_short = asked[2].start < self.first(asked[0])
            self.due[self.server.history, asked[0]] = self.kept(asked[0]) if is_short else set()
            self.applied.pop((self.server.history, asked[0]), None)
        if operation == "apply" and answer is Verdict.APPLIED:
            self._written(client, *asked)
        if operation in {"begin", "apply"}:
            self.server.goes_on(asked[0])
            self._goes_on(asked[0])

    def heard(self, client: Client, operation: str, asked: tuple[Any, ...], answer: Any) -> None:
        """A client has an answer."""
        if operation != "apply" or answer is not Verdict.ELSEWHERE or client.gave_up:
            return
        if asked[0] in self.requested:  # to be built anew, or it was a moment ago
            return
        holding = self.server.holdings.get(asked[0])
        own = holding is not None and (holding.worker, holding.token) == (client.name, asked[1])
        if own and holding is not None and holding.history == self.server.history:
            raise Violated(f"{client.name} was sent elsewhere although the store has lost nothing")

    def _goes_on(self, partition: Partition) -> None:
        """What readers have, once it is whole, never falls back while the store loses nothing."""
        key, state = (self.server.history, partition), self.server.store._states.get(partition)
        whole = None if state is None or state.serving is None else state.serving.position
        if (whole or 0) < self.shown.get(key, 0):
            raise Violated(f"readers of {tuple(partition)} fell from {self.shown[key]} to {whole}")
        self.shown[key] = whole or 0

    def _written(self, client: Client, partition: Partition, token: int, step: Checkpoint) -> None:
        holding = self.server.holdings.get(partition)
        if holding is None or (holding.worker, holding.token) != (client.name, token):
            raise Violated(
                f"{client.name} wrote {tuple(partition)} with token {token}; its owner is {holding}"
            )
        key = (self.server.history, partition)
        before = self.applied.get(key, step.from_offset)
        if step.from_offset != before or step.next_offset <= before:
            raise Violated(f"{partition} went from {before} to {step.next_offset} by {step.from_offset}")
        if self._is_recall(partition, step):
            self._recalled(partition, step)
        else:
            self._is_recalled(partition)
        self.applied[key] = step.next_offset
        self._same_totals(partition, step.next_offset)
        for cell, tally in step.changes.cells.items():
            wrong = (
                {n: v for n, v in tally.items() if v < 0 and n[1:2] != "."} if cell.series[0] == "c" else {}
            )
            if wrong:
                raise Violated(f"{cell} holds {wrong}")

    def _is_recall(self, partition: Partition, step: Checkpoint) -> bool:
        """Whether a step takes the place of what is gone: one of gaps, read before, may lie there too."""
        if step.records or step.from_offset >= self.first(partition):
            return False
        return step.from_offset == self.server.origin(partition).start or bool(step.changes.facts)

    def _recalled(self, partition: Partition, step: Checkpoint) -> None:
        """What a version is begun with was told by sources, and nothing of the log is in it before."""
        origin, truth = self.server.origin(partition), self.truths[partition]
        facts = step.changes.facts.items()
        events = [Event(entity.partition("\t")[2], fact) for entity, found in facts for fact in found]
        if invented := [event for event in events if event not in truth.told]:
            raise Violated(f"recalled, and told by no source: {invented[:4]}")
        if step.from_offset != origin.start or step.watermark_ms:
            raise Violated(f"{tuple(partition)} was recalled at {step.from_offset}, from {origin.start} on")
        events.sort(key=lambda event: event.fact.at_ms)
        self.server.begins(partition, Origin(step.next_offset, tuple(events)))

    def _is_recalled(self, partition: Partition) -> None:
        """What was kept when a version was begun, and is still, is in it before anything of the log."""
        due = self.due.pop((self.server.history, partition), set())
        if missing := (due & self.kept(partition)) - {*self.server.origin(partition).recalled}:
            raise Violated(f"{tuple(partition)} goes on without what was kept: {sorted(missing)[:4]}")

    def _same_totals(self, partition: Partition, position: int) -> None:
        stored = totals(self.server.store._states[partition].written.cells)
        wanted = self.truths[partition].since(self.server.origin(partition)).totals(position)
        for series in {**stored, **wanted}:
            found, due = stored.get(series, {}), wanted.get(series, {})
            if found != due:
                diff = {
                    n: (found.get(n, 0), due.get(n, 0))
                    for n in {**found, **due}
                    if found.get(n) != due.get(n)
                }
                raise Violated(f"{tuple(partition)} at {position}, {series!r}: stored, due {diff}")
