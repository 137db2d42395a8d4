"""Random histories of a centre: contacts that wait, talk and are passed on, and agents with their states.

Examples are small and shrink well: a contact is a list of plain tuples that `_life` spells out as facts.
"""

from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from hypothesis import strategies as st
from support.factories import T0

from stream.domain.definition import Definition, Definitions, ServiceLevelRule, definitions
from stream.domain.fact import Event, Fact, Kind

QUEUES = ("billing", "sales", "support")
CHANNELS = ("voice", "chat")
TEAMS = ("", "north", "south")
STATES = ("available", "ringing", "talking", "hold", "wrapup", "not_ready", "busy_other", "logged_out")
REASONS = ("overflow", "transfer", "callback")
OUTCOMES = {"answered": Kind.VISIT_ANSWERED, "abandoned": Kind.VISIT_ABANDONED, "left": Kind.VISIT_LEFT}
HOUR_MS = 3_600_000

#: Waits near the limits of every definition below, and any others.
waits = st.one_of(
    st.sampled_from([0, 1, 127, 128, 4_999, 5_000, 5_001, 19_999, 20_000, 20_001, 45_000, 45_001]),
    st.integers(0, 150_000),
)
gaps = st.one_of(st.sampled_from([1, 999, 10_000]), st.integers(1, 400_000))


class Told(NamedTuple):
    """An event, and when it arrives."""

    arrives_ms: int
    event: Event


class Rules(NamedTuple):
    """The same promises for the code under test and for the naive recomputation."""

    tested: Definitions
    of: dict[tuple[str, str], Definition]
    rule: ServiceLevelRule


@st.composite
def rules(draw: st.DrawFn, every: ServiceLevelRule | None = None) -> Rules:
    """A definition for each queue, all by one rule; chats without short abandons."""
    rule = every or draw(st.sampled_from(ServiceLevelRule))
    of = {
        (queue, channel): Definition(
            draw(st.sampled_from([5_000, 20_000, 45_000, 61_234])),
            draw(st.sampled_from([1_000, 5_000])),
            rule,
        )
        for queue in QUEUES
        for channel in CHANNELS
    }
    return Rules(definitions(of, default=Definition(rule=rule)), of, rule)


visit = st.tuples(
    st.sampled_from(QUEUES),
    st.sampled_from(CHANNELS),
    waits,
    st.sampled_from(sorted(OUTCOMES)),
    st.sampled_from(REASONS),
    st.lists(st.tuples(gaps, waits), max_size=2),  # holds: talk before, length
    st.tuples(
        gaps, waits, st.one_of(st.just(0), gaps)
    ),  # talk after the last hold, ACW, pause before the next
    st.sampled_from(["agent-1", "agent-2"]),
)


@st.composite
def contacts(draw: st.DrawFn, *, start: st.SearchStrategy[int]) -> list[Fact]:
    """The facts of one contact in the order they happened, up to some point."""
    numbered, named = draw(st.booleans()), draw(st.booleans())
    skew_ms = draw(st.sampled_from([0, 0, 0, 1, 2_500]))
    visits = draw(st.lists(visit, min_size=1, max_size=3))
    closing = draw(
        st.sampled_from([None, 0, 60_000])
    )  # so long before the rest the contact is told to be over
    facts = [*_life(draw(start), visits, numbered=numbered, named=named, closing=closing)]
    if skew_ms and (numbered or len(visits) == 1):
        # Who queues and who answers have different clocks.
        facts = [f._replace(at_ms=f.at_ms - skew_ms) if f.kind == Kind.VISIT_ANSWERED else f for f in facts]
    return facts[: draw(st.one_of(st.just(len(facts)), st.integers(1, len(facts))))]


def _life(
    at_ms: int,
    visits: list[tuple],  # type: ignore[type-arg] # as drawn above
    *,
    numbered: bool,
    named: bool,
    closing: int | None,
) -> Iterator[Fact]:
    for n, (queue, channel, wait_ms, outcome, reason, holds, times, agent) in enumerate(visits, start=1):
        number, who = n if numbered else 0, agent if named else ""
        talk_ms, acw_ms, pause_ms = times
        yield Fact(at_ms, Kind.VISIT_QUEUED, f"/p\tq{n}", number, queue, channel)
        at_ms += wait_ms
        text = {"answered": who, "abandoned": "", "left": reason}[outcome]
        yield Fact(at_ms, OUTCOMES[outcome], f"/p\to{n}", number, text)
        if outcome == "answered":
            for h, (before_ms, hold_ms) in enumerate(holds):
                at_ms += before_ms
                yield Fact(at_ms, Kind.LEG_HELD, f"/p\th{n}-{h}", number, who)
                at_ms += hold_ms
                yield Fact(at_ms, Kind.LEG_RESUMED, f"/p\tr{n}-{h}", number, who)
            at_ms += talk_ms
            yield Fact(at_ms, Kind.LEG_ENDED, f"/p\te{n}", number, who)
            at_ms += acw_ms
            yield Fact(at_ms, Kind.LEG_WRAPPED_UP, f"/p\tw{n}", number, who)
        at_ms += pause_ms
    if closing is not None:
        yield Fact(at_ms - closing, Kind.CONTACT_ENDED, "/p\tover")


@st.composite
def shifts(draw: st.DrawFn, *, start: st.SearchStrategy[int]) -> list[Fact]:
    """The states of one agent, one after another; now and then an agent changes the team."""
    steps = draw(
        st.lists(
            st.tuples(
                gaps, st.sampled_from(STATES), st.sampled_from(TEAMS), st.sets(st.sampled_from(QUEUES))
            ),
            min_size=1,
            max_size=6,
        )
    )
    times = accumulate((gap for gap, *_ in steps), initial=draw(start))
    return [
        Fact(at_ms, Kind.AGENT_STATE, f"/p\ts{n}", 1, state, team, "\t".join(["", *sorted(queues)]))
        for n, (at_ms, (_, state, team, queues)) in enumerate(zip(times, steps, strict=False))
    ]


@st.composite
def histories(draw: st.DrawFn, *, most_contacts: int = 6, most_agents: int = 3) -> list[Told]:
    """Contacts and agents of an hour or more; each one's events arrive late by an amount of its own."""
    start = st.integers(T0, T0 + HOUR_MS)
    late = st.sampled_from([0, 0, 700, 95_000])
    people = [
        *(("c", facts) for facts in draw(_some(contacts(start=start), most_contacts))),
        *(("a", facts) for facts in draw(_some(shifts(start=start), most_agents))),
    ]
    return [
        Told(fact.at_ms + late_ms, Event(f"{kind}{n}", fact))
        for n, (kind, facts) in enumerate(people)
        for late_ms in [draw(late)]
        for fact in facts
    ]


def _some(of: st.SearchStrategy[list[Fact]], most: int) -> st.SearchStrategy[list[list[Fact]]]:
    return st.lists(of, min_size=most // 2, max_size=most)


@st.composite
def messy(draw: st.DrawFn, events: list[Event]) -> list[Event]:
    """Some events lost; some identities told again with the content of another event of the same subject."""
    if not events:
        return []
    places = st.integers(0, len(events) - 1)
    lost = draw(st.sets(places, max_size=5))
    twins = [
        event._replace(fact=other._replace(uid=event.fact.uid))
        for event, other in draw(
            st.lists(st.tuples(places, places), max_size=3).map(lambda p: _pairs(events, p))
        )
    ]
    return [event for n, event in enumerate(events) if n not in lost] + twins


def _pairs(events: list[Event], places: list[tuple[int, int]]) -> list[tuple[Event, Fact]]:
    found = []
    for n, m in places:
        others = [event.fact for event in events if event.subject == events[n].subject]
        found.append((events[n], others[m % len(others)]))
    return found
