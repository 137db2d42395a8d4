"""A file of records: every line is read, and what says nothing is counted."""

from pathlib import Path

import pytest
from support.factories import ms, of, queued

from stream.adapters.canonical import CanonicalDecoder, encode
from stream.errors import PantauError
from stream.replay.source import Source

pytestmark = pytest.mark.pure

EVENTS = [*of("c1", queued(0)), *of("c2", queued(1))]


def test_lines_are_read_in_order_and_refusals_counted(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    first, second = map(encode, EVENTS)
    unknown = first.replace(b"visit.queued", b"ticket.opened")
    path.write_bytes(b"\n".join([first, b"{", b"", unknown, b"{}", second]) + b"\r\n")
    source, steps = Source(path, CanonicalDecoder()), list[int]()
    assert list(source.events(steps.append)) == EVENTS
    assert source.skipped == {"json": 1, "unknown_type": 1, "schema": 1}
    assert sum(steps) == source.size_bytes


def test_a_file_without_an_event_says_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("\n{}\nno\n")
    source = Source(path, CanonicalDecoder())
    with pytest.raises(PantauError, match=r"1 json, 1 schema, the first in line 2 \("):
        list(source.events(lambda _: None))


def test_what_comes_later_is_left_out_and_was_not_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"\n".join([*map(encode, EVENTS), b"{"]))
    source = Source(path, CanonicalDecoder(), until_ms=ms(0))
    assert list(source.events(lambda _: None)) == EVENTS[:1]
    assert source.skipped == {"later": 1, "json": 1}
    assert source.refused == {"json": 1}


def test_a_file_that_is_not_there_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PantauError, match=r"no-such\.log: cannot be read: No such file or directory; give"):
        _ = Source(tmp_path / "no-such.log", CanonicalDecoder()).size_bytes


def test_so_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(PantauError, match=r"^/.*: cannot be read: Is a directory; give a readable file$"):
        list(Source(tmp_path, CanonicalDecoder()).events(lambda _: None))
