"""The command line knows its commands without their modules, and says the same of them."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stream import __version__
from stream.access import Access
from stream.broker import topics
from stream.broker.topics import AGENTS, CONTACTS
from stream.cli import COMMANDS, app, command
from stream.cli.check import _records
from stream.clock import now_ms
from stream.domain.fold import Changes, Retention
from stream.domain.oddity import Odd, Sort
from stream.store.checkpoint import Checkpoint
from stream.store.lease import Verdict
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.store.rebuild import Plan

pytestmark = pytest.mark.pure

_HEAVY = ("aiohttp", "aiokafka", "faust", "prometheus_client", "pydantic", "redis")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_of_a_command_is_the_beginning_of_its_help(name: str) -> None:
    assert command(name).help.split("\n\n")[0] == COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_is_named_has_its_options_and_the_exit_codes(name: str) -> None:
    done = CliRunner().invoke(app, [name, "-h"], terminal_width=200)
    assert done.exit_code == 0
    assert "Exit codes" in done.output
    for param in command(name).params:
        assert (param.opts[0] if param.param_type_name == "option" else param.name) in done.output


def test_the_list_of_commands_names_all_of_them() -> None:
    listed = CliRunner().invoke(app, ["--help"], terminal_width=200).output
    assert [name for name in COMMANDS if f" {name} " not in listed] == []


def test_a_command_that_does_not_exist_is_wrong_usage() -> None:
    done = CliRunner().invoke(app, ["chekc"])
    assert done.exit_code == 2
    assert "'check'" in done.output


def test_the_version_needs_none_of_the_heavy_modules() -> None:
    look = f"import sys, stream.cli; print([name for name in {_HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert CliRunner().invoke(app, ["--version"]).output == f"pantau {__version__}\n"


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ({CONTACTS: 16, AGENTS: 15}, "ok"),
        ({}, "ok"),
        (
            {CONTACTS: 7, AGENTS: 15},
            "warning: pantau.contacts keeps records for 7 days and [retention] has 15: ",
        ),
    ],
)
def test_check_warns_of_a_topic_that_keeps_less_than_retention(
    monkeypatch: pytest.MonkeyPatch, days: dict[str, int], told: str
) -> None:
    async def states(_: object) -> list[topics.TopicState]:
        return [topics.TopicState(name, 4) for name in topics.ALL]

    async def kept_ms(_: object) -> dict[str, int]:
        return {name: 86_400_000 * count for name, count in days.items()}

    async def fine(_: object) -> str:
        return "ok"

    monkeypatch.setattr(topics, "states", states)
    monkeypatch.setattr(topics, "kept_ms", kept_ms)
    monkeypatch.setattr("stream.cli.check._redis", fine)
    monkeypatch.setattr("stream.cli.check._records", fine)
    done = CliRunner().invoke(app, ["check", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.output)["kafka"].startswith(told)


@pytest.mark.parametrize(
    ("oddities", "told"),
    [
        ({}, "ok"),
        (
            {Sort("schema", "/pbx"): Odd(2, 17)},
            "warning: 2 records refused in the last hour (2 schema of /pbx, latest pantau.contacts:1:17)",
        ),
    ],
)
async def test_check_warns_of_what_workers_met(
    monkeypatch: pytest.MonkeyPatch, oddities: dict[Sort, Odd], told: str
) -> None:
    store, place = MemoryStore(), Partition(CONTACTS, 1)
    lease = await store.acquire(place)
    await store.begin(place, lease.token, Plan(0, 0, 0, anew=True))
    minutes = {now_ms() // 60_000: oddities} if oddities else {}
    step = Checkpoint(0, 20, 1, 1, Changes(), oddities=minutes)
    assert await store.apply(place, lease.token, step) is Verdict.APPLIED

    @asynccontextmanager
    async def opened(_: object) -> AsyncIterator[MemoryStore]:
        yield store

    monkeypatch.setattr("stream.cli.check.opened", opened)
    assert (await _records(Access("redis://"))).startswith(told)


def test_topics_are_created_for_the_retention_of_the_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[Retention] = []

    async def create(_: object, *, retention: Retention, **__: object) -> list[topics.TopicState]:
        asked.append(retention)
        return []

    (tmp_path / "pantau.toml").write_text("[retention]\ncontact_days = 40\n")
    monkeypatch.setenv("PANTAU_CONFIG", str(tmp_path / "pantau.toml"))
    monkeypatch.setattr(topics, "create", create)
    assert CliRunner().invoke(app, ["topics", "--create", "--json"]).exit_code == 0
    assert [kept.longest_ms for kept in asked] == [40 * 86_400_000]
