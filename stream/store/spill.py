"""The facts of a log that is folded without servers: the latest in memory, the rest in a file on disk."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import TracebackType
from typing import Self

from msgspec import msgpack

from stream.domain.cache import LruDict
from stream.domain.fact import Fact

#: Entities whose facts wait in memory to be written: those that are touched last are written last.
MOST_WAITING = 20_000
_AT_ONCE = 500
_CACHE_KIB = 32_768

_encode = msgpack.Encoder().encode
_rows = msgpack.Decoder(list[tuple[int, int, str, int, str, str, str, str]]).decode


class Spill:
    """Facts by entity. Its file has no name and is gone with its context, or with the process."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._most = most_waiting
        self._waiting: LruDict[str, list[Fact]] = LruDict()
        self._has_written = False

    def __enter__(self) -> Self:
        self._database = sqlite3.connect("", isolation_level=None)  # without a name: on disk, and deleted
        for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}"):
            self._database.execute(f"PRAGMA {setting}")
        self._database.execute("CREATE TABLE spilled (entity TEXT PRIMARY KEY, facts BLOB)")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def keep(self, facts: Mapping[str, Sequence[Fact]]) -> None:
        """Add facts; of two contents of one identity the later stays."""
        waiting = self._waiting
        for entity, new in facts.items():
            known = waiting.get(entity)
            if known is None:
                waiting[entity] = list(new)
            else:
                known += new
                waiting.move_to_end(entity)
        if len(waiting) > self._most:
            self._write(list(islice(waiting, len(waiting) - self._most // 2)))

    def load(self, entities: Iterable[str]) -> dict[str, list[Fact]]:
        """All facts of those that are known."""
        entities = list(entities)
        found = self._read(entities)
        for entity in entities:
            if entity in self._waiting:
                found[entity] = [*found.get(entity, ()), *self._waiting[entity]]
        return found

    def all(self) -> Iterator[tuple[str, list[Fact]]]:
        """Every entity with its facts, in no order and little memory; none may be added meanwhile."""
        if self._has_written:
            self._write(list(self._waiting))
            for entity, facts in self._database.execute("SELECT entity, facts FROM spilled"):
                yield entity, _facts(facts)
        else:
            yield from self._waiting.items()

    def _write(self, entities: Sequence[str]) -> None:
        self._has_written = True
        self._database.execute("BEGIN")
        for at in range(0, len(entities), _AT_ONCE):
            some = entities[at : at + _AT_ONCE]
            known = self._read(some)
            rows = [
                (entity, _encode([*known.get(entity, ()), *self._waiting.pop(entity)])) for entity in some
            ]
            self._database.executemany("INSERT OR REPLACE INTO spilled VALUES (?, ?)", rows)
        self._database.execute("COMMIT")

    def _read(self, entities: Sequence[str]) -> dict[str, list[Fact]]:
        found: dict[str, list[Fact]] = {}
        for at in range(0, len(entities) if self._has_written else 0, _AT_ONCE):
            some = entities[at : at + _AT_ONCE]
            places = ", ".join("?" * len(some))
            query = f"SELECT entity, facts FROM spilled WHERE entity IN ({places})"  # noqa: S608 - marks alone
            found |= {entity: _facts(facts) for entity, facts in self._database.execute(query, some)}
        return found


def _facts(stored: bytes) -> list[Fact]:
    return [Fact(*row) for row in _rows(stored)]
