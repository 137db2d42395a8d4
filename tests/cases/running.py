"""What the core makes of a story: decoded, folded, stored in memory, read as a board document."""

from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from cases.story import Figure, Look, StoryEvent
from support.scenario import Line, finished

from stream.adapters.canonical import CanonicalDecoder
from stream.audit.board import board_of_store
from stream.board.interval import WINDOWS
from stream.domain.entity import Entity
from stream.domain.fact import Event, Fact, fact_of, fact_text
from stream.errors import BadRecord, PantauError
from stream.explain.document import explanation_document
from stream.explain.service import ExplainService
from stream.settings import Settings, load_settings
from stream.store.checkpoint import Loaded
from stream.store.codec import live_of, live_text, tally_of, tally_text
from stream.store.delta import Delta
from stream.store.memory import MemoryStore
from stream.store.partition import Partition
from stream.store.ports import Store

T = TypeVar("T")
#: Partition of a story's log.
LOG = Partition("log", 0)
#: Tells how events came, not what they say.
_OF_DELIVERY = {"late_corrections", "positions"}
_MOST_TOLD = 12
#: Begins the names of series and fields that tell how events came.
_LATE, _BELOW_ITS_PEAK = "l", "^"


class WrittenStore(MemoryStore):
    """A store that gives back what it was given as it would be read from its texts."""

    async def load(self, *args: Any, **more: Any) -> Loaded:
        """See `Store`."""
        loaded = await super().load(*args, **more)
        loaded.facts = {entity: _reread(facts) for entity, facts in loaded.facts.items()}
        loaded.cells = {cell: tally_of(tally_text(tally)) for cell, tally in loaded.cells.items()}
        return loaded

    async def delta(self, *args: Any, **more: Any) -> Delta:
        """See `Store`."""
        delta = await super().delta(*args, **more)
        delta.cells = {cell: tally_of(tally_text(tally)) for cell, tally in delta.cells.items()}
        delta.live = {
            entity: None if live is None else live_of(entity, live_text(live))
            for entity, live in delta.live.items()
        }
        return delta

    async def known(self, partition: Partition, entity: Entity) -> Any:
        """See `Store`."""
        async for name, facts in super().known(partition, entity):
            yield name, _reread(facts)


def _reread(facts: Iterable[Fact]) -> list[Fact]:
    return [fact_of(fact.uid, fact_text(fact)) for fact in facts]


@cache
def settings_of(path: Path | None) -> Settings:
    """The settings of a story, whatever file the environment names."""
    return Settings(config=None) if path is None else load_settings(config=path)


def read(lines: Iterable[StoryEvent]) -> list[Event]:
    """What the decoder makes of records; one that it refuses, or does not know, is as if it had not come."""
    decode, found = CanonicalDecoder().decode, []
    for told in lines:
        try:
            found += decode(told.value)
        except BadRecord:
            continue
    return found


def folded(
    lines: Iterable[StoryEvent],
    settings: Settings,
    *,
    store: MemoryStore | None = None,
    crashes: bool = False,
) -> Store:
    """Fold records one by one; with `crashes`, all that is in memory is lost before each of them."""
    store = store or MemoryStore(retention=settings.retention())
    line = Line(store, LOG, settings.definitions(), retention=settings.retention())
    for event in read(lines):
        if crashes:
            line.crash()
        line.batch([event])
    return store


def board(store: Store, settings: Settings, now_ms: int) -> dict[str, Any]:
    """The board at an instant."""
    return waited(board_of_store(store, settings, lambda: now_ms))


def explained(
    store: Store, settings: Settings, now_ms: int, queue: str, channel: str | None
) -> dict[str, Any]:
    """What `pantau explain` says of the last hour of a queue."""
    clock: Callable[[], int] = lambda: now_ms  # noqa: E731 - two words
    service = ExplainService(
        store,
        settings.definitions(),
        settings.timetable(),
        settings.stuck_after_ms(),
        clock=clock,
        naming=settings.naming(),
    )
    return explanation_document(waited(service.explain(queue, channel, "60m")), limit=100)


def waited(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that has nothing to wait for."""
    return finished(coroutine)


def wrong(look: Look, store: Store, settings: Settings) -> list[str]:
    """The figures of a look that the board shows otherwise, each in a line."""
    shown = board(store, settings, look.now_ms)
    found = []
    for figure in look.figures:
        try:
            value = _value(figure, shown, store, settings)
        except (LookupError, PantauError) as missing:
            found.append(f"{figure}: by hand {figure.value}, on the board nothing: {missing}")
            continue
        if not same(figure.value, value):
            found.append(f"{figure}: by hand {figure.value}, on the board {value}")
    return found


def _value(figure: Figure, shown: Mapping[str, Any], store: Store, settings: Settings) -> Any:
    name, _, channel = figure.name.partition(":")
    match figure.kind:
        case "queue":
            row = _row(shown["queues"], queue=name, **({"channel": channel} if channel else {}))
        case "team":
            row = _row(shown["agents"], team=name)
        case "site":
            row = _row(shown["sites"], site=name)
        case "explain":
            row = explained(store, settings, shown["now_ms"], name, channel or None)
        case "board":
            row = shown
        case whole:
            row = shown[whole]
    return _at(row, figure.path.split("."))


def _row(rows: Iterable[Mapping[str, Any]], **named: str) -> Any:
    found = [row for row in rows if named.items() <= row.items()]
    if len(found) != 1:
        raise LookupError(f"{len(found)} rows {named}")
    return found[0]


def _at(row: Any, path: list[str]) -> Any:
    """The value at a path; a window stands for itself, a row of a list for its reason."""
    if path[0] in WINDOWS and "windows" in row:
        row = row["windows"]
    for step in path:
        row = _row(row, reason=step) if isinstance(row, list) else row[step]
    return row


def same(by_hand: Any, shown: Any) -> bool:
    """Whether a value is the one by hand; of no use between yes and 1."""
    if isinstance(shown, bool) or shown is None or isinstance(by_hand, str) or by_hand is None:
        return by_hand is shown or (isinstance(by_hand, str) and by_hand == shown)
    return not isinstance(by_hand, bool) and abs(shown - by_hand) <= 1e-9 * max(1, abs(by_hand))


def state(store: Store) -> object:
    """All that a store holds for readers, but how it came: where this is the same, so is every board."""
    delta = waited(store.delta(LOG, 0, since_ms=0))
    cells = {
        cell: {name: n for name, n in tally.items() if n and name[0] != _BELOW_ITS_PEAK}
        for cell, tally in delta.cells.items()
        if cell.series[0] != _LATE
    }
    live = {
        entity: sorted(map(repr, now)) if entity[0] == "c" else now
        for entity, now in delta.live.items()
        if now
    }  # type: ignore[union-attr] # of a contact it is a tuple
    return {cell: tally for cell, tally in cells.items() if tally}, live, delta.watermark_ms


def compared(document: Mapping[str, Any]) -> dict[str, Any]:
    """Every value of a board by its path, without what tells how events came.

    Nor are rows of queues compared of which there is nothing to tell: one whose only visit was told anew, in
    another queue, is there or not.
    """
    queues = [row for row in document["queues"] if any(_numbers(row["totals"])) or row["now"]["unanswered"]]
    return dict(_flat("", {**document, "queues": {f"{q['queue']}:{q['channel']}": q for q in queues}}))


def _numbers(totals: Mapping[str, Any]) -> list[int]:
    return [value for value in totals.values() if isinstance(value, int)]


def _flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        value = {str(n): row for n, row in enumerate(value)}
    if not isinstance(value, dict):
        yield path, value
        return
    for name, inner in value.items():
        if name not in _OF_DELIVERY:
            yield from _flat(f"{path} {name}", inner)


def unlike(told: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """The first values in which two boards differ, a line for each."""
    paths = [path for path in {**told, **found} if _at_path(told, path) != _at_path(found, path)]
    return [f"{path}: {_at_path(told, path)} as told, here {_at_path(found, path)}" for path in paths][
        :_MOST_TOLD
    ]


def _at_path(values: Mapping[str, Any], path: str) -> Any:
    return values.get(path, "nothing")
