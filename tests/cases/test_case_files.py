"""Files that hold no event, or hold it in another way: what cannot be read is a failure in one line."""

import gzip
import json
from pathlib import Path

import pytest
from cases.story import parsed
from click.testing import Result
from typer.testing import CliRunner

from stream.cli import app
from stream.errors import PantauError

pytestmark = pytest.mark.pure

BOM = "\ufeff".encode()
EVENTS = [
    told.value
    for told in parsed(
        "file",
        """
10:00:00 c1 visit.queued queue=billing
10:00:05 c1 visit.answered agent=ana
10:01:00 ana agent.state state=available team=t queues=billing

as of 10:10:00
queue billing totals.offered 1
""",
    ).lines
]
TEXT = b"\n".join(EVENTS) + b"\n"


def raw_zstd(content: bytes) -> bytes:
    """A Zstandard frame of one block that is not compressed (RFC 8878): nothing here writes others."""
    assert 256 <= len(content) < 65_792
    header = b"\x28\xb5\x2f\xfd" + b"\x60" + (len(content) - 256).to_bytes(2, "little")
    return header + (len(content) << 3 | 1).to_bytes(3, "little") + content


def ran(*words: str, given: bytes = b"") -> Result:
    return CliRunner().invoke(app, list(words), input=given)


def offered(done: Result) -> int:
    assert done.exception is None, (done.output, done.exception)
    return int(json.loads(done.stdout)["queues"]["all"]["offered"])


READABLE = {
    "plain.jsonl": TEXT,
    "begins-with-a-mark.jsonl": BOM + TEXT,
    "blank-lines.jsonl": b"\n\r\n" + b"\r\n\r\n".join(EVENTS) + b"\n  \n",
    "no-last-newline.jsonl": TEXT.rstrip(b"\n"),
    "packed.jsonl.gz": gzip.compress(TEXT),
    "packed-with-a-mark.jsonl.gz": gzip.compress(BOM + TEXT),
    "packed.jsonl.zst": raw_zstd(TEXT),
}
UNREADABLE = {
    "empty.jsonl": b"",
    "blank.jsonl": b"\n \n\r\n",
    "a-mark.jsonl": BOM,
    "nonsense.jsonl": b"nonsense\n{}\n",
    "table.csv": b"time,contact,event\n2026-11-24T10:00:00Z,c1,queued\n",
    "utf-16.jsonl": TEXT.decode().encode("utf-16"),
    "packed-by-another-name.jsonl": gzip.compress(TEXT)[:40],
    "cut-off.jsonl.gz": gzip.compress(TEXT)[:-30],
    "not-packed.jsonl.gz": b"not gzip",
    "nothing.jsonl.gz": gzip.compress(b""),
    "not-packed.jsonl.zst": b"not zstd",
}


@pytest.mark.parametrize("name", READABLE)
def test_no_event_of_a_file_that_can_be_read_is_lost(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(READABLE[name])
    assert offered(ran("replay", str(tmp_path / name), "--report", "json")) == 1


@pytest.mark.parametrize("name", READABLE)
def test_blank_lines_and_marks_are_nothing_that_was_left_out(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(READABLE[name])
    done = ran("replay", str(tmp_path / name), "--report", "json")
    assert json.loads(done.stdout)["skipped"] == {}


@pytest.mark.parametrize("command", ["replay", "audit"])
@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_without_an_event_is_a_failure_in_one_line(command: str, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(UNREADABLE[name])
    done = ran(command, str(tmp_path / name))
    assert done.exit_code != 0, done.output
    assert isinstance(done.exception, PantauError), done.exception
    told = str(done.exception)
    assert name in told
    assert "; " in told  # what is accepted, or what to do
    assert "\n" not in told


def test_standard_input_is_a_file() -> None:
    assert offered(ran("replay", "-", "--report", "json", given=TEXT)) == 1


def test_standard_input_without_an_event_is_a_failure() -> None:
    done = ran("replay", "-", given=b"")
    assert isinstance(done.exception, PantauError), done.exception


@pytest.mark.parametrize("name", ["packed-with-a-mark.jsonl.gz", "packed.jsonl.zst"])
def test_an_audit_reads_what_a_replay_reads(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(READABLE[name])
    done = ran("audit", str(tmp_path / name), "--json")
    assert done.exception is None, (done.output, done.exception)
    found = json.loads(done.stdout)
    assert found["differences"] == []
    assert found["queues"] == 1
