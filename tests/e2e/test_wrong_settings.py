"""Wrong settings: every fault is told at once, each with what is accepted, and the exit code is 2."""

from pathlib import Path

import pytest
from support.pantau import Pantau

_WRONG_FILE = """\
time_zone = "Mars/Olympus"
colour = "red"
[[queues]]
name = "billing"
target_seconds = -1
"""


@pytest.fixture
def nowhere(tmp_path: Path) -> Pantau:
    return Pantau("127.0.0.1:1", "redis://127.0.0.1:1/0", tmp_path)


@pytest.mark.parametrize("command", ["worker", "exporter", "check", "topics"])
def test_all_faults_are_told_at_once(nowhere: Pantau, command: str) -> None:
    file = nowhere.folder / "pantau.toml"
    file.write_text(_WRONG_FILE)
    done = nowhere.run(
        command, kafka="kafka", redis_url="http://x", partitions="none", linger_ms="-5", config=file
    )
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert all(line.startswith("pantau: ") for line in lines), done.stderr
    wanted = ("KAFKA", "REDIS_URL", "PARTITIONS", "LINGER_MS", "time_zone", "colour", "target_seconds")
    assert len(lines) == len(wanted), done.stderr
    assert [name for name in wanted if not any(f"{name}: " in line for line in lines)] == []


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "No such file"), (b"\xff\xfe", "UTF-8"), (b"queues = [", "TOML")],
    ids=["absent", "not text", "not TOML"],
)
def test_a_file_that_cannot_be_read_is_one_line(nowhere: Pantau, content: bytes | None, told: str) -> None:
    file = nowhere.folder / "pantau.toml"
    if content is not None:
        file.write_bytes(content)
    done = nowhere.run("check", "--offline", config=file)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("pantau: ")
    assert str(file) in line
    assert told in line


def test_a_misspelt_variable_is_told(nowhere: Pantau) -> None:
    done = nowhere.run("check", "--offline", kafak="127.0.0.1:9092")
    assert done.returncode == 2
    assert "PANTAU_KAFAK" in done.stderr


@pytest.mark.parametrize("command", ["worker", "exporter"])
def test_a_secret_in_an_address_is_not_told(nowhere: Pantau, command: str) -> None:
    done = nowhere.run(command, redis_url="http://user:hunter2@host", partitions=0)
    assert done.returncode == 2
    assert "hunter2" not in done.stderr + done.stdout
