"""What has been open for long, as entries of a changelog, which outlive the records of the topic (ADR 0035).

Facts are sets by identity: one that is recalled from a changelog and found in the log as well counts once.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from stream.adapters.base import Decoder
from stream.adapters.canonical import encode
from stream.domain.entity import Entity, id_of
from stream.domain.fact import Event, Fact
from stream.domain.fold import Retention
from stream.errors import BadRecord
from stream.store.checkpoint import Loaded
from stream.store.partition import Partition

#: What has been open for this long is kept; partitions are looked through as often.
AFTER_MS = 24 * 3600 * 1000

#: Values by key: canonical events by entity and identity.
Entries = dict[str, bytes]
#: The entries of a partition's changelog.
Recall = Callable[[Partition], Awaitable[Entries]]


class Kept(NamedTuple):
    """How many entries were written or removed, and how many contacts and agents could not be kept."""

    written: int
    left_out: int


async def nothing(_: Partition) -> Entries:
    """Where there is no changelog."""
    return {}


def kept(
    entity: Entity, facts: Sequence[Fact], *, now_ms: int, retention: Retention, was_kept: bool
) -> list[Fact]:
    """The facts of one contact or agent that a changelog keeps: none, or all but signs of life.

    A contact, once kept, stays kept until the store forgets it: its end alone would read as the end of
    another contact. An agent is kept while a state that has lasted so long matters to what is shown.
    """
    least_ms = now_ms - retention.of(entity)
    is_wanted = (was_kept and entity.stays_kept) or entity.is_long_open(
        facts, now_ms=now_ms, after_ms=AFTER_MS, least_ms=least_ms
    )
    return sorted(fact for fact in facts if fact.kind not in entity.beats) if is_wanted else []


def entries_of(key: str, facts: Iterable[Fact], decoder: Decoder, received_ms: int) -> Entries | None:
    """The entries that keep `facts`; None unless all are read back equal."""
    events = [Event(id_of(key), fact) for fact in facts]
    entries = {f"{key}\t{event.fact.uid}": encode(event) for event in events}
    read = [*events_of(entries, decoder, received_ms)]
    return entries if read == events else None


def forgotten(
    key: str,
    entries: Entries,
    loaded: Loaded,
    read: Callable[[Entries], Iterable[Event]],
    kept_ms: int,
) -> Entries:
    """Which unwanted entries of `key` to remove: all of them or none.

    A store that fell back to an older copy has not read some facts again yet, and what is wanted without them
    proves nothing. Such facts are newer than what the store forgets, counted back from its newest event.
    """
    known = {f"{key}\t{fact.uid}" for fact in loaded.facts.get(key, [])}
    unknown = {entry: value for entry, value in entries.items() if entry not in known}
    newest_ms = max((event.fact.at_ms for event in read(unknown)), default=0)
    is_behind = bool(unknown) and newest_ms >= loaded.watermark_ms - kept_ms
    return {} if is_behind else entries


def entity_of(key: str) -> str:
    """The key of the contact or agent of an entry; the identity that follows it holds one tab."""
    return key.rsplit("\t", 2)[0]


def events_of(entries: Mapping[str, bytes], decoder: Decoder, now_ms: int) -> Iterable[Event]:
    """The events of entries. What cannot be read is left out."""
    for value in entries.values():
        try:
            yield from decoder.decode(value, now_ms)
        except BadRecord:
            continue
