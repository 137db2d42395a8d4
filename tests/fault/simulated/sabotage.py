"""Mechanisms taken away one by one, to see that the simulation notices each."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from fault.simulated.world import Parts
from faust.types import TP

from stream.adapters.canonical import CanonicalDecoder, encode
from stream.app.transport import BatchConsumer
from stream.broker.fetching import Span
from stream.domain.contact.contribution import Contribution
from stream.domain.contact.posting import _handled
from stream.domain.fact import Event, Fact, fact_of
from stream.domain.limits import Held
from stream.domain.tally import Tally, add
from stream.store.checkpoint import Checkpoint, Loaded
from stream.store.lease import Lease, Verdict
from stream.store.memory import MemoryStore
from stream.store.memory_state import State
from stream.store.partition import Partition
from stream.store.rebuild import Plan
from stream.worker.long_open import Entries
from stream.worker.ownership import Ownership
from stream.worker.processor import Processor
from stream.worker.record import Batch
from stream.worker.upkeep import Upkeep


class NoFence(MemoryStore):
    """Takes a checkpoint from whoever sends it."""

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        state = self._states.get(partition)
        return await super().apply(partition, state.token if state else token, checkpoint)


class NoOffsetCheck(MemoryStore):
    """Takes a checkpoint wherever it begins."""

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        state = self._states.get(partition)
        if state is not None and state.token == token:
            state.written.position = checkpoint.from_offset
        return await super().apply(partition, token, checkpoint)


class NoRepeat(MemoryStore):
    """Does not know a checkpoint that it has."""

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        verdict = await super().apply(partition, token, checkpoint)
        return Verdict.ELSEWHERE if verdict is Verdict.REPEAT else verdict


class InPieces(MemoryStore):
    """Moves the position and forgets half of what came with it."""

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        verdict = await super().apply(partition, token, checkpoint)
        if verdict is Verdict.APPLIED and len(checkpoint.changes.cells) > 3:
            self._states[partition].written.cells.pop(next(iter(checkpoint.changes.cells)))
        return verdict


class SharedToken(MemoryStore):
    """Gives every owner the same token."""

    async def acquire(self, partition: Partition) -> Lease:
        state = self._states.get(partition)
        known = None if state is None else state.token
        lease = await super().acquire(partition)
        if known is None:
            return lease
        self._states[partition].token = known
        return lease._replace(token=known)


class CountedTokens(MemoryStore):
    """Counts tokens up from what it knows, which an older copy knows less of."""

    async def acquire(self, partition: Partition) -> Lease:
        known = self._states[partition].token if partition in self._states else 0
        lease = await super().acquire(partition)
        self._states[partition].token = known + 1
        return lease._replace(token=known + 1)


class ReadersGoOn(MemoryStore):
    """Lets readers go on from cursors of a history that was lost."""

    async def acquire(self, partition: Partition) -> Lease:
        state = self._states.get(partition)
        known = None if state is None else (state.seq, state.floor)
        lease = await super().acquire(partition)
        if known is not None:
            self._states[partition].seq, self._states[partition].floor = known
        return lease


class AnyBeginning(MemoryStore):
    """Lets the first checkpoint begin anywhere."""

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        state = self._states.get(partition)
        if state is not None and not state.written.written_ms and state.token == token:
            state.written.position = checkpoint.from_offset
        return await super().apply(partition, token, checkpoint)


class _Trusted(Loaded):
    def judged(self, token: int, position: int) -> Verdict:
        del token, position
        return Verdict.APPLIED


class AnyLoad(MemoryStore):
    """Has owners build upon what they loaded, whoever wrote it."""

    async def load(self, partition: Partition, **wanted: Any) -> Loaded:
        loaded = await super().load(partition, **wanted)
        return _Trusted(loaded.facts, loaded.cells)


class Unheeded(MemoryStore):
    """Goes on as before when somebody asks that a partition be built anew."""

    async def apply(self, partition: Partition, token: int, checkpoint: Checkpoint) -> Verdict:
        with self._deaf(partition):
            return await super().apply(partition, token, checkpoint)

    async def check(self, partition: Partition, token: int, position: int) -> Verdict:
        with self._deaf(partition):
            return await super().check(partition, token, position)

    async def acquire(self, partition: Partition) -> Lease:
        return (await super().acquire(partition))._replace(requested=False)

    @contextmanager
    def _deaf(self, partition: Partition) -> Iterator[None]:
        state = self._states.get(partition) or State()
        asked, state.requested = state.requested, False
        yield
        state.requested = asked


class InPlace(MemoryStore):
    """Builds anew where readers look."""

    async def begin(self, partition: Partition, token: int, plan: Plan) -> Verdict:
        verdict = await super().begin(partition, token, plan)
        state = self._states.get(partition)
        if state is not None and state.building is not None:
            state.serving = None
        return verdict


class PassesOver(MemoryStore):
    """Keeps what it has where records are gone, and goes on behind them."""

    async def begin(self, partition: Partition, token: int, plan: Plan) -> Verdict:
        state = self._states.get(partition)
        if state is not None and state.token == token and plan.lost:
            state.written.position = plan.start
            plan = plan._replace(anew=False)
        return await super().begin(partition, token, plan)


class NothingHeld(MemoryStore):
    """Tells a new owner that the partition holds no name and no open contact."""

    async def acquire(self, partition: Partition) -> Lease:
        return (await super().acquire(partition))._replace(held=Held())


async def _believes(self: Any, spans: dict[TP, Span]) -> None:
    """Takes offsets that no fetch has shown for such as hold no record."""
    wide = {}
    for tp, span in spans.items():
        unseen = max(0, span.first - self._next_offset.get(tp, span.first))
        wide[tp] = span._replace(first=span.first - unseen, gaps=span.gaps + unseen)
    await BatchConsumer._deliver(self, wide)


class EveryEventNew(CanonicalDecoder):
    """Gives an event another identity each time it is read."""

    def decode(self, value: bytes, received_ms: int | None = None) -> tuple[Event]:
        self._read = getattr(self, "_read", 0) + 1
        (event,) = super().decode(value, received_ms)
        return (event._replace(fact=event.fact._replace(uid=f"{event.fact.uid}-{self._read}")),)


_process, _check = Processor.process, Upkeep.check


async def _keeps_fold(self: Any, batch: Batch) -> Verdict:
    """Goes on under its lease, with a fold that knows of events which were never stored."""
    assignment = self._ownership.get(batch.partition)
    try:
        return await _process(self, batch)
    except BaseException:
        if assignment is not None:
            self._ownership._assignments[batch.partition] = assignment
        raise


async def _processes_on(self: Any, batch: Batch) -> Verdict:
    """Takes no notice of being sent elsewhere by a batch."""
    return _deaf(await _process(self, batch))


async def _checks_on(self: Any, partition: Partition) -> Verdict:
    """Takes no notice of being sent elsewhere by a check."""
    return _deaf(await _check(self, partition))


def _deaf(verdict: Verdict) -> Verdict:
    return Verdict.APPLIED if verdict is Verdict.ELSEWHERE else verdict


def _handled_twice(tally: Tally, contribution: Contribution, sign: int) -> None:
    """Books a handled leg, and counts it again: workers and truth do so alike."""
    _handled(tally, contribution, sign)
    add(tally, "handled", sign)


def _nothing(*_: object, **__: object) -> list[Fact]:
    """Of what is open nothing is kept."""
    return []


def _half(_: object, facts: Sequence[Fact], **__: object) -> list[Fact]:
    """Of what is open all is kept but how it began."""
    return sorted(facts)[1:]


def _as_new(entity: str, facts: Iterable[Fact], *_: object) -> Entries:
    """Events are kept under identities of their own."""
    new = [fact._replace(uid=f"{fact.uid}-again") for fact in facts]
    subject = entity.partition("\t")[2]
    return {f"{entity}\t{fact.uid}": encode(Event(subject, fact)) for fact in new}


async def _forgets(_: object, __: object) -> None:
    """What was kept is not recalled."""


def _has_all(*_: object) -> bool:
    """What memory lacks of an agent is never loaded."""
    return False


def _passes(*_: object) -> None:
    """However much is refused, it is passed over."""


def _tabbed(fact: Fact) -> str:
    """Stores a fact as fields with tabs between, whatever they hold."""
    return "\t".join(map(str, (fact.at_ms, fact.kind, fact.number, fact.a, fact.b, fact.c)))


def _untabbed(uid: str, text: str) -> Fact:
    """Reads back what `_tabbed` wrote, where no field holds a tab; what a correction says is written well."""
    if text.startswith("["):
        return fact_of(uid, text)
    at_ms, kind, number, a, b, c = text.split("\t", 5)
    return Fact(int(at_ms), int(kind), uid, int(number), a, b, c)


#: What is taken away, and the parts that lack it.
SABOTAGES: dict[str, Parts] = {
    "fencing token": Parts(store=NoFence),
    "offset check": Parts(store=NoOffsetCheck),
    "repeat answer": Parts(store=NoRepeat),
    "whole or not at all": Parts(store=InPieces),
    "one owner": Parts(store=SharedToken),
    "tokens that follow the time of day": Parts(store=CountedTokens),
    "readers that begin anew": Parts(store=ReadersGoOn),
    "a first position": Parts(store=AnyBeginning),
    "identity of facts": Parts(decoder=EveryEventNew),
    "partition let go after a failure": Parts(
        core=(("stream.worker.processor.Processor.process", _keeps_fold),)
    ),
    "loads held against the lease": Parts(store=AnyLoad),
    "reload when sent elsewhere": Parts(
        core=(
            ("stream.worker.processor.Processor.process", _processes_on),
            ("stream.worker.upkeep.Upkeep.check", _checks_on),
            ("stream.worker.ownership.Ownership.lose", Ownership.report_lost),
        )
    ),
    "what a lease holds": Parts(store=NothingHeld),
    "versions beside each other": Parts(store=InPlace),
    "a version for what is left of a log": Parts(store=PassesOver),
    "requests heeded": Parts(store=Unheeded),
    "offsets shown by the log": Parts(core=(("fault.simulated.worker.Consumer._deliver", _believes),)),
    "keeping what is open": Parts(core=(("stream.app.keeper.kept", _nothing),)),
    "what is open kept whole": Parts(core=(("stream.app.keeper.kept", _half),)),
    "recalling what was kept": Parts(core=(("stream.worker.ownership.Ownership._recall_into", _forgets),)),
    "identity of what is kept": Parts(core=(("stream.app.keeper.entries_of", _as_new),)),
    "agents loaded whole": Parts(core=(("stream.domain.agent.timeline.Agent.lacks", _has_all),)),
    "halting on a flood": Parts(core=(("stream.worker.reject_rate._check", _passes),)),
    "text of facts joined by tabs": Parts(  # put in, not taken away
        core=(("stream.store.codec.fact_text", _tabbed), ("stream.store.codec.fact_of", _untabbed))
    ),
    "every leg once": Parts(core=(("stream.domain.contact.posting._handled", _handled_twice),)),
}
