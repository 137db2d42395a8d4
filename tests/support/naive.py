"""The numbers of a history recomputed the slow way, from their definitions, over the plain list of events.

Nothing here comes from the code under test but the shape of an event, so that what both agree on was
reached in two ways. Nothing here is quick or clever.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from support.naive_agents import shifts

from stream.domain.fact import Event, Fact, Kind

HANDLE_EDGES_MS = tuple(1000 * s for s in (30, 60, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 3600))


class Promise(NamedTuple):
    """What a queue promises."""

    target_ms: int = 20_000
    short_ms: int = 5_000
    rule: str = "drop_short"


Promises = Callable[[str, str], Promise]
Tallies = dict[tuple[str, int], dict[str, int]]


@dataclass(slots=True)
class Stay:
    """One contact's stay in one queue, and what followed."""

    contact: str
    queue: str
    channel: str
    queued_ms: int
    outcome: str = ""
    exit_ms: int = 0
    reason: str = ""
    ended_ms: int | None = None
    wrapped_up_ms: int | None = None
    hold_ms: int = 0
    contact_over: bool = False

    @property
    def wait_ms(self) -> int:
        return max(0, self.exit_ms - self.queued_ms)

    @property
    def waits(self) -> bool:
        return not self.outcome and not self.contact_over

    @property
    def talks(self) -> bool:
        over = self.ended_ms is not None or self.wrapped_up_ms is not None or self.contact_over
        return self.outcome == "answered" and not over

    @property
    def handle_ms(self) -> tuple[int, int, int] | None:
        """Talk, hold and ACW of a leg that was wrapped up."""
        if self.outcome != "answered" or self.wrapped_up_ms is None:
            return None
        end = self.wrapped_up_ms if self.ended_ms is None else self.ended_ms
        connected = max(0, end - self.exit_ms)
        hold = min(self.hold_ms, connected)
        return connected - hold, hold, max(0, self.wrapped_up_ms - end)


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


def stays(events: Iterable[Event]) -> list[Stay]:
    """Every stay of every contact in a queue."""
    return [
        stay
        for (kind, contact), facts in known(events).items()
        if kind == "contact"
        for stay in _stays(contact, facts)
    ]


def _stays(contact: str, facts: list[Fact]) -> Iterator[Stay]:
    over = any(fact.kind == Kind.CONTACT_ENDED for fact in facts)
    for own in _by_visit(facts).values():
        entries = [fact for fact in own if fact.kind == Kind.VISIT_QUEUED]
        if not entries:
            continue
        stay = Stay(contact, entries[0].a, entries[0].b, entries[0].at_ms, contact_over=over)
        left = _exit_of(own)
        if left is not None:
            stay.outcome, stay.exit_ms = _OUTCOMES[left.kind], left.at_ms
            stay.reason = left.a if left.kind == Kind.VISIT_LEFT else ""
        stay.ended_ms = next((f.at_ms for f in own if f.kind == Kind.LEG_ENDED), None)
        stay.wrapped_up_ms = next((f.at_ms for f in own if f.kind == Kind.LEG_WRAPPED_UP), None)
        stay.hold_ms = _hold_ms(own)
        yield stay


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


def _hold_ms(facts: list[Fact]) -> int:
    total, since = 0, None
    for fact in facts:
        if fact.kind == Kind.LEG_HELD and since is None:
            since = fact.at_ms
        elif fact.kind in {Kind.LEG_RESUMED, Kind.LEG_ENDED} and since is not None:
            total, since = total + fact.at_ms - since, None
        if fact.kind == Kind.LEG_ENDED:
            break
    return total


# What is stored.


def tallies(
    events: Iterable[Event], pane_ms: int | None, promises: Promises, edges_ms: tuple[int, ...]
) -> Tallies:
    """What each pane of each series must hold; without a `pane_ms`, the running totals, at 0."""
    events = list(events)
    found: Tallies = defaultdict(Counter)
    for stay in stays(events):
        series = f"c\t{stay.queue}\t{stay.channel}"
        for at_ms, field, amount in _bookings(stay, promises(stay.queue, stay.channel), edges_ms):
            if pane_ms is None:
                if not field.startswith(("ah", "xh", "hh")):
                    found[series, 0][field] += amount
            else:
                found[series, at_ms // pane_ms * pane_ms][field] += amount
    for at_ms, series, field, amount in shifts(events):
        if pane_ms is None and field.count(".") > 1:
            continue  # reasons are not kept in totals
        found[series, 0 if pane_ms is None else at_ms // pane_ms * pane_ms][field] += amount
    return without_zeros(found)


def without_zeros(found: Mapping[tuple[str, int], Mapping[str, int]]) -> Tallies:
    """Leave out what is 0, and how far totals are below their peaks."""
    kept = {
        key: {field: n for field, n in tally.items() if n and field[0] != "^"} for key, tally in found.items()
    }
    return {key: tally for key, tally in kept.items() if tally}


def _bookings(stay: Stay, promise: Promise, edges_ms: tuple[int, ...]) -> Iterator[tuple[int, str, int]]:
    yield stay.queued_ms, "offered", 1
    if stay.outcome:
        in_target = stay.wait_ms <= promise.target_ms
        for field, amount in _exit_fields(stay, promise, edges_ms, in_target=in_target):
            yield stay.exit_ms, field, amount
        if not in_target:
            yield stay.queued_ms + promise.target_ms, "d.late", 1
    if stay.handle_ms is not None and stay.wrapped_up_ms is not None:
        for field, amount in _handle_fields(*stay.handle_ms):
            yield stay.wrapped_up_ms, field, amount


def _exit_fields(
    stay: Stay, promise: Promise, edges_ms: tuple[int, ...], *, in_target: bool
) -> list[tuple[str, int]]:
    wait_ms = stay.wait_ms
    if stay.outcome == "left":
        return [(f"left.{stay.reason}", 1), ("d.left", int(in_target))]
    letter = "a" if stay.outcome == "answered" else "x"
    missed = "d.short" if wait_ms <= promise.short_ms else "d.abandoned"
    verdict = "d.in" if letter == "a" else missed
    return [
        (f"{letter}{_band(wait_ms, edges_ms)}", 1),
        (f"{letter}w", wait_ms),
        (f"{letter}h{bucket(wait_ms)}", 1),
        (verdict, int(in_target)),
    ]


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
    """How visits stand to the target."""

    met: int
    short: int
    abandoned: int
    late: int
    late_answered: int

    def ratio(self, rule: str) -> float | None:
        met, short, gone, late, late_answered = self
        part, whole = {
            "count_abandons": (met, met + short + gone + late),
            "drop_short": (met, met + gone + late),
            "drop_in_target": (met, met + late),
            "credit_short": (met + short, met + short + gone + late),
            "credit_in_target": (met + short + gone, met + short + gone + late),
            "answered_only": (met, met + late_answered),
        }[rule]
        return part / whole if whole else None


def decided(found: Iterable[Stay], promises: Promises, *, low_ms: int, last_ms: int, now_ms: int) -> Level:
    """The visits decided from `low_ms` to `last_ms`: at their exit, or at the target if they still waited."""
    counts: Counter[str] = Counter()
    for stay in found:
        target_ms, short_ms, _ = promises(stay.queue, stay.channel)
        in_target = bool(stay.outcome) and stay.wait_ms <= target_ms
        if in_target and low_ms <= stay.exit_ms <= last_ms:
            if stay.outcome == "answered":
                counts["met"] += 1
            elif stay.outcome == "abandoned":
                counts["short" if stay.wait_ms <= short_ms else "abandoned"] += 1
        at_target_ms = stay.queued_ms + target_ms
        missed = bool(stay.outcome) or (stay.waits and at_target_ms < now_ms)
        if not in_target and missed and low_ms <= at_target_ms <= last_ms:
            counts["late"] += 1
    return Level(counts["met"], counts["short"], counts["abandoned"], counts["late"], 0)


def exited(found: Iterable[Stay], promises: Promises, *, low_ms: int, last_ms: int) -> Level:
    """The visits answered or abandoned from `low_ms` to `last_ms`."""
    counts: Counter[str] = Counter()
    for stay in found:
        target_ms, short_ms, _ = promises(stay.queue, stay.channel)
        if stay.outcome not in {"answered", "abandoned"} or not low_ms <= stay.exit_ms <= last_ms:
            continue
        if stay.wait_ms > target_ms:
            counts["late"] += 1
            counts["late_answered"] += stay.outcome == "answered"
        elif stay.outcome == "answered":
            counts["met"] += 1
        else:
            counts["short" if stay.wait_ms <= short_ms else "abandoned"] += 1
    return Level(*(counts[name] for name in Level._fields))


def kpis(  # noqa: PLR0913 - what a window's numbers depend on, and no more
    found: Iterable[Stay], promises: Promises, rule: str, *, low_ms: int, last_ms: int, now_ms: int
) -> dict[str, float | None]:
    """The KPIs from `low_ms` to `last_ms`, by the names of the board; percentiles are exact."""
    found = list(found)

    def within(at_ms: int | None) -> bool:
        return at_ms is not None and low_ms <= at_ms <= last_ms

    answered = [s for s in found if s.outcome == "answered" and within(s.exit_ms)]
    abandoned = [s for s in found if s.outcome == "abandoned" and within(s.exit_ms)]
    out = exited(found, promises, low_ms=low_ms, last_ms=last_ms)
    level = (
        out
        if rule == "answered_only"
        else decided(found, promises, low_ms=low_ms, last_ms=last_ms, now_ms=now_ms)
    )
    handled = [s.handle_ms for s in found if s.handle_ms is not None and within(s.wrapped_up_ms)]
    waits = sorted(s.wait_ms for s in answered)
    stayed = len(abandoned) - out.short
    return {
        "offered": sum(within(s.queued_ms) for s in found),
        "answered": len(answered),
        "answered_in_target": out.met,
        "abandoned": len(abandoned),
        "short_abandoned": out.short,
        "left": sum(s.outcome == "left" and within(s.exit_ms) for s in found),
        "handled": len(handled),
        "service_level_ratio": level.ratio(rule),
        "abandoned_ratio": _ratio(stayed, len(answered) + stayed),
        "asa_seconds": _ratio(sum(waits), 1000 * len(waits)),
        "aht_seconds": _ratio(sum(map(sum, handled)), 1000 * len(handled)),
        **{f"wait_p{percent}_seconds": _quantile(waits, percent) for percent in (50, 90, 95)},
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
