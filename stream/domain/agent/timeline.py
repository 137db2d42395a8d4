"""The timeline of an agent: the set of its facts, and the changes that a new fact makes.

A retracted state never happened; a corrected state is replaced, even if it never arrives. The latest
correction or retraction of an identity decides. So the states in force are a function of the set of facts,
and so is the order of states that begin at one instant: see `order.arranged`.

A contact is computed again from all its facts. An agent has weeks of states, so here only the passages around
a changed state are booked again: each state ends the one before it.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from operator import attrgetter

from stream.domain.agent.absent import Absent
from stream.domain.agent.schedule import GRACE_MS, attended, schedule_of
from stream.domain.agent.state import AgentLive, book_change, book_interval, details_of
from stream.domain.deltas import Deltas
from stream.domain.entity import Batch
from stream.domain.fact import Fact, fact_of
from stream.domain.instant import MINUTE_MS
from stream.domain.kinds import ABOUT_ANOTHER, Kind
from stream.domain.order import arranged, content_key
from stream.domain.series import NO_TEAM

_STATE, _SCHEDULE = int(Kind.AGENT_STATE), int(Kind.SCHEDULE_PUBLISHED)
_HEARTBEAT, _RETRACTED = int(Kind.AGENT_HEARTBEAT), int(Kind.AGENT_RETRACTED)
#: The identity of the latest heartbeat, the only one kept. No source can send this identity.
_HEARD = "\theard"
_at_ms = attrgetter("at_ms")


class Agent:
    """The facts of one agent within retention. `states` are those in force, oldest first.

    `heard_ms` is the minute of the latest heartbeat, 0 before the first. The first state may be older than
    retention. Older facts may be `Absent`; then at least one state is in memory.
    """

    __slots__ = (
        *("_absent", "_facts", "_grace_ms", "_plans", "_schedule", "_verdicts"),
        *("heard_ms", "live", "states"),
    )

    def __init__(self, facts: Iterable[Fact] = (), *, grace_ms: int = GRACE_MS) -> None:
        self._facts = {fact.uid: fact for fact in facts}
        heard = self._facts.pop(_HEARD, None)
        self.heard_ms = heard.at_ms if heard is not None else 0
        self._grace_ms = grace_ms
        self._absent: Absent | None = None
        self._verdicts: dict[str, Fact] = {}
        for fact in self._facts.values():
            if fact.kind in ABOUT_ANOTHER:
                self._verdicts[fact.other] = max(fact, self._verdicts.get(fact.other, fact), key=content_key)
        found = [self._in_force(identity) for identity in {**self._facts, **self._verdicts}]
        in_force = sorted((fact for fact in found if fact is not None), key=content_key)
        self.states = list(arranged([fact for fact in in_force if fact.kind == _STATE], None))
        self._plans = [fact for fact in in_force if fact.kind == _SCHEDULE]
        self._schedule = schedule_of(self._plans)
        self.live = self.now()

    @property
    def facts(self) -> Mapping[str, Fact]:
        """See `Known`; without heartbeats."""
        return self._facts

    def lacks(self, fact: Fact, keep_from_ms: int) -> bool:
        """See `Known`. A new state needs the one before it, and no older ones."""
        absent = self._absent
        if absent is None:
            return False
        from_ms = self.states[0].at_ms
        if fact.kind == _HEARTBEAT:
            return self.heard_ms < fact.at_ms < from_ms
        return (
            fact.kind != _STATE
            or fact.at_ms <= from_ms
            or fact.uid in absent
            or absent.may_be_pruned(keep_from_ms)
        )

    def take(self, facts: Sequence[Fact], batch: Batch) -> tuple[list[Fact], Sequence[Fact]]:
        """See `Known`. Heartbeats are many, so only the latest counts; alone they cause no pruning."""
        heard_ms = max([fact.at_ms for fact in facts if fact.kind == _HEARTBEAT], default=0)
        if heard_ms:
            facts = [fact for fact in facts if fact.kind != _HEARTBEAT]
        joined = self.join(facts, batch.deltas) if facts else []
        batch.duplicates += len(facts) - len(joined)
        new = joined + self.hear(heard_ms) if heard_ms else joined
        gone = self.prune(batch.keep_from_ms) if joined and self._absent is None else []
        if new:
            self.live = self.now()
        self.shorten(batch.states_ms, batch.keep_from_ms)
        return new, gone

    def shorten(self, states_ms: int, keep_from_ms: int) -> None:
        """Keep in memory the states of the last `states_ms`, once there are as many older ones.

        With them stays the state before, and what is planned. Identities that were corrected, retracted or
        planned become absent whenever they were: they are few, and need more than states.
        """
        states = self.states
        if not states or states[-1].at_ms - states[0].at_ms <= 2 * states_ms:
            return
        low = bisect_right(states, states[-1].at_ms - states_ms, key=_at_ms) - 1
        if low < 1:
            return
        absent = self._absent or Absent(max(states[1].at_ms, keep_from_ms))
        recent = {state.uid for state in states[low + 1 :]} - self._verdicts.keys()
        absent.add((self._facts.keys() | self._verdicts.keys()) - recent)
        absent.was_heard = self._is_heard(states[:low])
        self._absent, self._verdicts = absent, {}
        self._facts = {uid: fact for uid, fact in self._facts.items() if uid in recent}
        del states[:low]

    def join(self, facts: Iterable[Fact], deltas: Deltas) -> list[Fact]:
        """Add facts and book their changes; return those that changed anything."""
        known, new = self._facts, []
        for fact in facts:
            twin = known.get(fact.uid)
            if twin is not None and twin >= fact:
                continue
            new.append(fact)
            # Nearly every fact is a new state that nothing corrects: it needs no look at what was in force
            # before.
            if twin is None and fact.kind == _STATE and fact.uid not in self._verdicts:
                known[fact.uid] = fact
                self._insert(fact, deltas)
            else:
                self._correct(fact, twin, deltas)
        return new

    def hear(self, at_ms: int) -> list[Fact]:
        """Follow a heartbeat; return the fact to store if it begins a new minute."""
        minute_ms = at_ms - at_ms % MINUTE_MS
        if minute_ms <= self.heard_ms:
            return []
        self.heard_ms = minute_ms
        return [Fact(minute_ms, _HEARTBEAT, _HEARD)]

    def prune(self, before_ms: int) -> list[Fact]:
        """Forget facts before `before_ms` except the last state; return the forgotten facts.

        A fact, its corrections and its retraction go together, so a retracted state never comes back.
        """
        # The last state before `before_ms` lasts into what is kept, so it stays.
        keep_from = max(0, bisect_left(self.states, (before_ms,)) - 1)
        old = [fact.uid for fact in self.states[:keep_from]]
        if not old and not self._verdicts and not self._plans:
            return []
        gone: list[Fact] = []
        for identity in {**dict.fromkeys(old), **self._verdicts, **{plan.uid: plan for plan in self._plans}}:
            if self._is_over(identity, before_ms) and not self._is_kept(identity, keep_from):
                own = self._facts_of(identity)
                if all(_ends_ms(fact) < before_ms for fact in own):
                    gone += own
        if gone:
            self._forget(gone, keep_from)
        return gone

    def _forget(self, gone: list[Fact], keep_from: int) -> None:
        """Remove forgotten facts. Only the first `keep_from` states are searched, not weeks of them."""
        identities = {fact.other if fact.kind in ABOUT_ANOTHER else fact.uid for fact in gone}
        for fact in gone:
            del self._facts[fact.uid]
        for identity in identities:
            self._verdicts.pop(identity, None)
        self.states[:keep_from] = [fact for fact in self.states[:keep_from] if fact.uid not in identities]
        if any(plan.uid in identities for plan in self._plans):
            self._plans = [plan for plan in self._plans if plan.uid not in identities]
            self._schedule = schedule_of(self._plans)

    def _is_over(self, identity: str, before_ms: int) -> bool:
        """Whether a fact and its latest correction are old: a cheap check before the full search."""
        found = (self._facts.get(identity), self._verdicts.get(identity))
        return all(fact is None or _ends_ms(fact) < before_ms for fact in found)

    def _is_kept(self, identity: str, keep_from: int) -> bool:
        """Whether a corrected state is among those that stay, from `keep_from` on."""
        said = self._in_force(identity) if identity in self._verdicts else None
        return said is not None and said.kind == _STATE and said in self._of_instant(said.at_ms, keep_from)

    def _of_instant(self, at_ms: int, keep_from: int) -> list[Fact]:
        """The states that begin at an instant, from `keep_from` on."""
        low = max(keep_from, bisect_left(self.states, at_ms, key=_at_ms))
        return self.states[low : bisect_right(self.states, at_ms, key=_at_ms)]

    def _facts_of(self, identity: str) -> list[Fact]:
        """All facts of one identity: the fact, its corrections and retractions."""
        own = self._facts.get(identity)
        found = [own] if own is not None and own.kind not in ABOUT_ANOTHER else []
        if identity in self._verdicts:
            found += [
                fact for fact in self._facts.values() if fact.kind in ABOUT_ANOTHER and fact.other == identity
            ]
        return found

    def now(self) -> AgentLive | None:
        """The live state: the latest state in force; None without one."""
        if not self.states:
            return None
        last = self.states[-1]
        at_ms, name, team = last.at_ms, last.state, last.team
        reason, queues, slots = details_of(last.details)
        seen_ms = self._seen_ms(at_ms) if self.heard_ms else 0
        schedule = self._schedule and tuple(segment for segment in self._schedule if segment.to_ms > at_ms)
        once = tuple(dict.fromkeys(queues))
        return AgentLive(name, at_ms, team or NO_TEAM, once, last.capacity, reason, seen_ms, schedule, slots)

    def _seen_ms(self, last_ms: int) -> int:
        """The minute of the latest sign of life, 0 if no heartbeat came since the login."""
        return max(self.heard_ms, last_ms - last_ms % MINUTE_MS) if self._is_heard(self.states) else 0

    def _is_heard(self, states: Sequence[Fact]) -> bool:
        """Whether a heartbeat came since the latest login among the first `states`."""
        for state in reversed(states):
            if state.state == "logged_out":
                return False
            # Heartbeats are kept to the minute, so one in the minute of a state may have followed it.
            if state.at_ms - state.at_ms % MINUTE_MS <= self.heard_ms:
                return True
        return self._absent is not None and self._absent.was_heard

    def _in_force(self, identity: str) -> Fact | None:
        """The state or schedule in force for an identity."""
        verdict = self._verdicts.get(identity)
        if verdict is None:
            said = self._facts.get(identity)
        else:
            said = None if verdict.kind == _RETRACTED else fact_of(identity, verdict.instead)
        return said if said is not None and said.kind in {_STATE, _SCHEDULE} else None

    def _correct(self, fact: Fact, twin: Fact | None, deltas: Deltas) -> None:
        """Add a fact that changes an earlier one."""
        # A correction changes what is in force for the identity it names, and so does one that it replaces.
        # Comparing what was in force before and after covers every order of arrival with one rule.
        touched = {fact.uid} | {f.other for f in (fact, twin) if f is not None and f.kind in ABOUT_ANOTHER}
        before = {identity: self._in_force(identity) for identity in touched}
        self._facts[fact.uid] = fact
        for identity in touched:
            corrections = (f for f in self._facts.values() if f.kind in ABOUT_ANOTHER and f.other == identity)
            verdict = max(corrections, default=None, key=content_key)
            if verdict is None:
                self._verdicts.pop(identity, None)
            else:
                self._verdicts[identity] = verdict
        for identity, was in before.items():
            self._replace(was, self._in_force(identity), deltas)

    def _replace(self, was: Fact | None, said: Fact | None, deltas: Deltas) -> None:
        if was == said:
            return
        if was is not None and was.kind == _STATE:
            self._rearrange(was.at_ms, deltas, gone=was)
        if said is not None and said.kind == _STATE:
            self._insert(said, deltas)
        plans = [plan for plan in self._plans if plan != was]
        if said is not None and said.kind == _SCHEDULE:
            insort(plans, said, key=content_key)
        if plans != self._plans:
            self._follow(plans, deltas)

    def _follow(self, plans: list[Fact], deltas: Deltas) -> None:
        """Replace the plans: take back all attendance booked by the old ones, and book it by the new ones."""
        for sign in (-1, 1):
            for state, after in pairwise(self.states):
                self._attend(state, after.at_ms, sign, deltas)
            self._plans, self._schedule = plans, schedule_of(plans)

    def _insert(self, state: Fact, deltas: Deltas) -> None:
        states = self.states
        if not states or states[-1].at_ms < state.at_ms:  # newer than all others, as nearly always
            before = states[-1] if states else None
            book_change(before, state, state.at_ms, 1, deltas)
            self._attend(before, state.at_ms, 1, deltas)
            states.append(state)
        else:
            self._rearrange(state.at_ms, deltas, new=state)

    def _rearrange(
        self, at_ms: int, deltas: Deltas, *, gone: Fact | None = None, new: Fact | None = None
    ) -> None:
        """Remove or add a state out of order, and book the affected neighbours again."""
        states = self.states
        low, high = bisect_left(states, at_ms, key=_at_ms), bisect_right(states, at_ms, key=_at_ms)
        # The order of an instant depends on the state before it (`arranged` follows the cycle of work). So a
        # change may reorder the next instant too, if that has several states, and so on until an instant has
        # only one.
        while high + 1 < len(states) and states[high].at_ms == states[high + 1].at_ms:
            high = bisect_right(states, states[high].at_ms, key=_at_ms)
        self._book(low, high, -1, deltas)
        found = [state for state in states[low:high] if state != gone] + ([new] if new else [])
        states[low:high] = arranged(sorted(found, key=content_key), states[low - 1] if low else None)
        self._book(low, low + len(found), 1, deltas)

    def _book(self, low: int, high: int, sign: int, deltas: Deltas) -> None:
        """Book the passages into the states from `low` to `high`, and into the state after them."""
        for at in range(low, min(high + 1, len(self.states))):
            before, state = self.states[at - 1] if at else None, self.states[at]
            book_change(before, state, state.at_ms, sign, deltas)
            self._attend(before, state.at_ms, sign, deltas)

    def _attend(self, state: Fact | None, to_ms: int, sign: int, deltas: Deltas) -> None:
        """Book the attendance of a past state; the reader adds the state that lasts."""
        if state is None or not self._schedule:
            return
        for interval in attended(self._schedule, state.state, state.at_ms, to_ms, self._grace_ms):
            book_interval(interval if interval.team else interval._replace(team=state.team), sign, deltas)


def _ends_ms(fact: Fact) -> int:
    """Until when a fact matters, in ms: a schedule until its end."""
    return max(fact.at_ms, int(fact.to_ms)) if fact.kind == _SCHEDULE else fact.at_ms
