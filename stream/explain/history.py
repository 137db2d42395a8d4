"""A contact read again from its facts, to explain a number."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from stream.domain.contact.contribution import stop_clocks
from stream.domain.contact.known import Contact
from stream.domain.contact.visit import Visit, effective, visits
from stream.domain.definition import Definitions
from stream.domain.fact import Fact
from stream.domain.kinds import ABOUT_ANOTHER, QUEUES, Kind
from stream.domain.series import QueueSeries

_NAME_A_QUEUE = {int(kind) for kind in Kind if QUEUES in dict(kind.names)}


class PaneRange(NamedTuple):
    """The panes of a window: those that start in [low_ms, high_ms)."""

    low_ms: int
    high_ms: int

    def has(self, at_ms: int) -> bool:
        """Whether an instant is in the window."""
        return self.low_ms <= at_ms < self.high_ms


@dataclass(frozen=True, slots=True)
class ContactHistory:
    """A contact: its contributions, its visits, and its visits `before` corrections."""

    name: str
    contact: Contact
    visits: list[Visit]
    before: dict[int, Visit] = field(default_factory=dict)

    def corrected(self, visit: Visit) -> bool:
        """Whether a correction changed this visit."""
        if not self.before:
            return False
        was = self.before.get(visit.number)
        return was is None or vars(was) != vars(visit)

    def withdrawn(self) -> list[Visit]:
        """Visits whose queue entry was retracted, or corrected to another queue."""
        now = {(v.number, v.queue, v.channel) for v in self.visits if v.queued_ms >= 0}
        return [v for n, v in self.before.items() if v.queued_ms >= 0 and (n, v.queue, v.channel) not in now]


def contact_history(name: str, facts: Iterable[Fact], definitions: Definitions) -> ContactHistory:
    """Read a contact from its facts."""
    contact = Contact(facts, definitions)
    every = contact.facts
    plain = [fact for fact in every.values() if fact.kind not in ABOUT_ANOTHER]
    found = _visits(plain, definitions)
    if len(plain) == len(every):
        return ContactHistory(name, contact, found)
    before = {visit.number: visit for visit in found}
    return ContactHistory(name, contact, _visits(effective(every), definitions), before)


def _visits(facts: Iterable[Fact], definitions: Definitions) -> list[Visit]:
    found = visits(facts)
    stop_clocks(found, definitions)
    return found


def concerns(found: ContactHistory, series: QueueSeries, span: PaneRange) -> bool:
    """Whether a contact contributes to a series in a window or waits in its queue, or did uncorrected."""
    name, queue, channel = series
    return (
        any(m.series == name and span.has(m.at_ms) for m in found.contact.contributions)
        or any(doing.waiting and doing.series == name for doing in found.contact.live)
        or any((v.queue, v.channel) == (queue, channel) for v in found.withdrawn())
    )


def names_queue(facts: Iterable[Fact], queue: str, channel: str) -> bool:
    """Whether facts may concern a queue: a quick check that excludes most contacts."""
    return any(
        fact.kind in ABOUT_ANOTHER
        or (fact.kind in _NAME_A_QUEUE and fact.queue == queue and fact.channel == channel)
        for fact in facts
    )
