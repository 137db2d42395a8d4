"""Sources with whole seconds, two clocks and several agents: all readers read alike whatever they tell."""

import tempfile
from pathlib import Path

import pytest
from histories import Rules, rules
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support import naive, naive_messages
from support.audited import audited_once, readable, written
from support.effort import examples
from support.factories import CONTACTS, T0
from support.scenario import Centre, Line
from test_order import EVER, deliveries, expected, in_order, live, state_of

from stream.audit.board import NO_LIMIT, terms
from stream.board.document import document
from stream.domain.contact.conversation import ReplyKind, conversation
from stream.domain.definition import STUCK_AFTER_MS
from stream.domain.fact import Event, Fact
from stream.domain.kinds import Kind
from stream.domain.staffing import StaffingRules
from stream.domain.timetable import Timetable
from stream.store.memory import MemoryStore

pytestmark = pytest.mark.pure

AGENTS, TEAMS, SOURCES = ("", "ana", "ben"), {"": "", "ana": "north", "ben": "south"}, ("/pbx", "/desk")
STATES = ("available", "ringing", "talking", "hold", "wrapup", "not_ready", "logged_out")
BY_AGENT = (Kind.LEG_HELD, Kind.LEG_RESUMED, Kind.LEG_ENDED, Kind.LEG_WRAPPED_UP, Kind.VISIT_ANSWERED)
RELATIONS = ("consult", "transfer", "merged", "callback")
KINDS = (
    *(Kind.VISIT_QUEUED, Kind.VISIT_QUEUED, Kind.VISIT_ANSWERED, Kind.VISIT_ANSWERED, Kind.VISIT_ABANDONED),
    *(Kind.VISIT_LEFT, Kind.LEG_HELD, Kind.LEG_RESUMED, Kind.LEG_ENDED, Kind.LEG_WRAPPED_UP),
    *(Kind.CONTACT_ENDED, Kind.CONTACT_STARTED, Kind.MESSAGE_SENT, Kind.OFFER_MADE, Kind.OFFER_DECLINED),
    *(Kind.CONTACT_LINKED, Kind.AGENT_STATE, Kind.AGENT_STATE),
)


@st.composite
def facts_of(draw: st.DrawFn, name: str) -> list[Event]:
    """Facts of one contact or agent in a few seconds: they need make no sense."""
    found = []
    kinds = draw(st.lists(st.sampled_from(KINDS), max_size=9))
    numbered = draw(st.sampled_from([False, False, True]))
    for n, kind in enumerate(kinds):
        source = draw(st.sampled_from(SOURCES))
        at_ms = (
            T0
            + 1000 * draw(st.integers(0, 4))
            + (draw(st.sampled_from([0, 400])) if source == "/desk" else 0)
        )
        number = draw(st.integers(0, 2)) if numbered else 0
        a, b, c = _said(draw, kind, at_ms)
        sequence = draw(st.sampled_from(["", "", f"001{draw(st.integers(0, 9))}"]))
        in_visits = kind in {Kind.VISIT_QUEUED, Kind.VISIT_ABANDONED, Kind.VISIT_LEFT, *BY_AGENT}
        fact = Fact(at_ms, int(kind), f"{source}\t{name}-{n}", number if in_visits else 0, a, b, c, sequence)
        if kind == Kind.AGENT_STATE:
            found.append(Event("ana", fact._replace(number=1)))
        else:
            found.append(Event(name, fact))
    return found


def _said(draw: st.DrawFn, kind: Kind, at_ms: int) -> tuple[str, str, str]:  # noqa: PLR0911 - a table
    agent = draw(st.sampled_from(AGENTS))
    if kind == Kind.VISIT_QUEUED:
        return draw(st.sampled_from(["billing", "sales"])), draw(st.sampled_from(["chat", "callback"])), ""
    if kind == Kind.VISIT_LEFT:
        return "overflow", "", ""
    if kind == Kind.MESSAGE_SENT:
        return "", draw(st.sampled_from(["customer", "agent", "bot"])), ""
    if kind in {Kind.OFFER_MADE, Kind.OFFER_DECLINED}:
        return agent or "ana", "", TEAMS[agent or "ana"]
    if kind == Kind.CONTACT_LINKED:
        relation = draw(st.sampled_from(RELATIONS))
        return "other", relation, str(at_ms - 60_000) if relation == "callback" else ""
    if kind == Kind.AGENT_STATE:
        return draw(st.sampled_from(STATES)), "north", ""
    return (agent, "", TEAMS[agent]) if kind in BY_AGENT else ("", "", "")


histories = st.tuples(facts_of("c0"), facts_of("c1")).map(lambda both: [*both[0], *both[1]])


@settings(max_examples=examples(300))
@given(st.data(), rules(), histories)
def test_any_delivery_gives_what_a_recomputation_gives(
    data: st.DataObject, chosen: Rules, events: list[Event]
) -> None:
    events = [event for event in events if event.fact.kind != Kind.MESSAGE_SENT]  # see below
    store = MemoryStore(retention=EVER)
    line = Line(store, CONTACTS, chosen.tested, retention=EVER)
    for batch in data.draw(deliveries(events), label="batches"):
        line.batch(batch)
        if data.draw(st.booleans(), label="crash"):
            line.crash()
    cells, now = state_of(store, EVER)
    assert cells == expected(events, chosen, EVER)
    assert in_order(now) == live(events, chosen)


@settings(max_examples=examples(300))
@given(facts_of("c0"))
def test_replies_equal_a_recomputation(events: list[Event]) -> None:
    facts = [fact for _, fact in events if fact.kind != Kind.AGENT_STATE]
    answers, open_ = naive_messages.answers(facts)
    found = conversation(naive.in_force(facts))
    names = {ReplyKind.FIRST: "first", ReplyKind.NEXT: "next", ReplyKind.ANY: "any"}
    told = [(r.at_ms, r.series, names[r.kind], r.wait_ms, r.uid) for r in found.replies]
    assert sorted(told) == sorted(map(tuple, answers))
    assert (found.open and tuple(found.open)) == (open_ and tuple(open_))


@pytest.mark.long
@settings(max_examples=examples(24), deadline=None, phases=(Phase.generate,))
@given(rules(), st.lists(histories, min_size=6, max_size=6))
def test_sql_and_board_agree(chosen: Rules, many: list[list[Event]]) -> None:
    events = [Event(f"{subject}-{n}", fact) for n, history in enumerate(many) for subject, fact in history]
    records = written(events)
    centre = Centre(chosen.tested, Timetable(), retention=NO_LIMIT)
    centre.tell_all(readable(records))
    centre.now_ms = T0 + 400_000
    board = document(centre.board(), tenant="t")
    given_ = terms(chosen.tested, Timetable(), StaffingRules(), STUCK_AFTER_MS, NO_LIMIT)
    with tempfile.TemporaryDirectory() as folder:
        found = audited_once(Path(folder) / "db", records, board, given_)
    assert found.differences == []
