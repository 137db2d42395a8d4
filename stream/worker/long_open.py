"""What has been open for long, as entries of a changelog: it outlives the records of its topic (ADR 0035).

Facts are sets by identity: what is recalled from a changelog and found in the log as well is one fact.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from stream.adapters.base import Decoder, SkippedRecord
from stream.adapters.canonical import CanonicalDecoder, encode
from stream.adapters.validated import UnknownType
from stream.domain.agent.attendance import Agent
from stream.domain.fact import Event, Fact
from stream.domain.fold import Retention
from stream.domain.kinds import Kind
from stream.errors import BadRecord
from stream.store.base import CONTACT, Loaded, Partition

#: What is open for this long is kept, and looked at as often.
AFTER_MS = 24 * 3600 * 1000
_LOGGED_OUT = "logged_out"

#: Values by key: canonical events by entity and identity.
Entries = dict[str, bytes]
#: The entries of a partition's changelog.
Recall = Callable[[Partition], Awaitable[Entries]]


class Kept(NamedTuple):
    """How many entries were written or removed, and how many contacts and agents cannot be kept."""

    written: int
    left_out: int


async def nothing(_: Partition) -> Entries:
    """Where there is no changelog."""
    return {}


def kept(
    entity: str, facts: Sequence[Fact], *, now_ms: int, retention: Retention, was_kept: bool
) -> list[Fact]:
    """The facts of a contact or agent that a changelog keeps: none, or all but heartbeats.

    A contact that was ever open for so long is kept until the store forgets it: its end alone would be that
    of another. An agent is kept while a state that lasted so long matters to what is shown.
    """
    if entity.startswith(CONTACT):
        oldest_ms = min((fact.at_ms for fact in facts), default=now_ms)
        is_wanted = was_kept or oldest_ms <= now_ms - AFTER_MS
    else:
        is_wanted = _has_lasted(Agent(facts).states, now_ms, now_ms - retention.agents_ms)
    return sorted(fact for fact in facts if fact.kind != Kind.AGENT_HEARTBEAT) if is_wanted else []


def _has_lasted(states: Sequence[Fact], now_ms: int, least_ms: int) -> bool:
    """Whether one but a logout lasted that long, and at or after `least_ms`."""
    ends = [*(later.at_ms for later in states[1:]), now_ms]
    return any(
        end_ms - state.at_ms >= AFTER_MS and end_ms >= least_ms and state.state != _LOGGED_OUT
        for state, end_ms in zip(states, ends, strict=False)  # of no states there is still a now
    )


def entries_of(
    entity: str, facts: Iterable[Fact], decoder: CanonicalDecoder, received_ms: int
) -> Entries | None:
    """The entries that keep `facts`; None unless all are read back as they were."""
    subject = entity.partition("\t")[2]
    events = [Event(subject, fact) for fact in facts]
    entries = {f"{entity}\t{event.fact.uid}": encode(event) for event in events}
    read = [*recalled(entries, decoder, received_ms)]
    return entries if read == events else None


def forgotten(
    entity: str,
    entries: Entries,
    loaded: Loaded,
    read: Callable[[Entries], Iterable[Event]],
    retention: Retention,
) -> Entries:
    """Of the entries of a contact or agent that are not wanted, those to remove: all of them or none.

    A store that fell back to an older copy has yet to read some facts again, and what it wants without them
    proves nothing. They are newer than what it forgets, reckoned from its own newest event.
    """
    kept_ms = retention.contacts_ms if entity.startswith(CONTACT) else retention.agents_ms
    known = {f"{entity}\t{fact.uid}" for fact in loaded.facts.get(entity, [])}
    unknown = {key: value for key, value in entries.items() if key not in known}
    newest_ms = max((event.fact.at_ms for event in read(unknown)), default=0)
    is_behind = bool(unknown) and newest_ms >= loaded.watermark_ms - kept_ms
    return {} if is_behind else entries


def entity_of(key: str) -> str:
    """The contact or agent of an entry: its identity, which is what follows, holds one tab."""
    return key.rsplit("\t", 2)[0]


def recalled(entries: Mapping[str, bytes], decoder: Decoder, now_ms: int) -> Iterable[Event]:
    """The events of entries; what cannot be read is left out."""
    for value in entries.values():
        try:
            yield from decoder.decode(value, now_ms)
        except (BadRecord, SkippedRecord, UnknownType):
            continue
