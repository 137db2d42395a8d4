"""Random histories of agents: states with reasons and capacity, corrections, heartbeats, schedules."""

from itertools import accumulate

from hypothesis import strategies as st
from support.factories import T0

from stream.domain.fact import Event, Fact, fact_text
from stream.domain.kinds import Kind

HOUR_MS = 3_600_000
TEAMS = ("", "north", "south")
STATES = ("available", "ringing", "talking", "hold", "wrapup", "not_ready", "busy_other", "logged_out")
REASONS = ("", "lunch", "training")
QUEUES = ("billing", "sales")
CHANNELS = ("voice", "chat", "email")
ACTIVITIES = ("productive", "not_productive")

gaps = st.one_of(st.sampled_from([1, 999, 10_000, 60_000]), st.integers(1, 900_000))
instants = st.one_of(st.sampled_from([T0, T0 + 60_000, T0 + HOUR_MS]), st.integers(T0, T0 + 2 * HOUR_MS))
said = st.tuples(
    st.sampled_from(STATES),
    st.sampled_from(TEAMS),
    st.sampled_from(REASONS),
    st.sets(st.sampled_from(QUEUES)),
    st.one_of(st.integers(0, 3), st.dictionaries(st.sampled_from(CHANNELS), st.integers(0, 3), min_size=1)),
)


def _state(at_ms: int, uid: str, what: tuple[str, str, str, set[str], int | dict[str, int]]) -> Fact:
    name, team, reason, queues, capacity = what
    more = "\t".join([reason, *sorted(queues)])
    if isinstance(capacity, dict):
        told = "\t".join(f"{channel} {slots}" for channel, slots in sorted(capacity.items()))
        more, capacity = f"{more}\t\t{told}", max(capacity.values())
    return Fact(at_ms, int(Kind.AGENT_STATE), uid, capacity, name, team, more)


@st.composite
def shifts(draw: st.DrawFn) -> list[Fact]:
    """The states of one agent, one after another."""
    steps = draw(st.lists(st.tuples(gaps, said), min_size=1, max_size=6))
    times = accumulate((gap for gap, _ in steps), initial=draw(instants))
    return [
        _state(at, f"/p\ts{n}", what) for n, (at, (_, what)) in enumerate(zip(times, steps, strict=False))
    ]


@st.composite
def schedules(draw: st.DrawFn) -> Fact:
    """One version of a schedule; some overlap others, some of its shifts overlap one another."""
    from_ms = draw(instants)
    to_ms = from_ms + draw(gaps) * 4
    places = st.integers(from_ms, to_ms)
    told = [draw(st.sampled_from(TEAMS))]
    for low, high, activity in draw(
        st.lists(st.tuples(places, places, st.sampled_from(ACTIVITIES)), max_size=3)
    ):
        if low < high:
            told.append(f"{low} {high} {activity}")
    uid = f"/p\tp{draw(st.integers(0, 3))}"
    at_ms = draw(instants)
    return Fact(at_ms, int(Kind.SCHEDULE_PUBLISHED), uid, 0, str(from_ms), str(to_ms), "\t".join(told))


@st.composite
def verdicts(draw: st.DrawFn, of: list[Fact]) -> Fact:
    """A correction or a retraction of one of these, or of what never comes."""
    uid = draw(st.sampled_from([*(fact.uid for fact in of), "/p\tlost"]))
    name, at_ms = f"/p\tv{draw(st.integers(0, 5))}", draw(instants)
    if draw(st.booleans()):
        return Fact(at_ms, int(Kind.AGENT_RETRACTED), name, 0, uid)
    instead = draw(
        st.one_of(
            st.builds(_state, instants, st.just(""), said),
            schedules(),
            st.builds(Fact, instants, st.just(int(Kind.AGENT_HEARTBEAT)), st.just("")),
        )
    )
    return Fact(at_ms, int(Kind.AGENT_CORRECTED), name, 0, uid, "", fact_text(instead))


@st.composite
def agents(draw: st.DrawFn, *, most: int = 3) -> list[Event]:
    """All that is told of some agents."""
    found = []
    for n in range(draw(st.integers(1, most))):
        facts = draw(shifts()) + draw(st.lists(schedules(), max_size=2))
        facts += [
            Fact(at_ms, int(Kind.AGENT_HEARTBEAT), f"/p\th{k}")
            for k, at_ms in enumerate(draw(st.lists(instants, max_size=3)))
        ]
        facts += draw(st.lists(verdicts(facts), max_size=3))
        found += [Event(f"a{n}", fact) for fact in facts]
    return found


@st.composite
def deliveries(draw: st.DrawFn, events: list[Event]) -> list[list[Event]]:
    """The events in any order, some of them more than once, cut into batches."""
    sent = draw(st.permutations([*events, *draw(st.lists(st.sampled_from(events), max_size=4))]))
    cuts = sorted(draw(st.lists(st.integers(0, len(sent)), max_size=4)))
    pieces = zip([0, *cuts], [*cuts, len(sent)], strict=True)
    return [piece for a, b in pieces if (piece := sent[a:b])]
