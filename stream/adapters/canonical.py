"""Canonical events: CloudEvents 1.0 in JSON, in structured mode."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from stream.adapters.base import EARLIEST_MS, LATEST_MS, MAX_AHEAD_MS, MAX_RECORD_BYTES
from stream.adapters.envelope import (
    LEAST,
    LEAST_DATA,
    LEAST_SEQUENCE,
    NOT_READ,
    envelope_bytes,
    read_envelope,
    tells_once,
)
from stream.adapters.payload import data_of
from stream.adapters.pseudonym import PSEUDONYM
from stream.adapters.sequence import sequence_of, sortable
from stream.adapters.shapes import HEX, KINDS, PLAIN, UUID, is_plain, shape_of
from stream.adapters.text import is_identifier
from stream.adapters.validated import validated
from stream.domain.entities import ENTITIES
from stream.domain.fact import Event, Fact
from stream.domain.instant import MILLIS, instant_ms
from stream.domain.kinds import ABOUT_ANOTHER, ROWS, SNAPSHOTS, Kind

#: Of what each kind of data means; of subjects and sources; of seconds, which come one after another.
_MOST_LEARNT, _MOST_SOUND, _MOST_SECONDS = 32_768, 16_384, 4_096
_MOST_BYTES_LEARNT = 512
_LENGTH_OF_UUID = len(UUID)
#: The pseudonym is not part of the fact: `data` that differs only in it is treated as the same.
_PSEUDONYM = re.compile(rb'"customer" ?: ?"' + PSEUDONYM.encode() + b'"')
_tuple: Any = tuple.__new__  # makes named tuples in half the time; every event needs two


class CanonicalDecoder:
    """Reads canonical events. See `Decoder`."""

    name = "canonical"

    def __init__(self, own_names: AbstractSet[str] = frozenset()) -> None:
        self._own_names = own_names
        self._sound: set[str] = set()
        self._known: dict[tuple[str, bytes], tuple[type[Fact], int, tuple[Any, ...], int]] = {}
        self._seconds: dict[str, int] = {}

    def hold_to_names(self, own_names: AbstractSet[str]) -> None:
        """Exempt these names of queues and teams, and no others, from the check for personal data."""
        if own_names != self._own_names:
            self._own_names = own_names
            self._known.clear()

    def decode(self, value: bytes, received_ms: int | None = None) -> Sequence[Event]:
        """The event in `value`; `Unknown` for a type outside the schema; `Heartbeat` for a heartbeat."""
        try:
            read = read_envelope(value)
            data = bytes(read.data)
            said = self._known.get((read.type, data)) or self._known[read.type, _without_pseudonym(data)]
            class_, kind, slots, least = said
            text, source, identity, subject = read.time, read.source, read.id, read.subject
            second_ms = self._seconds.get(text[:19]) or self._second_ms(text[:19])
            at_ms, sequence = second_ms + MILLIS[text[19:]], read.sequence
        except (KeyError, *NOT_READ):
            return self._validated(value, received_ms)
        place = ""
        if sequence:
            place, least = sortable(sequence), least + LEAST_SEQUENCE
        latest_ms = LATEST_MS if received_ms is None else received_ms + MAX_AHEAD_MS
        content = len(data) + len(subject) + len(identity) + len(source) + len(sequence)
        if not (
            at_ms <= latest_ms
            and len(value) <= MAX_RECORD_BYTES
            and (
                (  # `is_plain`, inlined for most identities
                    identity.encode().translate(HEX) == UUID
                    if len(identity) == _LENGTH_OF_UUID
                    else identity.encode().translate(KINDS) in PLAIN
                )
                or is_plain(identity)
                or _is_sound(identity)
            )
            and (not sequence or is_plain(sequence) or _is_sound(sequence))
            and (subject in self._sound or self._learn_sound(subject))
            and (source in self._sound or self._learn_sound(source))
            and (len(value) == least + content or tells_once(value, read, data))
        ):
            return self._validated(value, received_ms)
        return (
            _tuple(
                Event,
                (subject, _tuple(class_, (at_ms, kind, f"{source}\t{identity}", *slots, place))),
            ),
        )

    def _second_ms(self, second: str) -> int:
        """The instant of a second in UTC, in ms. Raises `ValueError` if it is invalid or implausible."""
        found = instant_ms(f"{second}.000Z")
        if found < EARLIEST_MS:
            raise ValueError(second)
        if len(self._seconds) >= _MOST_SECONDS:
            self._seconds.clear()
        self._seconds[second] = found
        return found

    def _learn_sound(self, text: str) -> bool:
        """Whether a subject or source is valid; remembered, because each comes again."""
        if not (is_plain(text) or _is_sound(text)):
            return False
        if len(self._sound) >= _MOST_SOUND:
            self._sound.clear()
        self._sound.add(text)
        return True

    def _validated(self, value: bytes, received_ms: int | None) -> Sequence[Event]:
        """The event in `value` by the published schema; the meaning of its `data` is then remembered."""
        event = validated(value, received_ms, self._own_names)
        if not isinstance(event, Event):
            return event
        fact = event.fact
        of_envelope = fact.kind in ABOUT_ANOTHER or (fact.kind == Kind.VISIT_ANSWERED and fact.accepted_ms)
        if not of_envelope:  # the meaning of this data depends on the envelope
            self._learn(value, fact)
        return (event,)

    def _learn(self, value: bytes, fact: Fact) -> None:
        try:
            read = read_envelope(value)
        except NOT_READ:
            return
        data = _without_pseudonym(bytes(read.data))
        if len(data) <= _MOST_BYTES_LEARNT and read.type not in SNAPSHOTS:  # whose data contain the time
            if len(self._known) >= _MOST_LEARNT:
                self._known.clear()
            least = LEAST + len(read.type) + len("2026-11-21T10:00:00.000Z") + (LEAST_DATA if data else 0)
            _, kind, _, *slots, _ = fact
            self._known[read.type, data] = (type(fact), kind, tuple(slots), least)


def _is_sound(text: str) -> bool:
    """Whether `text` is an identifier that names no person; `is_plain` accepts most of them faster."""
    return is_identifier(text) and not shape_of(text)


def _without_pseudonym(data: bytes) -> bytes:
    """`data` with its pseudonym replaced by bytes that no valid record contains."""
    return _PSEUDONYM.sub(b"\0", data, 1)


def encode(event: Event, customer: str = "") -> bytes:
    """The canonical record of an event; a start includes the pseudonym `customer`. Inverse of `decode`."""
    fact = event.fact
    source, _, identity = fact.uid.partition("\t")
    data = data_of(fact)
    if customer and fact.kind == Kind.CONTACT_STARTED:
        data["customer"] = customer
    return envelope_bytes(
        identity=identity,
        source=source,
        type_=ROWS[fact.kind].type,
        at_ms=fact.at_ms,
        subject=event.subject,
        sequence=sequence_of(fact.sequence),
        data=data,
    )


def topic_of(event: Event) -> str:
    """The topic that carries an event."""
    return ENTITIES.of_kind(event.fact.kind).topic
