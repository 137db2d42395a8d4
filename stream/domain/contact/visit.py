"""A contact: the set of its facts, read as visits to queues and the legs that followed.

Reading is a pure function of the set, in the order that `order` gives it. Facts that name no visit belong to
the visit that had begun by then; steps of a leg to a leg of their agent. An entry to the queue in which the
contact waits tells the same visit again. Of several outcomes of one visit the earliest counts; whoever
answers after the first joins with a leg of their own. A fact stamped before its queue entry (clocks differ)
makes a wait of 0, never a negative one. The end of a contact ends what is still open: who waits has
abandoned, who talks has ended. A queue entry after it is the beginning of something new. A contact that is
linked to another as its consult call, its transfer or merged into it abandons nothing: it goes on there.
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
#: Relations to another contact in which this one goes on there, and abandons nothing here.
ELSEWHERE = frozenset({"consult", "transfer", "merged"})
#: The relation of a callback to the contact that asked for it.
CALLBACK = "callback"


class Visit(Leg):
    """One contact's stay in one queue, and the leg that answered it.

    `due_ms`: a callback waits from then on. `exit_ms` ends the wait, `connected_ms` begins the talk; an agent
    may have accepted before (`accepted_ms`). `joined`: the legs of whoever came to it later. `entry` and
    `exit` are the facts that told of these. `end`: the first end of the contact after it began. `asked_ms`:
    when the callback was asked for in another contact.
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
        """When it began to wait: queue entry, or the instant at which a callback is due."""
        return max(self.due_ms, self.queued_ms)

    @property
    def wait_ms(self) -> int:
        """Queue entry to exit; meaningful once both are known."""
        return max(0, self.exit_ms - max(self.due_ms, self.queued_ms))

    @property
    def waits(self) -> bool:
        """Whether it was entered and not left, as far as is known."""
        return self.queued_ms >= 0 and self.exit_kind < 0

    def legs(self) -> Iterator[Leg]:
        """The leg that answered it, and those that joined."""
        if self.exit_kind == _ANSWERED:
            yield self
            yield from self.joined


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
        elif fact.other not in about or content_key(about[fact.other]) < content_key(fact):
            about[fact.other] = fact
    for uid, fact in about.items():
        plain.pop(uid, None)
        if fact.instead:
            plain[uid] = fact_of(uid, fact.instead)
    return list(plain.values())


def visits(facts: Iterable[Fact]) -> list[Visit]:
    """The visits that `facts` prove, in the order of their first fact. `facts` come in any order."""
    return visits_of(in_order(facts))


def visits_of(ordered: Iterable[Fact]) -> list[Visit]:
    """The visits that facts prove which are in order: see `order.in_order`."""
    reading = _Reading()
    links: list[Fact] = []
    for fact in ordered:
        kind = fact.kind
        if kind in _STEPS or kind in STEPS:
            reading.take(fact)
        elif kind == _ENDED:
            reading.end(fact)
        elif kind == _LINKED:
            links.append(fact)
    found = list(reading.found.values())
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
    """Whoever was merged into another contact waits there from then on; a consult or transfer always did."""
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
    """End what a visit left open when the contact ended."""
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


class _Reading:
    """Visits as far as they have been read; `_current` is the one that facts without a number belong to."""

    def __init__(self) -> None:
        self.found: dict[int, Visit] = {}
        self._current: Visit | None = None

    def take(self, fact: Fact) -> None:
        """Give a fact to its visit and leg: those it names, or else those that it can be of."""
        kind = fact.kind
        if kind in STEPS:
            STEPS[kind](self._leg_of(fact), fact)
            return
        visit = self._visit(fact.visit or self._number_of(fact))
        if kind == _QUEUED or not self._is_retold_exit(fact):
            self._current = visit
            _STEPS[kind](visit, fact)

    def end(self, fact: Fact) -> None:
        """Note the first end after each visit; a callback that is not due yet stays."""
        for visit in self.found.values():
            if visit.end is None and fact.at_ms >= visit.due_ms:
                visit.end = fact

    def _visit(self, number: int) -> Visit:
        visit = self.found.get(number)
        if visit is None:
            visit = self.found[number] = Visit(number)
        return visit

    def _number_of(self, fact: Fact) -> int:
        """The visit of a fact that names none: the latest; an entry to a queue begins the next."""
        current = self._current
        if current is None:
            return 1
        begins = fact.kind == _QUEUED and current.entry is not None and not _is_retold(current, fact)
        return current.number + begins

    def _is_retold_exit(self, fact: Fact) -> bool:
        """Whether another source tells without a number how the visit before the latest was left."""
        current = self._current
        if fact.visit or current is None or not current.waits or len(self.found) == 1:
            return False
        before = [visit for visit in self.found.values() if visit is not current][-1]
        told = before.exit
        return (
            told is not None
            and told.kind == fact.kind
            and fact.at_ms - told.at_ms < SKEW_MS
            and source_of(told) != source_of(fact)
        )

    def _leg_of(self, fact: Fact) -> Leg:
        """The leg that a step is of; where there is none, the visit keeps it for an answer still to come.

        An agent's legs end in the order in which they began. What an agent does who is on none is left out.
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


def _is_retold(visit: Visit, entry: Fact) -> bool:
    """Whether an entry without a number tells of a visit that is known: it waits there, or just began to."""
    told = visit.entry
    if told is None or (visit.queue, visit.channel) != (entry.queue, entry.channel):
        return False
    waits = visit.waits and visit.end is None
    return waits or (entry.at_ms - told.at_ms < SKEW_MS and source_of(told) != source_of(entry))


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
