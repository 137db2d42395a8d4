"""Reconciles a queue: panes with contacts, live state with facts, and the ledger.

Where they differ, it names the contacts that may be the cause.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from stream.board.rows import QueueBoard
from stream.domain import fields
from stream.domain.contact.now import Doing
from stream.domain.contact.posting import Poster
from stream.domain.entity import id_of
from stream.domain.reading import count_of, read
from stream.domain.tally import Tally, merge
from stream.domain.window import Panes
from stream.explain.history import ContactHistory, PaneRange


class Suspect(NamedTuple):
    """A contact that may be the cause of a difference, and why."""

    contact: str
    why: str


class PaneDifference(NamedTuple):
    """A pane whose `fields` differ from the contributions of its `contacts`, by pane minus contacts."""

    start_ms: int
    fields: dict[str, int]
    contacts: list[str]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The outcomes of all visits since the beginning. `abandoned` excludes `short_abandoned`.

    `stuck` visits have waited longer than their channel allows. `scheduled` callbacks are not due yet.
    """

    queued: int
    answered: int
    abandoned: int
    short_abandoned: int
    left: dict[str, int]
    waiting: int
    scheduled: int
    stuck: int

    @property
    def reconciliation_difference(self) -> int:
        """Queued minus all other fields; 0 if the ledger reconciles."""
        gone = self.answered + self.abandoned + self.short_abandoned + sum(self.left.values())
        return self.queued - gone - self.waiting - self.scheduled - self.stuck


def ledger_of(row: QueueBoard, in_queue: int) -> Ledger:
    """The ledger of a queue in which `in_queue` visits wait by live state."""
    reading = read(row.total)
    short = row.out.short_abandoned
    return Ledger(
        queued=row.total.get(fields.OFFERED, 0),
        answered=count_of(reading.bands[fields.ANSWERED]),
        abandoned=count_of(reading.bands[fields.ABANDONED]) - short,
        short_abandoned=short,
        left={reason: n for reason, n in sorted(reading.left.items()) if n},
        waiting=row.now.waiting,
        scheduled=row.now.scheduled,
        stuck=in_queue - row.now.waiting - row.now.scheduled,
    )


def suspects(histories: Iterable[ContactHistory], series: str, waiting: Mapping[Doing, int]) -> list[Suspect]:
    """Contacts that wait by their facts but not in live state, or the other way round.

    `waiting` has the starts of waits as the model keeps them for a series.
    """
    live = Counter((id_of(key), at_ms) for (key, _), at_ms in waiting.items())
    facts: Counter[tuple[str, int]] = Counter()
    known = set()
    for history in histories:
        known.add(history.name)
        facts.update(
            (history.name, d.since_ms) for d in history.contact.live if d.waiting and d.series == series
        )
    found = [Suspect(name, "waits by its facts, but not in live state") for name, _ in facts - live]
    for name, _ in live - facts:
        by_facts = "not by its facts" if name in known else "no facts of its visit are stored"
        found.append(Suspect(name, f"waits in live state, but {by_facts}"))
    return sorted(found)


def pane_differences(
    histories: Iterable[ContactHistory], series: str, span: PaneRange, panes: Panes, poster: Poster
) -> list[PaneDifference]:
    """The panes of a window that differ from the contributions of the contacts."""
    missing: dict[int, Tally] = {start: dict(held) for start, held in panes.panes.items() if span.has(start)}
    behind: dict[int, set[str]] = {}
    for history in histories:
        for contribution in history.contact.contributions:
            if contribution.series == series and span.has(contribution.at_ms):
                start_ms = contribution.at_ms - contribution.at_ms % panes.pane_ms
                booked: Tally = {}
                poster.post(booked, contribution, 1)
                merge(missing.setdefault(start_ms, {}), booked, -1)
                behind.setdefault(start_ms, set()).add(history.name)
    return [
        PaneDifference(start_ms, left_over, sorted(behind.get(start_ms, ())))
        for start_ms, left_over in sorted(missing.items())
        if left_over
    ]
