"""Whatever lands on a topic: good events count as if they were alone, and each bad one is reported."""

import json
import random
import re
import time
from collections import Counter
from typing import Any

from support.load import last_hours
from support.pantau import Pantau, Worker, together
from support.processes import wait_until
from support.records import letters, send, wait_until_read
from support.truth import assert_totals, await_totals, decoded, reported

from stream.broker.topics import AGENTS, CONTACTS
from stream.dev.simulator import SimulatedEvent
from tools.docs.dead_letter import DeadLetterDocument

_DAY_MS = 86_400_000
#: In every bad record, wherever there is room: it must not be seen again.
MARK = "Secret-4711"
_GOOD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": "/bad",
    "type": "visit.queued",
    "time": "2026-01-05T10:00:00.000Z",
    "subject": MARK,
    "data": {"queue": "orders", "channel": "voice"},
}
_AGENT: dict[str, Any] = {**_GOOD, "type": "agent.state", "data": {"state": "available", "team": MARK}}
_DEEP = 20_000
_IN_OTHER_DIGITS = "2026-01-05T10:00:00Z".translate({ord(d): 0x0660 + int(d) for d in "0123456789"})


def event(base: dict[str, Any] = _GOOD, **changes: Any) -> bytes:
    """An event with changes; None takes a field away."""
    document = {**base, **changes}
    return json.dumps({name: value for name, value in document.items() if value is not None}).encode()


def data(base: dict[str, Any] = _GOOD, **changes: Any) -> bytes:
    """An event with changes in its data; None takes a field away."""
    inner = {**base["data"], **changes}
    return event(base, data={name: value for name, value in inner.items() if value is not None})


def now(**changes: Any) -> dict[str, Any]:
    return {**_GOOD, "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **changes}


def days_ago(days: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * 86_400))


BAD: dict[str, tuple[str, bytes | None]] = {
    "tombstone": ("json", None),
    "empty": ("json", b""),
    "text": ("json", MARK.encode()),
    "cut off": ("json", event()[:-9]),
    "two documents": ("json", event() + event()),
    "not UTF-8": ("json", event().replace(b"orders", b"or\xc3\x28ers")),
    "UTF-16": ("json", event().decode().encode("utf-16")),
    "half a surrogate": ("json", event().replace(b"orders", rb"\ud800")),
    "zeros": ("json", bytes(1_000)),
    "deep list": ("json", b"[" * _DEEP),
    "deep unknown field": ("json", b'{"more": ' + b"[" * _DEEP + b"]" * _DEEP + b", " + event()[1:]),
    "a list": ("schema", b"[]"),
    "null": ("schema", b"null"),
    "a number": ("schema", b"1e400"),
    "NaN": ("json", b"NaN"),
    "a name twice": ("json", event().replace(b'"queue"', b'"queue": "a", "queue"')),
    "an attribute twice": ("json", event().replace(b'"id"', b'"id": "a", "id"')),
    "a trailing comma": ("json", event().replace(b"}}", b"},}")),
    "visit is true": ("schema", data(visit=True)),
    "time of a leap second": ("schema", event(time="2016-12-31T23:59:60Z")),
    "subject turns the direction": ("schema", event(subject=f"{MARK}\u202e")),
    "agent is a mail address": ("personal", data(_AGENT, reason=f"{MARK}@example.org")),
    "an empty object": ("schema", b"{}"),
    "no id": ("schema", event(id=None)),
    "no source": ("schema", event(source=None)),
    "no type": ("schema", event(type=None)),
    "no time": ("schema", event(time=None)),
    "no subject": ("schema", event(subject=None)),
    "no data": ("schema", event(data=None)),
    "no queue": ("schema", data(queue=None)),
    "other version": ("schema", event(specversion="0.3")),
    "id is a number": ("schema", event(id=4711)),
    "subject is empty": ("schema", event(subject="")),
    "subject is long": ("schema", event(subject=MARK * 20)),
    "subject has a zero": ("schema", event(subject=f"{MARK}\0")),
    "queue has a line break": ("schema", data(queue=f"{MARK}\n")),
    "queue is a list": ("schema", data(queue=[MARK])),
    "data is a list": ("schema", event(data=[MARK])),
    "data is text": ("schema", event(data=MARK)),
    "channel is unknown": ("schema", data(channel=MARK)),
    "visit is zero": ("schema", data(visit=0)),
    "visit is huge": ("schema", event().replace(b'"queue"', b'"visit": ' + b"9" * 400 + b', "queue"')),
    "visit is infinite": ("schema", event().replace(b'"queue"', b'"visit": 1e999, "queue"')),
    "priority is text": ("schema", data(priority=MARK)),
    "state is unknown": ("schema", data(_AGENT, state=MARK)),
    "too many queues": ("schema", data(_AGENT, queues=[MARK] * 65)),
    "time is a number": ("schema", event(time=1_767_600_000)),
    "time without zone": ("schema", event(time="2026-01-05T10:00:00")),
    "time of no day": ("schema", event(time="2026-02-30T10:00:00Z")),
    "time of no hour": ("schema", event(time="2026-01-05T25:00:00.000Z")),
    "time in other digits": ("schema", event(time=_IN_OTHER_DIGITS)),
    "time is 1970": ("clock", event(time="1970-01-01T00:00:00Z")),
    "time is the year 1": ("clock", event(time="0001-01-01T00:00:00+23:59")),
    "time is years ahead": ("clock", event(time="2199-01-01T00:00:00Z")),
    "time is the last": ("clock", event(time="9999-12-31T23:59:59.999999999-23:59")),
    # Made when the tests are collected, which may be a long while before they run.
    "time is two hours ahead": ("clock", event(time=days_ago(0)[:-1] + "-02:00")),
    "a megabyte of text": ("too_large", event(subject=MARK * 90_000)),
    "a megabyte of spaces": ("too_large", event() + b" " * 1_000_000),
    "a little too large": ("too_large", event(more="x" * 65_536)),
    "a month old": ("late", event(time=days_ago(30))),
}
ODD_BUT_GOOD = {
    "unknown fields": event(now(id="odd-1", subject="odd-1", more={"deep": [1, 2]}, dataschema="urn:x")),
    "other order and spaces": json.dumps(
        dict(reversed(now(id="odd-2", subject="odd-2").items())), indent=8
    ).encode(),
    "an offset and nine decimals": event(
        now(id="odd-3", subject="odd-3", time=days_ago(0)[:-1] + ".123456789+00:00")
    ),
    "letters of any language": event(now(id="odd-4", subject="odd-4 घर 📞", data={"queue": "会計 ✓"})),
}
UNKNOWN = [event(type="visit.teleported"), event(type="MARK"), event(type="")]


def test_bad_records_are_reported_and_change_no_number(pantau: Pantau) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    good = load()
    bad = [(topic, value) for _, value in BAD.values() for topic in (CONTACTS, AGENTS)]
    odd = [(CONTACTS, value) for value in (*ODD_BUT_GOOD.values(), *UNKNOWN)]
    records = mixed(good, [*bad, *odd], random.Random(seed))
    worker, exporter = pantau.worker(), pantau.exporter()
    with together(worker, exporter):
        places = send(pantau.kafka, records)
        wait_until_read(pantau.redis_url, len(records))
        known = [*good, *(SimulatedEvent(CONTACTS, "", 0, value) for value in ODD_BUT_GOOD.values())]
        assert_totals(exporter, decoded(known))
        readable = len(ODD_BUT_GOOD) + sum(value == BAD["a month old"][1] for _, value in bad)
        assert worker.total("pantau_events_misplaced_total") == {(): readable}
        reasons = {value: reason for reason, value in BAD.values()}
        wrong = [
            (place, reasons[value], value)
            for place, (_, _, value) in zip(places, records, strict=True)
            if value in reasons
        ]
        assert_letters(letters(pantau.kafka, count=len(wrong)), wrong)
        by_reason = {(reason,): count for reason, count in Counter(reason for _, reason, _ in wrong).items()}
        assert refused(worker) == by_reason
        assert worker.total("pantau_dead_letters_total") == by_reason
        assert worker.total("pantau_events_processed_total")["unknown",] == len(UNKNOWN)
    assert MARK not in worker.log()
    assert "Traceback" not in worker.log()


def refused(worker: Worker) -> dict[tuple[str, ...], float]:
    """How many were, by reason; those that none was refused for are told as 0."""
    return {reason: count for reason, count in worker.total("pantau_events_rejected_total").items() if count}


def load() -> list[SimulatedEvent]:
    return last_hours(3, 0.1, seed=2)


def mixed(
    good: list[SimulatedEvent], other: list[tuple[str, bytes | None]], chance: random.Random
) -> list[tuple[str, bytes | None, bytes | None]]:
    """Put the others in any order at any places among the good, but those too old at the end."""
    records: list[tuple[str, bytes | None, bytes | None]] = [(e.topic, e.key.encode(), e.value) for e in good]
    late = BAD["a month old"][1]
    for topic, value in sorted(other, key=lambda record: (record[1] == late, chance.random())):
        at = len(records) if value == late else chance.randrange(len(records))
        records.insert(at, (topic, str(chance.random()).encode(), value))
    return records


def assert_letters(found: list[dict[str, Any]], wrong: list[tuple[Any, str, bytes | None]]) -> None:
    """Exactly one letter for each bad record, that tells where it lies and why, and nothing it held."""
    fields = ("topic", "partition", "offset", "reason", "size_bytes")
    told = Counter(tuple(letter[field] for field in fields) for letter in found)
    assert told == Counter((*place, reason, len(value or b"")) for place, reason, value in wrong)
    for letter in found:
        assert letter.keys() == set(DeadLetterDocument.model_fields)
        assert re.fullmatch(r"[\x20-\x7e]{3,300}", letter["detail"])
        assert MARK not in letter["detail"]


def test_a_source_whose_clock_is_years_ahead_spoils_nothing(pantau: Pantau) -> None:
    good = load()
    half = len(good) // 2
    at_ms = time.time_ns() // 1_000_000 + 10 * 365 * _DAY_MS
    absurd = event(time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_ms / 1000)))
    worker, exporter = pantau.worker(), pantau.exporter()
    with together(worker, exporter):
        for part in (good[:half], good[half:]):
            send(pantau.kafka, [(e.topic, e.key.encode(), e.value) for e in part])
            send(pantau.kafka, [(CONTACTS, b"%d" % n, absurd) for n in range(8)], timestamp_ms=at_ms)
        wait_until_read(pantau.redis_url, len(good) + 16)
        assert wait_until(lambda: refused(worker) == {("clock",): 16}, seconds=10), refused(worker)
        await_totals(exporter, reported(decoded(good)))
