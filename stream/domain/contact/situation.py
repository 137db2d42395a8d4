"""The situation of a contact after some of its facts, and which of the next facts make sense in it."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from stream.domain.fact import Fact
from stream.domain.kinds import TIES, Kind

_QUEUED, _ENDED = int(Kind.VISIT_QUEUED), int(Kind.CONTACT_ENDED)
_MADE, _DECLINED = int(Kind.OFFER_MADE), int(Kind.OFFER_DECLINED)
_ANSWERED, _ABANDONED, _LEFT = int(Kind.VISIT_ANSWERED), int(Kind.VISIT_ABANDONED), int(Kind.VISIT_LEFT)
_HELD, _RESUMED = int(Kind.LEG_HELD), int(Kind.LEG_RESUMED)
_LEG_ENDED, _WRAPPED_UP = int(Kind.LEG_ENDED), int(Kind.LEG_WRAPPED_UP)
_SENT = int(Kind.MESSAGE_SENT)
_LEG = frozenset({_HELD, _RESUMED, _LEG_ENDED, _WRAPPED_UP})
_GONE = frozenset({_ANSWERED, _ABANDONED, _LEFT})
_OFFERS = frozenset({_MADE, _DECLINED})
_WRITERS = {"customer": 0, "bot": 1, "agent": 2}
#: The kinds of the facts of one instant.
Kinds = frozenset[int]


class Situation:
    """The situation of a contact: the queues it waits in, the agents who ring, and those who talk."""

    def __init__(self) -> None:
        self._waits: dict[int, tuple[str, str]] = {}
        self._rings: set[str] = set()
        self._legs: dict[str, bool] = {}
        self._wraps: set[str] = set()
        self._began = False

    def take(self, fact: Fact) -> None:
        """Follow a fact."""
        kind = fact.kind
        if kind == _QUEUED:
            self._waits[fact.visit], self._began = (fact.queue, fact.channel), True
        elif kind in _GONE:
            if self._waits:
                self._waits.pop(fact.visit, None) or self._waits.popitem()
            self._rings.clear()
            if kind == _ANSWERED:
                self._legs[fact.agent] = False
        elif kind in _LEG:
            self._step(kind, fact.agent)
        elif kind == _MADE:
            self._rings.add(fact.agent)
        elif kind == _DECLINED:
            self._rings.discard(fact.agent)
        elif kind == _ENDED:
            self._waits.clear()
            self._legs.clear()

    def _step(self, kind: int, agent: str) -> None:
        if kind == _WRAPPED_UP:
            self._wraps.discard(agent)
        agent = self._on_leg(agent)
        if kind in {_HELD, _RESUMED}:
            if agent in self._legs:
                self._legs[agent] = kind == _HELD
        elif self._legs.pop(agent, None) is not None and kind == _LEG_ENDED:
            self._wraps.add(agent)

    def _on_leg(self, agent: str) -> str:
        """The agent of the leg that a step belongs to: its own, the latest, or one without a name."""
        if agent in self._legs:
            return agent
        return next(reversed(self._legs), agent) if not agent else "" if "" in self._legs else agent

    def missing(self, fact: Fact) -> Callable[[Fact], bool] | None:
        """Which facts would have to be read before `fact` makes sense; None if it does."""
        kind = fact.kind
        if kind == _QUEUED:
            leaves = self._waits and not fact.visit and not self._is_repeated(fact)
            return _leaves if leaves else None
        if kind in _GONE or kind in _OFFERS:
            return None if self._waits_in(fact) else lambda f: f.kind == _QUEUED and f.visit == fact.visit
        if kind in _LEG:
            agent = fact.agent
            known = self._on_leg(agent) in self._legs or agent in self._wraps
            return None if known else lambda f: f.kind == _ANSWERED and f.agent in {"", agent}
        return _enters if kind == _ENDED and not self._began else None

    def _waits_in(self, fact: Fact) -> bool:
        """Whether the contact waits in the visit of a fact, or in any visit if the fact names none."""
        return fact.visit in self._waits if fact.visit else bool(self._waits)

    def _is_repeated(self, entry: Fact) -> bool:
        return (entry.queue, entry.channel) in self._waits.values()

    def places(self, instant: Sequence[Fact]) -> Callable[[Fact], int]:
        """The place of each fact of an instant in this situation; the lowest is read first."""
        among = frozenset(fact.kind for fact in instant)
        return lambda fact: self._PLACES.get(fact.kind, Situation._otherwise)(self, fact, among)

    def _of_entry(self, fact: Fact, among: Kinds) -> int:
        """A new queue is entered after the previous one is left; a repeated entry changes nothing."""
        if not self._waits_in(fact):
            return 25
        return 12 if self._is_repeated(fact) and _LEFT not in among else 45

    def _of_exit(self, fact: Fact, among: Kinds) -> int:
        """An exit to another queue comes before the entry; the fact that stops the ringing comes first."""
        if not self._waits:
            return TIES[fact.kind]
        passes = _QUEUED in among and _LEFT in among
        stops = fact.kind == _ANSWERED or (fact.kind == _ABANDONED and _MADE not in among)
        if stops and not passes and self._rings and fact.agent in {"", *self._rings}:
            return 18
        return _IN_QUEUE[fact.kind, passes]

    def _of_offer(self, fact: Fact, among: Kinds) -> int:
        """If the contact does not wait, offers belong to the queue entered in the same instant."""
        again = fact.kind == _DECLINED and fact.agent not in self._rings and _MADE in among
        if self._waits:
            return 24 if again else TIES[fact.kind]
        return 36 if fact.kind == _DECLINED else 35

    def _of_message(self, fact: Fact, among: Kinds) -> int:
        """In one instant the customer writes first, then a bot, then an agent; all before an end."""
        held = self._waits or self._legs or _QUEUED not in among
        return (15 if held else 28) + _WRITERS.get(fact.by, 0)

    def _of_step(self, fact: Fact, among: Kinds) -> int:
        """A step of a lasting leg comes first; without one, steps come after the answers."""
        kind, agent = fact.kind, fact.agent
        leg = self._on_leg(agent)
        if leg in self._legs:
            return 2 if kind == _RESUMED and self._legs[leg] else TIES[kind]
        if agent in self._wraps and kind == _WRAPPED_UP:
            return 1
        return (50 if _ANSWERED in among else 8) + TIES[kind]

    def _otherwise(self, fact: Fact, _: Kinds) -> int:
        return TIES[fact.kind]

    _PLACES: ClassVar[dict[int, Callable[["Situation", Fact, Kinds], int]]] = {
        _QUEUED: _of_entry,
        _SENT: _of_message,
        **dict.fromkeys(_GONE, _of_exit),
        **dict.fromkeys(_OFFERS, _of_offer),
        **dict.fromkeys(_LEG, _of_step),
    }


def _leaves(fact: Fact) -> bool:
    return fact.kind == _LEFT and not fact.visit


def _enters(fact: Fact) -> bool:
    return fact.kind == _QUEUED


#: The order of exits in an instant, by whether the contact also enters another queue.
_IN_QUEUE = {
    (_ANSWERED, False): 30,
    (_ABANDONED, False): 31,
    (_LEFT, False): 32,
    (_LEFT, True): 30,
    (_ABANDONED, True): 31,
    (_ANSWERED, True): 32,
}
