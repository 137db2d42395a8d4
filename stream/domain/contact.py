"""A contact: the set of its facts, read as visits to queues and the legs that followed.

Reading is a pure function of the set. Facts that name no visit belong to the visit that had begun by
their time; steps of a leg to the latest one of their agent that is not wrapped up; an exit stamped like
the next queue entry to the visit before it. Of several outcomes of one visit the earliest counts. A fact
stamped before its queue entry (clocks differ) makes a wait of 0, never a negative one.
"""

from collections.abc import Iterable
from typing import Final

from stream.domain.fact import Fact, Kind

_NEVER: Final = -1
_QUEUED: Final = int(Kind.VISIT_QUEUED)
_ANSWERED: Final = int(Kind.VISIT_ANSWERED)
_LEG_HELD: Final = int(Kind.LEG_HELD)


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
    reading = _Reading()
    put_off: list[Fact] = []
    for fact in sorted(facts):
        if put_off and fact[0] > put_off[0][0]:
            reading.take_all(put_off)
        elif put_off and reading.left:
            reading.take(put_off.pop(0))
        if fact[1] == _QUEUED and not fact[3] and reading.queued and not reading.left:
            put_off.append(fact)  # an exit of the same instant belongs to the visit before
        elif fact[1] in _STEPS:
            reading.take(fact)
    reading.take_all(put_off)
    return list(reading.found.values())


class _Reading:
    """Visits as far as they have been read. `queued`: one has begun; `left`: the latest has been left."""

    def __init__(self) -> None:
        self.found: dict[int, Visit] = {}
        self.queued = False
        self._current: Visit | None = None

    @property
    def left(self) -> bool:
        return self._current is not None and self._current.exit_kind != _NEVER

    def take_all(self, facts: list[Fact]) -> None:
        """Take `facts`, and empty the list."""
        for fact in facts:
            self.take(fact)
        facts.clear()

    def take(self, fact: Fact) -> None:
        """Give a fact to its visit: the one it names, the leg its agent is on, or else the latest."""
        kind, number = fact[1], fact[3]
        if not number:
            number = self._current.number if self._current else 1
            if kind == _QUEUED:
                number += self.queued
            elif kind >= _LEG_HELD:
                number = self._leg_of(fact[4], number)
        visit = self.found.get(number)
        if visit is None:
            visit = self.found[number] = Visit(number)
        if kind < _LEG_HELD:
            self._current = visit
        self.queued = self.queued or kind == _QUEUED
        _STEPS[kind](visit, fact)

    def _leg_of(self, agent: str, otherwise: int) -> int:
        """The latest visit with a leg that is not wrapped up, of `agent` where it is known."""
        for visit in reversed(self.found.values()):
            if visit.exit_kind == _ANSWERED and visit.wrapped_up_ms == _NEVER and agent in {"", visit.agent}:
                return visit.number
        return otherwise


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
