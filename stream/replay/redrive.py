"""What becomes of refused records when they are read again: accepted now, still refused, or gone."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stream.adapters.base import Decoder
from stream.broker.letters import Place
from stream.domain.fact import Event, Kind
from stream.domain.fold import Retention
from stream.domain.limits import Held, Limits, Names
from stream.domain.oddity import UNKNOWN
from stream.errors import RejectReason
from stream.store.base import Partition
from stream.worker.decoding import decode_batch
from stream.worker.record import Record

_Seen = AsyncIterator[tuple[Place, Any]]


@dataclass(slots=True)
class Redriven:
    """How many records were accepted and sent again, are still refused, by reason, or are no longer kept."""

    redriven: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    gone: int = 0


class Judge(NamedTuple):
    """Says of a record what a worker of today would, were it sent again now.

    `watermarks` are the newest event times of partitions, in ms: beyond retention before them is too late.
    `held` is what they hold; what was judged before adds its names to it.
    """

    decoder: Decoder
    retention: Retention
    watermarks: dict[Partition, int]
    now_ms: int
    limits: Limits
    held: dict[Partition, Held]

    def refusal(self, place: Place, record: Record) -> str | None:
        """Why the record is still refused; None when it is accepted now."""
        partition = Partition(place.topic, place.partition)
        decoded = decode_batch(self.decoder, partition, [_sent_now(record)], now_ms=self.now_ms)
        if decoded.letters:
            return decoded.letters[0].reason
        if not decoded.events():
            return UNKNOWN
        watermark_ms = self.watermarks.get(partition, 0)
        if any(self.retention.is_late(event.fact, watermark_ms) for event in decoded.events()):
            return RejectReason.LATE
        return RejectReason.TOO_MANY if self._is_too_many(partition, decoded.events()) else None

    def _is_too_many(self, partition: Partition, events: Sequence[Event]) -> bool:
        held = self.held.get(partition, Held())
        refused, new = Names(self.limits, held).refused(events)
        held.take(new, 0)
        full = held.open_contacts >= self.limits.open_contacts
        return bool(refused) or (full and any(event.fact.kind == Kind.VISIT_QUEUED for event in events))


async def redrive(seen: _Seen, judge: Judge, send: Callable[[Any], Awaitable[None]]) -> Redriven:
    """Send again, as they were, the records that are accepted now.

    Events are sets: a record that is sent twice, or by a second redrive, counts nothing twice.
    """
    result = Redriven()
    async for place, record in seen:
        if record is None:
            result.gone += 1
        elif reason := judge.refusal(place, record):
            result.refused[reason] += 1
        else:
            await send(record)
            result.redriven += 1
    return result


class _Sent(NamedTuple):
    """A record as it will be once it is sent again: it holds the same, and comes now."""

    offset: int
    timestamp: int | None
    key: bytes | None
    headers: Any
    value: bytes | None


def _sent_now(record: Record) -> Record:
    return _Sent(record.offset, None, record.key, record.headers, record.value)
