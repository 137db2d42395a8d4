"""One audit: reads the board, then the log up to the same positions, and compares them."""

import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stream.adapters.canonical import CanonicalDecoder
from stream.audit.board import (
    FILE,
    board_of_exporter,
    board_of_store,
    folded,
    known_to,
    spilled,
    terms_of,
)
from stream.audit.comparison import Comparison, Difference, compare, in_full, shown_figures
from stream.audit.recomputation import Audit, FigureKey, LeftOut, Letter
from stream.audit.records import RecordReader, recalled_into
from stream.audit.spool import Spool
from stream.audit.terms import Terms
from stream.audit.topic import Positions, Topic
from stream.board.agreement import agreement
from stream.broker.changelog import Changelog
from stream.broker.dead_letters import read_dead_letters
from stream.broker.topics import CHANGELOGS, states
from stream.domain.definition import Definitions
from stream.domain.fact import Event
from stream.domain.rulebook import Rulebook
from stream.errors import RejectReason
from stream.settings import Settings
from stream.store.partition import Partition, partition_of
from stream.store.ports import Store
from stream.store.spill import Spill
from stream.worker.long_open import Entries, events_of

#: How many differing figures are explained by contacts, each for the first of its windows.
MOST_EXPLAINED = 20
_TOO_MANY = re.compile(r"more than \d+ (\w+) in its partition")
_NOT_IN_WINDOWS = {"", "now", "totals"}
_Known = AsyncIterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class FigureFilter:
    """Selects figures: of one queue, of windows between two instants, or all."""

    queue: str | None = None
    from_ms: int | None = None
    to_ms: int | None = None

    def of(self, board: Mapping[str, Any]) -> Callable[[FigureKey], bool]:
        """A function that says whether a figure of a board is selected."""
        figures = shown_figures(board)

        def wanted(place: FigureKey) -> bool:
            if self.queue is not None and (place.scope, place.queue) != ("queue", self.queue):
                return False
            return self._covers(place, figures)

        return wanted

    def _covers(self, place: FigureKey, figures: Mapping[FigureKey, float | None]) -> bool:
        if self.from_ms is None and self.to_ms is None:
            return True
        if place.window in _NOT_IN_WINDOWS:
            return False
        row = place if place.scope == "queue" else FigureKey("all", "", "", place.window, "")
        from_ms, to_ms = (figures.get(row._replace(name=name)) or 0 for name in ("from_ms", "to_ms"))
        return from_ms >= (self.from_ms or 0) and to_ms <= (self.to_ms or float("inf"))


@dataclass(slots=True)
class Outcome:
    """The result of an audit. `behind` has some contacts that a differing figure counts, and their number.

    `suspects` are contacts whose events differ between log and store: name, queues, and why. `refused` counts
    records that workers and audit do not accept, by reason. `settings` says how the settings differ from the
    rulebook, if they do. `unreadable` counts stored values that could not be read.
    """

    comparison: Comparison
    now_ms: int
    records: int
    seconds: float
    behind: dict[FigureKey, tuple[list[str], int]] = field(default_factory=dict)
    suspects: list[tuple[str, str, str]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    settings: str = ""
    unreadable: int = 0

    @property
    def differences(self) -> list[Difference]:
        """The differences: queues first, then figures with numbers, then current values and totals."""
        return sorted(
            self.comparison.differences,
            key=lambda d: (
                d.place.scope != "queue",
                not (d.log or d.board),
                d.place.window not in {"now", "totals"},
                d.place,
            ),
        )

    @property
    def figures(self) -> list[list[Difference]]:
        """The differences grouped by figure, over windows."""
        found: dict[FigureKey, list[Difference]] = {}
        for difference in self.differences:
            found.setdefault(difference.place._replace(window=""), []).append(difference)
        return list(found.values())


async def audit_file(
    audit: Audit, events: Iterable[Event], settings: Settings, spool: Spool, wanted: FigureFilter
) -> Outcome:
    """Audit the fold of the events of a file; iterating `events` writes its records to `spool`."""
    with Spill() as spill:
        store, newest_ms = await folded(events, settings, spill)
        audit.take(spool)
        started, now_ms = time.monotonic(), wanted.to_ms or newest_ms
        board = await board_of_store(store, settings, lambda: now_ms)
        from_start = terms_of(settings, unlimited=True)
        found = _compared(audit, board, from_start, wanted, {FILE: audit.records})
        outcome = Outcome(found, now_ms, audit.records, time.monotonic() - started)
        return await _explained(audit, outcome, spilled(spill))


class Auditor:
    """Audits the board of a store or an exporter against Kafka, repeatedly; each record is read once."""

    def __init__(self, audit: Audit, settings: Settings, store: Store, exporter: str | None) -> None:
        self._audit, self._settings, self._store = audit, settings, store
        self._exporter = exporter
        self._topic = Topic(settings.kafka_access())
        self._is_recalled = False

    async def run(
        self, clock: Callable[[], int], wanted: FigureFilter, show: Callable[[int], Callable[[int], None]]
    ) -> Outcome:
        """Audit once. `show` gets the number of records to read and returns a callback for each batch.

        Raises `StoreUnavailable`, `BrokerUnavailable`, and `PantauError` if the exporter does not answer.
        """
        started = time.monotonic()
        kept = await self._kept()  # before the board, so that the board has read all events in them
        book = await self._store.rulebook()
        definitions = None if book is None else book.definitions
        board = await self._board(clock, definitions)
        positions = positions_of(board)
        with self._audit.spool() as spool:
            advance = show(self._topic.left(positions))
            reader = RecordReader(clock, self._settings.own_names())

            def take(partition: tuple[str, int], records: Sequence[Any], partitions: int) -> None:
                reader.take(spool, Partition(*partition), records, partitions)

            await self._topic.read(positions, take, advance)
            if not (self._topic.is_whole or self._is_recalled):
                self._recall(spool, kept, clock())
            self._audit.take(spool)
        is_whole, terms = self._topic.is_whole, terms_of(self._settings, definitions)
        letters = await self._letters(positions)
        found = _compared(self._audit, board, terms, wanted, positions, letters=letters, is_whole=is_whole)
        outcome = Outcome(found, board["now_ms"], self._audit.records, time.monotonic() - started)
        outcome.settings = self._standing(book, board)
        outcome.unreadable = board.get("unreadable", 0)
        return await _explained(self._audit, outcome, known_to(self._store))

    async def _kept(self) -> dict[Partition, Entries]:
        """The changelogs, read once: later events are in the log."""
        if self._is_recalled:
            return {}
        kafka = self._settings.kafka_access()
        found = {state.name: state.partitions for state in await states(kafka)}
        return {
            Partition(topic, number): await Changelog(kafka).read(Partition(topic, number))
            for topic, changelog in CHANGELOGS.items()
            for number in range(min(found[topic], found[changelog]))
        }

    def _recall(self, spool: Spool, kept: Mapping[Partition, Entries], now_ms: int) -> None:
        decoder = CanonicalDecoder(self._settings.own_names())
        for partition, entries in kept.items():
            recalled_into(spool, partition, [*events_of(entries, decoder, now_ms)])
        self._is_recalled = True

    def _standing(self, book: Rulebook | None, board: Mapping[str, Any]) -> str:
        notes = [] if book is None else [str(agreement(book, self._settings.wanted(), board["now_ms"]))]
        if board["rebuilding"] is not None:
            notes.append("the state is being rebuilt; audit again when that is done")
        return "; ".join(filter(None, notes))

    async def _letters(self, positions: Positions) -> list[Letter]:
        """Dead letters about limits; with a whole log, only if the limit can have been reached."""
        most = self._settings.limits().open_contacts
        if self._topic.is_whole and max(positions.values(), default=0) <= most:
            return []
        letters = (await read_dead_letters(self._settings.kafka_access())).values()
        found = ((letter.place, _TOO_MANY.match(letter.detail), letter.reason) for letter in letters)
        return [
            Letter(*place, kind[1])
            for place, kind, reason in found
            if kind and reason is RejectReason.TOO_MANY
        ]

    async def _board(self, clock: Callable[[], int], definitions: Definitions | None) -> dict[str, Any]:
        if self._exporter is not None:
            return board_of_exporter(self._exporter, self._settings)
        return await board_of_store(self._store, self._settings, clock, definitions)


def positions_of(board: Mapping[str, Any]) -> Positions:
    """The positions of a board."""
    return {partition_of(name): at for name, at in board["positions"].items()}


def _compared(  # noqa: PLR0913 - both sides and what they are compared by
    audit: Audit,
    board: Mapping[str, Any],
    terms: Terms,
    wanted: FigureFilter,
    positions: Mapping[tuple[str, int], int],
    *,
    letters: Sequence[Letter] = (),
    is_whole: bool = True,
) -> Comparison:
    audit.recompute(
        terms,
        now_ms=board["now_ms"],
        positions=positions,
        queues=[(row["queue"], row["channel"]) for row in board["queues"]],
        teams=[row["team"] for row in board["agents"]],
        letters=letters,
        is_whole=is_whole,
    )
    figures, shown = dict(audit.figures()), shown_figures(board)
    return (
        compare(figures, shown, wanted.of(board)) if is_whole else in_full(figures, shown, wanted.of(board))
    )


async def _explained(audit: Audit, outcome: Outcome, known: _Known) -> Outcome:
    """Add what was left out, and the contacts behind differences."""
    outcome.left_out, outcome.refused = audit.left_out(), audit.refused
    if outcome.comparison.differences:
        outcome.suspects = await _unlike(audit, known)
        names = {name for name, *_ in outcome.suspects}
        for place in [first.place for first, *_ in outcome.figures[:MOST_EXPLAINED]]:
            outcome.behind[place] = audit.behind(place, names)
    return outcome


async def _unlike(audit: Audit, known: _Known) -> list[tuple[str, str, str]]:
    with audit.spool() as spool:
        async for row in known:
            spool.write(row)
        audit.hold(spool)
    return audit.unlike()
