"""A batch of records to events: every record is accounted for."""

import json
from collections.abc import Sequence

import pytest
from support.factories import CONTACTS, Record, beat, ms, of, queued

from stream.adapters.base import Skipped, Unknown
from stream.adapters.canonical import CanonicalDecoder, encode
from stream.domain.fact import Event
from stream.errors import BadRecord, RejectReason
from stream.worker.decoding import decode_batch, too_late
from stream.worker.record import DeadLetter

pytestmark = pytest.mark.pure
NOW_MS = ms(3600)


class Words:
    """Reads a record as words: each is an event, unless it says otherwise."""

    name = "words"

    def decode(self, value: bytes, received_ms: int | None = None) -> Sequence[Event]:
        match value.decode().split():
            case ["bad"]:
                raise BadRecord(RejectReason.SCHEMA, "bad it is")
            case ["new"]:
                return Unknown("new")
            case ["skip", reason]:
                return Skipped(reason)
            case words:
                at = 0.0 if received_ms is None else (received_ms - ms(0)) / 1000
                return [event for word in words for event in of(word, queued(at))]


def test_every_record_is_accounted_for() -> None:
    found = decode_batch(
        Words(),
        CONTACTS,
        [
            Record(10 + n, ms(n), value)
            for n, value in enumerate(
                (b"a b", b"bad", b"", None, b"new", b"skip menu", b"skip menu", b"c", b"new")
            )
        ],
        now_ms=NOW_MS,
    )
    assert [(event.subject, event.fact.at_ms) for event in found.events()] == [
        ("a", ms(0)),
        ("b", ms(0)),
        ("c", ms(7)),
    ]
    assert found.dead_letters == [DeadLetter(CONTACTS, 11, RejectReason.SCHEMA, "bad it is", 3)]
    assert (found.unknown, found.skipped) == (2, {"menu": 2})


def test_every_event_knows_its_record() -> None:
    values = (b"a b c", b"bad", b"d", b"", b"new", b"e f")
    found = decode_batch(
        Words(), CONTACTS, [Record(10 + n, None, value) for n, value in enumerate(values)], now_ms=NOW_MS
    )
    assert [found.source_of(n).offset for n in range(len(found.events()))] == [10, 10, 10, 12, 15, 15]
    with pytest.raises(IndexError):
        found.source_of(6)


@pytest.mark.parametrize(("stamped", "received"), [(None, 50), (49, 49), (50, 50), (51, 50), (1e9, 50)])
def test_a_record_is_received_when_it_says_but_not_after_now(stamped: float | None, received: float) -> None:
    record = Record(1, None if stamped is None else ms(stamped), b"a")
    (event,) = decode_batch(Words(), CONTACTS, [record], now_ms=ms(50)).events()
    assert event.fact.at_ms == ms(received)


@pytest.mark.parametrize("stamped", [None, 1e9])
def test_what_was_accepted_once_is_accepted_ever_after(stamped: float | None) -> None:
    value = encode(of("c1", queued(300))[0])
    record = Record(1, None if stamped is None else ms(stamped), value)
    found = [
        len(decode_batch(CanonicalDecoder(), CONTACTS, [record], now_ms=ms(now)).events())
        for now in (-1, 0, 1, 10**6)
    ]
    assert found == [0, 1, 1, 1]


def test_records_whose_key_is_not_the_subject_are_counted_and_read() -> None:
    keys = [b"c1", b"c2", b"", None, b'"c1"', "ç".encode()]
    (event,), (other,) = of("c1", queued(0)), of("ç", queued(0))
    values = [encode(event)] * 5 + [encode(other)]
    records = [Record(n, None, v, key=k) for n, (k, v) in enumerate(zip(keys, values, strict=True))]
    records.append(Record(6, None, b"{", key=b"c9"))
    found = decode_batch(CanonicalDecoder(), CONTACTS, records, now_ms=NOW_MS)
    assert found.events() == [event] * 5 + [other]
    assert found.misplaced == 2


@pytest.mark.parametrize("key", [None, b""])
def test_in_a_topic_of_several_partitions_an_event_needs_a_key(key: bytes | None) -> None:
    (event,) = of("c1", queued(0))
    values = [encode(event), b"{", beat(1, offset=2).value]
    records = [Record(n, None, value, key=key) for n, value in enumerate(values)]
    found = decode_batch(CanonicalDecoder(), CONTACTS, records, now_ms=NOW_MS, partitions=4)
    assert [(letter.offset, letter.reason) for letter in found.dead_letters] == [
        (0, RejectReason.UNKEYED),
        (1, RejectReason.JSON),
    ]
    assert "4 partitions" in found.dead_letters[0].detail
    assert (found.events(), found.misplaced, found.beats) == ([], 0, {2})
    assert decode_batch(CanonicalDecoder(), CONTACTS, records, now_ms=NOW_MS).events() == [event]


def test_nothing_decodes_to_nothing() -> None:
    found = decode_batch(Words(), CONTACTS, [], now_ms=NOW_MS)
    assert (found.events(), found.dead_letters, found.unknown, dict(found.skipped)) == ([], [], 0, {})


def test_the_letter_about_a_late_event_says_what_to_do() -> None:
    letter = too_late(CONTACTS, Record(7, None, b"12345"))
    assert (letter.partition, letter.offset, letter.reason, letter.size_bytes) == (
        *(CONTACTS, 7),
        *(RejectReason.LATE, 5),
    )
    assert "[retention]" in letter.detail


def test_a_record_in_binary_mode_is_put_into_the_form_that_decoders_read() -> None:
    (event,) = of("c1", queued(0))
    attributes = json.loads(encode(event))
    data = json.dumps(attributes.pop("data")).encode()
    headers = tuple((f"ce_{name}", text.encode()) for name, text in attributes.items())
    found = decode_batch(
        CanonicalDecoder(),
        CONTACTS,
        [Record(1, ms(1), data, headers), Record(2, ms(1), b"{", headers)],
        now_ms=NOW_MS,
    )
    assert found.events() == [event]
    assert [(letter.offset, letter.reason, letter.size_bytes) for letter in found.dead_letters] == [
        (2, RejectReason.JSON, 1)
    ]


def test_of_the_heartbeats_of_a_batch_the_latest_of_each_source_counts() -> None:
    (event,) = of("c1", queued(0))
    records = [
        beat(30, offset=1),
        Record(2, ms(1), encode(event), key=b"c1"),
        beat(15, offset=3),
        beat(20, source="/crm", offset=4),
    ]
    found = decode_batch(CanonicalDecoder(), CONTACTS, records, now_ms=NOW_MS)
    assert found.heartbeats == {"/pantau/heartbeat": ms(30), "/crm": ms(20)}
    assert (found.events(), found.dead_letters, found.misplaced, found.beats) == ([event], [], 0, {1, 3, 4})


def test_a_heartbeat_that_names_another_partition_is_misplaced_and_proves_nothing() -> None:
    records = [beat(1, of="pantau.contacts:1", offset=1), beat(1, of="pantau.agents:0", offset=2)]
    found = decode_batch(CanonicalDecoder(), CONTACTS, records, now_ms=NOW_MS)
    assert (found.heartbeats, found.misplaced, found.beats) == ({}, 2, {1, 2})
