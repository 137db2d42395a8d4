"""Sends refused records again if they are accepted now."""

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
    """A record to be sent again, with the same content and a new time of receipt."""

    topic: str
    partition: int
    offset: int
    timestamp: int | None
    key: bytes | None
    headers: Any
    value: bytes | None


@dataclass(slots=True)
class Redriven:
    """The number of records sent again, still refused (by reason), and no longer in Kafka."""

    redriven: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    gone: int = 0


class Judge(NamedTuple):
    """Judges a record as a worker would if it were sent again now.

    `watermarks` has the newest event time of each partition in ms. `held` has what the partitions hold;
    records judged before add their names to it. `partitions` has the number of partitions of each topic, 1 if
    missing.
    """

    decoder: Decoder
    retention: Retention
    watermarks: dict[Partition, int]
    now_ms: int
    limits: Limits
    held: dict[Partition, Held]
    partitions: Mapping[str, int] = MappingProxyType({})

    def addressed(self, place: Place, record: Record) -> Sent:
        """The record to send: unchanged, or with the missing key and its partition."""
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
        """Why the record is still refused; None if it is accepted now."""
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
    """Send again the records that are accepted now; records without a key get their subject as the key.

    Facts are sets, so a record that is sent twice counts once.
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
