"""The agents' numbers recomputed the slow way, from their definitions, over the plain list of events.

Time is cut at every instant at which anything can change, and each piece is looked at on its own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from stream.domain.fact import Event, Fact, fact_of
from stream.domain.kinds import Kind
from stream.domain.order import arranged, content_key

BUSY = ("talking", "hold", "wrapup")
SERVING = ("available", "ringing", *BUSY)
PRODUCTIVE = (*SERVING, "busy_other")
MINUTE_MS = 60_000


class Span(NamedTuple):
    """An agent in one state, up to the next fact or for good."""

    agent: str
    state: str
    team: str
    queues: tuple[str, ...]
    from_ms: int
    to_ms: int | None
    reason: str = ""
    capacity: int = 1
    slots: tuple[tuple[str, int], ...] = ()


class Piece(NamedTuple):
    """An interval of time in which nothing changes for an agent, and the name of what it counts as."""

    team: str
    name: str
    from_ms: int
    to_ms: int


class Planned(NamedTuple):
    """What is planned at an instant; None where nothing is published."""

    activity: str
    team: str


def told(events: Iterable[Event]) -> dict[str, list[Fact]]:
    """What was told of every agent but heartbeats; of one identity the greater content."""
    found: dict[str, dict[str, Fact]] = defaultdict(dict)
    for agent, fact in events:
        if fact.kind >= Kind.AGENT_STATE and fact.kind != Kind.AGENT_HEARTBEAT:
            found[agent][fact.uid] = max(fact, found[agent].get(fact.uid, fact))
    return {agent: sorted(facts.values()) for agent, facts in found.items()}


def in_force(facts: Iterable[Fact]) -> list[Fact]:
    """What remains once every correction and retraction has been heeded: the greatest of each identity."""
    said: dict[str, Fact | None] = {}
    verdicts = {}
    for fact in sorted(facts, key=content_key):
        if fact.kind in {Kind.AGENT_CORRECTED, Kind.AGENT_RETRACTED}:
            verdicts[fact.a] = fact
        else:
            said[fact.uid] = fact
    for uid, verdict in verdicts.items():
        said[uid] = fact_of(uid, verdict.c) if verdict.kind == Kind.AGENT_CORRECTED else None
    return sorted((fact for fact in said.values() if fact is not None), key=content_key)


def spans(events: Iterable[Event]) -> list[Span]:
    """The states of every agent, one after the other."""
    found = []
    for agent, facts in told(events).items():
        states = list(arranged(fact for fact in in_force(facts) if fact.kind == Kind.AGENT_STATE))
        for fact, following in pairwise([*states, None]):
            assert fact is not None
            said, _, more = fact.c.partition("\t\t")
            reason, *queues = said.split("\t")
            serves = tuple(queue for queue in queues if queue)
            slots = tuple((slot.split(" ")[0], int(slot.split(" ")[1])) for slot in more.split("\t") if slot)
            until = None if following is None else following.at_ms
            team = fact.b or "unassigned"
            found.append(Span(agent, fact.a, team, serves, fact.at_ms, until, reason, fact.number, slots))
    return found


def heard(events: Iterable[Event]) -> dict[str, int]:
    """The minute of every agent's latest heartbeat."""
    found: dict[str, int] = {}
    for agent, fact in events:
        if fact.kind == Kind.AGENT_HEARTBEAT:
            found[agent] = max(found.get(agent, 0), fact.at_ms // MINUTE_MS * MINUTE_MS)
    return found


def silent_from(events: Iterable[Event], stale_ms: int) -> dict[str, int]:
    """From when on nothing is known of an agent, if no further sign of life comes; only for those who can."""
    events = list(events)
    beats, found = heard(events), {}
    by_agent: dict[str, list[Span]] = defaultdict(list)
    for span in spans(events):
        by_agent[span.agent].append(span)
    for agent, own in by_agent.items():
        logins = [n for n, span in enumerate(own) if span.state == "logged_out"]
        session = own[logins[-1] + 1 :] if logins else own
        if not session or agent not in beats:
            continue
        if beats[agent] >= session[0].from_ms // MINUTE_MS * MINUTE_MS:
            last_ms = session[-1].from_ms // MINUTE_MS * MINUTE_MS
            found[agent] = max(beats[agent], last_ms) + stale_ms
    return found


# What is stored.


def shifts(events: Iterable[Event], grace_ms: int = MINUTE_MS) -> Iterator[tuple[int, str, str, int]]:
    """Every booking: instant, series, field, amount."""
    events = list(events)
    found = spans(events)
    pieces = [(piece, weight) for span in found for piece, weight in _in_state(span)]
    for agent, facts in told(events).items():
        plan = [fact for fact in in_force(facts) if fact.kind == Kind.SCHEDULE_PUBLISHED]
        closed = [span for span in found if span.agent == agent and span.to_ms is not None]
        pieces += [(piece, 1) for piece in _by_plan(closed, plan, grace_ms)]
    for piece, weight in pieces:
        for at_ms, sign in ((piece.from_ms, 1), (piece.to_ms, -1)):
            if at_ms is not None:
                yield at_ms, f"a\t{piece.team}", f"n.{piece.name}", sign * weight
                yield at_ms, f"a\t{piece.team}", f"t.{piece.name}", sign * weight * at_ms


def _in_state(span: Span) -> Iterator[tuple[Piece, int]]:
    if span.state == "logged_out":
        return
    names = [(span.state, 1)]
    if span.reason and span.state in {"not_ready", "busy_other"}:
        names.append((f"{span.state}.{span.reason}", 1))
    if span.state in SERVING:
        names.append(("capacity", span.capacity))
        names += [(f"capacity.{channel}", slots) for channel, slots in span.slots]
    for name, weight in names:
        yield Piece(span.team, name, span.from_ms, span.to_ms), weight  # type: ignore[arg-type] # None is for good


def _by_plan(own: list[Span], plan: list[Fact], grace_ms: int) -> Iterator[Piece]:
    """How an agent's states that are over stand to the schedule, piece by piece."""
    marks = {0, 1 << 60}
    for fact in plan:
        marks |= {int(fact.a), int(fact.b)}
        for shift in fact.c.split("\t")[1:]:
            marks |= {int(ms) for ms in shift.split(" ")[:2]}
    cuts = {*marks, *(ms + grace_ms for ms in marks)}
    for span in own:
        assert span.to_ms is not None
        inside = {ms for ms in cuts if span.from_ms < ms < span.to_ms}
        for from_ms, to_ms in pairwise(sorted({span.from_ms, span.to_ms, *inside})):
            planned = _planned(plan, from_ms)
            if planned is None:
                continue
            productive = span.state in PRODUCTIVE
            same = (planned.activity == "productive") is productive
            names = {
                "produced": productive,
                "scheduled": bool(planned.activity),
                "scheduled_productive": planned.activity == "productive",
                "adherent": bool(planned.activity)
                and (same or from_ms < _edge_before(plan, sorted(marks), from_ms) + grace_ms),
            }
            for name in (name for name, counts in names.items() if counts):
                yield Piece(planned.team or span.team, name, from_ms, to_ms)


def _planned(plan: list[Fact], at_ms: int) -> Planned | None:
    """What the latest publication that covers an instant says of it."""
    covering = [fact for fact in plan if int(fact.a) <= at_ms < int(fact.b)]
    if not covering:
        return None
    team, *shifts_ = max(covering, key=content_key).c.split("\t")
    activity = ""
    for shift in shifts_:
        from_ms, to_ms, name = shift.split(" ")
        if int(from_ms) <= at_ms < int(to_ms):
            activity = name
    return Planned(activity, team)


def _edge_before(plan: list[Fact], marks: list[int], at_ms: int) -> int:
    """When what is planned now began to be planned."""
    here, edge = _planned(plan, at_ms), at_ms
    for mark in reversed([ms for ms in marks if ms <= at_ms]):
        edge = mark
        if _planned(plan, mark - 1) != here:
            break
    return edge


# What the board shows.


def spent(
    events: Iterable[Event],
    *,
    low_ms: int,
    now_ms: int,
    stale_ms: int = 6 * MINUTE_MS,
    grace_ms: int = MINUTE_MS,
) -> dict[str, Counter[str]]:
    """Agent ms by team and by what they count as, from `low_ms` to `now_ms`."""
    events = list(events)
    silent = silent_from(events, stale_ms)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    every = spans(events)
    closed = []
    for span in every:
        until = now_ms if span.to_ms is None else span.to_ms
        if span.to_ms is None and span.state != "logged_out" and span.agent in silent:
            lost_from = max(silent[span.agent], low_ms)
            found[span.team]["unknown"] += max(0, now_ms - lost_from)
            until = min(until, silent[span.agent])
        closed.append(span._replace(to_ms=min(until, now_ms)))
    pieces = [(piece, weight) for span in closed for piece, weight in _in_state(span)]
    for agent, facts in told(events).items():
        plan = [fact for fact in in_force(facts) if fact.kind == Kind.SCHEDULE_PUBLISHED]
        own = [span for span in closed if span.agent == agent and span.from_ms < (span.to_ms or 0)]
        pieces += [(piece, 1) for piece in _by_plan(own, plan, grace_ms)]
    for piece, weight in pieces:
        found[piece.team][piece.name] += weight * max(0, piece.to_ms - max(piece.from_ms, low_ms))
    return found


def ratios(of: Mapping[str, int], productive: Iterable[str]) -> dict[str, float | None]:
    """The KPIs of agents without those that need contacts, by their names on the board."""
    busy = sum(of.get(state, 0) for state in BUSY)
    useful = sum(
        of.get(f"{state}.{reason}", 0) for state in ("not_ready", "busy_other") for reason in productive
    )
    logged_in = sum(of.get(state, 0) for state in (*PRODUCTIVE, "not_ready"))
    return {
        "occupancy_ratio": _ratio(busy, busy + of.get("available", 0)),
        "utilisation_ratio": _ratio(busy + useful, logged_in),
        "adherence_ratio": _ratio(of.get("adherent", 0), of.get("scheduled", 0)),
        "conformance_ratio": _ratio(of.get("produced", 0), of.get("scheduled_productive", 0)),
    }


def by_channel(of: Mapping[str, int], legs: Mapping[str, int]) -> dict[str, float | None]:
    """Of the slots that agents told for each channel, those taken; `legs` are ms by channel.

    Nobody knows where agents talked and no leg names the team.
    """
    unknown = not any(legs.values()) and of.get("talking", 0) + of.get("hold", 0) > 0
    told = {name.partition(".")[2]: ms for name, ms in of.items() if name.startswith("capacity.") and ms}
    return {channel: None if unknown else legs.get(channel, 0) / ms for channel, ms in told.items()}


def occupancy(found: Iterable[Span], team: str, *, low_ms: int, to_ms: int) -> float | None:
    """Busy seconds over busy and available seconds, agent by agent, state by state."""
    time: Counter[str] = Counter()
    for span in found:
        if span.team == team:
            until = to_ms if span.to_ms is None else min(span.to_ms, to_ms)
            time[span.state] += max(0, until - max(span.from_ms, low_ms))
    busy = sum(time[state] for state in BUSY)
    return _ratio(busy, busy + time["available"])


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
