"""What is told again: canonical events of what has been open for long, so that Kafka keeps them (ADR 0023).

Facts are sets by identity, so an event that is told again changes no number; after Redis was lost, it is
what a rebuild finds of a contact or agent whose first events Kafka no longer has.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from stream.adapters.base import SkippedRecord
from stream.adapters.canonical import CanonicalDecoder, encode
from stream.adapters.validated import UnknownType
from stream.domain.agent import AgentLive
from stream.domain.attendance import Agent
from stream.domain.fact import Event, Fact
from stream.domain.fold import Retention
from stream.domain.kinds import Kind
from stream.domain.moment import Live
from stream.errors import BadRecord
from stream.store.base import CONTACT
from stream.store.unreadable import Unreadable

#: What is open is told again once it has been so for this long, and then as often.
AFTER_MS = 24 * 3600 * 1000
#: What comes so close to the end of retention is not told: it might be too late when it is read.
MARGIN_MS = 3600 * 1000
#: Keys and values of records.
Records = list[tuple[str, bytes]]


class Told(NamedTuple):
    """How many events were told again, and how many open contacts and agents could not be."""

    events: int
    left_out: int


def is_open(live: tuple[Live, ...] | AgentLive | Unreadable) -> bool:
    """Whether what is live is of interest after a loss: a contact always, an agent unless logged out.

    What cannot be read may be; its facts tell.
    """
    return not isinstance(live, AgentLive) or live.state != "logged_out"


def events_of(entity: str, facts: Sequence[Fact], *, now_ms: int, retention: Retention) -> list[Event] | None:
    """The events that tell an open contact or agent again: none while Kafka has it for long enough.

    None where it cannot be told, for its facts lie beyond retention: they would be refused as late.
    """
    if entity.startswith(CONTACT):
        told = _of_contact(facts, now_ms, now_ms - retention.contacts_ms + MARGIN_MS)
    else:
        told = _of_agent(facts, now_ms, now_ms - retention.agents_ms + MARGIN_MS)
    subject = entity.partition("\t")[2]
    return None if told is None else [Event(subject, fact) for fact in told]


def records_of(events: Iterable[Event], decoder: CanonicalDecoder, received_ms: int) -> Records | None:
    """The records that tell `events`; None unless all are read back as they were."""
    records = [(event.subject, event, encode(event)) for event in events]
    if all(_reads(decoder, value, received_ms) == (event,) for _, event, value in records):
        return [(key, value) for key, _, value in records]
    return None


def _reads(decoder: CanonicalDecoder, value: bytes, received_ms: int) -> Sequence[Event]:
    try:
        return decoder.decode(value, received_ms)
    except (BadRecord, SkippedRecord, UnknownType):
        return ()


def _of_contact(facts: Sequence[Fact], now_ms: int, least_ms: int) -> list[Fact] | None:
    """All or none: half a contact would be another one."""
    oldest_ms = min((fact.at_ms for fact in facts), default=0)
    if oldest_ms > now_ms - AFTER_MS:
        return []
    return None if oldest_ms < least_ms else sorted(facts)


def _of_agent(facts: Sequence[Fact], now_ms: int, least_ms: int) -> list[Fact] | None:
    """What is within retention, if the state that lasts follows from that; heartbeats come by themselves."""
    told = sorted(fact for fact in facts if fact.kind != Kind.AGENT_HEARTBEAT and fact.at_ms >= least_ms)
    lasting = Agent(facts).states[-1:]
    if lasting and lasting[0].at_ms > now_ms - AFTER_MS:
        return []
    return told if lasting and Agent(told).states[-1:] == lasting else None
