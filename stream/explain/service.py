"""Explains a number from the store while workers continue to write.

It looks at all contacts once to find those that concern the queue. It then reads these few again until the
board is the same before and after, so that both are from one instant.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice

from stream.board.interval import WINDOWS
from stream.board.model import Model
from stream.board.reader import Reader
from stream.board.rows import QueueBoard
from stream.board.snapshot import BoardBuilder
from stream.domain.contact.entity import CONTACT
from stream.domain.contact.now import ContactsNow
from stream.domain.definition import Definitions
from stream.domain.entity import id_of
from stream.domain.naming import Naming
from stream.domain.series import QueueSeries
from stream.domain.timetable import Timetable
from stream.errors import BadSettings
from stream.explain.explanation import Asked, Explanation, explain
from stream.explain.history import ContactHistory, PaneRange, concerns, contact_history, names_queue
from stream.store.partition import Partition
from stream.store.ports import FactStore
from stream.store.unreadable import Unreadable

_TRIES = 20
_LOADED_AT_ONCE = 1_000
_TOLD_EVERY = 100

_Names = dict[Partition, set[str]]


class ExplainService:
    """Answers one question from a store. `clock` returns the time in ms."""

    def __init__(  # noqa: PLR0913 - all that an answer depends on
        self,
        store: FactStore,
        definitions: Definitions,
        timetable: Timetable,
        stuck_after_ms: Mapping[str, int],
        *,
        clock: Callable[[], int],
        advance: Callable[[int], None] = lambda _: None,
        naming: Naming | None = None,
    ) -> None:
        self._store, self._definitions, self._timetable = store, definitions, timetable
        self._clock, self._advance = clock, advance
        self._model = Model()
        self._reader = Reader(store, self._model)
        self._unreadable: list[str] = []
        self._builder = BoardBuilder(self._model, definitions, timetable, stuck_after_ms, naming=naming)

    async def explain(self, queue: str, channel: str | None, window: str) -> Explanation:
        """Explain a window of a queue; `channel` may be None if the queue has only one.

        `advance` gets the number of contacts looked at. Raises `BadSettings` for an unknown queue, channel or
        window, and `StoreUnavailable`.
        """
        if window not in WINDOWS:
            raise BadSettings(f"there is no window {window!r}; give one of {', '.join(WINDOWS)}")
        await self._reader.refresh(self._clock())
        series = QueueSeries.of(queue, self._channel(queue, channel))
        names = await self._look(series, window)
        histories, settled = await self._settle(series.name, names)
        now_ms = self._clock()
        row = self._row(series, window, now_ms)
        zone = self._timetable.of(row.queue, row.channel or "").clock.zone
        asked = Asked(row, window, now_ms, zone)
        found = explain(histories, self._model, asked, self._definitions)
        return replace(found, settled=settled, unreadable=sorted(set(self._unreadable)))

    def _row(self, series: QueueSeries, window: str, now_ms: int) -> QueueBoard:
        for row in self._builder.board(now_ms, [window]).queues:
            if (row.queue, row.channel) == (series.queue, series.channel):
                return row
        raise BadSettings(
            "the first contact of the queue has just come in another channel; run the command again"
        )

    def _channel(self, queue: str, channel: str | None) -> str:
        """The requested channel, or the only one of the queue."""
        found: dict[str, list[str]] = defaultdict(list)
        for row in self._builder.board(self._clock(), []).queues:
            found[row.queue].append(row.channel or "")
        if not found:
            raise BadSettings(f"there is no queue {queue!r}: no contact was read yet; start a worker")
        if queue not in found:
            raise BadSettings(f"there is no queue {queue!r}; give one of {', '.join(found)}")
        channels = found[queue]
        if channel in channels:
            return channel
        if channel is None and len(channels) == 1:
            return channels[0]
        said = "in several channels" if channel is None else f"not in channel {channel!r}"
        raise BadSettings(f"queue {queue!r} is {said}; give --channel, one of {', '.join(channels)}")

    async def _look(self, series: QueueSeries, window: str) -> _Names:
        """Look at all contacts; return the ids of those that concern a queue."""
        low_ms = self._row(series, window, self._clock()).intervals[window].from_ms
        span, names, looked = PaneRange(low_ms, 1 << 62), _Names(), 0
        for partition in await self._store.partitions():
            found = names.setdefault(partition, set())
            async for name, facts in self._store.known(partition, CONTACT):
                looked += 1
                if isinstance(facts, Unreadable):
                    self._unreadable.append(facts.contact)
                    continue
                if looked % _TOLD_EVERY == 0:
                    self._advance(looked)
                if names_queue(facts, series.queue, series.channel):
                    read = contact_history(name, facts, self._definitions)
                    if concerns(read, series, span):
                        found.add(name)
        self._advance(looked)
        return names

    async def _settle(self, series: str, names: _Names) -> tuple[list[ContactHistory], bool]:
        """Read these contacts, and any that changed, until the queue does not change during the read."""
        histories: list[ContactHistory] = []
        await self._refresh(names)
        for _ in range(_TRIES):
            before = self._state(series)
            histories = [
                read for partition in names for read in await self._histories(partition, names[partition])
            ]
            await self._refresh(names)
            if self._state(series) == before:
                return histories, True
        return histories, False

    async def _refresh(self, names: _Names) -> None:
        for partition, moved in (await self._reader.refresh(self._clock())).items():
            contacts = {id_of(key) for key in moved if key.startswith(CONTACT.prefix)}
            names.setdefault(partition, set()).update(contacts)

    def _state(self, series: str) -> tuple[int, dict[str, int]]:
        waiting = self._model.now(ContactsNow).waiting.get(series, {})
        return self._model.of(series).total_version, dict(waiting)

    async def _histories(self, partition: Partition, names: set[str]) -> list[ContactHistory]:
        histories, left = [], iter(sorted(names))
        while some := list(islice(left, _LOADED_AT_ONCE)):
            entities = [f"{CONTACT.prefix}{name}" for name in some]
            loaded = await self._store.load(partition, entities=entities, cells=(), served=True)
            self._unreadable += [found.contact for found in loaded.unreadable]
            histories += [
                contact_history(id_of(key), facts, self._definitions) for key, facts in loaded.facts.items()
            ]
        return histories
