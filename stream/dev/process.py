"""Manages a child process: starts it, awaits it, watches it, and ends it with all that it started.

- It leads a session of its own, so an interrupt from the keyboard reaches it only through us, in our order.
- On Linux it dies when the thread that started it ends, even by SIGKILL: start children from a thread that
  outlives them, as the main thread does.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from stream.errors import PantauError

from .programs import installed
from .tether import tethered

_POLL_SECONDS = 0.02


class ChildError(PantauError):
    """A child died, or was not ready in time; the message ends with the last line of its log."""


def at_once() -> bool:
    """Call a child ready as soon as it runs."""
    return True


@dataclass(kw_only=True, eq=False)
class ManagedProcess:
    """A child that is up when `start` returns and gone when `stop` does; it may be started again.

    Its output goes to `<name>.log` in the folder. `env` is its whole environment; without one it has ours.
    `ready` is asked until it says yes, and raises nothing.
    """

    name: str
    argv: Sequence[str]
    folder: Path
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    ready: Callable[[], bool] = at_once
    deadline_seconds: float = 30.0
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def log_path(self) -> Path:
        """The file that holds the output of the child."""
        return self.folder / f"{self.name}.log"

    @property
    def is_running(self) -> bool:
        """Whether the child is alive now."""
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        """The id of the child's process, and of its process group."""
        if self._child is None:
            raise ChildError(f"{self.name} has not been started: it has no process")
        return self._child.pid

    def start(self) -> Self:
        """Start the child and wait until it is ready; nothing is left behind when that fails."""
        if self.is_running:
            return self
        self._child = self._launch()
        try:
            self._await_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def check(self) -> None:
        """Raise if the child has ended by itself."""
        code = None if self._child is None else self._child.poll()
        if code is not None:
            raise ChildError(f"{self.name} ended with {_ending(code)}; {self._last_words()}")

    def stop(self, *, grace_seconds: float = 10.0) -> None:
        """End the child: politely first, by force after the grace. Stopping twice is fine."""
        self._end(signal.SIGTERM, grace_seconds=grace_seconds)

    def kill(self) -> None:
        """End the child as a crash would: at once, with no chance to tidy up."""
        self._end(signal.SIGKILL, grace_seconds=0.0)

    def _launch(self) -> subprocess.Popen[bytes]:
        command = tethered([installed(self.argv[0]), *self.argv[1:]])
        with self.log_path.open("ab") as log:
            return subprocess.Popen(
                command,
                env=self.env,
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _await_ready(self) -> None:
        until = time.monotonic() + self.deadline_seconds
        while not self.ready():
            self.check()
            if time.monotonic() > until:
                late = f"{self.name} was not ready within {self.deadline_seconds:g} seconds"
                raise ChildError(f"{late}; {self._last_words()}")
            time.sleep(_POLL_SECONDS)
        self.check()

    def _end(self, number: signal.Signals, *, grace_seconds: float) -> None:
        child, self._child = self._child, None
        if child is None or child.poll() is not None:
            return
        try:
            _signal_group(child, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(grace_seconds)
        finally:
            _signal_group(child, signal.SIGKILL)  # also for what the child itself has started
            child.wait()

    def _last_words(self) -> str:
        lines = self.log_path.read_text(errors="replace").splitlines()
        whole = [line for line in lines if line and not line[0].isspace()]  # indented: inside a stack trace
        return f"its log ends: {whole[-1]}" if whole else "its log is empty"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
