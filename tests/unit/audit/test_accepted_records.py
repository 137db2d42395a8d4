"""The audit takes of a log what the grammar accepts, as it says it, and counts what it refuses."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from support.audited import LOG, plain_terms, readable, taken
from support.factories import T0, Record

from stream.audit.recomputation import Audit
from stream.audit.records import RecordReader
from stream.store.partition import Partition

pytestmark = pytest.mark.pure


@pytest.fixture(autouse=True)
def _without_figures(up_to: Callable[[str], None]) -> None:
    up_to("event")


_TIME = "2026-11-21T10:00:00.000Z"


def said(type_: str = "visit.queued", data: Any = None, **more: Any) -> dict[str, Any]:
    own = {"queue": "billing"} if type_ == "visit.queued" and data is None else data
    found = {"specversion": "1.0", "source": "/s", "type": type_, "time": _TIME, "subject": "c"}
    return {**found, **({} if own is None else {"data": own}), **more}


SHIFT = {"from": "2026-11-21T09:00:00Z", "to": "2026-11-21T10:00:00Z", "activity": "productive"}
DAY = {"from": "2026-11-21T08:00:00Z", "to": "2026-11-21T18:00:00Z"}
RECORDS: list[Any] = [
    said(),
    said(data={"queue": "b", "channel": "fax"}),
    said(data={"queue": "b", "channel": None}),
    said(data={"queue": "b", "more": None}),
    said(data={"queue": ""}),
    said(data={"queue": "x" * 65}),
    said(data={"queue": "a\tb"}),
    said(data={"queue": 5}),
    said(data={}),
    said(data={"queue": "b", "visit": 0}),
    said(data={"queue": "b", "visit": 999}),
    said(data={"queue": "b", "priority": 1001}),
    said(data={"queue": "b", "due": "2026-11-21"}),
    said(data={"queue": "b", "channel": "callback", "due": "2026-11-21T12:00:00+07:00"}),
    said(subject=""),
    said(subject="a\u200bb"),
    said(subject="å ü"),
    said(specversion="0.3"),
    said(time="2026-11-21 10:00:00Z"),
    said(time="2026-11-21T10:00:00"),
    said(time="2026-02-30T10:00:00Z"),
    said(time="1989-12-31T10:00:00Z"),
    said(time="2026-11-21T10:00:00.123456789-03:30"),
    said(time=5),
    said("contact.started"),
    said("contact.started", {"customer": "k2:9f86d081884c7d659a2feaa0c55ad015", "channel": "chat"}),
    said("contact.started", {"customer": "+4915112345678"}),
    said("contact.started", {"customer": "k2:9F86D081884C7D659A2FEAA0C55AD015"}),
    said("contact.started", {"customer": None}),
    said("contact.started", {"customer": 5}),
    said("contact.ended", {"customer": "+4915112345678"}),
    said("contact.ended", {"customer": None}),
    {**said("contact.started"), "data": None},
    said("contact.ended", {"channel": "chat"}),
    said("visit.answered", {"agent": "a", "team": "t", "visit": 1}),
    said("visit.answered", {"agent": ""}),
    said("visit.answered", {"accepted": "2026-11-21T09:59:53.125Z"}),
    said("visit.answered", {"accepted": "2026-11-21T17:00:00+07:00", "agent": "a", "team": "t"}),
    said("visit.answered", {"accepted": "2026-11-21T10:00:00.001Z"}),
    said("visit.answered", {"accepted": "1989-12-31T10:00:00Z"}),
    said("visit.answered", {"accepted": "just now"}),
    said("visit.answered", {"accepted": None}),
    said("visit.abandoned", {"accepted": "just now"}),
    said("visit.abandoned"),
    said("visit.left"),
    said("visit.left", {"reason": "overflow"}),
    said("visit.left", {"reason": "bored"}),
    said("visit.blocked", {"queue": "b", "reason": "full"}),
    said("visit.blocked", {"queue": "b", "reason": "late"}),
    said("offer.made", {"agent": "a"}),
    said("offer.declined", {"team": "t"}),
    said("leg.ended", {"transfer": "warm"}),
    said("leg.ended", {"transfer": "cold"}),
    said("message.sent", {"by": "bot"}),
    said("message.sent", {"by": "cat"}),
    said("callback.attempted", {"result": "busy"}),
    said("callback.attempted", {}),
    said("contact.snapshot", {"state": "waiting", "queue": "b", "visit": 1, "since": "2026-11-21T09:59:00Z"}),
    said("contact.snapshot", {"state": "waiting", "queue": "b", "since": "2026-11-21T09:59:00Z"}),
    said("contact.snapshot", {"state": "talking", "visit": 2, "since": "2026-11-21T09:59:00Z", "agent": "a"}),
    said(
        "contact.snapshot",
        {"state": "talking", "visit": 2, "since": "2026-11-21T09:59:00Z", "accepted": "2026-11-21T09:58:00Z"},
    ),
    said("contact.snapshot", {"state": "ended"}),
    said("contact.snapshot", {"state": "asleep"}),
    said("agent.state", {"state": "available", "queues": ["a", "b"], "capacity": 3}),
    said("agent.state", {"state": "available", "queues": ["a", ""]}),
    said("agent.state", {"state": "available", "capacity": 101}),
    said("agent.state", {"state": "available", "capacity": {"voice": 1, "chat": 3}, "queues": ["a", "a"]}),
    said("agent.state", {"state": "available", "capacity": {"email": 0}, "reason": "r"}),
    said("agent.state", {"state": "available", "capacity": {}}),
    said("agent.state", {"state": "available", "capacity": {"fax": 1}}),
    said("agent.state", {"state": "available", "capacity": {"chat": 101}}),
    said("agent.state", {"state": "available", "capacity": {"chat": None}}),
    said("agent.state", {"state": "available", "capacity": [1]}),
    said("agent.state", {"state": "dancing"}),
    said("agent.snapshot", {"state": "hold", "since": "2026-11-21T09:59:00Z"}),
    said("agent.snapshot", {"state": "hold"}),
    said("agent.heartbeat"),
    said("schedule.published", {**DAY, "shifts": [SHIFT], "team": "t"}),
    said("schedule.published", {**DAY, "shifts": [{**SHIFT, "to": "2026-11-21T19:00:00Z"}]}),
    said("schedule.published", {**DAY, "shifts": [{**SHIFT, "activity": "sleep"}]}),
    said("schedule.published", {"from": DAY["to"], "to": DAY["from"], "shifts": []}),
    said("event.corrected", {"id": "x", "type": "visit.abandoned", "time": _TIME}),
    said("event.corrected", {"id": "x", "type": "visit.queued", "time": _TIME}),
    said("event.corrected", {"id": "x", "type": "event.retracted", "time": _TIME}),
    said("event.corrected", {"id": "x", "type": "agent.state", "time": _TIME, "data": {"state": "hold"}}),
    said(
        "event.corrected",
        {"id": "x", "type": "visit.answered", "time": _TIME, "data": {"accepted": "2026-11-21T09:59:59Z"}},
    ),
    said(
        "event.corrected",
        {"id": "x", "type": "agent.state", "time": _TIME, "data": {"state": "hold", "capacity": {"sms": 2}}},
    ),
    said("event.retracted", {"id": "y", "type": "visit.queued"}),
    said("event.retracted", {"id": "y", "type": "unknown.kind"}),
    said("event.retracted", {"type": "visit.queued"}),
    said("other.kind", {"a": 1}),
    said(extra={"vendor": 1}),
    [1],
    "text",
    None,
]
RAW = [b"", b"{", b"\xff\xfe", b'{"id": 1}', json.dumps(said(id="big", note="x" * 66_000)).encode()]


def recomputed(audit: Audit, *, next_: int = 1 << 60, contacts_ms: int = 1 << 60) -> list[tuple[Any, ...]]:
    terms = plain_terms(contacts_ms=contacts_ms, agents_ms=1 << 60)
    audit.recompute(terms, now_ms=T0 + 60_000, positions={LOG: next_})
    return audit._rows(
        'SELECT "offset", subject, uid, at_ms, rank, number, a, b, c, sequence FROM accepted ORDER BY 1'
    )


def test_what_is_accepted_and_what_it_says_is_what_the_decoder_says(audit: Audit) -> None:
    records = [
        json.dumps({**record, "id": f"e{n}"} if isinstance(record, dict) else record).encode()
        for n, record in enumerate(RECORDS)
    ]
    records += RAW
    taken(audit, records)
    found = {offset: tuple(rest) for offset, *rest in recomputed(audit)}
    wanted = {n: event for n, record in enumerate(records) for event in readable([record])}
    assert found.keys() == wanted.keys()
    assert len(wanted) > 25
    for n, (subject, fact) in wanted.items():
        at_ms, kind, uid, *rest = fact
        assert found[n] == (subject, uid, at_ms, kind, *rest), records[n]


def test_what_is_too_far_behind_its_partition_is_refused(audit: Audit) -> None:
    times = ("10:00:00", "09:00:01", "08:59:59", "10:30:00", "09:00:01")
    records = [
        json.dumps(said(id=str(n), time=f"2026-11-21T{time}Z")).encode() for n, time in enumerate(times)
    ]
    taken(audit, records)
    assert [row[0] for row in recomputed(audit, contacts_ms=3_600_000)] == [0, 1, 3]


def test_records_that_the_board_has_not_read_are_not_counted(audit: Audit) -> None:
    taken(audit, [json.dumps(said(id=str(n))).encode() for n in range(4)])
    assert [row[0] for row in recomputed(audit, next_=2)] == [0, 1]
    assert [row[0] for row in recomputed(audit, next_=3)] == [0, 1, 2]


def test_what_lies_ahead_of_its_receipt_is_refused(audit: Audit) -> None:
    value = json.dumps(said(id="1")).encode()
    records = [Record(n, T0 - ahead_ms, value) for n, ahead_ms in enumerate((300_000, 300_001))]
    with audit.spool() as spool:
        RecordReader().take(spool, Partition(*LOG), records)
        audit.take(spool)
    assert [row[0] for row in recomputed(audit)] == [0]


def test_what_was_refused_is_counted_by_reason_and_what_it_held_is_not_kept(audit: Audit) -> None:
    records = [said(), said("offer.made", {"agent": "ana@example.org"}), said("other.kind"), said(subject="")]
    values = [json.dumps({"id": str(n), **record}).encode() for n, record in enumerate(records)]
    values += [b"{", values[0]]
    whole = [Record(n, T0, value, key=b"c" if n < 5 else None) for n, value in enumerate(values)]
    with audit.spool() as spool:
        RecordReader(lambda: T0).take(spool, Partition(*LOG), whole, partitions=4)
        audit.take(spool)
    assert audit.refused == {"personal": 1, "unknown_type": 1, "schema": 1, "json": 1, "unkeyed": 1}
    assert audit.records == len(values)
    assert [row[0] for row in recomputed(audit)] == [0]


def test_what_a_correction_says_instead_stands_beside_it(audit: Audit) -> None:
    told = {"id": "x", "type": "agent.state", "time": _TIME, "data": {"state": "hold", "queues": ["a", "b"]}}
    taken(audit, [json.dumps(said("event.corrected", told, id="e", subject="a1")).encode()])
    recomputed(audit)
    columns = "type, entity, a, other_at_ms, other_rank, other_type, other_number, other_a, other_b, other_c"
    assert audit._rows(f"SELECT {columns} FROM decoded") == [  # noqa: S608 - no value in it
        ("event.corrected", "agent", "/s\tx", T0, 20, "agent.state", 1, "hold", "", "\ta\tb")
    ]
