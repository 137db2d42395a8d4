"""Secrets are never told: not by a command that works, not by one that fails, whatever is wrong."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.pantau import Pantau, get, together
from support.processes import wait_until

from stream.errors import BadSettings
from stream.settings import load_settings

SECRET = "S3cret-Canary/7@x?y"  # noqa: S105 - to be looked for
SHOWN = (SECRET, "S3cret", "Canary", base64.b64encode(SECRET.encode()).decode().rstrip("="))
SECRETS = {
    "kafka_user": "u",
    "kafka_password": SECRET,
    "redis_user": "u",
    "redis_password": SECRET,
    "exporter_user": "u",
    "exporter_password": SECRET,
    "exporter_token": SECRET,
}
COMMANDS = [
    ["check", "--json"],
    ["check", "--offline"],
    ["topics"],
    ["worker"],
    ["exporter"],
    ["simulate", "--hours", "0.001"],
    ["replay", "nowhere.tsv"],
    ["explain", "billing"],
]
WRONG = {
    "a password in the clear": {"kafka": "kafka:9092", "redis_url": "redis://cache:6379"},
    "two passwords": {"redis_url": f"redis://u:{SECRET}@127.0.0.1:1/0", "kafka_password_file": "/nowhere"},
    "no address": {"kafka": f"u:{SECRET}@kafka:9092", "redis_url": f"u:{SECRET}@cache"},
    "another scheme": {"redis_url": f"http://u:{SECRET}@cache:6379/0?password={SECRET}"},
    "an unknown setting": {"kafka_pasword": SECRET, "redis_secret": SECRET},
    "no file": {"exporter_token_file": "/nowhere", "kafka_tls_ca": "/nowhere", "partitions": "none"},
}


@pytest.fixture
def nowhere(tmp_path: Path) -> Pantau:
    return Pantau("127.0.0.1:1", "redis://127.0.0.1:1/0", tmp_path)


@pytest.mark.parametrize("wrong", WRONG)
def test_settings_tell_no_secret(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    for name, value in {**SECRETS, **WRONG[wrong]}.items():
        monkeypatch.setenv(f"PANTAU_{name.upper()}", value)
    with pytest.raises(BadSettings) as bad:
        load_settings()
    assert [part for part in SHOWN if part in str(bad.value)] == []


@pytest.mark.parametrize(
    "more", [{}, {"kafka_pasword": SECRET, "kafka": f"u:{SECRET}@kafka:1"}], ids=["away", "bad"]
)
def test_no_command_tells_a_secret(nowhere: Pantau, more: dict[str, str]) -> None:
    """All at once; the two that serve would wait for their servers, and end with bad settings only."""
    ending = [words for words in COMMANDS if more or words[0] not in {"worker", "exporter"}]
    with ThreadPoolExecutor() as together_:
        runs = list(together_.map(lambda words: nowhere.run(*words, **{**SECRETS, **more}), ending))
    for words, done in zip(ending, runs, strict=True):
        told = done.stdout + done.stderr
        assert done.returncode == (2 if more else 0 if "--offline" in words else 1), words
        assert [part for part in SHOWN if part in told] == [], words
        assert "Traceback" not in told, words


def test_processes_that_run_tell_no_secret(embedded: Pantau) -> None:
    own = {name: SECRETS[name] for name in ("exporter_user", "exporter_password", "exporter_token")}
    worker, exporter = embedded.worker(**own), embedded.exporter(**own)
    login = f"Bearer {SECRET}"
    with together(worker, exporter):
        told = [get(f"{url}/metrics", Authorization=login).text for url in (worker.url, exporter.url)]
        told += [get(f"{exporter.url}{path}", Authorization=login).text for path in ("/", "/api/v1/board")]
        checked = embedded.run("check", "--json", **own)
        assert json.loads(checked.stdout)["settings"] == "ok"
    told += [worker.log(), exporter.log(), checked.stdout, checked.stderr]
    assert [part for text in told for part in SHOWN if part in text] == []


def test_a_worker_says_in_lines_that_redis_is_away(embedded: Pantau) -> None:
    worker = embedded.worker(redis_url="redis://127.0.0.1:1/0", redis_user="u", redis_password=SECRET)
    with worker:
        assert wait_until(lambda: "store_unavailable" in worker.log(), seconds=20)
    assert [part for part in SHOWN if part in worker.log()] == []
