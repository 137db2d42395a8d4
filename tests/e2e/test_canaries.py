"""Numbers, names and addresses of customers, sent in every place that could take them, are seen nowhere."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis
from support.pantau import Pantau, get, messages, together
from support.processes import wait_until
from support.records import letters, send, values, wait_until_read

from stream.adapters.pseudonym import Pseudonyms
from stream.broker.topics import AGENTS, CONTACTS
from stream.connectors.catalogue import DECODERS
from tools.docs.samples import SAMPLES

NUMBER, NAME, MAIL = "+4915198765432", "Canaria Vogelsang", "canaria.vogelsang@mail.example"
KEYS = {1: bytes(range(32)), 2: bytes(range(32, 64))}
#: A row of the call log that can be read holds so many events.
ROW_EVENTS = 6
CANARIES = (NUMBER, NUMBER[1:], NAME, "Vogelsang", MAIL, "canaria", *(key.hex() for key in KEYS.values()))
CUSTOMERS = (NUMBER, NAME, MAIL)
UNKNOWN = {
    "customer": NUMBER,
    "name": NAME,
    "mail": MAIL,
    "ani": NUMBER,
    "notes": f"{NAME} called",
    "x": [MAIL],
}
BANK = (
    "{line}\t{call}\t{customer}\t2\tPS\t990101\t0:00:31\t0:00:36\t5\t0:00:36\t0:03:09\t153\tAGENT\t0:03:08"
    "\t0:04:08\t60\tAVI"
)


#: Fields that name what is the centre's own, and fields in which a person's name looks like any key.
OWN = {"queue", "team", "queues"}
LIKE_NAMES = {"subject", "id", "source", "sequence", "agent", "reason", "to"}


def variants(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A good event with canaries in unknown fields; then one in each of its fields at a time."""
    data = document.get("data", {})
    good = {**document, **UNKNOWN, "data": {**UNKNOWN, **data}}
    yield good
    for canary in (NUMBER, MAIL, NAME):
        places = lambda fields: fields - OWN - (LIKE_NAMES if canary is NAME else set())  # noqa: E731, B023
        for field in places(document.keys() - {"data"}):
            yield {**good, field: canary}
        for field in places(data.keys()):
            yield {**good, "data": {**data, field: canary}}
        yield {**good, "data": canary}
        yield {**good, "data": [canary]}


def records() -> list[tuple[str, bytes | None, bytes | None]]:
    """Variants of each type, and what is no event at all."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    sent: list[tuple[str, bytes | None, bytes | None]] = []
    for sample in SAMPLES:
        topic = AGENTS if sample.type.startswith(("agent.", "schedule.")) else CONTACTS
        for document in variants(sample.document | {"time": now}):
            sent.append((topic, str(len(sent)).encode(), json.dumps(document).encode()))
    broken = [
        NUMBER.encode(),
        f'{{"subject": "{MAIL}"'.encode(),
        json.dumps([NAME]).encode(),
        NAME.encode("utf-16"),
    ]
    return [*sent, *((topic, b"x", value) for topic in (CONTACTS, AGENTS) for value in broken)]


def stored(url: str) -> str:
    """All keys and all values of a store."""
    with redis.Redis.from_url(url, decode_responses=True) as client:
        read = {
            "string": client.get,
            "hash": client.hgetall,
            "set": client.smembers,
            "zset": lambda key: client.zrange(key, 0, -1),
        }
        return "\n".join(f"{key} {read[client.type(key)](key)}" for key in client.scan_iter())


def replays(embedded: Pantau, folder: Path) -> list[subprocess.CompletedProcess[str]]:
    """The call log with each canary as its customer, sent without keys and with them; and events."""
    keys, events = folder / "keys", folder / "events.jsonl"
    keys.write_text("".join(f"k{number} {key.hex()}\n" for number, key in KEYS.items()))
    events.write_bytes(b"\n".join(value or b"" for _, _, value in records()))
    bank = ("--adapter", "anonymous-bank", "--to", "kafka")
    done = [
        embedded.run("replay", str(rows(folder, "AA0101")), *bank),
        embedded.run("replay", str(rows(folder, "AA0102")), *bank, pseudonym_keys_file=keys),
        embedded.run("replay", str(events), "--report", "json", pseudonym_keys_file=keys),
    ]
    assert [each.returncode for each in done] == [0] * len(done)
    return done


def rows(folder: Path, line: str) -> Path:
    """A call log of that line; in its last call, which is refused, the canary is not the customer alone."""
    calls = [*((str(number), customer) for number, customer in enumerate(CUSTOMERS)), (NUMBER, NUMBER)]
    log = folder / f"{line}.tsv"
    log.write_text("".join(f"{BANK.format(line=line, call=c, customer=who)}\n" for c, who in calls))
    return log


def test_canaries_are_sent_through_every_adapter() -> None:
    assert set(DECODERS) == {"canonical", "anonymous-bank"}, "send canaries through the new one below, too"


def test_nothing_of_a_customer_is_seen(embedded: Pantau, tmp_path: Path) -> None:
    worker, exporter = embedded.worker(), embedded.exporter()
    sent = records()
    with together(worker, exporter):
        send(embedded.kafka, sent)
        replayed = replays(embedded, tmp_path)
        calls = 2 * len(CUSTOMERS) * ROW_EVENTS
        wait_until_read(embedded.redis_url, len(sent) + calls)
        refused = int(sum(worker.total("pantau_dead_letters_total").values()))
        assert wait_until(lambda: exporter.board()["queues"], seconds=10)
        queue = exporter.board()["queues"][0]["queue"]
        explained = embedded.run("explain", queue, "--json")
        contacts = values(embedded.kafka, CONTACTS, count=sum(r[0] == CONTACTS for r in sent) + calls)
        from_log = [json.loads(value) for value in contacts if b'"/anonymous-bank"' in value]
        seen = {
            "store": stored(embedded.redis_url),
            "letters": json.dumps(letters(embedded.kafka, count=refused)),
            "worker log": worker.log(),
            "exporter log": exporter.log(),
            "worker metrics": get(f"{worker.url}/metrics").text,
            "metrics": get(f"{exporter.url}/metrics").text,
            "board": get(f"{exporter.url}/api/v1/board").text,
            "stream": json.dumps(list(messages(f"{exporter.url}/api/v1/stream", count=1))),
            "page": get(f"{exporter.url}/").text,
            "explain": explained.stdout + explained.stderr,
            "replay": "".join(each.stdout + each.stderr for each in replayed),
            "kafka, of the log": json.dumps(from_log),
        }
    assert refused > len(sent) // 3
    assert len(from_log) == calls
    told = [event["data"]["customer"] for event in from_log if "customer" in event["data"]]
    assert sorted(told) == sorted(map(Pseudonyms(KEYS).of, CUSTOMERS))
    assert all(pseudonym not in seen["store"] for pseudonym in told)
    found = {where: [canary for canary in CANARIES if canary in text] for where, text in seen.items()}
    assert {where: canaries for where, canaries in found.items() if canaries} == {}
    assert all(seen[where] for where in seen.keys() - {"worker log", "exporter log"})
