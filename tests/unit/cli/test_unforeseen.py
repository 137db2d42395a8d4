"""How what nobody foresaw is told: by commands, in logs, and by threads."""

import logging
import sys
import threading
from io import StringIO

import pytest

from stream import cli
from stream.adapters.canonical import CanonicalDecoder
from stream.cli.logs import start_logging
from stream.cli.unforeseen import DEBUG, in_one_line, wants_traces
from stream.errors import PantauError

pytestmark = pytest.mark.pure

_TRACE = "Traceback (most recent call last)"


def failure() -> BaseException:
    try:
        CanonicalDecoder().decode(None)  # type: ignore[arg-type] # nobody does that
    except Exception as found:  # noqa: BLE001 - whatever it is
        return found
    raise AssertionError


def test_a_failure_is_told_with_the_last_place_of_our_code() -> None:
    told = in_one_line(failure())
    assert told.startswith("TypeError: ")
    assert "(stream/adapters/" in told
    assert "\n" not in told


def test_long_texts_are_cut_and_lines_joined() -> None:
    assert in_one_line(ValueError("a\nb")) == "ValueError: a b (raised nowhere)"
    assert in_one_line(ValueError()) == "ValueError (raised nowhere)"
    assert len(in_one_line(ValueError("x" * 5_000))) < 400


@pytest.mark.parametrize(("value", "wanted"), [("1", True), ("true", True), ("0", False), ("", False)])
def test_traces_are_asked_for_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, value: str, *, wanted: bool
) -> None:
    monkeypatch.setenv(DEBUG, value)
    assert wants_traces() is wanted


@pytest.mark.parametrize(("failing", "code"), [(ZeroDivisionError("x"), 70), (PantauError("y"), 1)])
def test_a_command_ends_with_a_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], failing: Exception, code: int
) -> None:
    def fails() -> None:
        raise failing

    monkeypatch.setattr(cli, "app", fails)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr().err
    assert ended.value.code == code
    assert (told.count("\n"), _TRACE in told) == (1, False)
    assert (DEBUG in told) is (code == 70)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What a long-running command logs; undone afterwards."""
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    root, pantau = logging.getLogger(), logging.getLogger("pantau")
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    monkeypatch.setattr(pantau, "level", pantau.level)
    monkeypatch.setattr(sys, "stderr", written := StringIO())
    start_logging()
    return written


@pytest.mark.parametrize("traced", [False, True])
def test_a_log_has_one_line_for_a_failure_unless_the_trace_is_wanted(
    monkeypatch: pytest.MonkeyPatch, told: StringIO, *, traced: bool
) -> None:
    monkeypatch.setenv(DEBUG, str(int(traced)))
    logging.getLogger("pantau.worker").error("worker_stops place=%s:%d", "p", 1, exc_info=failure())
    text = told.getvalue()
    assert " ERROR pantau.worker worker_stops place=p:1" in text
    assert (_TRACE in text) is traced
    assert traced or text.count("\n") == 1


def test_a_thread_that_fails_is_logged_likewise(told: StringIO) -> None:
    thread = threading.Thread(target=lambda: 1 // 0, name="lag")
    thread.start()
    thread.join()
    text = told.getvalue()
    assert "thread_failed name=lag: ZeroDivisionError: integer division or modulo by zero (" in text
    assert text.count("\n") == 1
