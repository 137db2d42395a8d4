"""A contact: the set of its facts, read as visits to queues and the legs that followed.

Reading is a pure function of the set. Facts that name no visit belong to the visit that had begun by
their time. Of several outcomes of one visit the earliest counts. A fact stamped before its queue entry
(clocks differ) makes a wait of 0, never a negative one.
"""

from collections.abc import Iterable
from typing import Final

from stream.domain.fact import Fact, Kind

_NEVER: Final = -1
_QUEUED: Final = int(Kind.VISIT_QUEUED)


class Visit:
    """One contact's stay in one queue, and the leg that answered it. Times are ms; -1 means not known.

    What is not known stays on the class: most visits know little, and making one must be cheap.
    """

    queue = channel = reason = agent = ""
    queued_ms = exit_ms = exit_kind = held_since_ms = ended_ms = wrapped_up_ms = _NEVER
    hold_ms = 0

    def __init__(self, number: int) -> None:
        self.number = number

    @property
    def wait_ms(self) -> int:
        """Queue entry to exit; meaningful once both are known."""
        return max(0, self.exit_ms - self.queued_ms)


def visits(facts: Iterable[Fact]) -> list[Visit]:
    """The visits that `facts` prove, in the order of their first fact."""
    found: dict[int, Visit] = {}
    current, queued, visit = 1, False, None
    for fact in sorted(facts):
        kind, number = fact[1], fact[3]
        step = _STEPS.get(kind)
        if step is None:
            continue
        if number:
            current = number
        elif kind == _QUEUED and queued:
            current += 1
        queued = queued or kind == _QUEUED
        if visit is None or visit.number != current:
            visit = found.get(current)
            if visit is None:
                visit = found[current] = Visit(current)
        step(visit, fact)
    return list(found.values())


def _queued(visit: Visit, fact: Fact) -> None:
    if visit.queued_ms == _NEVER:
        visit.queued_ms, visit.queue, visit.channel = fact.at_ms, fact.a, fact.b


def _left(visit: Visit, fact: Fact) -> None:
    if visit.exit_kind == _NEVER:
        visit.exit_ms, visit.exit_kind, visit.reason = fact.at_ms, fact.kind, fact.a


def _answered(visit: Visit, fact: Fact) -> None:
    if visit.exit_kind == _NEVER:
        visit.exit_ms, visit.exit_kind, visit.agent = fact.at_ms, fact.kind, fact.a


def _held(visit: Visit, fact: Fact) -> None:
    if visit.held_since_ms == _NEVER and visit.ended_ms == _NEVER:
        visit.held_since_ms = fact.at_ms


def _resumed(visit: Visit, fact: Fact) -> None:
    if visit.held_since_ms != _NEVER:
        visit.hold_ms += fact.at_ms - visit.held_since_ms
        visit.held_since_ms = _NEVER


def _ended(visit: Visit, fact: Fact) -> None:
    if visit.ended_ms == _NEVER:
        _resumed(visit, fact)
        visit.ended_ms = fact.at_ms


def _wrapped_up(visit: Visit, fact: Fact) -> None:
    if visit.wrapped_up_ms == _NEVER:
        visit.wrapped_up_ms = fact.at_ms


_STEPS = {
    int(Kind.VISIT_QUEUED): _queued,
    int(Kind.VISIT_ANSWERED): _answered,
    int(Kind.VISIT_ABANDONED): _left,
    int(Kind.VISIT_LEFT): _left,
    int(Kind.LEG_HELD): _held,
    int(Kind.LEG_RESUMED): _resumed,
    int(Kind.LEG_ENDED): _ended,
    int(Kind.LEG_WRAPPED_UP): _wrapped_up,
}
