"""What a contact is doing, as far as its facts have been read, and what of the next facts makes sense now."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from stream.domain.fact import Fact, Kind

_STARTED, _QUEUED, _ENDED = int(Kind.CONTACT_STARTED), int(Kind.VISIT_QUEUED), int(Kind.CONTACT_ENDED)
_MADE, _DECLINED = int(Kind.OFFER_MADE), int(Kind.OFFER_DECLINED)
_ANSWERED, _ABANDONED, _LEFT = int(Kind.VISIT_ANSWERED), int(Kind.VISIT_ABANDONED), int(Kind.VISIT_LEFT)
_HELD, _RESUMED = int(Kind.LEG_HELD), int(Kind.LEG_RESUMED)
_LEG_ENDED, _WRAPPED_UP = int(Kind.LEG_ENDED), int(Kind.LEG_WRAPPED_UP)
_SENT = int(Kind.MESSAGE_SENT)
_LEG = frozenset({_HELD, _RESUMED, _LEG_ENDED, _WRAPPED_UP})
_GONE = frozenset({_ANSWERED, _ABANDONED, _LEFT})
_OFFERS = frozenset({_MADE, _DECLINED})
_WRITERS = {"customer": 0, "bot": 1, "agent": 2}
#: What kinds of facts there are in an instant.
Kinds = frozenset[int]


class Situation:
    """What a contact is doing: the queues it waits in, whom rings, who talks with it."""

    def __init__(self) -> None:
        self._waits: dict[int, tuple[str, str]] = {}
        self._rings: set[str] = set()
        self._legs: dict[str, bool] = {}
        self._wraps: set[str] = set()
        self._began = False

    def take(self, fact: Fact) -> None:
        """Follow a fact."""
        kind, number, agent = fact[1], fact[3], fact[4]
        if kind == _QUEUED:
            self._waits[number], self._began = (agent, fact[5]), True
        elif kind in _GONE:
            if self._waits:
                self._waits.pop(number, None) or self._waits.popitem()
            self._rings.clear()
            if kind == _ANSWERED:
                self._legs[agent] = False
        elif kind in _LEG:
            self._step(kind, agent)
        elif kind == _MADE:
            self._rings.add(agent)
        elif kind == _DECLINED:
            self._rings.discard(agent)
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
        """The agent of the leg that a step is of: its own, the only one there is, or one without a name."""
        if agent in self._legs:
            return agent
        return next(reversed(self._legs), agent) if not agent else "" if "" in self._legs else agent

    def missing(self, fact: Fact) -> Callable[[Fact], bool] | None:
        """What would have to be read before `fact` makes sense; None where it does."""
        kind, number, agent = fact[1], fact[3], fact[4]
        if kind == _QUEUED:
            leaves = self._waits and not number and not self._is_retold(fact)
            return _leaves if leaves else None
        if kind in _GONE or kind in _OFFERS:
            waits = number in self._waits if number else bool(self._waits)
            return None if waits else lambda f: f[1] == _QUEUED and f[3] == number
        if kind in _LEG:
            known = self._on_leg(agent) in self._legs or agent in self._wraps
            return None if known else lambda f: f[1] == _ANSWERED and f[4] in {"", agent}
        return _enters if kind == _ENDED and not self._began else None

    def _is_retold(self, entry: Fact) -> bool:
        return (entry[4], entry[5]) in self._waits.values()

    def places(self, instant: Sequence[Fact]) -> Callable[[Fact], int]:
        """Where each fact of an instant stands among the others, now: the least is read first."""
        among = frozenset(fact[1] for fact in instant)
        return lambda fact: self._PLACES.get(fact[1], Situation._otherwise)(self, fact, among)

    def _of_entry(self, fact: Fact, among: Kinds) -> int:
        """A new queue is entered once the one before is left; an entry told again changes nothing."""
        waits = fact[3] in self._waits if fact[3] else bool(self._waits)
        if not waits:
            return 25
        return 12 if self._is_retold(fact) and _LEFT not in among else 45

    def _of_exit(self, fact: Fact, among: Kinds) -> int:
        """Whoever left for another queue did so before; what stops the ringing comes before it stops."""
        if not self._waits:
            return _OTHERWISE[fact[1]]
        passes = _QUEUED in among and _LEFT in among
        stops = fact[1] == _ANSWERED or (fact[1] == _ABANDONED and _MADE not in among)
        rang = bool(self._rings) and fact[4] in {"", *self._rings}
        return 18 if stops and rang and not passes else _IN_QUEUE[fact[1], passes]

    def _of_offer(self, fact: Fact, among: Kinds) -> int:
        """Where nobody waits, offers are of the queue that is entered in the same instant."""
        again = fact[1] == _DECLINED and fact[4] not in self._rings and _MADE in among
        if self._waits:
            return 24 if again else _OTHERWISE[fact[1]]
        return 36 if fact[1] == _DECLINED else 35

    def _of_message(self, fact: Fact, among: Kinds) -> int:
        """Of one instant the customer asks, then a bot, then an agent replies; all before an end."""
        held = self._waits or self._legs or _QUEUED not in among
        return (15 if held else 28) + _WRITERS.get(fact[5], 0)

    def _of_step(self, fact: Fact, among: Kinds) -> int:
        """A step of a leg that lasts comes first; where there is none, after the answers."""
        kind, agent = fact[1], fact[4]
        leg = self._on_leg(agent)
        if leg in self._legs:
            return 2 if kind == _RESUMED and self._legs[leg] else _STEPS[kind]
        if agent in self._wraps and kind == _WRAPPED_UP:
            return 1
        return (50 if _ANSWERED in among else 8) + _STEPS[kind]

    def _otherwise(self, fact: Fact, _: Kinds) -> int:
        return _OTHERWISE.get(fact[1], _LAST)

    _PLACES: ClassVar[dict[int, Callable[["Situation", Fact, Kinds], int]]] = {
        _QUEUED: _of_entry,
        _SENT: _of_message,
        **dict.fromkeys(_GONE, _of_exit),
        **dict.fromkeys(_OFFERS, _of_offer),
        **dict.fromkeys(_LEG, _of_step),
    }


def _leaves(fact: Fact) -> bool:
    return fact[1] == _LEFT and not fact[3]


def _enters(fact: Fact) -> bool:
    return fact[1] == _QUEUED


#: Steps of a leg, in order.
_STEPS = {_HELD: 3, _RESUMED: 4, _LEG_ENDED: 5, _WRAPPED_UP: 6}
#: How a wait ends: whoever is told to have left before entering another queue has left first.
_IN_QUEUE = {
    (_ANSWERED, False): 30,
    (_ABANDONED, False): 31,
    (_LEFT, False): 32,
    (_LEFT, True): 30,
    (_ABANDONED, True): 31,
    (_ANSWERED, True): 32,
}
_LAST = 95
_OTHERWISE = {
    _STARTED: 0,
    _DECLINED: 20,
    _MADE: 22,
    int(Kind.VISIT_BLOCKED): 23,
    int(Kind.CALLBACK_ATTEMPTED): 23,
    _ANSWERED: 40,
    _ABANDONED: 41,
    _LEFT: 42,
    _ENDED: 90,
}
