"""Visits of a contact: the set of its facts, read as visits to queues and their legs.

Reading is a pure function of the set, in the order of `order`.

- A fact without a visit number belongs to the visit that had begun by then; a step of a leg to a leg of its
  agent.
- A repeated entry to the queue in which the contact waits is the same visit.
- The earliest of several outcomes of a visit counts. Agents who answer after the first join with their own
  legs.
- A fact stamped before its queue entry (clocks differ) makes a wait of 0, never a negative one.
- The end of a contact ends what is open: a waiting visit is abandoned, a talk ends. A later queue entry
  starts anew.
- A contact linked to another as its consult call, transfer or merge abandons nothing: it continues there.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from stream.domain.contact.leg import STEPS, Leg, connect, end_leg
from stream.domain.fact import Fact, fact_of
from stream.domain.kinds import ABOUT_ANOTHER, Kind
from stream.domain.order import SKEW_MS, content_key, in_order, source_of

_NEVER: Final = -1
_QUEUED: Final = int(Kind.VISIT_QUEUED)
_ANSWERED: Final = int(Kind.VISIT_ANSWERED)
_ABANDONED: Final = int(Kind.VISIT_ABANDONED)
_LEFT: Final = int(Kind.VISIT_LEFT)
_ENDED: Final = int(Kind.CONTACT_ENDED)
_LINKED: Final = int(Kind.CONTACT_LINKED)
_WRAPPED_UP: Final = int(Kind.LEG_WRAPPED_UP)
#: Relations under which a contact continues in the other one and abandons nothing here.
ELSEWHERE = frozenset({"consult", "transfer", "merged"})
#: The relation of a callback to the contact that requested it.
CALLBACK = "callback"


class Visit(Leg):
    """One stay of a contact in one queue, and the leg that answered it. Times are ms; -1 means not known.

    A callback waits from `due_ms`. `exit_ms` ends the wait and `connected_ms` starts the talk; an agent may
    have accepted before (`accepted_ms`). `joined` has the legs of agents who joined. `entry` and `exit` are
    the facts of these. `end` is the first end of the contact after the start. `asked_ms` is when another
    contact requested the callback.
    """

    queue = channel = reason = ""
    due_ms = queued_ms = exit_ms = exit_kind = accepted_ms = asked_ms = _NEVER
    joined: tuple[Leg, ...] = ()
    entry: Fact | None = None
    exit: Fact | None = None
    end: Fact | None = None

    def __init__(self, number: int) -> None:
        self.number = number

    @property
    def begun_ms(self) -> int:
        """When the wait began: queue entry, or the due time of a callback."""
        return max(self.due_ms, self.queued_ms)

    @property
    def wait_ms(self) -> int:
        """The wait from its start to the exit; meaningful once both are known."""
        return max(0, self.exit_ms - max(self.due_ms, self.queued_ms))

    @property
    def waits(self) -> bool:
        """Whether the visit was entered and not left, as far as known."""
        return self.queued_ms >= 0 and self.exit_kind < 0

    def legs(self) -> Iterator[Leg]:
        """The leg that answered, and those that joined."""
        if self.exit_kind == _ANSWERED:
            yield self
            yield from self.joined


def effective(facts: Mapping[str, Fact]) -> list[Fact]:
    """Apply corrections and retractions to the facts of one subject, by identity.

    The latest correction of an identity counts. A correction replaces the fact it names even if that never
    arrived.
    """
    about: dict[str, Fact] = {}
    plain: dict[str, Fact] = {}
    for uid, fact in facts.items():
        if fact.kind not in ABOUT_ANOTHER:
            plain[uid] = fact
        elif fact.other not in about or content_key(about[fact.other]) < content_key(fact):
            about[fact.other] = fact
    for uid, fact in about.items():
        plain.pop(uid, None)
        if fact.instead:
            plain[uid] = fact_of(uid, fact.instead)
    return list(plain.values())


def visits(facts: Iterable[Fact]) -> list[Visit]:
    """The visits that `facts` prove, in order of their first fact. `facts` come in any order."""
    return visits_of(in_order(facts))


def visits_of(ordered: Iterable[Fact]) -> list[Visit]:
    """The visits that facts prove which are in order: see `order.in_order`."""
    builder = _VisitBuilder()
    links: list[Fact] = []
    for fact in ordered:
        kind = fact.kind
        if kind in _STEPS or kind in STEPS:
            builder.take(fact)
        elif kind == _ENDED:
            builder.end(fact)
        elif kind == _LINKED:
            links.append(fact)
    found = list(builder.found.values())
    for visit in found:
        _close(visit)
    for link in links:
        if link.relation in ELSEWHERE:
            _go_on_elsewhere(found, link)
        elif link.relation == CALLBACK and link.asked_ms:
            for visit in found:
                visit.asked_ms = int(link.asked_ms)
    return found


def _go_on_elsewhere(found: list[Visit], link: Fact) -> None:
    """End what continues in another contact: from the link on if merged, else throughout."""
    merged = link.relation == "merged"
    for visit in found:
        if visit.exit_kind == _ABANDONED and not (merged and visit.exit_ms < link.at_ms):
            visit.exit_kind, visit.reason = _LEFT, link.relation
        if merged and visit.waits and visit.queued_ms <= link.at_ms:
            visit.exit_kind, visit.reason = _LEFT, link.relation
            visit.exit_ms = max(link.at_ms, visit.queued_ms)
        if visit.exit_kind == _LEFT and visit.reason == link.relation:
            visit.over = visit.over or link


def _close(visit: Visit) -> None:
    """End what was open in a visit when the contact ended."""
    end = visit.end
    if end is None:
        return
    if visit.waits:
        visit.exit_ms, visit.exit_kind = max(end.at_ms, visit.queued_ms), _ABANDONED
        visit.exit = visit.over = end
    for leg in visit.legs():
        if leg.ended_ms < 0:
            at_ms = max(end.at_ms, leg.connected_ms)
            end_leg(leg, at_ms if leg.wrapped_up_ms < 0 else min(at_ms, leg.wrapped_up_ms))
            leg.over = leg.over or end


class _VisitBuilder:
    """Builds visits from ordered facts; `_current` is the visit of facts without a number."""

    def __init__(self) -> None:
        self.found: dict[int, Visit] = {}
        self._current: Visit | None = None

    def take(self, fact: Fact) -> None:
        """Assign a fact to the visit and leg that it names, or to those that it can belong to."""
        kind = fact.kind
        if kind in STEPS:
            STEPS[kind](self._leg_of(fact), fact)
            return
        visit = self._visit(fact.visit or self._number_of(fact))
        if kind == _QUEUED or not self._is_repeated_exit(fact):
            self._current = visit
            _STEPS[kind](visit, fact)

    def end(self, fact: Fact) -> None:
        """Note the first end after the start of each visit; a scheduled callback stays."""
        for visit in self.found.values():
            if visit.end is None and fact.at_ms >= visit.due_ms:
                visit.end = fact

    def _visit(self, number: int) -> Visit:
        visit = self.found.get(number)
        if visit is None:
            visit = self.found[number] = Visit(number)
        return visit

    def _number_of(self, fact: Fact) -> int:
        """The visit number of a fact without one: the current visit, or the next for a new queue entry."""
        current = self._current
        if current is None:
            return 1
        begins = fact.kind == _QUEUED and current.entry is not None and not _is_repeated(current, fact)
        return current.number + begins

    def _is_repeated_exit(self, fact: Fact) -> bool:
        """Whether another source repeats, without a number, the exit of the visit before the current one."""
        current = self._current
        if fact.visit or current is None or not current.waits or len(self.found) == 1:
            return False
        before = [visit for visit in self.found.values() if visit is not current][-1]
        previous = before.exit
        return (
            previous is not None
            and previous.kind == fact.kind
            and fact.at_ms - previous.at_ms < SKEW_MS
            and source_of(previous) != source_of(fact)
        )

    def _leg_of(self, fact: Fact) -> Leg:
        """The leg of a step. If there is none yet, the visit keeps the step for an answer still to come.

        Legs of an agent end in the order in which they began. A step of an agent without a leg is ignored.
        """
        kind, number, agent = fact.kind, fact.visit, fact.agent
        visits = [self._visit(number)] if number else list(self.found.values())
        legs = [leg for visit in visits for leg in visit.legs() if leg.wrapped_up_ms < 0]
        own = [leg for leg in legs if leg.agent == agent] if agent else legs
        if kind == _WRAPPED_UP:
            own = [leg for leg in own if leg.ended_ms >= 0][-1:] or own
        elif agent:
            own = [leg for leg in own if leg.ended_ms < 0] or own
        if not own and agent:
            own = [leg for leg in legs if not leg.agent]
        if own:
            return own[0] if agent else own[-1]
        visit = visits[-1] if number else self._current or self._visit(1)
        of_another = visit.exit_kind == _ANSWERED and agent and visit.agent not in {"", agent}
        return Leg() if of_another else visit


def _is_repeated(visit: Visit, entry: Fact) -> bool:
    """Whether an entry without a number repeats a known visit: it waits there, or just began to."""
    known = visit.entry
    if known is None or (visit.queue, visit.channel) != (entry.queue, entry.channel):
        return False
    waits = visit.waits and visit.end is None
    return waits or (entry.at_ms - known.at_ms < SKEW_MS and source_of(known) != source_of(entry))


def _queued(visit: Visit, fact: Fact) -> None:
    if visit.entry is None:
        visit.entry = fact
        visit.queued_ms, visit.queue, visit.channel = fact.at_ms, fact.queue, fact.channel
        visit.due_ms = int(fact.due_ms) if fact.due_ms and fact.channel == "callback" else _NEVER


def _left(visit: Visit, fact: Fact) -> None:
    if visit.exit_kind == _NEVER:
        visit.exit_ms, visit.exit_kind = fact.at_ms, fact.kind
        visit.exit = visit.over = fact
        visit.reason = fact.reason if fact.kind == _LEFT else ""


def _talking(visit: Visit) -> set[str]:
    return {leg.agent for leg in visit.legs() if leg.talks}


def _answered(visit: Visit, fact: Fact) -> None:
    if visit.exit_kind == _NEVER:
        visit.exit_ms, visit.exit_kind, visit.exit = fact.at_ms, fact.kind, fact
        connect(visit, fact)
        if fact.accepted_ms:
            visit.accepted_ms = int(fact.accepted_ms)
    elif fact.agent and visit.exit_kind == _ANSWERED and fact.agent not in _talking(visit):
        leg = Leg()
        connect(leg, fact)
        visit.joined += (leg,)


_STEPS = {
    _QUEUED: _queued,
    _ANSWERED: _answered,
    _ABANDONED: _left,
    _LEFT: _left,
}
