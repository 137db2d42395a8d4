"""What is damaged in Redis is named and built anew from the log, and everything else goes on."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from support.installation import emptied
from support.pantau import Exporter, Pantau, Worker, get, together
from support.processes import wait_until
from support.records import send, wait_until_read

CONTACTS = "pantau.contacts"
#: What no value in Redis looks like: no JSON, JSON of another kind, and no text.
JUNK = (b"junk", b'["a",null]', b"\xff\xfe\x00")
_TRACE = "Traceback (most recent call last)"


@pytest.fixture
def pantau(broker_address: str, redis_url: str, tmp_path: Path) -> Pantau:
    """On a real Redis."""
    return emptied(broker_address, redis_url, tmp_path)


@pytest.fixture
def raw(pantau: Pantau) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(pantau.redis_url) as client:
        yield client


def told(identity: str, type_: str, subject: str, ago: float, **data: object) -> tuple[str, bytes, bytes]:
    """An event as a source tells it."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago))
    event = {"specversion": "1.0", "id": identity, "source": "/pbx", "type": type_, "time": at}
    value = json.dumps({**event, "subject": subject, "data": data}).encode()
    topic = "pantau.agents" if type_.startswith("agent") else CONTACTS
    return topic, subject.encode(), value


def morning() -> list[tuple[str, bytes, bytes]]:
    """Four contacts that wait, one of which abandoned and did not, and an agent."""
    waits = [told(f"q{n}", "visit.queued", f"c{n}", 100, queue="billing") for n in range(4)]
    gone = told("x0", "visit.abandoned", "c0", 90)
    back = told("y0", "event.retracted", "c0", 80, id="x0", type="visit.abandoned")
    return [*waits, gone, back, told("s", "agent.state", "ana", 95, state="available", team="north")]


def key_of(raw: redis.Redis, entity: str) -> bytes:
    """The key that holds the facts of a contact or agent."""
    [found] = raw.scan_iter(f"pantau:{{*}}:v*:e:{entity}")
    return bytes(found)


def damage(raw: redis.Redis, *, junk: bytes) -> None:
    """Damage facts of a contact and of an agent, live state of another contact, and a pane."""
    for entity in ("c\tc0", "a\tana"):
        key = key_of(raw, entity)
        for uid in raw.hkeys(key):
            raw.hset(key, uid, junk)
    for key in raw.scan_iter("pantau:{pantau.contacts:*}:v*:live"):
        if raw.hexists(key, "c\tc1"):
            raw.hset(key, "c\tc1", junk)
    for key in raw.scan_iter("pantau:{pantau.contacts:*}:v*:60000:*"):
        for cell in raw.hkeys(key):
            raw.hset(key, cell, junk)


def totals(exporter: Exporter) -> tuple[int, int, int]:
    """How many are offered, answered and wait."""
    board = exporter.board()["all"]
    return board["totals"]["offered"], board["totals"]["answered"], board["now"]["waiting"]


def unreadable(worker: Worker) -> set[str]:
    return {part for (part,), count in worker.total("pantau_unreadable_total").items() if count}


@pytest.mark.parametrize("junk", JUNK)
def test_what_is_damaged_is_named_and_built_anew_while_the_rest_goes_on(
    pantau: Pantau, raw: redis.Redis, junk: bytes
) -> None:
    with together(pantau.worker("before"), exporter := pantau.exporter("before-too")):
        send(pantau.kafka, morning())
        assert wait_until(lambda: totals(exporter) == (4, 0, 4))
    damage(raw, junk=junk)
    answers = [told(f"a{n}", "visit.answered", f"c{n}", 10, agent="ana") for n in range(2)]
    send(pantau.kafka, [*answers, told("s2", "agent.state", "ana", 10, state="talking", team="north")])
    with together(worker := pantau.worker(), exporter := pantau.exporter()):
        assert wait_until(lambda: totals(exporter) == (4, 2, 2), seconds=30), worker.log()
        assert wait_until(lambda: unreadable(worker) == {"facts", "cell"}), worker.log()
        send(pantau.kafka, [told("a3", "visit.answered", "c3", 1, agent="ana")])
        assert wait_until(lambda: totals(exporter) == (4, 3, 1))
        [team] = exporter.board()["agents"]
        assert team["agents"]["talking"] == 1
        assert exporter.board()["unreadable"] == 0
    assert "facts of contact 'c0'" in worker.log()
    assert "facts of agent 'ana'" in worker.log()
    assert "billing" in exporter.log()
    for process in (worker, exporter):
        assert _TRACE not in process.log()
    wait_until_read(pantau.redis_url, 11)
    audit = pantau.run("audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr


@pytest.mark.parametrize("junk", JUNK)
def test_readers_leave_out_what_is_damaged_and_say_so(pantau: Pantau, raw: redis.Redis, junk: bytes) -> None:
    with together(pantau.worker("before")):
        send(pantau.kafka, morning())
        wait_until_read(pantau.redis_url, 7)
    damage(raw, junk=junk)
    with together(exporter := pantau.exporter()):
        board = exporter.board()
        assert board["all"]["now"]["waiting"] == 3
        assert board["unreadable"] >= 2
        ready = get(f"{exporter.url}/readyz")
        assert ready.json()["unreadable"] == board["unreadable"]
        parts = {
            dict(labels)["part"] for name, labels in exporter.metrics() if name == "pantau_state_unreadable"
        }
        assert parts == {"live", "cell", "hash"}
    assert "live state of contact 'c1'" in exporter.log()
    assert _TRACE not in exporter.log()
    explained = pantau.run("explain", "billing")
    assert (explained.returncode, explained.stderr) == (1, "")
    assert "left out: 1: 'c0'" in explained.stdout
    assert "c0" in explained.stdout
    audit = pantau.run("audit")
    assert (audit.returncode, audit.stderr) == (1, "")
    assert "unreadable stored values, which are missing: " in audit.stdout
