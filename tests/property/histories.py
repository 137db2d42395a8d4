"""Random histories of a centre: contacts that wait, talk and are passed on, and agents with their states.

Examples are small and shrink well: a contact is a list of plain tuples that `_life` spells out as facts.
"""

import random
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from hypothesis import strategies as st
from support import naive
from support.factories import T0

from stream.domain.definition import (
    Attribution,
    ClockStop,
    Definition,
    Definitions,
    LeftPolicy,
    ServiceLevelRule,
    Timeline,
    definitions,
)
from stream.domain.fact import Event, Fact, fact_text
from stream.domain.kinds import Kind

QUEUES = ("billing", "sales", "support")
CHANNELS = ("voice", "chat", "email", "callback")
WRITTEN = ("chat", "email")
TEAMS = ("", "north", "south")
STATES = ("available", "ringing", "talking", "hold", "wrapup", "not_ready", "busy_other", "logged_out")
REASONS = ("overflow", "transfer", "callback", "error")
TARGETS_MS = (5_000, 20_000, 45_000, 61_234)
OUTCOMES = {"answered": Kind.VISIT_ANSWERED, "abandoned": Kind.VISIT_ABANDONED, "left": Kind.VISIT_LEFT}
HOUR_MS = 3_600_000
CROWD_WAITS_MS = (0, 999, 1_000, 1_001, 5_000, 5_001, 19_999, 20_000, 20_001, 61_234, 61_235)
CROWD_EXITS = (Kind.VISIT_ANSWERED, Kind.VISIT_ANSWERED, Kind.VISIT_ABANDONED, Kind.VISIT_LEFT)

#: Waits near the limits of every definition below, and any others.
waits = st.one_of(
    st.sampled_from([0, 1, 127, 128, 4_999, 5_000, 5_001, 19_999, 20_000, 20_001, 45_000, 45_001]),
    st.integers(0, 150_000),
)
#: When contacts and shifts begin: often at the same instant, so that they meet.
starts = st.one_of(st.just(T0), st.integers(T0, T0 + HOUR_MS))
gaps = st.one_of(st.sampled_from([1, 999, 10_000]), st.integers(1, 400_000))


class Arrival(NamedTuple):
    """An event, and when it arrives."""

    arrives_ms: int
    event: Event


class Rules(NamedTuple):
    """The same promises for the code under test and for the naive recomputation."""

    tested: Definitions
    promises: naive.Promises
    default: naive.Promise


@st.composite
def _definition(draw: st.DrawFn, rule: ServiceLevelRule | None, targets_ms: tuple[int, ...]) -> Definition:
    left, attribution = st.sampled_from(LeftPolicy), draw(st.sampled_from(Attribution))
    return Definition(
        draw(st.sampled_from(TARGETS_MS)),
        draw(st.sampled_from(_limits_ms(attribution))),
        rule or draw(st.sampled_from(ServiceLevelRule)),
        attribution=attribution,
        flowed_out=draw(left),
        callback=draw(left),
        all_targets_ms=targets_ms,
        goal_ratio=draw(st.sampled_from([0.7, 0.8, 0.95, 1.0])),
        min_contacts=draw(st.sampled_from([0, 1, 3])),
        clock_stop=draw(st.sampled_from(ClockStop)),
    )


@st.composite
def rules(draw: st.DrawFn, every: ServiceLevelRule | None = None) -> Rules:
    """A definition for each queue, for one of a channel alone, and one that changes within the history."""
    several = draw(st.sampled_from([(), TARGETS_MS]))
    some = _definition(every, several)
    changes_ms = draw(st.one_of(st.just(T0), st.integers(0, 60).map(lambda minute: T0 + minute * 60_000)))
    steps: dict[tuple[str, str], Timeline] = {
        ("billing", ""): ((0, draw(some)), (changes_ms, draw(some))),
        ("sales", ""): ((0, draw(some)),),
        ("sales", "chat"): ((0, draw(some)),),
    }
    default = draw(_definition(every, ()))
    return Rules(definitions(steps, default=default), _promises(steps, default), _promise(default))


def _promises(steps: dict[tuple[str, str], Timeline], default: Definition) -> naive.Promises:
    plain = {
        key: [(from_ms, _promise(definition)) for from_ms, definition in timeline]
        for key, timeline in steps.items()
    }

    def of(queue: str, channel: str, at_ms: int) -> naive.Promise:
        own = plain.get((queue, channel), plain.get((queue, ""), [(0, _promise(default))]))
        return [promise for from_ms, promise in own if from_ms <= at_ms][-1]

    return of


def _promise(definition: Definition) -> naive.Promise:
    return naive.Promise(
        definition.target_ms,
        definition.short_abandon_ms,
        definition.rule.value,
        definition.attribution.value,
        definition.flowed_out.value,
        definition.callback.value,
        definition.all_targets_ms,
        definition.min_contacts,
        definition.clock_stop.value,
        definition.goal_ratio,
    )


def changing(chance: random.Random, attribution: Attribution) -> Rules:
    """Definitions of all queues that change in the middle of the hour; visits count by `attribution` then."""
    steps: dict[tuple[str, str], Timeline] = {
        (queue, ""): tuple(
            (from_ms, _any(chance, chance.choice([*Attribution]) if not from_ms else attribution))
            for from_ms in (0, T0 + HOUR_MS // 2)
        )
        for queue in QUEUES
    }
    default = _any(chance, attribution)
    return Rules(definitions(steps, default=default), _promises(steps, default), _promise(default))


def _any(chance: random.Random, attribution: Attribution) -> Definition:
    return Definition(
        chance.choice(TARGETS_MS),
        chance.choice(_limits_ms(attribution)),
        chance.choice([*ServiceLevelRule]),
        attribution=attribution,
        flowed_out=chance.choice([*LeftPolicy]),
        callback=chance.choice([*LeftPolicy]),
        all_targets_ms=TARGETS_MS,
    )


def _limits_ms(attribution: Attribution) -> list[int]:
    """What is decided at the target has no limit above it."""
    return [0, 1_000, 5_000] if attribution is Attribution.DECIDED else [0, 5_000, 30_000]


offers = st.lists(st.sampled_from(["made", "declined"]), max_size=2)
visit = st.tuples(
    # Of a callback, how long after its entry it is due, and whether it leaves before that.
    st.tuples(st.sampled_from(QUEUES), st.sampled_from(CHANNELS), st.one_of(st.none(), waits), st.booleans()),
    waits,
    st.sampled_from(["answered", "answered", "abandoned", "left"]),
    st.sampled_from(REASONS),
    st.lists(st.tuples(gaps, waits), max_size=2),  # holds: talk before, length
    st.tuples(
        gaps, waits, st.one_of(st.just(0), gaps)
    ),  # talk after the last hold, ACW, pause before the next
    st.sampled_from(["agent-1", "agent-2"]),
    st.tuples(offers, st.sampled_from(TEAMS), st.sampled_from(["", "", "blind", "warm"])),
)
#: How long before the connection an agent accepted; that may have been before the queue entry.
accepted = st.one_of(st.none(), st.sampled_from([0, 1, 5_000, 20_000]), st.integers(0, 150_000))
#: Where in its life a contact ends or is reopened, and how long before what happens there.
frames = st.tuples(
    st.integers(0, 12),
    st.sampled_from([0, 1, 60_000]),
    st.sampled_from([Kind.CONTACT_ENDED] * 2 + [Kind.CONTACT_STARTED]),
)


#: Who writes, near what happens in the contact and how long before or after it.
messages = st.lists(
    st.tuples(
        st.integers(0, 12),
        st.sampled_from([0, 0, 1, -30_000, 20_000]),
        st.sampled_from(["customer", "customer", "agent", "bot"]),
    ),
    max_size=6,
)


@st.composite
def contacts(draw: st.DrawFn, *, start: st.SearchStrategy[int], writes: bool = False) -> list[Fact]:
    """The facts of one contact in the order they happened, up to some point; some with messages."""
    numbered, named = draw(st.booleans()), draw(st.booleans())
    skew_ms = draw(st.sampled_from([0, 0, 0, 1, 2_500]))
    visits = draw(st.lists(visit, min_size=1, max_size=3))
    if len(visits) > 1 and draw(st.booleans()):
        visits[-2:] = _promise_kept(*visits[-2:])
    facts = [*_life(draw(start), visits, numbered=numbered, named=named)]
    facts += [
        Fact(facts[min(place, len(facts) - 1)].at_ms - before_ms, kind, f"/p\tf{n}")
        for n, (place, before_ms, kind) in enumerate(draw(st.lists(frames, max_size=3)))
    ]
    if writes and any(where[1] in WRITTEN for where, *_ in visits):
        facts += _written(facts, draw(messages))
    if draw(st.sampled_from([False, False, True])):
        facts.append(Fact(facts[0].at_ms, Kind.VISIT_BLOCKED, "/p\tb", 0, "support", "voice", "full"))
    facts = [_accepted(fact, draw(accepted)) if fact.kind == Kind.VISIT_ANSWERED else fact for fact in facts]
    if skew_ms and (numbered or len(visits) == 1):
        # Who queues and who answers have different clocks.
        facts = [f._replace(at_ms=f.at_ms - skew_ms) if f.kind == Kind.VISIT_ANSWERED else f for f in facts]
    facts.sort(key=lambda fact: fact.at_ms)
    return facts[: draw(st.one_of(st.just(len(facts)), st.integers(1, len(facts))))]


def _written(facts: list[Fact], drawn: list[tuple[int, int, str]]) -> list[Fact]:
    return [
        Fact(
            facts[min(place, len(facts) - 1)].at_ms + after_ms,
            Kind.MESSAGE_SENT,
            f"/p\tz{n}",
            0,
            "agent-1" if by == "agent" else "",
            by,
        )
        for n, (place, after_ms, by) in enumerate(drawn)
    ]


def _accepted(fact: Fact, before_ms: int | None) -> Fact:
    return fact if before_ms is None else fact._replace(b=str(fact.at_ms - before_ms))


def _promise_kept(asks: tuple, answers: tuple) -> list[tuple]:  # type: ignore[type-arg] # as drawn above
    """The first visit ends with a promise to call back, the second with the answer to the call."""
    (queue, _, *due), *rest = answers
    rest[1] = "answered"
    return [(*asks[:2], "left", "callback", *asks[4:]), ((queue, "callback", *due), *rest)]


def _life(
    at_ms: int,
    visits: list[tuple],  # type: ignore[type-arg] # as drawn above
    *,
    numbered: bool,
    named: bool,
) -> Iterator[Fact]:
    for n, (where, wait_ms, outcome, reason, holds, times, agent, passed) in enumerate(visits, start=1):
        number, who = n if numbered else 0, agent if named else ""
        queue, channel, due_after_ms, early = where
        talk_ms, acw_ms, pause_ms = times
        rings, team, transfer = passed
        due = str(at_ms + due_after_ms) if channel == "callback" and due_after_ms is not None else ""
        yield Fact(at_ms, Kind.VISIT_QUEUED, f"/p\tq{n}", number, queue, channel, due)
        if due:
            yield Fact(int(due), Kind.CALLBACK_ATTEMPTED, f"/p\tt{n}", number, who, "no_answer")
        for r, ring in enumerate(rings):
            kind = Kind.OFFER_MADE if ring == "made" else Kind.OFFER_DECLINED
            yield Fact(at_ms + wait_ms * r // 2, kind, f"/p\tm{n}-{r}", number, who, "", team)
        at_ms = wait_ms + (int(due) if due and not early else at_ms)
        text = {"answered": who, "abandoned": "", "left": reason}[outcome]
        own = team if outcome == "answered" else ""
        yield Fact(at_ms, OUTCOMES[outcome], f"/p\to{n}", number, text, "", own)
        if outcome == "answered":
            for h, (before_ms, hold_ms) in enumerate(holds):
                at_ms += before_ms
                yield Fact(at_ms, Kind.LEG_HELD, f"/p\th{n}-{h}", number, who)
                at_ms += hold_ms
                yield Fact(at_ms, Kind.LEG_RESUMED, f"/p\tr{n}-{h}", number, who)
            at_ms += talk_ms
            yield Fact(at_ms, Kind.LEG_ENDED, f"/p\te{n}", number, who, transfer)
            at_ms += acw_ms
            yield Fact(at_ms, Kind.LEG_WRAPPED_UP, f"/p\tw{n}", number, who)
        at_ms += pause_ms


@st.composite
def remarks(draw: st.DrawFn, facts: list[Fact]) -> list[tuple[int, Fact]]:
    """Corrections and retractions of facts of one contact, in any order, and when each is known."""
    places = st.integers(0, len(facts) - 1)
    drawn = draw(
        st.lists(
            st.tuples(places, places, st.sampled_from([-5_000, 0, 1, 20_000]), gaps, st.booleans()),
            max_size=3,
        )
    )
    found = []
    for n, (place, other, moved_ms, after_ms, retracts) in enumerate(drawn):
        uid = facts[place].uid
        said = facts[other]._replace(at_ms=facts[other].at_ms + moved_ms)
        told_ms = said.at_ms + after_ms
        kind = Kind.CONTACT_RETRACTED if retracts else Kind.CONTACT_CORRECTED
        text = "" if retracts else fact_text(said)
        found.append((told_ms, Fact(told_ms, kind, f"/p\tx{n}", 0, uid, "", text)))
    return found


@st.composite
def shifts(draw: st.DrawFn, *, start: st.SearchStrategy[int]) -> list[Fact]:
    """The states of one agent, one after another; now and then an agent changes the team."""
    steps = draw(
        st.lists(
            st.tuples(
                gaps,
                st.sampled_from(STATES),
                st.sampled_from(TEAMS),
                st.sets(st.sampled_from(QUEUES)),
                st.sampled_from(["", "", "chat 3\tvoice 1", "chat 2"]),
            ),
            min_size=1,
            max_size=6,
        )
    )
    times = accumulate((gap for gap, *_ in steps), initial=draw(start))
    return [
        Fact(at_ms, Kind.AGENT_STATE, f"/p\ts{n}", 1 + len(slots) // 7, state, team, _told(queues, slots))
        for n, (at_ms, (_, state, team, queues, slots)) in enumerate(zip(times, steps, strict=False))
    ]


def _told(queues: set[str], slots: str) -> str:
    said = "\t".join(["", *sorted(queues)])
    return f"{said}\t\t{slots}" if slots else said


@st.composite
def histories(
    draw: st.DrawFn, *, most_contacts: int = 6, most_agents: int = 3, writes: bool = False
) -> list[Arrival]:
    """Contacts and agents of an hour or more; each one's events arrive late by an amount of its own.

    With `writes`, there are messages in contacts of some channels.
    """
    late = st.sampled_from([0, 0, 700, 95_000])
    people = [
        *(("c", facts) for facts in draw(_some(contacts(start=starts, writes=writes), most_contacts))),
        *(("a", facts) for facts in draw(_some(shifts(start=starts), most_agents))),
    ]
    found = []
    for n, (kind, facts) in enumerate(people):
        late_ms = draw(late)
        told = [(fact.at_ms, fact) for fact in facts]
        # Some facts arrive when what is said about them has long been heard.
        told = [(at_ms + draw(st.sampled_from([0, 0, 0, 500_000])), fact) for at_ms, fact in told[:1]] + told[
            1:
        ]
        told += draw(remarks(facts)) if kind == "c" else []
        found += [Arrival(at_ms + late_ms, Event(f"{kind}{n}", fact)) for at_ms, fact in told]
    return found


def _some(of: st.SearchStrategy[list[Fact]], most: int) -> st.SearchStrategy[list[list[Fact]]]:
    return st.lists(of, min_size=most // 2, max_size=most)


def crowd(seed: int, contacts: int = 80) -> list[Event]:
    """Contacts of one hour in few queues: waits near every limit, all outcomes, callbacks, second visits."""
    chance = random.Random(seed)
    events = []
    for n in range(contacts):
        at_ms = T0 + chance.randrange(HOUR_MS)
        for visit in range(1, chance.choice([2, 2, 2, 3])):
            callback = chance.random() < 0.2
            due = str(at_ms + chance.choice([0, 30_000, HOUR_MS // 3, HOUR_MS])) if callback else ""
            where = (chance.choice(QUEUES[:2]), "callback" if callback else "voice", due)
            events.append(Event(f"c{n}", Fact(at_ms, int(Kind.VISIT_QUEUED), f"/p\tq{visit}", visit, *where)))
            begun_ms = int(due) if due else at_ms
            at_ms = begun_ms + chance.choice([*CROWD_WAITS_MS, chance.randrange(90_000)])
            kind = chance.choice([*CROWD_EXITS, None])
            if kind is not None:
                reason = chance.choice(["overflow", "callback", "error"]) if kind == Kind.VISIT_LEFT else ""
                events.append(Event(f"c{n}", Fact(at_ms, int(kind), f"/p\to{visit}", visit, reason)))
            at_ms += 1
    return events


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
