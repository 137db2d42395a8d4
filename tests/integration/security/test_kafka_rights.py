"""Apache Kafka that asks what a login may do: the rights of docs/security.md suffice, and each is needed."""

import asyncio
import gc
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.authority import Authority
from support.installation import emptied
from support.pantau import Pantau, Worker
from support.processes import wait_until
from support.records import PARTITIONS, _send, committed, letters, positions, read_so_far, send
from support.rights import Right, documented, grant
from support.secured_kafka import PASSWORD, SecuredKafka

from stream.access import Access, Login, Tls
from stream.audit.topic import Topic
from stream.broker import topics
from stream.broker.dead_letters import read_dead_letters, sender
from stream.broker.heartbeats import beat
from stream.broker.topics import AGENTS, CHANGELOGS, CONTACTS, DEAD_LETTERS, FOLDED
from stream.clock import now_ms
from stream.domain.instant import instant_text
from stream.errors import BrokerRefused, PantauError

Given = dict[str, Any]
#: That of the documented rights.
GROUP = "pantau"
_HOUR_MS = 3_600_000
RECORD = SimpleNamespace(topic=CONTACTS, partition=0, key=b"c1", value=b"{}", headers=())


@pytest.fixture(scope="module")
def limited(kafka: SecuredKafka) -> SecuredKafka:
    """Each login with what is documented, and some with all but one of the rights of a worker."""
    rights = documented()
    of_worker = [right for right in rights if right.user == "worker"]
    grant(kafka.address, rights)
    for user, lacks in LACKING.items():
        rest = [right._replace(user=user) for right in of_worker if not lacks(right)]
        assert 0 < len(rest) < len(of_worker)
        grant(kafka.address, rest)
    return kafka


LACKING: dict[str, Callable[[Right], bool]] = {
    "no-group": lambda right: right.resource == "--group",
    "no-read": lambda right: (right.operation, right.name) == ("Read", CHANGELOGS[AGENTS]),
    "no-write": lambda right: right.operation == "Write",
}


@pytest.fixture
def pantau(limited: SecuredKafka, valkey_url: str, tmp_path: Path) -> Pantau:
    emptied(limited.address, valkey_url, tmp_path)
    return Pantau(limited.login, valkey_url, tmp_path, group=GROUP)


@pytest.fixture
def login(authority: Authority) -> Callable[[str], Given]:
    return lambda user: {
        "kafka_tls_ca": authority.file,
        "kafka_user": user,
        "kafka_password": PASSWORD,
    }


@pytest.fixture
def letter(pantau: Pantau, limited: SecuredKafka) -> None:
    """There is one, in topics that were empty."""
    del pantau
    send(limited.address, [(DEAD_LETTERS, b"x", b"{}")])


@pytest.fixture
def access(limited: SecuredKafka, authority: Authority) -> Callable[[str], Access]:
    return lambda user: Access(limited.login, Login(user, PASSWORD, "SCRAM-SHA-512"), Tls(authority.file))


def waits(subject: str) -> tuple[str, bytes, bytes]:
    """Somebody who has waited for 30 hours."""
    document = {
        "specversion": "1.0",
        "id": f"queued-{subject}",
        "source": "/acd",
        "type": "visit.queued",
        "time": instant_text(now_ms() - 30 * _HOUR_MS),
        "subject": subject,
        "data": {"queue": "letters", "channel": "email"},
    }
    return CONTACTS, subject.encode(), json.dumps(document).encode()


def kept(worker: Worker) -> float:
    return sum(worker.total("pantau_changelog_records_written_total").values())


async def test_the_documented_rights_suffice(
    pantau: Pantau, limited: SecuredKafka, login: Callable[[str], Given], access: Callable[[str], Access]
) -> None:
    created = await topics.create(access("operator"), partitions=PARTITIONS)
    assert {state.name for state in created if state.partitions} == set(topics.ALL)
    assert (await topics.kept_ms(access("operator"))).keys() == set(FOLDED)
    await beat(access("source"), "/acd", now_ms)
    await _send(limited.address, [waits("mail-1"), (CONTACTS, b"junk", b"{")], None)
    await asyncio.to_thread(_works, pantau, limited, login)
    assert len(await read_dead_letters(access("letters"))) == 1
    async with sender(access("letters")) as send_again:
        await send_again(RECORD)
    for user, told in (("source", f"'source' read {CONTACTS}"), ("nobody", f"'nobody' see {CONTACTS}, or")):
        with pytest.raises(BrokerRefused, match=told):
            await Topic(access(user)).read({(CONTACTS, 0): 1}, lambda *_: None, lambda _: None)


def _works(pantau: Pantau, limited: SecuredKafka, login: Callable[[str], Given]) -> None:
    with pantau.worker(**login("worker")) as worker:
        assert wait_until(lambda: kept(worker) == 1, seconds=60), worker.log()
        assert [letter["reason"] for letter in letters(limited.address, count=1)] == ["json"]
        sent = len(FOLDED) * PARTITIONS + 2
        assert wait_until(lambda: read_so_far(pantau.redis_url) == sent, seconds=60)
        assert wait_until(lambda: committed(limited.address, group=GROUP) == positions(pantau.redis_url))
    assert "uthoriz" not in worker.log()
    audited = pantau.run("audit", **login("audit"))
    assert f"from {sent} records" in audited.stdout, audited.stderr


def the_line(pantau: Pantau, words: list[str], **given: object) -> str:
    """The one line that a command tells; it fails, and soon."""
    ended = pantau.run(*words, **given, seconds=20)
    assert ended.returncode == 1, ended.stdout
    (line,) = [line for line in ended.stderr.splitlines() if line.strip()]
    return line


@pytest.mark.parametrize(
    ("user", "told"),
    [
        ("no-group", "does not let 'no-group' read group pantau"),
        ("no-read", f"let 'no-read' read {CHANGELOGS[AGENTS]}"),
    ],
)
def test_a_worker_that_may_not_read_ends_with_one_line(
    pantau: Pantau, login: Callable[[str], Given], user: str, told: str
) -> None:
    line = the_line(pantau, ["worker"], **login(user), worker_metrics_port=0)
    assert told in line
    assert "docs/security.md" in line


def test_a_worker_says_what_it_cannot_write_and_reads_on(
    pantau: Pantau, limited: SecuredKafka, login: Callable[[str], Given]
) -> None:
    send(limited.address, [waits("mail-1")])
    with pantau.worker(**login("no-write")) as worker:
        assert wait_until(lambda: "changelog_waits" in worker.log(), seconds=60), worker.log()
        (line,) = [line for line in worker.log().splitlines() if "changelog_waits" in line]
        assert f"does not let 'no-write' write {CHANGELOGS[CONTACTS]}; give it the rights" in line
        assert read_so_far(pantau.redis_url) == 1
    assert f"topics_unseen topics={DEAD_LETTERS} they do not exist, or our login may not" in worker.log()
    assert "Traceback" not in worker.log()


async def send_one(kafka: Access) -> None:
    async with sender(kafka) as send_again:
        await send_again(RECORD)


@pytest.mark.parametrize(
    ("user", "attempt", "told"),
    [
        ("nobody", lambda kafka: beat(kafka, "/acd", now_ms), f"let 'nobody' write {CONTACTS}"),
        ("audit", lambda kafka: beat(kafka, "/acd", now_ms), "let 'audit' write pantau."),
        ("nobody", read_dead_letters, f"topic {DEAD_LETTERS} does not exist, or our login may not see it"),
        ("worker", read_dead_letters, f"let 'worker' read {DEAD_LETTERS}"),
        ("audit", send_one, f"let 'audit' write {CONTACTS}"),
    ],
)
async def test_what_a_login_may_not_is_told(
    letter: None,
    access: Callable[[str], Access],
    user: str,
    attempt: Callable[[Access], Awaitable[object]],
    told: str,
) -> None:
    del letter
    unasked: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unasked.append(context["message"]))
    with pytest.raises(PantauError, match=told) as caught:
        await attempt(access(user))
    assert "docs/security.md" in str(caught.value)
    assert "\n" not in str(caught.value)
    del caught
    gc.collect()
    assert not unasked
