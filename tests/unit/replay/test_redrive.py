"""What becomes of refused records when they are read again, and what is told of one."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from support.factories import CONTACTS, Record, batch, batch_of, ended, ms, of, queued, state
from support.taking import log_of, new_worker

from stream.adapters.canonical import CanonicalDecoder, encode
from stream.broker.dead_letters import Place, _dead_letter
from stream.broker.publisher import partition_of
from stream.domain.fact import Event
from stream.domain.fold import TOTAL, Cell, Retention
from stream.domain.limits import OPEN_CONTACTS, Held, Limits
from stream.errors import PantauError, RejectReason
from stream.replay.redacted import redacted
from stream.replay.redrive import Judge, Redriven, redrive
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.worker.probes import SilentProbe
from stream.worker.record import DeadLetter

pytestmark = pytest.mark.pure

NOW_MS = ms(7_200)
RETENTION = Retention(contacts_ms=1_000_000, agents_ms=500_000)
AHEAD = encode(of("c9", queued(3_600))[0])
OTHER = (
    b'{"specversion":"1.0","id":"1","source":"/s","type":"visit.teleported","time":"2026-11-21T10:00:00Z"}'
)


def judge(watermark_ms: int = 0, now_ms: int = NOW_MS) -> Judge:
    return Judge(CanonicalDecoder(), RETENTION, {CONTACTS: watermark_ms}, now_ms, Limits(), {})


def event(fact: Any, subject: str = "c1") -> bytes:
    return encode(Event(subject, fact))


async def seen(*values: bytes | None) -> AsyncIterator[tuple[Place, Any]]:
    """Records in order; None for one that is no longer kept."""
    for offset, value in enumerate(values):
        record = None if value is None else Record(offset, ms(0), value)
        yield Place(*CONTACTS, offset), record


async def redriven(*values: bytes | None, by: Judge) -> tuple[Redriven, list[bytes | None]]:
    sent: list[bytes | None] = []

    async def send(record: Any) -> None:
        sent.append(record.value)

    return await redrive(seen(*values), by, send), sent


async def test_what_is_accepted_now_is_sent_and_everything_else_is_told() -> None:
    good = event(queued(0))
    result, sent = await redriven(b"{", good, None, OTHER, b"{}", by=judge())
    assert sent == [good]
    assert result == Redriven(1, Counter({"json": 1, "schema": 1, "unknown": 1}), 1)


async def test_what_was_ahead_of_its_receipt_is_accepted_once_its_time_has_come() -> None:
    for now_ms, refused in ((ms(3_000), 1), (NOW_MS, 0)):
        result, _ = await redriven(AHEAD, by=judge(now_ms=now_ms))
        assert (result.redriven, result.refused["clock"]) == (1 - refused, refused)


@pytest.mark.parametrize(
    ("fact", "watermark", "late"),
    [
        (queued(0), 999, False),
        (queued(0), 1_001, True),
        (state(0, "available"), 499, False),
        (state(0, "available"), 501, True),
    ],
)
async def test_what_is_still_beyond_retention_stays_refused(fact: Any, watermark: float, late: bool) -> None:  # noqa: FBT001 - a column of the table
    result, _ = await redriven(event(fact), by=judge(ms(watermark)))
    assert bool(result.refused["late"]) is late
    assert result.redriven == (not late)


async def test_an_event_without_a_key_goes_under_its_subject_to_the_partition_of_that() -> None:
    partitions = {CONTACTS.topic: 4}
    sent: list[Any] = []

    async def send(record: Any) -> None:
        sent.append((record.key, record.topic, record.partition, record.value, tuple(record.headers)))

    values = [event(queued(0), subject) for subject in ("c1", "c2", "ç")]
    result = await redrive(seen(*values, b"{"), judge()._replace(partitions=partitions), send)
    assert result == Redriven(3, Counter({"json": 1}), 0)
    assert sent == [
        (subject.encode(), CONTACTS.topic, partition_of(subject, 4), value, ())
        for subject, value in zip(("c1", "c2", "ç"), values, strict=True)
    ]
    assert len({partition for *_, partition, _, _ in sent}) > 1


async def test_an_event_without_a_key_is_judged_by_the_partition_that_it_goes_to() -> None:
    there = Partition(CONTACTS.topic, partition_of("c1", 4))
    strict = judge()._replace(partitions={CONTACTS.topic: 4}, watermarks={there: ms(1_001)})
    result, sent = await redriven(event(queued(0)), by=strict)
    assert (result.refused, sent) == (Counter({"late": 1}), [])


async def test_a_second_redrive_counts_nothing_twice() -> None:
    store, letters = MemoryStore(), Letters()
    worker = new_worker(store, letters, SilentProbe(), lambda: clock[0], retention=RETENTION)
    clock = [ms(3_000)]
    await worker.ownership.acquire(CONTACTS, log_of(earliest=0))
    await worker.processor.process(batch(of("c1", queued(0), ended(5))))
    await worker.processor.process(batch_of(CONTACTS, 2, [Record(2, ms(3_000), AHEAD)]))
    assert [letter.reason for letter in letters.sent] == [RejectReason.CLOCK]
    clock[0] = NOW_MS
    offered = []
    for offset in (3, 4):
        _, sent = await redriven(AHEAD, by=judge())
        await worker.processor.process(
            batch_of(CONTACTS, offset, [Record(offset, NOW_MS, value) for value in sent])
        )
        cells = (await store.delta(CONTACTS, 0, since_ms=0)).cells
        offered.append(cells[Cell(TOTAL, TOTAL, "c\tbilling\tvoice")]["offered"])
    assert offered == [2, 2]


class Letters:
    """Where refused records go."""

    def __init__(self) -> None:
        self.sent: list[DeadLetter] = []

    async def send(self, letters: list[DeadLetter]) -> None:
        self.sent += letters


MARK = "Secret-4711"


def test_the_shape_of_a_record_tells_nothing_of_a_person() -> None:
    value = event(queued(0, queue=MARK, uid="1"), subject=MARK)
    found = redacted(Record(0, 0, value, key=MARK.encode()))
    assert MARK not in repr(found)
    assert found.attributes["type"] == "visit.queued"
    assert found.size_bytes == len(value)
    assert found.key_hash == found.subject_hash
    assert found.key_hash != redacted(Record(0, 0, value, key=b"other")).key_hash


@pytest.mark.parametrize(
    "value",
    [None, b"", b"\xff", b"[]", b"null", b"[" * 90_000, json.dumps({"type": [MARK], "id": "a\nb"}).encode()],
)
def test_any_record_has_a_shape(value: bytes | None) -> None:
    found = redacted(Record(0, 0, value))
    assert MARK not in repr(found)
    assert "\\n" not in repr(found)
    assert found.key_hash is None


BINARY = (("ce_specversion", b"1.0"), ("ce_type", b"visit.queued"), ("ce_id", b"7"))


def test_a_record_in_binary_mode_has_its_attributes_too() -> None:
    found = redacted(Record(0, 0, b"{", headers=BINARY))
    assert found.attributes == {}
    found = redacted(Record(0, 0, b"{}", headers=BINARY))
    assert found.attributes == {"specversion": "1.0", "type": "visit.queued", "id": "7"}


def test_a_place_is_read_as_it_is_written() -> None:
    place = Place("pantau.contacts", 3, 90_210)
    assert Place.of(str(place)) == place


@pytest.mark.parametrize("text", ["", "a", "a:1", "a:1:", "a:x:1", ":1:2", "a:1:-1", "a:1:2:3", "a:²:1"])
def test_what_is_no_place_is_told_in_one_line(text: str) -> None:
    with pytest.raises(PantauError, match="give TOPIC:PARTITION:OFFSET"):
        Place.of(text)


def test_a_letter_that_would_upset_a_terminal_is_passed_over() -> None:
    said = {
        "topic": "t",
        "partition": 1,
        "offset": 2,
        "reason": "json",
        "detail": "why",
        "size_bytes": 3,
        "first_seen": "2026-11-21T10:00:00Z",
        "schema_version": "1",
    }
    assert _dead_letter(json.dumps(said).encode()) is not None
    assert _dead_letter(json.dumps({**said, "detail": "\x1b[2J"}).encode()) is None


@pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b"{}", b'{"topic":"t","partition":"x"}', b"\xff"])
def test_what_is_no_letter_is_passed_over(value: bytes | None) -> None:
    assert _dead_letter(value) is None


async def test_what_is_still_too_many_is_not_sent_again_until_the_limit_is_raised() -> None:
    values = [event(queued(0, name), f"c{name}") for name in "abc"]
    for most, sent in ((1, 1), (3, 3)):
        held = {CONTACTS: Held()}
        by = judge()._replace(limits=Limits(queues=most), held=held)
        result, _ = await redriven(*values, by=by)
        assert (result.redriven, result.refused["too_many"]) == (sent, 3 - sent)


async def test_no_queue_entry_is_sent_again_while_contacts_are_too_many() -> None:
    by = judge()._replace(
        limits=Limits(open_contacts=5), held={CONTACTS: Held(open=Counter({OPEN_CONTACTS: 5}))}
    )
    result, _ = await redriven(event(queued(0)), event(ended(9)), by=by)
    assert (result.redriven, result.refused["too_many"]) == (1, 1)
