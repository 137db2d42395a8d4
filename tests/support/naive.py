"""The numbers of a history recomputed the slow way, from their definitions, over the plain list of events.

Nothing here comes from the code under test but the shape of an event, so that what both agree on was
reached in two ways. Nothing here is quick or clever.
"""

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import NormalDist
from typing import NamedTuple

from support.naive_agents import shifts

from stream.domain.fact import Event, Fact, Kind

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

    @property
    def booked(self) -> str:
        """When a visit counts; who was answered is known at the exit and not before."""
        return "exited" if (self.rule, self.attribution) == ("answered_only", "decided") else self.attribution


#: What a queue, by channel, promises to who begins to wait at an instant.
Promises = Callable[[str, str, int], Promise]
Tallies = dict[tuple[str, int], dict[str, int]]
Booking = tuple[int, str, int]


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
    talk_ms: int = 0
    accepted_ms: int | None = None
    reason: str = ""
    team: str = ""
    ended_ms: int | None = None
    transfer: str = ""
    wrapped_up_ms: int | None = None
    hold_ms: int = 0
    asked_ms: int | None = None
    first: bool = True

    @property
    def series(self) -> str:
        return f"c\t{self.queue}\t{self.channel}"

    @property
    def begun_ms(self) -> int:
        return self.queued_ms if self.due_ms is None or self.due_ms < self.queued_ms else self.due_ms

    @property
    def wait_ms(self) -> int:
        return max(0, self.exit_ms - self.begun_ms)

    @property
    def waits(self) -> bool:
        return not self.outcome

    @property
    def talks(self) -> bool:
        return self.outcome == "answered" and self.ended_ms is None and self.wrapped_up_ms is None

    @property
    def over_ms(self) -> int | None:
        """When nobody talked any more."""
        end_ms = self.wrapped_up_ms if self.ended_ms is None else self.ended_ms
        return None if end_ms is None else max(end_ms, self.talk_ms)

    @property
    def handle_ms(self) -> tuple[int, int, int] | None:
        """Talk, hold and ACW of a leg that was wrapped up."""
        if self.outcome != "answered" or self.wrapped_up_ms is None:
            return None
        end = self.wrapped_up_ms if self.ended_ms is None else self.ended_ms
        connected = max(0, end - self.talk_ms)
        hold = min(self.hold_ms, connected)
        return connected - hold, hold, max(0, self.wrapped_up_ms - end)

    def gone_as(self) -> str:
        """The outcome; of who left otherwise, as what it counts."""
        if self.outcome != "left":
            return self.outcome
        return self.reason if self.reason in {"callback", "error"} else "flowed_out"


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
        last = max(remarks)
        if last.kind == Kind.CONTACT_CORRECTED:
            at_ms, kind, *said = json.loads(last.c)
            kept.append(Fact(at_ms, kind, uid, *said))
    return sorted(kept)


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
        if promises(stay.queue, stay.channel, stay.begun_ms).clock_stop == "accepted":
            stay.exit_ms = told_ms
    return found


def _stays(contact: str, facts: list[Fact]) -> list[Stay]:
    found = []
    for number, own in _by_visit(facts).items():
        entries = [fact for fact in own if fact.kind == Kind.VISIT_QUEUED]
        if entries:
            stay = _stay(contact, number, entries[0], own)
            _end_with_the_contact(stay, own, facts)
            found.append(stay)
    found.sort(key=lambda stay: (stay.queued_ms, stay.number))
    for place, stay in enumerate(found):
        stay.first = place == 0
        asked = [other for other in found if other.reason == "callback" and other.queued_ms <= stay.queued_ms]
        if asked and stay.channel == "callback" and stay.outcome == "answered":
            stay.asked_ms = asked[-1].queued_ms
    return found


def _stay(contact: str, number: int, entry: Fact, own: list[Fact]) -> Stay:
    stay = Stay(contact, number, entry.a, entry.b, entry.at_ms)
    if entry.c and entry.b == "callback":
        stay.due_ms = int(entry.c)
    left = _exit_of(own)
    if left is not None:
        stay.outcome, stay.exit_ms, stay.talk_ms = _OUTCOMES[left.kind], left.at_ms, left.at_ms
        stay.reason = left.a if left.kind == Kind.VISIT_LEFT else ""
        stay.team = left.c if left.kind == Kind.VISIT_ANSWERED else ""
        stay.accepted_ms = int(left.b) if left.kind == Kind.VISIT_ANSWERED and left.b else None
    for fact in own:
        if fact.kind == Kind.LEG_ENDED:
            stay.ended_ms, stay.transfer = fact.at_ms, fact.b
            break
    stay.wrapped_up_ms = next((f.at_ms for f in own if f.kind == Kind.LEG_WRAPPED_UP), None)
    stay.hold_ms = _hold_ms(own, None)
    return stay


def _end_with_the_contact(stay: Stay, own: list[Fact], facts: list[Fact]) -> None:
    """Who waits has abandoned when the contact ends, and who talks has talked."""
    talks = stay.outcome == "answered" and stay.ended_ms is None
    ends = [f.at_ms for f in facts if f.kind == Kind.CONTACT_ENDED and f.at_ms >= stay.begun_ms]
    if not ends or (stay.outcome and not talks):
        return
    if talks:
        end_ms = max(min(ends), stay.exit_ms)
        stay.ended_ms = end_ms if stay.wrapped_up_ms is None else min(end_ms, stay.wrapped_up_ms)
        stay.hold_ms = _hold_ms(own, stay.ended_ms)
    else:
        stay.outcome, stay.exit_ms = "abandoned", min(ends)


def acts(events: Iterable[Event]) -> list[Act]:
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
    rung = [fact for fact in facts if fact.kind in _RINGING]
    for before, fact in pairwise([None, *rung]):
        assert fact is not None
        if fact.kind in _OFFERS:
            yield Act(fact.at_ms, f"a\t{fact.c or 'unassigned'}", _OFFERS[fact.kind])
        elif fact.kind == Kind.VISIT_ABANDONED and before is not None and before.kind == Kind.OFFER_MADE:
            yield Act(fact.at_ms, f"a\t{before.c or 'unassigned'}", "offers.abandoned")
    if any(fact.kind in _OFFERS for fact in facts):
        answers = [_exit_of(own) for own in _by_visit(facts).values()]
        for answer in answers:
            if answer is not None and answer.kind == Kind.VISIT_ANSWERED and answer.c:
                yield Act(answer.at_ms, f"a\t{answer.c}", "offers.answered")


def doing(found: Iterable[Stay]) -> dict[str, list[tuple[bool, str, int, str]]]:
    """What every contact is doing now, by contact: it waits or talks, where, since when, with what team."""
    now: dict[str, list[tuple[bool, str, int, str]]] = defaultdict(list)
    for stay in found:
        if stay.waits:
            now[stay.contact].append((True, stay.series, stay.begun_ms, ""))
        elif stay.talks:
            now[stay.contact].append((False, stay.series, stay.talk_ms, stay.team))
    return {contact: sorted(all_of_it) for contact, all_of_it in now.items()}


def _by_visit(facts: list[Fact]) -> dict[int, list[Fact]]:
    """By the visit each fact names, or by what is known otherwise; no contact does both."""
    told = [
        fact for fact in facts if fact.kind in _OUTCOMES.keys() | _STEPS or fact.kind == Kind.VISIT_QUEUED
    ]
    if any(fact.number for fact in told):
        found: dict[int, list[Fact]] = defaultdict(list)
        for fact in told:
            found[fact.number].append(fact)
        return found
    return dict(enumerate(_unnumbered(told), start=1))


def _unnumbered(facts: list[Fact]) -> list[list[Fact]]:
    """Instant by instant, to the visit that had begun by then.

    What else happens in the instant of a queue entry belongs to the visit before it, as long as that has no
    exit. A step of a leg belongs to the latest leg of its agent that is not wrapped up.
    """
    found: list[list[Fact]] = []
    for _, instant in groupby(facts, key=lambda fact: fact.at_ms):
        here = list(instant)
        entries = [fact for fact in here if fact.kind == Kind.VISIT_QUEUED]
        exits = [fact for fact in here if fact.kind in _OUTCOMES]
        steps = [fact for fact in here if fact not in entries and fact not in exits]
        while entries or exits:
            if exits and (not entries or _is_open(found)):
                _visit_of(exits[0], found).append(exits.pop(0))
            elif entries and steps and _is_open(found):
                _visit_of(steps[0], found).append(steps.pop(0))
            else:
                if not found or _has_begun(found[-1]):
                    found.append([])
                found[-1].append(entries.pop(0))
        for fact in steps:
            _visit_of(fact, found).append(fact)
    return found


def _is_open(found: list[list[Fact]]) -> bool:
    """Whether the latest visit has begun and has not been left."""
    return bool(found) and _has_begun(found[-1]) and _exit_of(found[-1]) is None


def _visit_of(fact: Fact, found: list[list[Fact]]) -> list[Fact]:
    if fact.kind in _STEPS:
        for visit in reversed(found):
            answer, wrapped_up = _exit_of(visit), any(f.kind == Kind.LEG_WRAPPED_UP for f in visit)
            answered = answer is not None and answer.kind == Kind.VISIT_ANSWERED
            if answer is not None and answered and not wrapped_up and fact.a in {"", answer.a}:
                return visit
    if not found:
        found.append([])
    return found[-1]


def _has_begun(visit: list[Fact]) -> bool:
    return any(fact.kind == Kind.VISIT_QUEUED for fact in visit)


def _exit_of(visit: list[Fact]) -> Fact | None:
    return next((fact for fact in visit if fact.kind in _OUTCOMES), None)


def _hold_ms(facts: list[Fact], until_ms: int | None) -> int:
    """Holds up to the end of the leg; where only the contact's end is known, the last lasts up to that."""
    total, since = 0, None
    for fact in facts:
        if fact.kind == Kind.LEG_HELD and since is None:
            since = fact.at_ms
        elif fact.kind in {Kind.LEG_RESUMED, Kind.LEG_ENDED} and since is not None:
            total, since = total + fact.at_ms - since, None
        if fact.kind == Kind.LEG_ENDED:
            break
    if until_ms is not None and since is not None:
        total += max(0, until_ms - since)
    return total


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
        promise = promises(stay.queue, stay.channel, stay.begun_ms)
        for at_ms, field, amount in [*_once(stay, promise, edges_ms), *_more(stay, promise, edges_ms)]:
            book(stay.series, at_ms, field, amount)
        for at_ms, field, amount in _once(stay, promise, edges_ms):
            book(again[stay.contact], at_ms, field, 0 if stay.first else -amount)
        for field, amount in _moved(stay, promises):
            book(stay.series, stay.queued_ms, field, amount)
        for at_ms, count in _talking(stay):
            if pane_ms is not None:  # by channel, which is not kept in totals
                book(f"a\t{stay.team}", at_ms, f"n.leg.{stay.channel}", count)
                book(f"a\t{stay.team}", at_ms, f"t.leg.{stay.channel}", count * at_ms)
    for act in acts(events):
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
    cohort = {"answered": "A", "abandoned": "X", "flowed_out": "F", "callback": "K"}.get(stay.gone_as())
    if cohort:
        yield stay.queued_ms, f"{cohort}{_band(stay.wait_ms, edges_ms)}", 1
    for target_ms in promise.targets_ms:
        if stay.wait_ms <= target_ms:
            yield stay.exit_ms, f"d{target_ms}.{_verdict(stay, promise)}", 1
        else:
            yield stay.begun_ms + target_ms, f"d{target_ms}.late", 1
    if stay.outcome == "answered" and stay.transfer and stay.ended_ms is not None:
        yield stay.ended_ms, f"transferred.{stay.transfer}", 1
    if stay.handle_ms is not None and stay.wrapped_up_ms is not None:
        for field, amount in _handle_fields(*stay.handle_ms):
            yield stay.wrapped_up_ms, field, amount
    if stay.asked_ms is not None:
        waited_ms = max(0, stay.exit_ms - stay.asked_ms)
        for field, amount in (("pn", 1), ("pw", waited_ms), (f"ph{bucket(waited_ms)}", 1)):
            yield stay.exit_ms, field, amount


def _moved(stay: Stay, promises: Promises) -> Iterator[tuple[str, int]]:
    """What a stay is by the promise it began to wait under, and no more by that of its queue entry."""
    kind = stay.gone_as()
    if kind in {"", "error"}:
        return
    for at_ms, amount in ((stay.begun_ms, 1), (stay.queued_ms, -1)):
        promise = promises(stay.queue, stay.channel, at_ms)
        in_time = stay.wait_ms <= promise.target_ms
        if kind == "abandoned" and 0 < promise.short_ms >= stay.wait_ms:
            yield "D.short_abandoned", amount
        else:
            yield f"D.{kind}_in" if in_time else f"D.late_{kind}", amount


def _talking(stay: Stay) -> Iterator[tuple[int, int]]:
    """When a leg of a team began, and when it ended."""
    if stay.outcome == "answered" and stay.team:
        yield stay.talk_ms, 1
        if stay.over_ms is not None:
            yield stay.over_ms, -1


def legs(found: Iterable[Stay], *, low_ms: int, to_ms: int) -> Counter[str]:
    """Time of legs in talk or hold within a stretch, by channel."""
    time: Counter[str] = Counter()
    for stay in found:
        over_ms = to_ms if stay.over_ms is None else min(stay.over_ms, to_ms)
        time[stay.channel] += max(0, over_ms - max(stay.talk_ms, low_ms))
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
        own = promises(stay.queue, stay.channel, stay.begun_ms)
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
    own = promises(stay.queue, stay.channel, stay.begun_ms)
    return stands(stay, now, target_ms=own.target_ms, short_ms=own.short_ms)


def kpis(
    found: Iterable[Stay], told: Iterable[Act], promises: Promises, window: Window, min_contacts: int
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
        "enough": shares.of >= min_contacts,
        "blocked": single["blocked"],
        "attempts": single["attempts"],
        "promised_wait_seconds": _ratio(sum(max(0, ms) for ms in waited), 1000 * len(waited)),
    }


def once(found: list[Stay], promises: Promises, window: Window) -> dict[str, float | None]:
    """Of the KPIs of a window those that can be told of contacts, each by its first stay, as well."""
    out = [s for s in found if s.outcome and window.has(s.exit_ms)]
    answered = [s for s in out if s.outcome == "answered"]
    abandoned = [s for s in out if s.outcome == "abandoned"]
    short = sum(0 < promises(s.queue, s.channel, s.begun_ms).short_ms >= s.wait_ms for s in abandoned)
    stayed = len(abandoned) - short
    waits = sorted(s.wait_ms for s in answered)
    return {
        "offered": sum(window.has(s.queued_ms) for s in found),
        "answered": len(answered),
        "answered_in_target": sum(
            s.wait_ms <= promises(s.queue, s.channel, s.begun_ms).target_ms for s in answered
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
    handled = [s.handle_ms for s in found if s.handle_ms is not None and window.has(s.wrapped_up_ms)]
    parts = {"talk": 0, "hold": 1, "acw": 2}
    return {
        "handled": len(handled),
        "transferred": sum(
            bool(s.transfer) and s.outcome == "answered" and window.has(s.ended_ms) for s in found
        ),
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


_OFFERS: dict[int, str] = {Kind.OFFER_MADE: "offers.made", Kind.OFFER_DECLINED: "offers.declined"}
_STEPS = {Kind.LEG_HELD, Kind.LEG_RESUMED, Kind.LEG_ENDED, Kind.LEG_WRAPPED_UP}
_OUTCOMES: dict[int, str] = {
    Kind.VISIT_ANSWERED: "answered",
    Kind.VISIT_ABANDONED: "abandoned",
    Kind.VISIT_LEFT: "left",
}
_RINGING = _OFFERS.keys() | _OUTCOMES.keys()
