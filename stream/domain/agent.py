"""An agent: the facts of its states in time order, and what a new one changes.

Time in a state is a clock integral. A pane keeps, per state, how many agents entered minus left it
(`n`) and the same weighted with the instant (`t`). With N agents in the state at b, the time spent in it
since a is `N (b - a) - (t - a n)` over the panes between: exact however long a state lasts, and each
fact touches one pane only.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from stream.domain.fact import Fact

NO_TEAM = "unassigned"
STATES = ("available", "ringing", "talking", "hold", "wrapup", "busy_other", "not_ready", "logged_out")


class AgentLive(NamedTuple):
    """The state an agent is in, since when, and whom the agent serves."""

    state: str
    since_ms: int
    team: str
    queues: tuple[str, ...]
    capacity: int


class Shift(NamedTuple):
    """`count` agents of `series` enter (1) or leave (-1) `state` at `at_ms`."""

    at_ms: int
    series: str
    state: str
    count: int


class Agent:
    """Facts of one agent within retention, oldest first. The oldest may lie before it: what it began lasts."""

    __slots__ = ("_by_uid", "facts", "live")

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self.facts = sorted(facts)
        self._by_uid = {fact.uid: fact for fact in self.facts}
        self.live = agent_live(self.facts)

    def join(self, fact: Fact) -> list[Shift] | None:
        """Add a fact; the shifts that follow from it, None for a duplicate."""
        twin = self._by_uid.get(fact.uid)
        if twin is not None and twin >= fact:
            return None
        self._by_uid[fact.uid] = fact
        taken_back = self._remove(twin) if twin is not None else []
        return [*taken_back, *self._insert(fact)]

    def prune(self, before_ms: int) -> list[Fact]:
        """Forget the facts before `before_ms` but the last of them, which the next follows; return the forgotten."""
        keep_from = bisect_left(self.facts, (before_ms,)) - 1
        if keep_from <= 0:
            return []
        gone, self.facts = self.facts[:keep_from], self.facts[keep_from:]
        for fact in gone:
            del self._by_uid[fact.uid]
        return gone

    def _insert(self, fact: Fact) -> list[Shift]:
        insort(self.facts, fact)
        return [*self._shifts(bisect_left(self.facts, fact), 1)]

    def _remove(self, fact: Fact) -> list[Shift]:
        at = bisect_left(self.facts, fact)
        shifts = [*self._shifts(at, -1)]
        del self.facts[at]
        return shifts

    def _shifts(self, at: int, sign: int) -> Iterator[Shift]:
        fact = self.facts[at]
        before = self.facts[at - 1] if at else None
        after = self.facts[at + 1] if at + 1 < len(self.facts) else None
        yield from _enter(fact, fact.at_ms, sign)
        if before:
            yield from _enter(before, fact.at_ms, -sign)
        if after:
            yield from _enter(fact, after.at_ms, -sign)
        if before and after:
            yield from _enter(before, after.at_ms, sign)


def _enter(fact: Fact, at_ms: int, count: int) -> Iterator[Shift]:
    if fact.a != "logged_out":
        yield Shift(at_ms, agent_series(fact.b), fact.a, count)


def agent_series(team: str) -> str:
    """The name of the cells of a team."""
    return f"a\t{team or NO_TEAM}"


def agent_live(facts: list[Fact]) -> AgentLive | None:
    """The state that the latest fact began."""
    if not facts:
        return None
    last = facts[-1]
    _, *queues = last.c.split("\t")
    return AgentLive(last.a, last.at_ms, last.b or NO_TEAM, tuple(q for q in queues if q), last.number)
