"""The replies of one contact recomputed the slow way: each message asks the whole list what was before it.

Visits come from the naive reading of stays; nothing is carried from one message to the next. Nothing
here is quick or clever.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from support.naive import Stay, stays

from stream.domain.fact import Event, Fact
from stream.domain.kinds import Kind
from stream.domain.order import in_order

BEFORE_ALL = (-1, 0, 0, 0, 0)
AFTER_ALL = (1 << 60, 0, 0, 0, 0)
#: The instant, then where the fact stands in the order of its contact; of one fact, what it ends comes last.
Place = tuple[int, int, int, int, int]


class Point(NamedTuple):
    """Something that happened, at its place in the order of a contact."""

    place: Place
    what: str
    uid: str = ""
    stay: int = -1

    @property
    def at_ms(self) -> int:
        return self.place[0]


class Answer(NamedTuple):
    """A reply as the code under test must give it."""

    at_ms: int
    series: str
    kind: str
    wait_ms: int
    uid: str


class Open(NamedTuple):
    """What is unanswered."""

    since_ms: int
    series: str
    first: bool


@dataclass(frozen=True)
class Era:
    """The contact from `low` (included) until it was reopened at `high`; it was over from `over` on."""

    low: Place
    over: Place
    high: Place


def answers(facts: Iterable[Fact]) -> tuple[list[Answer], Open | None]:
    """The replies in order, and what is unanswered."""
    told = list(facts)
    found = stays(Event("one", fact) for fact in told)
    order = {fact.uid: place for place, fact in enumerate(in_order(told))}
    points = sorted([*_of_stays(found, order), *_of_facts(told, order)])
    if not any(point.what in {"customer", "agent", "bot"} for point in points):
        return [], None
    eras = list(_eras(points))
    replies = [
        answer
        for era in eras
        for point in _within(points, era.low, era.high)
        for answer in _answers(point, era, points, found)
    ]
    return replies, _open(eras[-1], points, found)


def responses(found: Iterable[Answer], *, has: Callable[[int], bool]) -> dict[str, float | None]:
    """The KPIs of the replies of some instants, by the names of the board; the percentile is exact."""
    waits: dict[str, list[int]] = {"first": [], "next": [], "any": []}
    for answer in found:
        if has(answer.at_ms):
            waits[answer.kind].append(answer.wait_ms)
    first = sorted(waits["first"])
    rank = next((n for n in range(1, len(first) + 1) if 10 * n >= 9 * len(first)), None)
    return {
        "first_response_seconds": _mean_seconds(first),
        "first_response_p90_seconds": None if rank is None else first[rank - 1] / 1000,
        "response_seconds": _mean_seconds(waits["next"]),
        "response_with_bots_seconds": _mean_seconds(waits["any"]),
    }


def _mean_seconds(waits: list[int]) -> float | None:
    return sum(waits) / (1000 * len(waits)) if waits else None


def _of_facts(told: list[Fact], order: dict[str, int]) -> Iterator[Point]:
    for fact in told:
        place = (fact.at_ms, order[fact.uid], 0, 0, 0)
        if fact.kind == Kind.MESSAGE_SENT:
            yield Point(place, fact.b, fact.uid)
        elif fact.kind == Kind.CONTACT_STARTED:
            yield Point(place, "started")
        elif fact.kind == Kind.CONTACT_ENDED or (fact.kind == Kind.CONTACT_LINKED and fact.b == "merged"):
            yield Point(place, "ended")


def _of_stays(found: list[Stay], order: dict[str, int]) -> Iterator[Point]:
    for n, stay in enumerate(found):
        assert stay.entry is not None
        yield Point((stay.queued_ms, order[stay.entry.uid], 1, 0, n), "queued", stay=n)
        over = _let_go(stay, order)
        if over is None:
            continue
        at_ms = max(over[0], stay.queued_ms)
        entered = [order[o.entry.uid] for o in found if o.entry and o.queued_ms == at_ms]
        rank = {"abandoned": Kind.VISIT_ABANDONED, "left": Kind.VISIT_LEFT}.get(stay.outcome, Kind.LEG_ENDED)
        place = (at_ms, max([over[1], *entered]), 2, int(rank), n)
        yield Point(place, "gave_up" if stay.outcome == "abandoned" else "let_go", stay=n)


def _let_go(stay: Stay, order: dict[str, int]) -> tuple[int, int] | None:
    """When the last who held a stay let go, and where that stands; None while somebody holds it."""
    if stay.outcome in {"abandoned", "left"} and stay.gone is not None:
        return stay.exit_ms, order[stay.gone.uid]
    if not stay.outcome or stay.talking:
        return None
    at_ms = max(part.over_ms for part in stay.parts if part.over_ms is not None)
    told = [fact for part in stay.parts for fact in (part.answer, part.let_go) if fact is not None]
    return at_ms, max(order[fact.uid] for fact in told)


def _within(points: list[Point], low: Place, high: Place) -> list[Point]:
    return [point for point in points if low <= point.place < high]


def _eras(points: list[Point]) -> Iterator[Era]:
    """Cut where the contact, being over, is started again, queued again or written to by its customer."""
    low = BEFORE_ALL
    while low != AFTER_ALL:
        over = next((p.place for p in points if p.place >= low and _ends(p, low, points)), AFTER_ALL)
        reopening = {"started", "queued", "customer"}
        high = next((p.place for p in points if p.place > over and p.what in reopening), AFTER_ALL)
        yield Era(low, over, high)
        low = high


def _ends(point: Point, low: Place, points: list[Point]) -> bool:
    if point.what == "ended":
        return True
    began_here = any(p.stay == point.stay and p.what == "queued" and p.place >= low for p in points)
    return point.what == "gave_up" and began_here and not _held(point.place, low, points, but=point.stay)


def _held(place: Place, low: Place, points: list[Point], *, but: int = -1) -> bool:
    """Whether at `place` some stay that began since `low` was with people."""
    began = {p.stay for p in points if p.what == "queued" and low <= p.place < place}
    over = {p.stay for p in points if p.what in {"let_go", "gave_up"} and p.place < place}
    return bool(began - over - {but})


def _answers(point: Point, era: Era, points: list[Point], found: list[Stay]) -> Iterator[Answer]:
    before = _within(points, era.low, point.place)
    waits = {
        "first": _first_since(era, before, points) if point.what == "agent" else None,
        "next": _next_since(era, before, points) if point.what == "agent" else None,
        "any": _any_since(before) if point.what in {"agent", "bot"} else None,
    }
    series = _series(point.place, era, points, found)
    for kind, since_ms in waits.items():
        if since_ms is not None and series:
            yield Answer(point.at_ms, series, kind, point.at_ms - since_ms, point.uid)


def _series(place: Place, era: Era, points: list[Point], found: list[Stay]) -> str:
    begun = [p.stay for p in points if p.what == "queued" and p.place < place]
    to_come = [p.stay for p in points if p.what == "queued" and place < p.place < era.high]
    stay = begun[-1:] or to_come[:1]
    return f"c\t{found[stay[0]].queue}\t{found[stay[0]].channel}" if stay else ""


def _is_reply(point: Point, before: list[Point]) -> bool:
    """Whether an agent's message follows one of the customer, since the agent's last."""
    since = _since_last(before, {"agent"})
    return point.what == "agent" and any(p.what == "customer" for p in since)


def _since_last(before: list[Point], what: set[str]) -> list[Point]:
    last = max((n for n, p in enumerate(before) if p.what in what), default=-1)
    return before[last + 1 :]


def _replied(before: list[Point]) -> bool:
    return any(_is_reply(point, before[:n]) for n, point in enumerate(before))


def _hand_offs(before: list[Point], era: Era, points: list[Point]) -> list[Point]:
    """Queue entries after a bot wrote while no stay was with people, and no agent or entry between."""
    found = []
    for n, point in enumerate(before):
        since = _since_last(before[:n], {"agent", "queued"})
        if point.what == "queued" and any(_by_bot(p, era, points) for p in since):
            found.append(point)
    return found


def _by_bot(point: Point, era: Era, points: list[Point]) -> bool:
    return point.what == "bot" and not _held(point.place, era.low, points)


def _first_since(era: Era, before: list[Point], points: list[Point]) -> int | None:
    """Since when the first reply was awaited; None if there was one, or nobody asked."""
    unasked = _since_last(before, {"agent"})
    if _replied(before) or not any(p.what == "customer" for p in unasked):
        return None
    handed = [p for p in _hand_offs(before, era, points) if p in unasked]
    if handed:
        return handed[-1].at_ms
    outbound = any(p.what == "agent" for p in before)
    begins = {"customer"} if outbound else {"started", "queued", "customer"}
    return next(p.at_ms for p in unasked if p.what in begins)


def _next_since(era: Era, before: list[Point], points: list[Point]) -> int | None:
    """Since when a person's reply was awaited: a message nobody answered, or else a hand-off."""
    since = _since_last(before, {"agent"})
    if not any(p.what == "customer" for p in since):
        return None
    bots = [n for n, p in enumerate(since) if _by_bot(p, era, points)]
    after = since[bots[-1] + 1 :] if bots else since
    asked = next((n for n, p in enumerate(since) if p.what == "customer"), 0)
    handed = [p for p in _hand_offs(before, era, points) if p in after and since.index(p) > asked]
    waiting = [p for p in after if p.what == "customer"] + handed
    return min((p.at_ms for p in waiting), default=None)


def _any_since(before: list[Point]) -> int | None:
    asked = [p for p in _since_last(before, {"agent", "bot"}) if p.what == "customer"]
    return asked[0].at_ms if asked else None


def _open(era: Era, points: list[Point], found: list[Stay]) -> Open | None:
    before = _within(points, era.low, AFTER_ALL)
    since_ms, series = _next_since(era, before, points), _series(AFTER_ALL, era, points, found)
    if era.over != AFTER_ALL or since_ms is None or not series:
        return None
    return Open(since_ms, series, first=not _replied(before))
