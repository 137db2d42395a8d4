"""A contact: the set of its facts, read as visits to queues and the legs that followed.

Reading is a pure function of the set. Facts that name no visit belong to the visit that had begun by
their time; steps of a leg to the latest one of their agent that is not wrapped up; an exit stamped like
the next queue entry to the visit before it. Of several outcomes of one visit the earliest counts. A fact
stamped before its queue entry (clocks differ) makes a wait of 0, never a negative one. The end of a
contact ends what is still open: who waits has abandoned, who talks has ended. A queue entry after it is
the beginning of something new.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from stream.domain.fact import ABOUT_ANOTHER, Fact, Kind, fact_of

_NEVER: Final = -1
_QUEUED: Final = int(Kind.VISIT_QUEUED)
_ANSWERED: Final = int(Kind.VISIT_ANSWERED)
_ABANDONED: Final = int(Kind.VISIT_ABANDONED)
_ENDED: Final = int(Kind.CONTACT_ENDED)
_CORRECTED: Final = int(Kind.CONTACT_CORRECTED)
_RETRACTED: Final = int(Kind.CONTACT_RETRACTED)
_LEG_HELD: Final = int(Kind.LEG_HELD)


class Visit:
    """One contact's stay in one queue, and the leg that answered it. Times are ms; -1 means not known.

    `due_ms`: a callback waits from then on. `exit_ms` ends the wait, `connected_ms` begins the talk; an agent
    may have accepted before (`accepted_ms`). `transfer`: how the leg was passed on, if it was. What is not
    known stays on the class: most visits know little, and making one must be cheap.
    """

    queue = channel = reason = agent = team = transfer = ""
    due_ms = queued_ms = exit_ms = exit_kind = held_since_ms = ended_ms = wrapped_up_ms = _NEVER
    accepted_ms = connected_ms = _NEVER
    hold_ms = 0

    def __init__(self, number: int) -> None:
        self.number = number

    @property
    def begun_ms(self) -> int:
        """When it began to wait: queue entry, or the instant at which a callback is due."""
        return max(self.due_ms, self.queued_ms)

    @property
    def wait_ms(self) -> int:
        """Queue entry to exit; meaningful once both are known."""
        return max(0, self.exit_ms - max(self.due_ms, self.queued_ms))


def effective(facts: Mapping[str, Fact]) -> list[Fact]:
    """What a contact's or agent's facts, by identity, come to once corrections and retractions are applied.

    Of several of one identity the latest counts. A correction stands for the fact it names even where that
    never arrived.
    """
    about: dict[str, Fact] = {}
    plain: dict[str, Fact] = {}
    for uid, fact in facts.items():
        if fact.kind not in ABOUT_ANOTHER:
            plain[uid] = fact
        elif fact.a not in about or about[fact.a] < fact:
            about[fact.a] = fact
    for uid, fact in about.items():
        plain.pop(uid, None)
        if fact.c:
            plain[uid] = fact_of(uid, fact.c)
    return list(plain.values())


def visits(facts: Iterable[Fact]) -> list[Visit]:
    """The visits that `facts` prove, in the order of their first fact."""
    reading = _Reading()
    put_off: list[Fact] = []
    ends: list[int] = []
    for fact in sorted(facts):
        if put_off and fact[0] > put_off[0][0]:
            reading.take_all(put_off)
        elif put_off and reading.left:
            reading.take(put_off.pop(0))
        if fact[1] == _QUEUED and not fact[3] and reading.queued and not reading.left:
            put_off.append(fact)  # an exit of the same instant belongs to the visit before
        elif fact[1] in _STEPS:
            reading.take(fact)
        elif fact[1] == _ENDED:
            ends.append(fact[0])
    reading.take_all(put_off)
    found = list(reading.found.values())
    if ends:
        _close(found, ends)
    return found


def _close(found: list[Visit], ends: list[int]) -> None:
    """End what a visit left open at the contact's first end after it began; a promised callback stays."""
    for visit in found:
        waits = visit.queued_ms >= 0 and visit.exit_kind < 0
        if not waits and (visit.exit_kind != _ANSWERED or visit.ended_ms >= 0):
            continue
        end_ms = next((end_ms for end_ms in ends if end_ms >= visit.begun_ms), _NEVER)
        if end_ms < 0:
            continue
        if waits:
            visit.exit_ms, visit.exit_kind = end_ms, _ABANDONED
        else:
            end_ms = max(end_ms, visit.exit_ms)
            _end(visit, end_ms if visit.wrapped_up_ms < 0 else min(end_ms, visit.wrapped_up_ms))


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
        visit.due_ms = int(fact.c) if fact.c and fact.b == "callback" else _NEVER


def _left(visit: Visit, fact: Fact) -> None:
    if visit.exit_kind == _NEVER:
        visit.exit_ms, visit.exit_kind, visit.reason = fact.at_ms, fact.kind, fact.a


def _answered(visit: Visit, fact: Fact) -> None:
    if visit.exit_kind == _NEVER:
        visit.exit_ms, visit.exit_kind, visit.agent = fact.at_ms, fact.kind, fact.a
        visit.connected_ms, visit.team = fact.at_ms, fact.c
        if fact.b:
            visit.accepted_ms = int(fact.b)


def _held(visit: Visit, fact: Fact) -> None:
    if visit.held_since_ms == _NEVER and visit.ended_ms == _NEVER:
        visit.held_since_ms = fact.at_ms


def _resumed(visit: Visit, fact: Fact) -> None:
    _resume(visit, fact.at_ms)


def _resume(visit: Visit, at_ms: int) -> None:
    if visit.held_since_ms != _NEVER:
        visit.hold_ms += max(0, at_ms - visit.held_since_ms)
        visit.held_since_ms = _NEVER


def _ended(visit: Visit, fact: Fact) -> None:
    if visit.ended_ms == _NEVER:
        visit.transfer = fact.b
        _end(visit, fact.at_ms)


def _end(visit: Visit, at_ms: int) -> None:
    _resume(visit, at_ms)
    visit.ended_ms = at_ms


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
