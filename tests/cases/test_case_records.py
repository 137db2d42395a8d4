"""Records that are odd in themselves: worker and audit read one as the other does, or both refuse it.

Values by hand follow from RFC 8259, RFC 3339, CloudEvents 1.0 and the published schema. Where they leave a
choice, None stands: either will do, if it is the same everywhere.
"""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from cases.running import LOG, board, settings_of
from support.audited import audited
from support.factories import Record, batch_of
from support.scenario import Line
from support.taking import log_of, new_worker

from stream.adapters.canonical import CanonicalDecoder
from stream.audit.board import terms_of
from stream.audit.comparison import Comparison
from stream.audit.recomputation import Audit
from stream.audit.records import RecordReader
from stream.broker.topics import CONTACTS
from stream.domain.instant import instant_ms
from stream.store.lease import Verdict
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.worker.decoding import Decoded, decode_batch
from stream.worker.probes import BatchReport, SilentProbe
from stream.worker.record import DeadLetter

pytestmark = pytest.mark.pure

NOW_MS = instant_ms("2026-11-24T10:10:00Z")
SETTINGS = settings_of(None)


def queued(name: str, *, time: str = "2026-11-24T10:00:00Z", more: str = "", beside: str = "") -> bytes:
    """A queue entry; `more` stands in its data, `beside` beside it, as they are written."""
    return (
        f'{{"specversion":"1.0","id":"{name}","source":"/case","type":"visit.queued","subject":"{name}",'
        f'"time":"{time}","data":{{"queue":"{name}"{more}}}{beside}}}'
    ).encode()


#: What is odd, the record, and whether it is accepted.
ODD: list[tuple[str, bytes, bool | None]] = [
    ("plain", queued("plain"), True),
    # Names that come twice in an object: parsers differ in which they take (RFC 8259, section 4).
    ("queue-twice", queued("queue-twice", more=',"queue":"other"'), None),
    ("visit-twice", queued("visit-twice", more=',"visit":1,"visit":2'), None),
    ("id-twice", queued("id-twice", beside=',"id":"another"'), None),
    ("data-twice", queued("data-twice", beside=',"data":{"queue":"other"}'), None),
    ("twice-apart", queued("twice-apart", more=r',"\u0071ueue":"other"'), None),
    ("twice-unread", queued("twice-unread", more=',"x":1,"x":2'), None),
    # The published schema has integers: `true` is none, and no text is a number.
    ("visit-true", queued("visit-true", more=',"visit":true'), False),
    ("visit-1.5", queued("visit-1.5", more=',"visit":1.5'), False),
    ("visit-text", queued("visit-text", more=',"visit":"1"'), False),
    ("visit-1.0", queued("visit-1.0", more=',"visit":1.0'), None),
    ("visit-1e0", queued("visit-1e0", more=',"visit":1e0'), None),
    ("visit-huge", queued("visit-huge", more=f',"visit":1{"0" * 400}'), False),
    ("priority-true", queued("priority-true", more=',"priority":true'), False),
    ("priority-1.5", queued("priority-1.5", more=',"priority":1.5'), False),
    ("priority-text", queued("priority-text", more=',"priority":"7"'), False),
    # No JSON.
    ("comma-in-data", queued("comma-in-data", more=',"x":1,'), False),
    ("comma-beside", queued("comma-beside", beside=","), False),
    ("comma-in-list", queued("comma-in-list", more=',"x":[1,]'), False),
    ("single-quotes", queued("single-quotes", more=",'x':1"), False),
    ("no-quotes", queued("no-quotes", more=",x:1"), False),
    ("comment", queued("comment", more="/* so */"), False),
    ("not-a-number", queued("not-a-number", more=',"x":NaN'), None),
    ("leading-zero", queued("leading-zero", more=',"visit":01'), False),
    ("plus", queued("plus", more=',"visit":+1'), False),
    ("after-the-end", queued("after-the-end") + b"}", False),
    ("newline-in-text", queued("newline-in-text", more=',"x":"a\nb"'), False),
    ("half-a-surrogate", queued("half-a-surrogate", more=r',"x":"\ud800"'), None),
    ("zero-byte", queued("zero-byte", more=r',"x":"\u0000"'), None),
    # Unknown fields say nothing, however long or deep they are.
    ("5000-digits", queued("5000-digits", more=f',"x":{"9" * 5_000}'), True),
    ("1e400", queued("1e400", more=',"x":1e400'), None),
    ("50-lists", queued("50-lists", more=f',"x":{"[" * 50}{"]" * 50}'), True),
    ("200-lists", queued("200-lists", more=f',"x":{"[" * 200}{"]" * 200}'), None),
    ("beside-null", queued("beside-null", beside=',"traceparent":null'), True),
    # Space and marks that cannot be seen; a mail address; a number that can be rung.
    ("no-break\u00a0space", queued("no-break\u00a0space"), None),
    ("right-to\u202eleft", queued("right-to\u202eleft"), None),
    ("soft\u00adhyphen", queued("soft\u00adhyphen"), None),
    ("somebody@example.org", queued("somebody@example.org"), False),
    ("+4930123456", queued("+4930123456"), False),
]
#: RFC 3339 has a zone, seconds, a point, minutes up to 59 in an offset too, no 24:00 and no other digits.
TIMES: dict[str, tuple[str, bool | None]] = {
    "offset-east": ("2026-11-24T17:00:00+07:00", True),
    "offset-west": ("2026-11-24T04:30:00-05:30", True),
    "small-letters": ("2026-11-24t10:00:00z", True),
    "minus-zero": ("2026-11-24T10:00:00-00:00", True),
    "offset-23-59": ("2026-11-25T09:59:00+23:59", True),
    "nanoseconds": ("2026-11-24T10:00:00.123456789Z", True),
    "nearly-a-second": ("2026-11-24T10:00:00.9999999Z", True),
    "a-space-between": ("2026-11-24 10:00:00Z", None),
    "ten-decimals": ("2026-11-24T10:00:00.1234567891Z", None),
    "leap-second": ("2016-12-31T23:59:60Z", None),
    "no-colon": ("2026-11-24T10:00:00+0000", False),
    "no-zone": ("2026-11-24T10:00:00", False),
    "hour-24": ("2026-11-24T24:00:00Z", False),
    "comma": ("2026-11-24T10:00:00,5Z", False),
    "a-number": ("1795514400", False),
    "no-seconds": ("2026-11-24T10:00Z", False),
    "no-such-day": ("2026-02-29T10:00:00Z", False),
    "minute-60": ("2026-11-24T10:60:00Z", False),
    "offset-24": ("2026-11-24T10:00:00+24:00", False),
    "offset-minute-60": ("2026-11-24T10:00:00+14:60", False),
    "space-before-zone": ("2026-11-24T10:00:00 Z", False),
    "space-around": (" 2026-11-24T10:00:00Z", False),
    "point-only": ("2026-11-24T10:00:00.Z", False),
    "digits-elsewhere": ("\uff12\uff10\uff12\uff16-11-24T10:00:00Z", False),
}
ALL = [*ODD, *((name, queued(name, time=time), accepted) for name, (time, accepted) in TIMES.items())]


def decoded(records: Sequence[Record], partition: Partition = LOG) -> Decoded:
    """What a worker makes of records."""
    return decode_batch(CanonicalDecoder(), partition, records, now_ms=NOW_MS)


def records_of(values: Sequence[bytes]) -> list[Record]:
    """Records of one partition, received when they say nothing of it."""
    return [Record(offset, None, value, key=None) for offset, value in enumerate(values)]


@pytest.mark.parametrize(("name", "value", "accepted"), ALL, ids=[ascii(name) for name, *_ in ALL])
def test_a_record_is_accepted_or_refused_as_its_rules_say(
    name: str,
    value: bytes,
    accepted: bool | None,  # noqa: FBT001 - a table
) -> None:
    found = decoded(records_of([value]))
    assert len(found.events()) + len(found.dead_letters) == 1
    if accepted is not None:
        assert [event.subject for event in found.events()] == ([name] if accepted else [])


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("nanoseconds", "2026-11-24T10:00:00.123Z"),
        ("nearly-a-second", "2026-11-24T10:00:00.999Z"),
        ("offset-west", "2026-11-24T10:00:00Z"),
        ("offset-23-59", "2026-11-24T10:00:00Z"),
        ("small-letters", "2026-11-24T10:00:00Z"),
    ],
)
def test_a_time_is_read_to_the_millisecond(name: str, at: str) -> None:
    (event,) = decoded(records_of([queued(name, time=TIMES[name][0])])).events()
    assert event.fact.at_ms == instant_ms(at)


def held_to_the_audit(folder: Path, records: Sequence[Record]) -> tuple[dict[str, Any], Comparison]:
    """The board that a worker's reading of records gives, and that compared with an audit of them."""
    store = MemoryStore(retention=SETTINGS.retention())
    line = Line(store, LOG, SETTINGS.definitions(), retention=SETTINGS.retention())
    for event in decoded(records).events():
        line.batch([event])
    shown = board(store, SETTINGS, NOW_MS)
    with Audit(folder) as audit:
        with audit.spool() as spool:
            RecordReader(lambda: NOW_MS).take(spool, LOG, records)
            audit.take(spool)
        return shown, audited(audit, shown, terms_of(SETTINGS))


def test_the_audit_reads_the_same_of_every_odd_record(tmp_path: Path) -> None:
    _, found = held_to_the_audit(tmp_path / "database", records_of([value for _, value, _ in ALL]))
    assert found.equal > 500
    differing = sorted(
        {(d.place.queue, d.log, d.board) for d in found.differences if d.place.name == "offered"}
    )
    assert differing == []
    assert found.differences == []


def binary(name: str, offset: int, *more: tuple[str, bytes | None]) -> Record:
    """A queue entry in binary mode, with more headers."""
    attributes = {
        "specversion": "1.0",
        "id": name,
        "source": "/case",
        "type": "visit.queued",
        "time": "2026-11-24T10:00:00Z",
        "subject": name,
    }
    headers = [(f"ce_{attribute}", text.encode()) for attribute, text in attributes.items()]
    return Record(offset, NOW_MS, b'{"queue":"q"}', (*headers, *more), name.encode())  # type: ignore[arg-type] # null is what it is about


def test_a_header_without_a_value_stops_nobody(tmp_path: Path) -> None:
    """cloudevents/sdk-java#370, cloudevents/spec#812: an attribute that we do not know says nothing."""
    records = [
        binary("c1", 0),
        binary("c2", 1, ("ce_tracestate", None)),
        binary("c3", 2, ("tracestate", None)),
        binary("c4", 3, ("content-type", None)),
        Record(4, NOW_MS, queued("c5"), (("tracestate", None),), b"c5"),  # type: ignore[arg-type] # as above
    ]
    shown, found = held_to_the_audit(tmp_path / "database", records)
    offered = sum(row["totals"]["offered"] for row in shown["queues"])
    assert offered + len(decoded(records).dead_letters) == len(records)
    assert offered >= 4  # all but maybe the second
    assert found.differences == []


@pytest.mark.parametrize(
    "type_",
    [
        "application/cloudevents+json",
        "application/cloudevents+json; charset=UTF-8",
        "Application/CloudEvents+JSON",
    ],
)
@pytest.mark.parametrize("stray", ["ce_traceparent", "ce_id", "ce_type"])
def test_the_content_type_says_that_a_record_is_structured(type_: str, stray: str) -> None:
    """cloudevents/spec#812: a record in structured mode to which middleware has added a header."""
    record = Record(0, NOW_MS, queued("c1"), ((stray, b"00-1"), ("content-type", type_.encode())), b"c1")
    found = decoded([record])
    assert found.dead_letters == []
    assert [(event.subject, event.fact.uid) for event in found.events()] == [("c1", "/case\tc1")]


def test_a_binary_record_may_say_what_its_data_is() -> None:
    record = binary("c1", 0, ("content-type", b"application/json"))
    assert [event.subject for event in decoded([record]).events()] == ["c1"]


def test_the_audit_takes_modes_apart_as_workers_do(tmp_path: Path) -> None:
    structured_type = ("content-type", b"application/cloudevents+json")
    records = [
        Record(0, NOW_MS, queued("c1"), (("ce_traceparent", b"00-1"), structured_type), b"c1"),
        binary("c2", 1, ("content-type", b"application/json")),
        Record(2, NOW_MS, queued("c3"), (("traceparent", b"00-1"),), b"c3"),
    ]
    shown, found = held_to_the_audit(tmp_path / "database", records)
    assert [row["totals"]["offered"] for row in shown["queues"]] == [1, 1, 1]
    assert found.differences == []


class Listener(SilentProbe):
    """Whatever a worker tells of batches, and the letters that it sends."""

    def __init__(self) -> None:
        self.letters: list[DeadLetter] = []
        self.reports: list[BatchReport] = []

    def batch(self, report: BatchReport) -> None:
        self.reports.append(report)

    async def send(self, letters: list[DeadLetter]) -> None:
        self.letters += letters


def told_by_somebody(contacts: int) -> list[tuple[int, str, bytes]]:
    """Contacts that are queued, answered and over: the number of the event, its contact, its record."""
    life = [("visit.queued", {"queue": "q"}), ("visit.answered", {"agent": "ana"}), ("contact.ended", {})]
    return [
        (
            n + step,
            f"c{n}",
            json.dumps(
                {
                    "specversion": "1.0",
                    "id": f"{n}-{step}",
                    "source": "/case",
                    "type": type_,
                    "time": f"2026-11-24T10:0{step}:{n:02d}Z",
                    "subject": f"c{n}",
                    "data": data,
                }
            ).encode(),
        )
        for n in range(contacts)
        for step, (type_, data) in enumerate(life)
    ]


def worked(partitions: int, *, keyed: bool, spread: bool) -> tuple[dict[str, Any] | None, Listener]:
    """What the board shows of the queue, and what a worker tells, of 40 contacts in a topic."""
    store, listener = MemoryStore(retention=SETTINGS.retention()), Listener()
    batches: dict[int, list[Record]] = {number: [] for number in range(partitions)}
    for count, contact, value in told_by_somebody(40):
        number = (count if spread else int(contact[1:])) % partitions
        key = contact.encode() if keyed else None
        batches[number].append(Record(len(batches[number]), NOW_MS, value, (), key))
    asyncio.run(_work(store, listener, batches))
    shown = board(store, SETTINGS, NOW_MS)
    return next((row for row in shown["queues"] if row["queue"] == "q"), None), listener


async def _work(store: MemoryStore, listener: Listener, batches: dict[int, list[Record]]) -> None:
    worker = new_worker(store, listener, listener, lambda: NOW_MS)
    await worker.ownership.require_partition_count(CONTACTS, len(batches))
    for number, records in batches.items():
        partition = Partition(CONTACTS, number)
        await worker.ownership.acquire(partition, log_of(earliest=0))
        assert await worker.processor.process(batch_of(partition, 0, records)) is Verdict.APPLIED


def test_records_without_a_key_are_refused_where_a_contact_may_be_torn_apart() -> None:
    """neo4j-contrib/neo4j-streams#304, robinhood/faust#422: a producer that picks partitions at random."""
    row, listener = worked(4, keyed=False, spread=True)
    assert [str(letter.reason) for letter in listener.letters] == ["unkeyed"] * 120
    assert row is None or row["totals"]["offered"] == 0


@pytest.mark.parametrize(("partitions", "keyed"), [(4, True), (1, False), (1, True)])
def test_with_a_key_or_in_one_partition_they_count(partitions: int, keyed: bool) -> None:  # noqa: FBT001 - a table
    row, listener = worked(partitions, keyed=keyed, spread=False)
    assert listener.letters == []
    assert row is not None
    assert (row["totals"]["offered"], row["totals"]["answered"], row["now"]["waiting"]) == (40, 40, 0)
    assert (row["now"]["reconciliation_difference"], row["now"]["active"]) == (0, 0)


def test_an_empty_key_is_no_key() -> None:
    value = told_by_somebody(1)[0][2]
    store, listener = MemoryStore(retention=SETTINGS.retention()), Listener()
    batches = {number: [Record(0, NOW_MS, value, (), b"")] for number in range(2)}
    asyncio.run(_work(store, listener, batches))
    assert [str(letter.reason) for letter in listener.letters] == ["unkeyed"] * 2
