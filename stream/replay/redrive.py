"""What becomes of refused records when they are read again: accepted now, still refused, or gone."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from stream.adapters.base import Decoder
from stream.broker.dead_letters import Place
from stream.broker.publisher import partition_of
from stream.domain.fact import Event
from stream.domain.fold import Retention
from stream.domain.kinds import Kind
from stream.domain.limits import OPEN_CONTACTS, Held, Limits, Names
from stream.domain.oddity import UNKNOWN
from stream.errors import RejectReason
from stream.store.partition import Partition
from stream.worker.decoding import decode_batch
from stream.worker.record import Record

_Seen = AsyncIterator[tuple[Place, Any]]


class Sent(NamedTuple):
    """A record as it will be once it is sent again: it holds the same, and comes now."""

    topic: str
    partition: int
    offset: int
    timestamp: int | None
    key: bytes | None
    headers: Any
    value: bytes | None


@dataclass(slots=True)
class Redriven:
    """How many records were accepted and sent again, are still refused, by reason, or are no longer kept."""

    redriven: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    gone: int = 0


class Judge(NamedTuple):
    """Says of a record what a worker of today would, were it sent again now.

    `watermarks` are the newest event times of partitions, in ms: beyond retention before them is too late.
    `held` is what they hold; what was judged before adds its names to it. `partitions`: how many a topic has,
    1 where that is not told.
    """

    decoder: Decoder
    retention: Retention
    watermarks: dict[Partition, int]
    now_ms: int
    limits: Limits
    held: dict[Partition, Held]
    partitions: Mapping[str, int] = MappingProxyType({})

    def addressed(self, place: Place, record: Record) -> Sent:
        """The record as it would be sent: as it was, or with the key that it lacks and its partition."""
        sent = Sent(*place, None, record.key, record.headers, record.value)
        partitions = self.partitions.get(place.topic, 1)
        if record.key or partitions == 1:
            return sent
        events = decode_batch(self.decoder, Partition(*place[:2]), [sent], now_ms=self.now_ms).events()
        if not events:
            return sent
        subject = events[0].subject
        return sent._replace(key=subject.encode(), partition=partition_of(subject, partitions))

    def refusal(self, record: Sent) -> str | None:
        """Why the record is still refused; None when it is accepted now."""
        partition = Partition(record.topic, record.partition)
        decoded = decode_batch(self.decoder, partition, [record], now_ms=self.now_ms)
        if decoded.dead_letters:
            return decoded.dead_letters[0].reason
        if not decoded.events():
            return UNKNOWN
        watermark_ms = self.watermarks.get(partition, 0)
        if any(self.retention.is_late(event.fact, watermark_ms) for event in decoded.events()):
            return RejectReason.LATE
        return RejectReason.TOO_MANY if self._is_too_many(partition, decoded.events()) else None

    def _is_too_many(self, partition: Partition, events: Sequence[Event]) -> bool:
        held = self.held.get(partition, Held())
        refused, new = Names(self.limits, held).refused(events)
        held.take(new, {})
        full = held.open[OPEN_CONTACTS] >= self.limits.open_contacts
        return bool(refused) or (full and any(event.fact.kind == Kind.VISIT_QUEUED for event in events))


async def redrive(seen: _Seen, judge: Judge, send: Callable[[Any], Awaitable[None]]) -> Redriven:
    """Send again the records that are accepted now: as they were, or under their subject if they had no key.

    Events are sets: a record that is sent twice, or by a second redrive, counts nothing twice.
    """
    result = Redriven()
    async for place, record in seen:
        if record is None:
            result.gone += 1
            continue
        to_send = judge.addressed(place, record)
        if reason := judge.refusal(to_send):
            result.refused[reason] += 1
        else:
            await send(to_send)
            result.redriven += 1
    return result
