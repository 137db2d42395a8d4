"""The order in which the facts of one subject are read; only this module decides it.

Time comes first. Within one instant, a source's `sequence` orders its facts. Otherwise meaning decides: facts
about open work come first, then facts that close it, then facts that open something new. So a source with
whole seconds reads like one with milliseconds. Clocks of two sources differ, so a fact that makes no sense
yet may wait for a fact of another source within `SKEW_MS`. The spelling of an id decides only between facts
that say the same. The result depends on the set of facts alone, not on their arrival.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby, pairwise, takewhile
from operator import attrgetter

from stream.domain.contact.situation import Situation
from stream.domain.fact import Fact
from stream.domain.kinds import Kind

#: Clocks of two sources may differ by less than this.
SKEW_MS = 1000
#: How many facts of one instant are compared with each other at a time.
_MOST_WEIGHED = 64

_BEFORE_THE_END = (
    *(Kind.CONTACT_STARTED, Kind.VISIT_ABANDONED, Kind.VISIT_LEFT, Kind.LEG_ENDED, Kind.LEG_WRAPPED_UP),
)
#: Pairs of kinds whose order within one instant does not depend on what is open.
_PLAIN = frozenset(
    {
        (int(Kind.CONTACT_STARTED), int(Kind.VISIT_QUEUED)),
        (int(Kind.LEG_ENDED), int(Kind.LEG_WRAPPED_UP)),
        *((int(before), int(Kind.CONTACT_ENDED)) for before in _BEFORE_THE_END),
    }
)
#: The cycle of an agent's work.
_CYCLE = {
    state: place
    for place, state in enumerate(
        ("logged_out", "not_ready", "busy_other", "available", "ringing", "talking", "hold", "wrapup")
    )
}


def source_of(fact: Fact) -> str:
    """The source of a fact."""
    return fact.uid.partition("\t")[0]


def content_key(fact: Fact) -> tuple[object, ...]:
    """Sort key: time, sequence and content, then identity."""
    at_ms, kind, uid, *said, sequence = fact
    return at_ms, sequence, kind, *said, uid


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """The effective facts of a contact in reading order."""
    # Nearly always facts are some time apart, and sorting is all. Only near neighbours need the slow way.
    ordered = sorted(facts)
    for before, after in pairwise(ordered):
        if after.at_ms - before.at_ms < SKEW_MS and not _is_plain(before, after):
            return _Weighing(sorted(ordered, key=content_key)).all()
    return ordered


def _is_plain(before: Fact, after: Fact) -> bool:
    if before.at_ms != after.at_ms:
        return source_of(before) == source_of(after)
    return (before.kind, after.kind) in _PLAIN and not (before.sequence or after.sequence)


def arranged(states: Iterable[Fact], before: Fact | None = None) -> Iterator[Fact]:
    """States of an agent in order of time; states of one instant follow the cycle of work.

    `states` are sorted by time; `before` is the state that lasted until then.
    """
    for _, instant in groupby(states, key=attrgetter("at_ms")):
        for state in _in_cycle(list(instant), before):
            before = state
            yield state


def _in_cycle(states: list[Fact], before: Fact | None) -> list[Fact]:
    """Order states that begin at one instant.

    The sequence of one source decides. Otherwise each state is the next along the cycle of work: wrap-up
    follows talk and precedes available, as it does when seconds lie between them.
    """
    found: list[Fact] = []
    while len(states) > 1:
        here = _CYCLE.get(before.state, 0) if before is not None else 0
        next_of = partial(_next_key, here)
        before = min(_unblocked(states), key=next_of)
        states.remove(before)
        found.append(before)
    return found + states


def _next_key(here: int, fact: Fact) -> tuple[int, tuple[object, ...]]:
    return _steps_from(here, fact.state), content_key(fact)


def _steps_from(here: int, state: str) -> int:
    """How many steps along the cycle a state is; the same state is a full turn away."""
    return (_CYCLE.get(state, 0) - here - 1) % len(_CYCLE)


def _unblocked(facts: Sequence[Fact]) -> list[Fact]:
    """The facts of one instant that come first in the sequence of their source."""
    least: dict[str, str] = {}
    for fact in facts:
        if fact.sequence:
            source = source_of(fact)
            least[source] = min(fact.sequence, least.get(source, fact.sequence))
    if not least:
        return list(facts)
    return [fact for fact in facts if fact.sequence in {"", least.get(source_of(fact))}]


class _Weighing:
    """Facts not yet read, and the situation after those that were."""

    def __init__(self, facts: list[Fact]) -> None:
        self._left = facts
        self._open = Situation()

    def all(self) -> list[Fact]:
        """Every fact, in order."""
        found = []
        self._left.reverse()  # facts are taken from the end
        while self._left:
            fact = self._next()
            self._left.remove(fact) if fact is not self._left[-1] else self._left.pop()
            self._open.take(fact)
            found.append(fact)
        return found

    def _next(self) -> Fact:
        first = self._left[-1]
        instant = list(
            takewhile(lambda fact: fact.at_ms == first.at_ms, self._left[: -_MOST_WEIGHED - 1 : -1]),
        )
        best = first
        if len(instant) > 1:
            free, place = _unblocked(instant), self._open.places(instant)
            best = min(free, key=lambda fact: (place(fact), content_key(fact)))
        return self._instead(best) or best

    def _instead(self, fact: Fact) -> Fact | None:
        """The fact of another source within `SKEW_MS` that `fact` needs to make sense, if there is one."""
        missing = self._open.missing(fact)
        if missing is None:
            return None
        source, until_ms = source_of(fact), fact.at_ms + SKEW_MS
        near = list(takewhile(lambda f: f.at_ms < until_ms, self._left[: -_MOST_WEIGHED - 1 : -1]))
        wanted = next((f for f in near if source_of(f) != source and missing(f)), None)
        if wanted is None:
            return None
        chain = [f for f in near if source_of(f) == source_of(wanted)]
        first = [f for f in chain if f.at_ms == chain[0].at_ms]
        return wanted if wanted in first else first[0]
