"""Where Kafka has no topics every command says so in one line; what the client repeats reaches nobody."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis
from support.factories import queued
from support.pantau import Pantau
from support.records import no_topics

from stream.adapters.canonical import encode
from stream.broker.topics import ALL, CONTACTS, DEAD_LETTERS
from stream.domain.fact import Event

REPEATED = ("not found in cluster metadata", "No partition metadata")


@pytest.fixture
def bare(kafka_address: str, valkey_url: str, tmp_path: Path) -> Pantau:
    """An Apache Kafka without topics, which creates none unasked, and an empty store."""
    no_topics(kafka_address)
    with redis.Redis.from_url(valkey_url) as client:
        client.flushall()
    return Pantau(kafka_address, valkey_url, tmp_path)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("topics",), "topics missing: pantau.contacts, "),
        (("dead-letters", "list"), f"topic {DEAD_LETTERS} does not exist"),
        (("dead-letters", "show", f"{CONTACTS}:0:0"), f"topic {DEAD_LETTERS} does not exist"),
        (("dead-letters", "redrive"), f"topic {DEAD_LETTERS} does not exist"),
        (("heartbeat", "--once"), f"topic {CONTACTS} does not exist"),
        (("audit",), "nothing to audit: "),
        (("rebuild",), "nothing is stored yet; "),
        (("replay", "log", "--to", "kafka"), f"topic {CONTACTS} does not exist"),
        (("simulate", "--queues", "1"), "topic pantau.agents does not exist"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_a_command_fails_in_one_line(bare: Pantau, words: tuple[str, ...], told: str) -> None:
    (bare.folder / "log").write_bytes(encode(Event("c1", queued(0))))
    done = bare.run(*words)
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"pantau: {told}")
    assert done.returncode == 1


def test_what_goes_on_says_it_and_repeats_nothing(bare: Pantau) -> None:
    def log_of(*words: str) -> str:
        with pytest.raises(subprocess.TimeoutExpired) as running:
            bare.run(*words, seconds=15)
        return (running.value.stderr or b"").decode()

    with ThreadPoolExecutor(2) as beside:
        logs = [beside.submit(log_of, *words) for words in (("heartbeat", "--every", "1"), ("worker",))]
    for log in [done.result() for done in logs]:
        assert "not exist, or our login may not see" in log
        assert len(log.splitlines()) < 10
        assert [text for text in REPEATED if text in log] == []


def test_topics_that_kafka_does_not_create_are_told_with_the_reason(bare: Pantau) -> None:
    done = bare.run("topics", "--create", "--replication", "3", "--json")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"pantau: Kafka at {bare.kafka} did not create {', '.join(ALL)}: ")
    assert "replicat" in line
    assert line.endswith("; give --replication of no more than there are brokers")
    assert (done.returncode, done.stdout) == (1, "")


def test_topics_are_there_as_soon_as_they_are_created(bare: Pantau) -> None:
    created = bare.run("topics", "--create", "--partitions", "2", "--json")
    assert (created.returncode, created.stderr) == (0, "")
    assert json.loads(created.stdout) == dict.fromkeys(ALL, 2)
    assert bare.run("heartbeat", "--once").stdout == "sent 4 heartbeats\n"
