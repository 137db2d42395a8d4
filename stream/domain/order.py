"""The order in which the facts of one contact or agent are read: the one place that decides it.

Time comes first. Of one instant, a source's `sequence` orders its own facts; beyond that they are read by what
they mean: what belongs to what is open comes first, what closes it next, what opens something new last, so
that a source with whole seconds reads as one with milliseconds. Between sources, whose clocks differ, the
same holds within `SKEW_MS` for a fact that makes no sense where it stands. How an id is spelled decides
nothing but between facts that say the same. The result depends on the set alone, not on how facts arrive.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby, takewhile
from operator import itemgetter

from stream.domain.fact import Fact, Kind

#: Clocks of two sources may differ by less than this.
SKEW_MS = 1000
#: Of one instant, so many facts are weighed against each other at a time.
_MOST_WEIGHED = 64

_STARTED, _QUEUED, _ENDED = int(Kind.CONTACT_STARTED), int(Kind.VISIT_QUEUED), int(Kind.CONTACT_ENDED)
_MADE, _DECLINED = int(Kind.OFFER_MADE), int(Kind.OFFER_DECLINED)
_ANSWERED, _ABANDONED, _LEFT = int(Kind.VISIT_ANSWERED), int(Kind.VISIT_ABANDONED), int(Kind.VISIT_LEFT)
_HELD, _RESUMED = int(Kind.LEG_HELD), int(Kind.LEG_RESUMED)
_LEG_ENDED, _WRAPPED_UP = int(Kind.LEG_ENDED), int(Kind.LEG_WRAPPED_UP)
_SENT = int(Kind.MESSAGE_SENT)
_LEG = frozenset({_HELD, _RESUMED, _LEG_ENDED, _WRAPPED_UP})
_GONE = frozenset({_ANSWERED, _ABANDONED, _LEFT})
#: What follows what in one instant by its kind alone, whatever is open.
_PLAIN = frozenset(
    {
        (_STARTED, _QUEUED),
        (_LEG_ENDED, _WRAPPED_UP),
        *((before, _ENDED) for before in (_STARTED, _ABANDONED, _LEFT, _LEG_ENDED, _WRAPPED_UP)),
    }
)
_WRITERS = {"customer": 0, "bot": 1, "agent": 2}
#: The cycle of an agent's work.
_CYCLE = {
    state: place
    for place, state in enumerate(
        ("logged_out", "not_ready", "busy_other", "available", "ringing", "talking", "hold", "wrapup")
    )
}


def source_of(fact: Fact) -> str:
    """Who tells a fact."""
    return fact[2].partition("\t")[0]


def content_key(fact: Fact) -> tuple[int, str, int, int, str, str, str, str]:
    """By time, sequence and content; by identity between facts that say the same."""
    at_ms, kind, uid, number, a, b, c, sequence = fact
    return at_ms, sequence, kind, number, a, b, c, uid


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """The effective facts of a contact, in the order in which they are read."""
    ordered = sorted(facts)
    for before, after in zip(ordered, ordered[1:], strict=False):
        if after[0] - before[0] < SKEW_MS and not _is_plain(before, after):
            return _Weighing(sorted(ordered, key=content_key)).all()
    return ordered


def _is_plain(before: Fact, after: Fact) -> bool:
    if before[0] != after[0]:
        return source_of(before) == source_of(after)
    return (before[1], after[1]) in _PLAIN and not (before[7] or after[7])


def arranged(states: Iterable[Fact], before: Fact | None = None) -> Iterator[Fact]:
    """States of an agent in the order of time, and of one instant along the cycle of work.

    `states` are sorted by time; `before` is the one that lasted until then.
    """
    for _, instant in groupby(states, key=itemgetter(0)):
        for state in _in_cycle(list(instant), before):
            before = state
            yield state


def _in_cycle(states: list[Fact], before: Fact | None) -> list[Fact]:
    """States that begin at one instant, in order.

    By sequence where one source tells it, else each is the next along the cycle of work: wrap-up comes
    after talk and before available, as it does when seconds lie between.
    """
    found: list[Fact] = []
    while len(states) > 1:
        here = _CYCLE.get(before[4], 0) if before is not None else 0
        next_of = partial(_next_key, here)
        before = min(_unblocked(states), key=next_of)
        states.remove(before)
        found.append(before)
    return found + states


def _next_key(here: int, fact: Fact) -> tuple[int, tuple[object, ...]]:
    return _steps_from(here, fact[4]), content_key(fact)


def _steps_from(here: int, state: str) -> int:
    """How far along the cycle a state lies; the same again is once around."""
    return (_CYCLE.get(state, 0) - here - 1) % len(_CYCLE)


def _unblocked(facts: Sequence[Fact]) -> list[Fact]:
    """Those of one instant before which their source tells no other."""
    least: dict[str, str] = {}
    for fact in facts:
        if fact[7]:
            source = source_of(fact)
            least[source] = min(fact[7], least.get(source, fact[7]))
    if not least:
        return list(facts)
    return [fact for fact in facts if not fact[7] or fact[7] == least[source_of(fact)]]


class _Weighing:
    """Facts not yet read, and what is open as far as they have been."""

    def __init__(self, facts: list[Fact]) -> None:
        self._left = facts
        self._open = _Open()

    def all(self) -> list[Fact]:
        """Every fact, in order."""
        found = []
        self._left.reverse()  # taken from the end
        while self._left:
            fact = self._next()
            self._left.remove(fact) if fact is not self._left[-1] else self._left.pop()
            self._open.take(fact)
            found.append(fact)
        return found

    def _next(self) -> Fact:
        first = self._left[-1]
        instant = list(
            takewhile(lambda fact: fact[0] == first[0], self._left[: -_MOST_WEIGHED - 1 : -1]),
        )
        best = first
        if len(instant) > 1:
            free, place = _unblocked(instant), self._open.places(instant)
            best = min(free, key=lambda fact: (place(fact), content_key(fact)))
        return self._instead(best) or best

    def _instead(self, fact: Fact) -> Fact | None:
        """What another source tells a moment later, where `fact` makes no sense until that is read."""
        missing = self._open.missing(fact)
        if missing is None:
            return None
        source, until_ms = source_of(fact), fact[0] + SKEW_MS
        near = list(takewhile(lambda f: f[0] < until_ms, self._left[: -_MOST_WEIGHED - 1 : -1]))
        wanted = next((f for f in near if source_of(f) != source and missing(f)), None)
        if wanted is None:
            return None
        chain = [f for f in near if source_of(f) == source_of(wanted)]
        first = [f for f in chain if f[0] == chain[0][0]]
        return wanted if wanted in first else first[0]


class _Open:
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
        """The agent of the leg that a step is of: its own, the only one there is, or one that is not named."""
        if agent in self._legs:
            return agent
        return next(reversed(self._legs), agent) if not agent else "" if "" in self._legs else agent

    def missing(self, fact: Fact) -> Callable[[Fact], bool] | None:
        """What would have to be read before `fact` makes sense; None where it does."""
        kind, number, agent = fact[1], fact[3], fact[4]
        if kind == _QUEUED:
            leaves = self._waits and not number and not self._is_retold(fact)
            return (lambda f: f[1] == _LEFT and not f[3]) if leaves else None
        if kind in _GONE or kind in {_MADE, _DECLINED}:
            waits = number in self._waits if number else bool(self._waits)
            return None if waits else lambda f: f[1] == _QUEUED and f[3] == number
        if kind in _LEG:
            known = self._on_leg(agent) in self._legs or agent in self._wraps
            return None if known else lambda f: f[1] == _ANSWERED and f[4] in {"", agent}
        if kind == _ENDED and not self._began:
            return lambda f: f[1] == _QUEUED
        return None

    def _is_retold(self, entry: Fact) -> bool:
        return (entry[4], entry[5]) in self._waits.values()

    def places(self, instant: Sequence[Fact]) -> Callable[[Fact], int]:
        """Where each fact of an instant stands among the others, now."""
        kinds = {fact[1] for fact in instant}
        enters, leaves = _QUEUED in kinds, _LEFT in kinds
        answers = {fact[4] for fact in instant if fact[1] == _ANSWERED}

        def place(fact: Fact) -> int:
            kind = fact[1]
            if kind in _LEG:
                return self._place_of_step(kind, fact[4], answered=bool(answers))
            if kind == _QUEUED:
                waits = fact[3] in self._waits if fact[3] else bool(self._waits)
                if not waits:
                    return 25
                return 12 if self._is_retold(fact) and not leaves else 45
            if kind == _SENT:
                return (15 if self._waits or self._legs or not enters else 28) + _WRITERS.get(fact[5], 0)
            if kind in _GONE and self._waits:
                stops = kind == _ANSWERED or (kind == _ABANDONED and _MADE not in kinds)
                early = stops and not (enters and leaves) and fact[4] in {"", *self._rings} and self._rings
                return 18 if early else _IN_QUEUE[kind, enters and leaves]
            if kind == _DECLINED and fact[4] not in self._rings and _MADE in kinds:
                return 24
            return _OTHERWISE[kind] if self._waits else _IDLE.get(kind, _OTHERWISE[kind])

        return place

    def _place_of_step(self, kind: int, agent: str, *, answered: bool) -> int:
        leg = self._on_leg(agent)
        if leg in self._legs:
            return 2 if kind == _RESUMED and self._legs[leg] else _STEPS[kind]
        if agent in self._wraps and kind == _WRAPPED_UP:
            return 1
        return 50 + _STEPS[kind] if answered else 8 + _STEPS[kind]


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
_OTHERWISE = {
    _STARTED: 0,
    _DECLINED: 20,
    _MADE: 22,
    _ANSWERED: 40,
    _ABANDONED: 41,
    _LEFT: 42,
    int(Kind.VISIT_BLOCKED): 23,
    int(Kind.CALLBACK_ATTEMPTED): 23,
    _ENDED: 90,
    int(Kind.CONTACT_LINKED): 95,
}
#: Where nobody waits, offers are of the queue that is entered in the same instant.
_IDLE = {_DECLINED: 36, _MADE: 35}
