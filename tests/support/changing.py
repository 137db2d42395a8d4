"""Workers that share a store in memory, each with a settings file of its own that may change."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from support.factories import Record, batch_of
from support.taking import log_of

from stream.adapters.canonical import CanonicalDecoder
from stream.audit.board import NO_LIMIT
from stream.domain.fact import Event
from stream.domain.limits import Limits
from stream.domain.rulebook import Rulebook, Wanted, renewed
from stream.store.lease import Verdict
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.worker.bookkeeping import Bookkeeper
from stream.worker.probes import SilentProbe
from stream.worker.record import DeadLetter
from stream.worker.worker import Worker

T = TypeVar("T")
#: Nothing here has that many of anything.
ROOM = Limits(open_contacts=1 << 30)


def done(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


class NoLetters:
    async def send(self, letters: list[DeadLetter]) -> None:
        raise AssertionError(f"refused: {letters}")


class Installation:
    """One worker for each partition. What was sent is told again where a worker asks for it."""

    def __init__(self, files: Sequence[Wanted], now_ms: int) -> None:
        self.now_ms = now_ms
        self.store = MemoryStore(retention=NO_LIMIT, clock=lambda: self.now_ms)
        self.logs: list[list[Record]] = [[] for _ in files]
        self.rebuilt = 0
        self._keepers: list[Bookkeeper] = [None] * len(files)  # type: ignore[list-item] # started below
        self._workers: list[Worker] = [None] * len(files)  # type: ignore[list-item] # likewise
        for number, file in enumerate(files):
            self.start(number, file)

    def start(self, number: int, file: Wanted) -> None:
        """Start a worker, again maybe; it knows what its file says and what is stored."""
        keeper = self._keepers[number] = Bookkeeper(self.store, file, lambda: self.now_ms)
        self._workers[number] = Worker.of(
            self.store,
            CanonicalDecoder(),
            NoLetters(),
            SilentProbe(),
            wanted=file,
            retention=NO_LIMIT,
            limits=ROOM,
            clock=lambda: self.now_ms,
            bookkeeper=keeper,
        )
        self._take_over(number)

    def reload(self, number: int, file: Wanted) -> None:
        """The file of a worker says something else."""
        self._keepers[number].reload(file)

    def look(self, number: int) -> None:
        """A worker looks after the rulebook, as it does every few seconds."""
        done(self._workers[number].ownership.look())

    def rebuild(self, file: Wanted) -> None:
        """As `pantau rebuild` does."""
        book, booked_ms = self.book, done(self.store.booked_ms())
        new = renewed(book, file, now_ms=self.now_ms, booked_ms=booked_ms)
        assert done(self.store.put_rulebook(new, over=book.id)) == new
        for number in range(len(self.logs)):
            done(self.store.request(at(number)))

    def tell(self, number: int, records: Sequence[Record]) -> None:
        """Records come in to a partition."""
        self.logs[number] += records
        self._read(number)

    def settle(self) -> None:
        """Every worker follows the rulebook and reads all there is."""
        for number in range(len(self.logs)):
            self.look(number)
            self._read(number)

    @property
    def book(self) -> Rulebook:
        found = done(self.store.rulebook())
        assert found is not None
        return found

    def _read(self, number: int) -> None:
        worker, own = self._workers[number], at(number)
        while True:
            position = worker.ownership.positions().get(own)
            if position is None:
                self.rebuilt += 1
                self._take_over(number)
                continue
            left = self.logs[number][position:]
            if not left:
                if done(worker.upkeep.check(own)) is Verdict.APPLIED:
                    return
                self._take_over(number)
                continue
            done(worker.processor.process(batch_of(own, position, left)))

    def _take_over(self, number: int) -> None:
        ask = log_of(earliest=0, end=len(self.logs[number]))
        done(self._workers[number].ownership.acquire(at(number), ask))


def at(number: int) -> Partition:
    """The partition of a worker."""
    return Partition("pantau.contacts", number)


def record(event: Event, offset: int, received_ms: int, value: bytes) -> Record:
    """A record of an event as it was received."""
    return Record(offset, received_ms, value, key=event.subject.encode())
