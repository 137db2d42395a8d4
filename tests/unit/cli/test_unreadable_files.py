"""What a recorded log may be packed in; one that holds no event is one line, and no figures."""

import gzip
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.factories import answered, ended, of, queued
from support.pantau import command
from typer.testing import CliRunner, Result

from stream.adapters.base import MAX_RECORD_BYTES
from stream.adapters.canonical import encode
from stream.cli import app
from stream.errors import PantauError
from stream.replay.unpacked import zstd

pytestmark = pytest.mark.long  # it starts a process for most of its tests

LINES = [encode(event) for event in of("c1", queued(0), answered(10), ended(70))]
LOG = b"".join(line + b"\n" for line in LINES)
CSV = b"call,queue,seconds\n1,billing,12\n2,billing,7\n"
READERS = (("replay", "--report", "json"), ("audit", "--json"), ("replay", "--to", "kafka"))


def archive() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("log.jsonl", LOG)
    return packed.getvalue()


UNREADABLE = {
    "nothing": (b"", "it is empty"),
    "blank lines": (b"\n\r\n  \n", "it is empty"),
    "a byte-order mark": (b"\xef\xbb\xbf", "it is empty"),
    "nothing that is packed": (gzip.compress(b""), "it is empty"),
    "a table": (CSV, "left out: 3 json, the first in line 1 (not JSON in UTF-8)"),
    "other events": (b'\n{"type": "x"}\n', "left out: 1 unknown_type, the first in line 2"),
    "UTF-16": (LOG.decode().encode("utf-16"), "is text in UTF-16; give UTF-8: iconv -f UTF-16 -t UTF-8"),
    "UTF-16 without a mark": (LOG.decode().encode("utf-16-le"), "is text in UTF-16LE; give UTF-8: iconv "),
    "UTF-32": (LOG.decode().encode("utf-32"), "is text in UTF-32; give UTF-8: iconv -f UTF-32 -t UTF-8"),
    "UTF-16 that is packed": (gzip.compress(LOG.decode().encode("utf-16")), "is text in UTF-16; give UTF-8"),
    "an archive": (archive(), "is a zip archive; unpack it"),
    "bzip2": (b"BZh91AY&SY" + LOG, "is packed by bzip2; unpack it, or pack it with gzip or zstd"),
    "xz": (b"\xfd7zXZ\0" + LOG, "is packed by xz; unpack it, or pack it with gzip or zstd"),
    "Parquet": (b"PAR1" + LOG, "is a Parquet file; give its records as JSON, one per line"),
    "gzip in gzip": (gzip.compress(gzip.compress(LOG)), "is packed twice; unpack it once"),
    "half of a gzip file": (gzip.compress(LOG)[:-12], "is incomplete; copy it again"),
    "half of a zstd file": (zstd.compress(LOG)[:-4], "is incomplete; copy it again"),
    "gzip garbage": (gzip.compress(LOG)[:12] + b"garbage" * 40, "is damaged: "),
    "zstd garbage": (zstd.compress(LOG)[:12] + b"garbage" * 40, "is damaged: "),
    "a gzip file with a wrong sum": (gzip.compress(LOG)[:-8] + bytes(8), "is damaged: "),
}


def ran(*words: str, file: str, given: bytes = b"") -> Result:
    return CliRunner(env={"PANTAU_KAFKA": "127.0.0.1:1"}).invoke(app, [*words, file], input=given)


@pytest.mark.parametrize("words", READERS, ids=lambda words: " ".join(words[:2]))
@pytest.mark.parametrize("held", UNREADABLE)
def test_a_file_without_an_event_fails_in_one_line(words: tuple[str, ...], held: str, tmp_path: Path) -> None:
    content, told = UNREADABLE[held]
    file = tmp_path / "log.jsonl"
    file.write_bytes(content)
    done = ran(*words, file=str(file))
    assert isinstance(done.exception, PantauError), done.output
    said = str(done.exception)
    assert said.startswith(f"{file}: ")
    assert told in said
    assert "\n" not in said
    assert done.output == ""


PACKED = {
    "as it is": LOG,
    "behind a byte-order mark": b"\xef\xbb\xbf" + LOG,
    "without a last line end": LOG[:-1],
    "with blank lines": b"\n\n" + LOG.replace(b"\n", b"\n \r\n"),
    "gzip": gzip.compress(LOG),
    "gzip in two parts": gzip.compress(LINES[0] + b"\n") + gzip.compress(b"\n".join(LINES[1:])),
    "gzip behind a byte-order mark": gzip.compress(b"\xef\xbb\xbf" + LOG),
    "zstd": zstd.compress(LOG),
    "zstd in two parts": zstd.compress(LINES[0] + b"\n") + zstd.compress(b"\n".join(LINES[1:])),
}


@pytest.mark.parametrize("how", PACKED)
@pytest.mark.parametrize("is_piped", [False, True], ids=["a file", "standard input"])
def test_every_record_counts_however_it_is_packed(how: str, is_piped: bool, tmp_path: Path) -> None:  # noqa: FBT001
    file = tmp_path / "log"
    file.write_bytes(PACKED[how])
    name, given = ("-", PACKED[how]) if is_piped else (str(file), b"")
    replayed = ran("replay", "--report", "json", file=name, given=given)
    assert replayed.exit_code == 0, replayed.exception
    found = json.loads(replayed.stdout)
    assert found["skipped"] == {}
    assert (found["queues"]["billing"]["offered"], found["queues"]["billing"]["answered"]) == (1, 1)
    audited = ran("audit", "--json", file=name, given=given)
    assert audited.exit_code == 0, audited.exception
    outcome = json.loads(audited.stdout)
    assert (outcome["records"], outcome["differences"]) == (3, [])


def test_standard_input_that_holds_nothing_is_named() -> None:
    done = ran("replay", file="-")
    assert str(done.exception).startswith("standard input: has no canonical event: it is empty; ")


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress], ids=["plain", "gzip", "zstd"])
def test_a_line_that_is_too_long_is_refused_and_the_next_is_read(pack: object, tmp_path: Path) -> None:
    assert callable(pack)
    long = LINES[0][:-1] + b" " * MAX_RECORD_BYTES + b"}"
    file = tmp_path / "log"
    file.write_bytes(pack(long + b"\n" + LOG + long * 3 + b"\r\n" + long[: 2 * MAX_RECORD_BYTES]))
    found = json.loads(ran("replay", "--report", "json", file=str(file)).stdout)
    assert found["skipped"] == {"too_large": 3}
    assert found["queues"]["billing"]["answered"] == 1
    outcome = json.loads(ran("audit", "--json", file=str(file)).stdout)
    assert (outcome["records"], outcome["differences"]) == (6, [])


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
@pytest.mark.parametrize(("more", "skipped"), [(0, {}), (1, {"too_large": 1})])
def test_a_line_may_be_as_long_as_a_record(
    end: bytes, more: int, skipped: dict[str, int], tmp_path: Path
) -> None:
    line = LINES[0][:-1] + b" " * (MAX_RECORD_BYTES + more - len(LINES[0])) + b"}"
    assert len(line) == MAX_RECORD_BYTES + more
    file = tmp_path / "log"
    file.write_bytes(LINES[1] + b"\n" + line + end)
    assert json.loads(ran("replay", "--report", "json", file=str(file)).stdout)["skipped"] == skipped


@pytest.mark.parametrize("words", [("replay",), ("audit",)])
def test_a_process_that_is_given_nothing_says_so_and_fails(words: tuple[str, ...]) -> None:
    done = subprocess.run(command(*words, "-"), input=b"", capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, b"")
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("pantau: standard input: has no canonical event: it is empty; give ")


def test_one_line_of_many_megabytes_takes_no_memory() -> None:
    look = (
        "from pathlib import Path; from stream.cli import app\n"
        "try: app(['replay', '-'], standalone_mode=False)\n"
        "except Exception as failure: print(failure)\n"
        "print(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", look], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        for _ in range(300):
            process.stdin.write("x" * (1 << 20))
        told, _ = process.communicate(timeout=60)
    said, kibibytes = told.splitlines()
    assert "left out: 1 too_large" in said
    assert int(kibibytes) < 150 << 10
