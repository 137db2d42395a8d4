"""The numbers of a history recomputed the slow way, from their definitions, over the plain list of events.

Nothing here comes from the code under test but the shape of an event and the order of events, so that what
both agree on was reached in two ways. Nothing here is quick or clever.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from fractions import Fraction
from statistics import NormalDist
from typing import NamedTuple

from support.naive_agents import shifts

from stream.domain.fact import Event, Fact, fact_of
from stream.domain.kinds import Kind
from stream.domain.order import content_key, in_order

HANDLE_EDGES_MS = tuple(1000 * s for s in (30, 60, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 3600))


class Promise(NamedTuple):
    """What a queue promises, and how it is told."""

    target_ms: int = 20_000
    short_ms: int = 5_000
    rule: str = "drop_short"
    attribution: str = "decided"
    flowed_out: str = "exclude"
    callback: str = "exclude"
    targets_ms: tuple[int, ...] = ()
    min_contacts: int = 20
    clock_stop: str = "connected"
    goal_ratio: float = 0.8

    @property
    def booked(self) -> str:
        """When a visit counts; who was answered is known at the exit and not before."""
        return "exited" if (self.rule, self.attribution) == ("answered_only", "decided") else self.attribution


#: What a queue, by channel, promises to who begins to wait at an instant.
Promises = Callable[[str, str, int], Promise]
Tallies = dict[tuple[str, int], dict[str, int]]
Booking = tuple[int, str, int]


@dataclass(slots=True)
class Part:
    """What one agent did in a stay, told in order; the first fact that follows an answer is the answer."""

    answer: Fact | None = None
    steps: list[Fact] = attribute(default_factory=list)
    end: Fact | None = None

    def first(self, kind: Kind) -> Fact | None:
        return next((fact for fact in self.steps if fact.kind == kind), None)

    @property
    def agent(self) -> str:
        return self.answer.a if self.answer else ""

    @property
    def team(self) -> str:
        return self.answer.c if self.answer else ""

    @property
    def talk_ms(self) -> int:
        return self.answer.at_ms if self.answer else 0

    @property
    def wrapped_up_ms(self) -> int | None:
        told = self.first(Kind.LEG_WRAPPED_UP)
        return None if told is None else told.at_ms

    @property
    def transfer(self) -> str:
        told = self.first(Kind.LEG_ENDED)
        return "" if told is None else told.b

    @property
    def cut_off_ms(self) -> int | None:
        """When the contact ended it, where nobody told that its talk had ended."""
        if self.first(Kind.LEG_ENDED) is not None or self.end is None:
            return None
        last_ms = max(self.end.at_ms, self.talk_ms)
        return last_ms if self.wrapped_up_ms is None else min(last_ms, self.wrapped_up_ms)

    @property
    def ended_ms(self) -> int | None:
        told = self.first(Kind.LEG_ENDED)
        return self.cut_off_ms if told is None else told.at_ms

    @property
    def over_ms(self) -> int | None:
        """When nobody talked any more."""
        end_ms = self.wrapped_up_ms if self.ended_ms is None else self.ended_ms
        return None if end_ms is None else max(end_ms, self.talk_ms)

    @property
    def let_go(self) -> Fact | None:
        """The fact by which the agent let go."""
        told = [fact for fact in self.steps if fact.kind in {Kind.LEG_ENDED, Kind.LEG_WRAPPED_UP}]
        return told[0] if told else self.end

    @property
    def hold_ms(self) -> int:
        """Holds from the answer up to the end of the talk; the last may last up to the contact's end."""
        assert self.answer is not None
        total, since = 0, None
        before = True
        for fact in self.steps:
            if before and fact is self.answer:
                total, before = 0, False
            if fact.kind == Kind.LEG_HELD and since is None:
                since = fact.at_ms
            elif fact.kind in {Kind.LEG_RESUMED, Kind.LEG_ENDED} and since is not None:
                total += 0 if before else max(0, fact.at_ms - max(since, self.talk_ms))
                since = None
            if fact.kind == Kind.LEG_ENDED:
                break
        if self.cut_off_ms is not None and since is not None:
            total += max(0, self.cut_off_ms - max(since, self.talk_ms))
        return total

    @property
    def handle_ms(self) -> tuple[int, int, int] | None:
        """Talk, hold and ACW of a leg that was wrapped up."""
        if self.wrapped_up_ms is None:
            return None
        end = self.wrapped_up_ms if self.ended_ms is None else self.ended_ms
        connected = max(0, end - self.talk_ms)
        hold = min(self.hold_ms, connected)
        return connected - hold, hold, max(0, self.wrapped_up_ms - end)


@dataclass(slots=True)
class Stay:
    """One contact's stay in one queue, and what followed."""

    contact: str
    number: int
    queue: str
    channel: str
    queued_ms: int
    due_ms: int | None = None
    outcome: str = ""
    exit_ms: int = 0
    accepted_ms: int | None = None
    reason: str = ""
    parts: list[Part] = attribute(default_factory=list)
    asked_ms: int | None = None
    first: bool = True
    entry: Fact | None = None
    gone: Fact | None = None

    @property
    def series(self) -> str:
        return f"c\t{self.queue}\t{self.channel}"

    @property
    def begun_ms(self) -> int:
        return self.queued_ms if self.due_ms is None or self.due_ms < self.queued_ms else self.due_ms

    @property
    def promised_ms(self) -> int:
        """What is promised then holds: when the wait begins, or when it is given up before."""
        if not self.outcome:
            return self.begun_ms
        return min(
            self.begun_ms, max(self.queued_ms, self.exit_ms, *(part.talk_ms for part in self.parts[:1]))
        )

    @property
    def wait_ms(self) -> int:
        return max(0, self.exit_ms - self.begun_ms)

    @property
    def waits(self) -> bool:
        return not self.outcome

    @property
    def talking(self) -> list[Part]:
        return [part for part in self.parts if part.over_ms is None]

    @property
    def talks(self) -> bool:
        return bool(self.talking)

    @property
    def talk_ms(self) -> int:
        """When the first of those who talk began."""
        return (self.talking or self.parts)[0].talk_ms

    def gone_as(self) -> str:
        """The outcome; of who left otherwise, as what it counts."""
        if self.outcome != "left":
            return self.outcome
        return self.reason if self.reason in {"callback", "error"} else "flowed_out"


@dataclass(slots=True)
class VisitFacts:
    """What was told of one visit, in order."""

    entry: Fact | None = None
    exit: Fact | None = None
    parts: list[Part] = attribute(default_factory=lambda: [Part()])
    end: Fact | None = None

    @property
    def due_ms(self) -> int:
        return int(self.entry.c) if self.entry and self.entry.c and self.entry.b == "callback" else -1

    @property
    def answered(self) -> bool:
        return self.exit is not None and self.exit.kind == Kind.VISIT_ANSWERED

    def take(self, fact: Fact) -> None:
        if fact.kind == Kind.VISIT_QUEUED:
            self.entry = self.entry or fact
        elif self.exit is None:
            self.exit = fact
            if self.answered:
                self.parts[0].answer = fact
                self.parts[0].steps.append(fact)
        elif self.answered and fact.kind == Kind.VISIT_ANSWERED and fact.a:
            talking = {part.agent for part in self.parts if not _has_stopped(part)}
            if fact.a not in talking:
                self.parts.append(Part(fact, [fact]))


def _has_stopped(part: Part) -> bool:
    return any(fact.kind in {Kind.LEG_ENDED, Kind.LEG_WRAPPED_UP} for fact in part.steps)


class Act(NamedTuple):
    """What one fact counts by itself."""

    at_ms: int
    series: str
    field: str


def known(events: Iterable[Event]) -> dict[tuple[str, str], list[Fact]]:
    """The facts of every contact and agent in order; of one identity the greater content."""
    by_identity: dict[tuple[str, str, str], Fact] = {}
    for subject, fact in events:
        kind = "agent" if fact.kind >= Kind.AGENT_STATE else "contact"
        key = (kind, subject, fact.uid)
        by_identity[key] = max(fact, by_identity.get(key, fact))
    found: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for (kind, subject, _), fact in by_identity.items():
        found[kind, subject].append(fact)
    return {key: sorted(facts) for key, facts in found.items()}


def in_force(facts: list[Fact]) -> list[Fact]:
    """What the facts of one contact come to: each as its latest correction has it, or not at all."""
    told: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.kind in {Kind.CONTACT_CORRECTED, Kind.CONTACT_RETRACTED}:
            told[fact.a].append(fact)
    kept = [
        fact
        for fact in facts
        if fact.uid not in told and fact.kind not in {Kind.CONTACT_CORRECTED, Kind.CONTACT_RETRACTED}
    ]
    for uid, remarks in told.items():
        last = max(remarks, key=content_key)
        if last.kind == Kind.CONTACT_CORRECTED:
            kept.append(fact_of(uid, last.c))
    return in_order(kept)


def contacts(events: Iterable[Event]) -> dict[str, list[Fact]]:
    """The facts of every contact that are in force."""
    return {contact: in_force(facts) for (kind, contact), facts in known(events).items() if kind == "contact"}


def stays(events: Iterable[Event], promises: Promises | None = None) -> list[Stay]:
    """Every stay of every contact in a queue; by `promises`, a wait may end when an agent accepts."""
    found = [stay for contact, facts in contacts(events).items() for stay in _stays(contact, facts)]
    for stay in found:
        told_ms = stay.accepted_ms
        if promises is None or told_ms is None or not stay.queued_ms <= told_ms <= stay.exit_ms:
            continue
        if promises(stay.queue, stay.channel, stay.promised_ms).clock_stop == "accepted":
            stay.exit_ms = told_ms
    return found


def _stays(contact: str, facts: list[Fact]) -> list[Stay]:
    found = []
    for number, told in _read(facts).items():
        if told.entry is not None:
            found.append(_stay(contact, number, told, told.entry))
    found.sort(key=lambda stay: (stay.queued_ms, stay.number))
    for link in (fact for fact in facts if fact.kind == Kind.CONTACT_LINKED):
        for stay in found:
            _linked(stay, link)
    for place, stay in enumerate(found):
        stay.first = place == 0
        asked = [other for other in found if other.reason == "callback" and other.queued_ms <= stay.queued_ms]
        if asked:
            stay.asked_ms = asked[-1].queued_ms
        if stay.channel != "callback" or stay.outcome != "answered":
            stay.asked_ms = None
    return found


def _stay(contact: str, number: int, told: VisitFacts, entry: Fact) -> Stay:
    stay = Stay(contact, number, entry.a, entry.b, entry.at_ms, entry=entry)
    if told.due_ms >= 0:
        stay.due_ms = told.due_ms
    left = told.exit
    if left is None:
        if told.end is not None:
            stay.outcome, stay.exit_ms, stay.gone = "abandoned", max(told.end.at_ms, entry.at_ms), told.end
        return stay
    stay.outcome, stay.exit_ms, stay.gone = _OUTCOMES[left.kind], left.at_ms, left
    stay.reason = left.a if left.kind == Kind.VISIT_LEFT else ""
    if left.kind == Kind.VISIT_ANSWERED:
        stay.accepted_ms = int(left.b) if left.b else None
        stay.parts = told.parts
        for part in stay.parts:
            part.end = told.end
    return stay


def _linked(stay: Stay, link: Fact) -> None:
    """What a link to another contact makes of a stay."""
    if link.b == "callback":
        stay.asked_ms = int(link.c) if link.c else stay.asked_ms
    elif link.b == "merged":
        if stay.waits and stay.queued_ms <= link.at_ms:
            stay.outcome, stay.reason, stay.exit_ms, stay.gone = "left", "merged", link.at_ms, link
        elif stay.outcome == "abandoned" and stay.exit_ms >= link.at_ms:
            stay.outcome, stay.reason = "left", "merged"
    elif stay.outcome == "abandoned":
        stay.outcome, stay.reason = "left", link.b


def offers_and_attempts(events: Iterable[Event]) -> list[Act]:
    """What single facts count: offers to a team, contacts turned away, attempts to call back."""
    return [act for facts in contacts(events).values() for act in _acts(facts)]


def _acts(facts: list[Fact]) -> Iterator[Act]:
    yield from _offers(facts)
    for place, fact in enumerate(facts):
        if fact.kind == Kind.VISIT_BLOCKED:
            yield Act(fact.at_ms, f"c\t{fact.a}\t{fact.b}", f"blocked.{fact.c}")
        if fact.kind == Kind.CALLBACK_ATTEMPTED:
            entries = [entry for entry in facts[:place] if entry.kind == Kind.VISIT_QUEUED]
            if entries:
                yield Act(fact.at_ms, f"c\t{entries[-1].a}\t{entries[-1].b}", f"attempts.{fact.b}")


def _offers(facts: list[Fact]) -> Iterator[Act]:
    for place, fact in enumerate(facts):
        team = f"a\t{fact.c or 'unassigned'}"
        if fact.kind == Kind.OFFER_MADE:
            yield Act(fact.at_ms, team, "offers.made")
            over = _over(fact, facts[place + 1 :])
            if over is not None and _in_vain(fact, over):
                says = "lost" if over.kind == Kind.VISIT_ANSWERED else "abandoned"
                yield Act(over.at_ms, team, f"offers.{says}")
        if fact.kind == Kind.OFFER_DECLINED:
            made = [n for n in range(place) if facts[n].kind == Kind.OFFER_MADE and facts[n].a == fact.a]
            over = _over(facts[made[-1]], facts[made[-1] + 1 : place]) if made else None
            if over is None or not _in_vain(facts[made[-1]], over):
                yield Act(fact.at_ms, team, "offers.declined")
    if any(fact.kind in {Kind.OFFER_MADE, Kind.OFFER_DECLINED} for fact in facts):
        for told in _read(facts).values():
            if told.answered and told.exit is not None and told.exit.c:
                yield Act(told.exit.at_ms, f"a\t{told.exit.c}", "offers.answered")


def _over(offer: Fact, after: list[Fact]) -> Fact | None:
    """What ended an offer: the agent's own word, a new offer to the same agent, or that nobody waits."""
    for fact in after:
        if fact.kind in {Kind.OFFER_MADE, Kind.OFFER_DECLINED} and fact.a == offer.a:
            return fact
        if fact.kind in _OUTCOMES or fact.kind == Kind.CONTACT_ENDED:
            return fact
    return None


def _in_vain(offer: Fact, over: Fact) -> bool:
    """Whether it ended without the agent's doing."""
    if over.kind == Kind.VISIT_ANSWERED:
        return over.a not in {"", offer.a}
    return over.kind in {Kind.VISIT_ABANDONED, Kind.CONTACT_ENDED}


def doing(found: Iterable[Stay]) -> dict[str, list[tuple[bool, str, int, str]]]:
    """What every contact is doing now, by contact: it waits or talks, where, since when, with what team."""
    now: dict[str, list[tuple[bool, str, int, str]]] = defaultdict(list)
    for stay in found:
        if stay.waits:
            now[stay.contact].append((True, stay.series, stay.begun_ms, ""))
        for nth, part in enumerate(stay.talking):
            series = stay.series if nth == 0 else f"h{stay.series[1:]}"
            now[stay.contact].append((False, series, part.talk_ms, part.team))
    return {contact: sorted(all_of_it) for contact, all_of_it in now.items()}


def _read(facts: list[Fact]) -> dict[int, VisitFacts]:
    """Every visit, by the number that facts name, or else by what is known when they are read."""
    found: dict[int, VisitFacts] = {}
    latest = 0
    for fact in facts:
        if fact.kind == Kind.CONTACT_ENDED:
            for told in found.values():
                if told.end is None and fact.at_ms >= told.due_ms:
                    told.end = fact
        elif fact.kind == Kind.VISIT_QUEUED or fact.kind in _OUTCOMES:
            number = fact.number or latest or 1
            if not fact.number and latest:
                if fact.kind == Kind.VISIT_QUEUED and _begins(found[latest], fact):
                    number = latest + 1
                if fact.kind != Kind.VISIT_QUEUED and _repeats(found, latest, fact):
                    continue
            latest = number
            found.setdefault(number, VisitFacts()).take(fact)
        elif fact.kind in _STEPS:
            _step(found, latest, fact)
    return found


def _source(fact: Fact) -> str:
    return fact.uid.split("\t")[0]


def _near(one: Fact, other: Fact) -> bool:
    return _source(one) != _source(other) and other.at_ms - one.at_ms < 1000


def _begins(told: VisitFacts, entry: Fact) -> bool:
    """Whether an entry begins another visit, and does not tell again of the latest."""
    if told.entry is None:
        return False
    waits = told.exit is None and told.end is None
    same = (told.entry.a, told.entry.b) == (entry.a, entry.b)
    return not (same and (waits or _near(told.entry, entry)))


def _repeats(found: dict[int, VisitFacts], latest: int, fact: Fact) -> bool:
    """Whether another source tells how the visit before the latest, in which the contact waits, was left."""
    others = [told for number, told in found.items() if number != latest]
    if not others or found[latest].entry is None or found[latest].exit is not None:
        return False
    told = others[-1].exit
    return told is not None and told.kind == fact.kind and _near(told, fact)


def _step(found: dict[int, VisitFacts], latest: int, fact: Fact) -> None:
    """Give a step of a leg to the part that it is of."""
    if fact.number:
        found.setdefault(fact.number, VisitFacts())
    if not found:
        found[1] = VisitFacts()
    visits = [found[fact.number]] if fact.number else list(found.values())
    parts = [part for told in visits if told.answered for part in told.parts]
    parts = [part for part in parts if part.answer and part.first(Kind.LEG_WRAPPED_UP) is None]
    named = [part for part in parts if part.agent == fact.a] if fact.a else parts
    ended = [part for part in named if part.first(Kind.LEG_ENDED) is not None]
    if fact.kind == Kind.LEG_WRAPPED_UP and ended:
        named = ended[-1:]
    elif fact.kind != Kind.LEG_WRAPPED_UP and fact.a:
        named = [part for part in named if part not in ended] or named
    if not named and fact.a:
        named = [part for part in parts if not part.agent]
    if named:
        named[0 if fact.a else -1].steps.append(fact)
        return
    told = visits[0] if fact.number else found.setdefault(latest or 1, VisitFacts())
    if not (told.answered and fact.a and told.parts[0].agent not in {"", fact.a}):
        told.parts[0].steps.append(fact)


# What is stored.


def tallies(  # noqa: C901 - every series in one place
    events: Iterable[Event], pane_ms: int | None, promises: Promises, edges_ms: tuple[int, ...]
) -> Tallies:
    """What each pane of each series must hold; without a `pane_ms`, the running totals, at 0."""
    events = list(events)
    found: Tallies = defaultdict(Counter)

    def book(series: str, at_ms: int, field: str, amount: int) -> None:
        if pane_ms is not None:
            found[series, at_ms // pane_ms * pane_ms][field] += amount
        elif not field.startswith(("ah", "xh", "hh", "ph")):
            found[series, 0][field] += amount

    every = stays(events, promises)
    again = {stay.contact: f"k\t{stay.channel}" for stay in every if stay.first}
    for stay in every:
        promise = promises(stay.queue, stay.channel, stay.promised_ms)
        for at_ms, field, amount in [*_once(stay, promise, edges_ms), *_more(stay, promise, edges_ms)]:
            book(stay.series, at_ms, field, amount)
        for at_ms, field, amount in _once(stay, promise, edges_ms):
            book(again[stay.contact], at_ms, field, 0 if stay.first else -amount)
        for field, amount in _moved(stay, promises):
            book(stay.series, stay.queued_ms, field, amount)
        for at_ms, team, count in _talking(stay):
            if pane_ms is not None:  # by channel, which is not kept in totals
                book(f"a\t{team}", at_ms, f"n.leg.{stay.channel}", count)
                book(f"a\t{team}", at_ms, f"t.leg.{stay.channel}", count * at_ms)
    for act in offers_and_attempts(events):
        book(act.series, act.at_ms, act.field, 1)
    for at_ms, series, field, amount in shifts(events):
        if pane_ms is not None or field.count(".") < 2:  # reasons are not kept in totals
            book(series, at_ms, field, amount)
    return without_zeros(found)


def without_zeros(found: Mapping[tuple[str, int], Mapping[str, int]]) -> Tallies:
    """Leave out what is 0, and how far totals are below their peaks."""
    kept = {
        key: {field: n for field, n in tally.items() if n and field[0] != "^"} for key, tally in found.items()
    }
    return {key: tally for key, tally in kept.items() if tally}


def _once(stay: Stay, promise: Promise, edges_ms: tuple[int, ...]) -> Iterator[Booking]:
    """What counts once for a contact, in its first stay."""
    yield stay.queued_ms, "offered", 1
    if not stay.outcome:
        return
    in_target = stay.wait_ms <= promise.target_ms
    if not in_target:
        yield stay.begun_ms + promise.target_ms, "d.late", 1
        if stay.outcome == "abandoned" and _verdict(stay, promise) == "short":
            yield stay.exit_ms, "d.late_short", 1
    else:
        yield stay.exit_ms, f"d.{_verdict(stay, promise)}", 1
    band, kind = _band(stay.wait_ms, edges_ms), stay.gone_as()
    if stay.outcome == "left":
        yield stay.exit_ms, f"left.{stay.reason}", 1
        if kind != "error":
            yield stay.exit_ms, f"{'k' if kind == 'callback' else 'f'}{band}", 1
        return
    letter = "a" if stay.outcome == "answered" else "x"
    yield stay.exit_ms, f"{letter}{band}", 1
    yield stay.exit_ms, f"{letter}w", stay.wait_ms
    yield stay.exit_ms, f"{letter}h{bucket(stay.wait_ms)}", 1


def _verdict(stay: Stay, promise: Promise) -> str:
    """How who left within the target stands to it."""
    if stay.outcome == "answered":
        return "in"
    if stay.outcome == "abandoned":
        return "short" if 0 < promise.short_ms >= stay.wait_ms else "abandoned"
    return stay.gone_as()


def _more(stay: Stay, promise: Promise, edges_ms: tuple[int, ...]) -> Iterator[Booking]:
    """What counts for every stay."""
    if not stay.outcome:
        return
    letter = {"answered": "A", "abandoned": "X", "flowed_out": "F", "callback": "K"}.get(stay.gone_as())
    if letter:
        yield stay.queued_ms, f"{letter}{_band(stay.wait_ms, edges_ms)}", 1
    for target_ms in promise.targets_ms:
        if stay.wait_ms <= target_ms:
            yield stay.exit_ms, f"d{target_ms}.{_verdict(stay, promise)}", 1
        else:
            yield stay.begun_ms + target_ms, f"d{target_ms}.late", 1
    for part in stay.parts:
        yield from _of_part(part)
    if stay.asked_ms is not None:
        waited_ms = max(0, stay.exit_ms - stay.asked_ms)
        for field, amount in (("pn", 1), ("pw", waited_ms), (f"ph{bucket(waited_ms)}", 1)):
            yield stay.exit_ms, field, amount


def _of_part(part: Part) -> Iterator[Booking]:
    """What each agent's part counts."""
    if part.transfer and part.ended_ms is not None:
        yield part.ended_ms, f"transferred.{part.transfer}", 1
    if part.handle_ms is not None and part.wrapped_up_ms is not None:
        for name, amount in _handle_fields(*part.handle_ms):
            yield part.wrapped_up_ms, name, amount


def _moved(stay: Stay, promises: Promises) -> Iterator[tuple[str, int]]:
    """What a stay is by the promise it began to wait under, and no more by that of its queue entry."""
    kind = stay.gone_as()
    if kind in {"", "error"}:
        return
    for at_ms, amount in ((stay.promised_ms, 1), (stay.queued_ms, -1)):
        promise = promises(stay.queue, stay.channel, at_ms)
        in_time = stay.wait_ms <= promise.target_ms
        if kind == "abandoned" and 0 < promise.short_ms >= stay.wait_ms:
            yield "D.short_abandoned", amount
        else:
            yield f"D.{kind}_in" if in_time else f"D.late_{kind}", amount


def _talking(stay: Stay) -> Iterator[tuple[int, str, int]]:
    """When a leg of a team began, and when it ended."""
    for part in stay.parts:
        if part.team:
            yield part.talk_ms, part.team, 1
            if part.over_ms is not None:
                yield part.over_ms, part.team, -1


def legs(found: Iterable[Stay], team: str, *, low_ms: int, to_ms: int) -> Counter[str]:
    """Time of a team's legs in talk or hold within an interval, by channel."""
    time: Counter[str] = Counter()
    for stay in found:
        for part in stay.parts:
            if part.team == team:
                over_ms = to_ms if part.over_ms is None else min(part.over_ms, to_ms)
                time[stay.channel] += max(0, over_ms - max(part.talk_ms, low_ms))
    return time


def _handle_fields(talk: int, hold: int, acw: int) -> list[tuple[str, int]]:
    total = talk + hold + acw
    band = f"h{_band(total, HANDLE_EDGES_MS)}"
    return [
        ("handled", 1),
        ("talk", talk),
        ("hold", hold),
        ("acw", acw),
        (band, 1),
        (f"hh{bucket(total)}", 1),
    ]


def _band(ms: int, edges_ms: tuple[int, ...]) -> str:
    for edge in edges_ms:
        if ms <= edge:
            return str(edge)
    return "+"


def _lower_bounds(up_to: int) -> list[int]:
    """0 to 127 one by one, then 64 buckets to each doubling."""
    bounds, width = list(range(128)), 2
    while bounds[-1] < up_to:
        start = bounds[-1] + (width // 2)
        bounds += [start + width * n for n in range(64)]
        width *= 2
    return bounds


_BOUNDS = _lower_bounds(1 << 40)


def bucket(ms: int) -> int:
    """The number of the bucket that holds `ms`."""
    return bisect_right(_BOUNDS, ms) - 1


# What the board shows.


class Level(NamedTuple):
    """How many met the target, of how many that count."""

    met: int
    of: int

    def bounds(self) -> tuple[float | None, float | None]:
        """Where (share - p)^2 = z^2 p (1 - p) / n: the roots of a quadratic equation in p."""
        if not self.of:
            return None, None
        share, spread = self.met / self.of, NormalDist().inv_cdf(0.975) ** 2 / self.of
        b = -(2 * share + spread)
        root = max(0.0, b * b - 4 * (1 + spread) * share * share) ** 0.5
        return max(0.0, (-b - root) / (2 + 2 * spread)), min(1.0, (-b + root) / (2 + 2 * spread))


_SHORT = {"count_abandons": (0, 1), "credit_short": (1, 1), "credit_in_target": (1, 1)}
_GONE_IN_TIME = {**_SHORT, "drop_short": (0, 1), "credit_short": (0, 1)}
_POLICY = {"exclude": (0, 0), "miss": (0, 1), "met_in_target": (1, 1)}


def stands(stay: Stay, rule: Promise, *, target_ms: int, short_ms: int) -> tuple[int, int]:
    """Whether a visit that has left met the target, and whether it counts."""
    in_time, kind = stay.wait_ms <= target_ms, stay.gone_as()
    if kind == "answered":
        return int(in_time), 1
    if kind == "abandoned":
        short = 0 < short_ms >= stay.wait_ms
        if not (in_time or short):
            return 0, int(rule.rule != "answered_only")
        return (_SHORT if short else _GONE_IN_TIME).get(rule.rule, (0, 0))
    if kind == "error":
        return 0, 0
    met, counts = _POLICY[rule.flowed_out if kind == "flowed_out" else rule.callback]
    return met * in_time, counts


class Window(NamedTuple):
    """From `low_ms` to `last_ms`, both included, as seen at `now_ms`."""

    low_ms: int
    now_ms: int
    last_ms: int

    def has(self, at_ms: int | None) -> bool:
        return at_ms is not None and self.low_ms <= at_ms <= self.last_ms


def level(found: Iterable[Stay], promises: Promises, window: Window, target_ms: int | None = None) -> Level:
    """The service level, counted as each queue's definition says now.

    Each stay is held to what was promised when it began to wait; with a `target_ms`, all are held to that and
    to the limit of now.
    """
    met = of = 0
    for stay in found:
        now = promises(stay.queue, stay.channel, window.now_ms)
        good, counts = _counts(stay, promises, now, window, target_ms)
        met, of = met + good, of + counts
    return Level(met, of)


def _counts(
    stay: Stay, promises: Promises, now: Promise, window: Window, target_ms: int | None
) -> tuple[int, int]:
    if now.booked == "decided":
        own = promises(stay.queue, stay.channel, stay.promised_ms)
        if target_ms is not None:
            own = now._replace(target_ms=target_ms)
        at_target_ms = stay.begun_ms + own.target_ms
        if stay.outcome and stay.wait_ms <= own.target_ms:
            if window.has(stay.exit_ms):
                return stands(stay, now, target_ms=own.target_ms, short_ms=own.short_ms)
        elif window.has(at_target_ms) and (stay.outcome or at_target_ms < window.now_ms):
            return 0, 1
        return 0, 0
    counted_ms = stay.exit_ms if now.booked == "exited" else stay.queued_ms
    if not stay.outcome or not window.has(counted_ms):
        return 0, 0
    if target_ms is not None:
        return stands(stay, now, target_ms=target_ms, short_ms=now.short_ms)
    own = promises(stay.queue, stay.channel, stay.promised_ms)
    return stands(stay, now, target_ms=own.target_ms, short_ms=own.short_ms)


def kpis(
    found: Iterable[Stay], told: Iterable[Act], promises: Promises, window: Window, promise: Promise
) -> dict[str, float | None]:
    """The KPIs from `low_ms` to `last_ms`, by the names of the board; percentiles are exact."""
    found = list(found)
    shares = level(found, promises, window)
    low, high = shares.bounds()
    single = Counter(act.field.partition(".")[0] for act in told if window.has(act.at_ms))
    waited = [s.exit_ms - s.asked_ms for s in found if s.asked_ms is not None and window.has(s.exit_ms)]
    return {
        **once(found, promises, window),
        **_handling(found, window),
        "service_level_ratio": _ratio(*shares),
        "service_level_counted": shares.of,
        "service_level_low_ratio": low,
        "service_level_high_ratio": high,
        "enough": shares.of >= promise.min_contacts,
        "misses_left": misses_left(*shares, Fraction(str(promise.goal_ratio))) if shares.of else None,
        "blocked": single["blocked"],
        "attempts": single["attempts"],
        "promised_wait_seconds": _ratio(sum(max(0, ms) for ms in waited), 1000 * len(waited)),
    }


def misses_left(met: int, of: int, goal: Fraction) -> int:
    """Miss by miss: how many more the goal stands, or how many fewer would have had to count."""
    more = 0
    while of + more > 0 and Fraction(met, of + more) < goal:
        more -= 1
    while Fraction(met, of + more + 1) >= goal:
        more += 1
    return more


def once(found: list[Stay], promises: Promises, window: Window) -> dict[str, float | None]:
    """Of the KPIs of a window those that can be told of contacts, each by its first stay, as well."""
    out = [s for s in found if s.outcome and window.has(s.exit_ms)]
    answered = [s for s in out if s.outcome == "answered"]
    abandoned = [s for s in out if s.outcome == "abandoned"]
    short = sum(0 < promises(s.queue, s.channel, s.promised_ms).short_ms >= s.wait_ms for s in abandoned)
    stayed = len(abandoned) - short
    waits = sorted(s.wait_ms for s in answered)
    return {
        "offered": sum(window.has(s.queued_ms) for s in found),
        "answered": len(answered),
        "answered_in_target": sum(
            s.wait_ms <= promises(s.queue, s.channel, s.promised_ms).target_ms for s in answered
        ),
        "abandoned": len(abandoned),
        "short_abandoned": short,
        "left": sum(s.outcome == "left" for s in out),
        "callbacks": sum(s.reason == "callback" for s in out),
        "abandoned_ratio": _ratio(stayed, len(answered) + stayed),
        "asa_seconds": _ratio(sum(waits), 1000 * len(waits)),
        **{f"wait_p{percent}_seconds": _quantile(waits, percent) for percent in (50, 90, 95)},
    }


def _handling(found: list[Stay], window: Window) -> dict[str, float | None]:
    every = [part for stay in found for part in stay.parts]
    handled = [p.handle_ms for p in every if p.handle_ms is not None and window.has(p.wrapped_up_ms)]
    parts = {"talk": 0, "hold": 1, "acw": 2}
    return {
        "handled": len(handled),
        "transferred": sum(bool(p.transfer) and window.has(p.ended_ms) for p in every),
        "aht_seconds": _ratio(sum(map(sum, handled)), 1000 * len(handled)),
        **{
            f"{name}_seconds": _ratio(sum(leg[part] for leg in handled), 1000 * len(handled))
            for name, part in parts.items()
        },
    }


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _quantile(ordered: list[int], percent: int) -> float | None:
    """Nearest rank: the least value that at least `percent` of the values do not exceed."""
    for n, value in enumerate(ordered, start=1):
        if 100 * n >= percent * len(ordered):
            return value / 1000
    return None


_STEPS = {Kind.LEG_HELD, Kind.LEG_RESUMED, Kind.LEG_ENDED, Kind.LEG_WRAPPED_UP}
_OUTCOMES: dict[int, str] = {
    Kind.VISIT_ANSWERED: "answered",
    Kind.VISIT_ABANDONED: "abandoned",
    Kind.VISIT_LEFT: "left",
}
