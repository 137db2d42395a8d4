"""Sorts the events of a log by time, in runs on disk, so that memory does not grow with the log."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from heapq import merge
from itertools import islice
from tempfile import TemporaryFile
from types import TracebackType
from typing import BinaryIO, Self

from msgspec import msgpack

from stream.domain.fact import Event

_AT_ONCE = 100_000
_IN_A_BLOCK = 500
_LENGTH_BYTES = 4

_encode = msgpack.Encoder().encode
_decode = msgpack.Decoder(list[Event]).decode


class Ordered:
    """The `count` events of a log in order of time; events of one instant keep their order.

    Its files have no names and are deleted with its context. It can be iterated repeatedly, but not
    concurrently.
    """

    def __init__(self, events: Iterable[Event]) -> None:
        self.count = 0
        self.first_ms = self.last_ms = 0
        self._events = iter(events)
        self._rest: list[Event] = []
        self._runs: list[BinaryIO] = []
        self._files = ExitStack()

    def __enter__(self) -> Self:
        while run := sorted(islice(self._events, _AT_ONCE), key=_order):
            first_ms, last_ms = run[0].fact.at_ms, run[-1].fact.at_ms
            self.first_ms = min(self.first_ms, first_ms) if self.count else first_ms
            self.last_ms = max(self.last_ms, last_ms) if self.count else last_ms
            self.count += len(run)
            if len(run) < _AT_ONCE:
                self._rest = run
                break
            self._write(run)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()

    def __iter__(self) -> Iterator[Event]:
        return merge(*map(_read, self._runs), self._rest, key=_order)

    def _write(self, run: list[Event]) -> None:
        file = TemporaryFile(prefix="pantau-")  # noqa: SIM115 - closed with the others
        self._files.enter_context(file)
        for at in range(0, len(run), _IN_A_BLOCK):
            block = _encode(run[at : at + _IN_A_BLOCK])
            file.write(len(block).to_bytes(_LENGTH_BYTES, "big") + block)
        self._runs.append(file)


def _order(event: Event) -> tuple[int, str]:
    return event.fact.at_ms, event.subject


def _read(run: BinaryIO) -> Iterator[Event]:
    run.seek(0)
    while length := run.read(_LENGTH_BYTES):
        yield from _decode(run.read(int.from_bytes(length, "big")))
