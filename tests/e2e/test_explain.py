"""`pantau explain` over a Redis that holds a centre: what it says, its JSON, and its exit codes."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import redis
from jsonschema import Draft202012Validator, FormatChecker
from support.explaining import fold_into
from support.factories import T0, fact, of, queued
from support.pantau import REPOSITORY, Pantau

from stream.domain.fact import Event, Fact
from stream.domain.kinds import Kind
from stream.store.partition import Partition
from stream.store.redis import RedisStore

BASE = "pantau:{pantau.contacts:0}"


def at(ago_seconds: float, kind: Kind, *text: str) -> Fact:
    """A fact of so long before `T0`."""
    return fact(kind, -ago_seconds, text=text)


def entered(ago_seconds: float, queue: str = "billing", channel: str = "voice") -> Fact:
    return queued(-ago_seconds, queue, channel)


def until_now(events: list[Event]) -> list[Event]:
    """The same events, moved so that `T0` is now."""
    later_ms = time.time_ns() // 1_000_000 - T0
    return [Event(subject, told._replace(at_ms=told.at_ms + later_ms)) for subject, told in events]


def centre() -> list[Event]:
    return [
        *of("in-time", entered(300), at(290, Kind.VISIT_ANSWERED)),
        *of("too-late", entered(300), at(255, Kind.VISIT_ANSWERED)),
        *of("short", entered(200), at(198, Kind.VISIT_ABANDONED)),
        *of("gave-up", entered(200), at(190, Kind.VISIT_ABANDONED)),
        *of("flowed", entered(200), at(192, Kind.VISIT_LEFT, "overflow")),
        *of("waits", entered(100)),
        *of("[red]odd[/]", entered(90), at(80, Kind.VISIT_ANSWERED)),
        *of("chat-1", entered(90, "help", "chat"), at(80, Kind.VISIT_ANSWERED)),
        *of("chat-2", entered(90, "help", "voice"), at(80, Kind.VISIT_ANSWERED)),
    ]


@pytest.fixture
async def centre_in_redis(valkey_url: str, tmp_path: Path) -> Pantau:
    return await centre_in(valkey_url, tmp_path)


async def centre_in(url: str, folder: Path) -> Pantau:
    with redis.Redis.from_url(url) as client:
        client.flushall()
    store = RedisStore(url)
    await fold_into(store, until_now(centre()))
    more = of("elsewhere", entered(60), at(50, Kind.VISIT_ANSWERED))
    await fold_into(store, until_now(more), partition=Partition("pantau.contacts", 1))
    await store.close()
    return Pantau("127.0.0.1:1", url, folder)


def raw(pantau: Pantau) -> "redis.Redis":
    return redis.Redis.from_url(pantau.redis_url, decode_responses=True)


def asked(pantau: Pantau, *arguments: str, code: int = 0) -> dict[str, Any]:
    done = pantau.run("explain", *arguments, "--json")
    assert done.returncode == code, done.stderr
    assert done.stderr == ""
    found = json.loads(done.stdout)
    schema = json.loads((REPOSITORY / "docs" / "explanation.schema.json").read_text())
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(found)
    return dict(found)


def told(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {visit["contact"]: (visit["verdict"], visit["reason"].split(":")[0]) for visit in found["visits"]}


def test_a_number_is_explained_as_json(centre_in_redis: Pantau) -> None:
    found = asked(centre_in_redis, "billing")
    assert {name: verdict for name, (verdict, _) in told(found).items()} == {
        "in-time": "met",
        "too-late": "miss",
        "short": "left_out",
        "gave-up": "miss",
        "flowed": "left_out",
        "waits": "miss",
        "[red]odd[/]": "met",
        "elsewhere": "met",
    }
    assert told(found)["too-late"] == ("miss", "answered late after 45 s")
    level = found["service_level"]
    assert (level["met"], level["counted"], level["ratio"]) == (3, 6, 0.5)
    assert found["counts"]["contacts"] == found["counts"]["board"]
    assert found["counts"]["board"]["offered"] == 8
    assert set(found["counts"]["difference"].values()) == {0}
    by_rule = {row["definition"]: (row["met"], row["counted"]) for row in found["rules"]}
    assert by_rule["SL(20s, count_abandons, exited)"] == (3, 6)
    assert by_rule["SL(20s, answered_only, exited)"] == (3, 4)
    assert [row["name"] for row in found["rules"] if row["in_force"]] == ["drop_short"]
    ledger = found["ledger"]
    assert (ledger["queued"], ledger["waiting"], ledger["reconciliation_difference"]) == (8, 1, 0)
    assert ledger["left"] == {"overflow": 1}
    assert (found["sound"], found["settled"], found["channel"]) == (True, True, "voice")


async def test_nor_is_it_another_on_redis(redis_url: str, tmp_path: Path) -> None:
    test_a_number_is_explained_as_json(await centre_in(redis_url, tmp_path))


def test_a_number_is_explained_for_people(centre_in_redis: Pantau) -> None:
    done = centre_in_redis.run("explain", "billing", "--window", "60m")
    assert (done.returncode, done.stderr) == (0, "")
    for words in (
        "SL(20s, drop_short 5s, decided)",
        "Abandons within 5 s are left out; the others are misses.",
        "Service level 50.00%",
        "3 of 6 met the target",
        "answered late after 45 s: a miss at ",
        "still waiting after 10",
        "abandoned after 2 s, a short abandon: left out",
        "flowed out (overflow) after 8 s: left out",
        "[red]odd[/]",
        "preset genesys",
        "difference 0",
        "the ledger adds up",
    ):
        assert words in done.stdout, words


def test_misses_come_first_and_a_limit_cuts_the_rest(centre_in_redis: Pantau) -> None:
    found = asked(centre_in_redis, "billing", "--limit", "3")
    assert set(told(found)) == {"too-late", "gave-up", "waits"}
    assert found["verdicts"] == {"met": 3, "miss": 3, "left_out": 2, "open": 0}
    assert "and 5 more" in centre_in_redis.run("explain", "billing", "--limit", "3").stdout


def test_a_channel_is_chosen_where_there_are_several(centre_in_redis: Pantau) -> None:
    assert asked(centre_in_redis, "help", "--channel", "chat")["counts"]["board"]["answered"] == 1
    refused(centre_in_redis.run("explain", "help"), "several channels", "chat, voice")


def refused(done: subprocess.CompletedProcess[str], *words: str, code: int = 2) -> None:
    assert (done.returncode, done.stdout) == (code, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("pantau: ")
    assert [word for word in words if word not in line] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["biling"], ("'biling'", "billing, help")),
        (["billing", "--channel", "fax"], ("'fax'", "voice")),
        (["billing", "--window", "7m"], ("'7m'", "30m, 60m, today")),
    ],
    ids=["queue", "channel", "window"],
)
def test_what_does_not_exist_is_one_line(
    centre_in_redis: Pantau, arguments: list[str], words: tuple[str, ...]
) -> None:
    refused(centre_in_redis.run("explain", *arguments), *words)


def test_an_empty_store_has_no_queue(centre_in_redis: Pantau) -> None:
    with raw(centre_in_redis) as client:
        client.flushall()
    refused(centre_in_redis.run("explain", "billing"), "no contact was read yet")


def test_a_redis_that_is_away_is_one_line(tmp_path: Path) -> None:
    nowhere = Pantau("127.0.0.1:1", "redis://127.0.0.1:1/0", tmp_path)
    refused(nowhere.run("explain", "billing"), "Redis cannot be reached", "set PANTAU_REDIS_URL", code=1)


def test_a_lost_live_state_is_a_difference_and_names_its_contact(centre_in_redis: Pantau) -> None:
    with raw(centre_in_redis) as client:
        assert client.hdel(f"{BASE}:v2:live", "c\twaits") == 1
    found = asked(centre_in_redis, "billing", code=1)
    assert found["ledger"]["reconciliation_difference"] == 1
    assert found["suspects"] == [{"contact": "waits", "why": "waits by its facts, but not in live state"}]
    assert found["sound"] is False
    done = centre_in_redis.run("explain", "billing")
    assert done.returncode == 1
    assert "difference 1" in done.stdout
    assert "Contact waits waits by its facts, but not in live state" in done.stdout


def test_a_lost_contact_is_a_difference_and_its_pane_is_named(centre_in_redis: Pantau) -> None:
    with raw(centre_in_redis) as client:
        assert client.delete(f"{BASE}:v2:e:c\tgave-up") == 1
    found = asked(centre_in_redis, "billing", code=1)
    off = {name: n for name, n in found["counts"]["difference"].items() if n}
    assert off == {"offered": 1, "abandoned": 1, "counted": 1}
    assert found["ledger"]["reconciliation_difference"] == 0
    fields = {field: n for pane in found["panes"] for field, n in pane["difference"].items()}
    assert (fields["offered"], fields["x10000"], fields["d.abandoned"]) == (1, 1, 1)
    done = centre_in_redis.run("explain", "billing")
    assert done.returncode == 1
    assert "The number does not reconcile." in done.stdout


def test_a_contact_that_waits_and_lost_its_facts_is_named(centre_in_redis: Pantau) -> None:
    with raw(centre_in_redis) as client:
        assert client.delete(f"{BASE}:v2:e:c\twaits") == 1
    found = asked(centre_in_redis, "billing", code=1)
    assert found["suspects"] == [
        {"contact": "waits", "why": "waits in live state, but no facts of its visit are stored"}
    ]
