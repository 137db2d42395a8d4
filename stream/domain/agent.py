"""An agent: the facts of its states in time order, and what a new one changes.

Time in a state is a clock integral. A pane keeps, per state, how many agents entered minus left it
(`n`) and the same weighted with the instant (`t`). With N agents in the state at b, the time spent in it
since a is `N (b - a) - (t - a n)` over the panes between: exact however long a state lasts, and each
fact touches one pane only.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import NamedTuple

from stream.domain.deltas import Deltas
from stream.domain.fact import Fact
from stream.domain.series import NO_TEAM, agent_series

STATES: tuple[str, ...] = (
    "available",
    "ringing",
    "talking",
    "hold",
    "wrapup",
    "busy_other",
    "not_ready",
    "logged_out",
)

_FIELDS = {state: (f"n.{state}", f"t.{state}") for state in STATES if state != "logged_out"}


class AgentLive(NamedTuple):
    """The state an agent is in, since when, and whom the agent serves."""

    state: str
    since_ms: int
    team: str
    queues: tuple[str, ...]
    capacity: int


class Agent:
    """Facts of one agent within retention, oldest first; the first may lie before: what it began lasts."""

    __slots__ = ("_by_uid", "facts", "live")

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self.facts = sorted(facts)
        self._by_uid = {fact.uid: fact for fact in self.facts}
        self.live = agent_live(self.facts)

    def join(self, facts: Iterable[Fact], deltas: Deltas) -> list[Fact]:
        """Add facts and book what follows from them; those that changed anything."""
        known, new = self._by_uid, []
        for fact in facts:
            twin = known.get(fact[2])
            if twin is not None:
                if twin >= fact:
                    continue
                self._leave_out(twin, deltas)
            known[fact[2]] = fact
            self._insert(fact, deltas)
            new.append(fact)
        return new

    def _insert(self, fact: Fact, deltas: Deltas) -> None:
        facts = self.facts
        if not facts:
            facts.append(fact)
            _enter(fact, fact[0], 1, deltas)
        elif facts[-1] < fact:  # in order, as nearly always
            _enter(facts[-1], fact[0], -1, deltas)
            _enter(fact, fact[0], 1, deltas)
            facts.append(fact)
        else:
            insort(facts, fact)
            self._book(bisect_left(facts, fact), 1, deltas)

    def _leave_out(self, fact: Fact, deltas: Deltas) -> None:
        at = bisect_left(self.facts, fact)
        self._book(at, -1, deltas)
        del self.facts[at]

    def prune(self, before_ms: int) -> list[Fact]:
        """Forget the facts before `before_ms` but the last of them; return the forgotten."""
        keep_from = bisect_left(self.facts, (before_ms,)) - 1
        if keep_from <= 0:
            return []
        gone, self.facts = self.facts[:keep_from], self.facts[keep_from:]
        for fact in gone:
            del self._by_uid[fact.uid]
        return gone

    def _book(self, at: int, sign: int, deltas: Deltas) -> None:
        """The fact at `at` ends the state before it, which else would last up to the fact after."""
        facts = self.facts
        fact = facts[at]
        _enter(fact, fact[0], sign, deltas)
        if at:
            _enter(facts[at - 1], fact[0], -sign, deltas)
        if at + 1 < len(facts):
            after_ms = facts[at + 1][0]
            _enter(fact, after_ms, -sign, deltas)
            if at:
                _enter(facts[at - 1], after_ms, sign, deltas)


def _enter(fact: Fact, at_ms: int, count: int, deltas: Deltas) -> None:
    """Let `count` agents enter the state of `fact` at `at_ms`. Nobody measures time logged out."""
    fields = _FIELDS.get(fact[4])
    if fields is not None:
        delta = deltas.of(agent_series(fact[5]), at_ms)
        entered, weighted = fields
        delta[entered] = delta.get(entered, 0) + count
        delta[weighted] = delta.get(weighted, 0) + count * at_ms


def agent_live(facts: list[Fact]) -> AgentLive | None:
    """The state that the latest fact began."""
    if not facts:
        return None
    last = facts[-1]
    _, *queues = last.c.split("\t")
    return AgentLive(last.a, last.at_ms, last.b or NO_TEAM, tuple(q for q in queues if q), last.number)
