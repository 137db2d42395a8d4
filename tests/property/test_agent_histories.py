"""Whatever is told of agents, and however it comes: panes, live state and KPIs equal a recomputation."""

from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from agent_histories import HOUR_MS, agents, deliveries
from hypothesis import given, settings
from hypothesis import strategies as st
from support import naive, naive_agents
from support.effort import examples
from support.factories import CONTACTS
from support.scenario import Centre, Line, clocked, finished

from stream.board.staff import StaffBoard
from stream.domain.agent.now import AgentsNow
from stream.domain.cache import Room
from stream.domain.definition import definitions
from stream.domain.fact import Event, fact_of
from stream.domain.fold import PartitionFold, Retention
from stream.domain.kinds import Kind
from stream.domain.staffing import StaffingRules, Team
from stream.store.codec import live_of, live_text
from stream.store.memory import MemoryStore

pytestmark = pytest.mark.pure

EVER = Retention(contacts_ms=1 << 50, agents_ms=1 << 50, short_panes_ms=1 << 50, long_panes_ms=1 << 50)
ROLLING_MINUTES = {"1m": 1, "5m": 5, "15m": 15, "30m": 30, "60m": 60}
ZONES = ("UTC", "Pacific/Kiritimati", "Pacific/Chatham")
#: Agents stay in memory, but hardly any of their states do.
ROOMS = (Room(states_ms=0), Room(states_ms=30_000), Room(states_ms=600_000))
RULES = StaffingRules(
    stale_after_ms=360_000,
    grace_ms=60_000,
    productive_reasons=frozenset({"training"}),
    teams={"north": Team("", "Bandung"), "south": Team("", "Bandung")},
)


def low_ms(window: str, now_ms: int, zone: str) -> int:
    if window == "today":
        day = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(zone)).date()
        return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp()) * 1000
    return now_ms // 10_000 * 10_000 - ROLLING_MINUTES[window] * 60_000


def live_in_order(events: list[Event]) -> dict[str, object]:
    fold = PartitionFold(definitions(), retention=EVER)
    fold.fold(sorted(events, key=lambda event: event.fact), {})
    return {name: now for name, now in fold.settle({}).live.items() if now is not None}


@settings(max_examples=examples(120))
@given(st.data(), agents())
def test_any_delivery_gives_the_same_panes_and_live_state(data: st.DataObject, events: list[Event]) -> None:
    store = MemoryStore(retention=EVER)
    room = data.draw(st.sampled_from([None, Room(1, 1, 1), *ROOMS]), label="room")
    line = Line(store, CONTACTS, definitions(), retention=EVER, room=room)
    for batch in data.draw(deliveries(events), label="batches"):
        line.batch(batch)
        if data.draw(st.booleans(), label="crash"):
            line.crash()
    delta = finished(store.delta(CONTACTS, 0, since_ms=-(1 << 60)))
    for pane_ms in (10_000, 60_000):
        wanted: dict[tuple[str, int], Counter[str]] = {}
        for at_ms, series, field, amount in naive_agents.shifts(events):
            wanted.setdefault((series, at_ms // pane_ms * pane_ms), Counter())[field] += amount
        found = {
            (cell.series, cell.start_ms): t for cell, t in delta.cells.items() if cell.pane_ms == pane_ms
        }
        assert naive.without_zeros(found) == naive.without_zeros(wanted)
    assert delta.live == live_in_order(events)
    for entity, now in delta.live.items():
        assert now is not None
        assert live_of(entity, live_text(now)) == now


@settings(max_examples=examples(80))
@given(
    st.data(),
    agents(),
    st.sampled_from(ZONES),
    st.lists(st.integers(0, 2 * HOUR_MS), min_size=1, max_size=3),
)
def test_staffing_equals_a_recomputation(
    data: st.DataObject, events: list[Event], zone: str, steps: list[int]
) -> None:
    centre = Centre(timetable=clocked(zone), staffing=RULES)
    now_ms, arrived = last_ms(events), list[Event]()
    cut = data.draw(st.integers(0, len(events)), label="arrived at first")
    for new, step in zip([events[:cut], events[cut:], []], [0, *steps], strict=False):
        now_ms, arrived = now_ms + step, [*arrived, *new]
        centre.now_ms = now_ms
        staff = centre.tell_all(new).board().staff
        for window in (*ROLLING_MINUTES, "today"):
            spent = naive_agents.spent(arrived, low_ms=low_ms(window, now_ms, zone), now_ms=now_ms)
            for team in staff.teams:
                same(team, window, [spent[team.team]])
            for site in staff.sites:
                own = ["north", "south"] if site.site else ["unassigned"]
                same(site, window, [spent[team] for team in own])
            same(staff.all, window, spent.values())
        current = [span for span in naive_agents.spans(arrived) if span.to_ms is None]
        silent = naive_agents.silent_from(arrived, RULES.stale_after_ms)
        states = Counter(
            "unknown" if silent.get(s.agent, now_ms) < now_ms and s.state != "logged_out" else s.state
            for s in current
        )
        assert staff.all.agents == states


def last_ms(events: list[Event]) -> int:
    """The latest instant at which anything was said to happen."""
    inside = [fact_of("", fact.c).at_ms for _, fact in events if fact.kind == Kind.AGENT_CORRECTED]
    return max([*inside, *(fact.at_ms for _, fact in events)])


def same(board: StaffBoard, window: str, parts: Any) -> None:
    wanted: Counter[str] = Counter()
    for part in parts:
        wanted.update(part)
    did = board.windows[window]
    assert {state: s for state, s in did.state_seconds.items() if s} == {
        state: wanted[state] / 1000 for state in did.state_seconds if wanted[state]
    }
    told = {name[10:]: ms / 1000 for name, ms in wanted.items() if name.startswith("not_ready.") and ms}
    rest = wanted["not_ready"] / 1000 - sum(told.values())
    shown = dict(did.not_ready)
    assert shown.pop("unspecified", 0) == pytest.approx(rest, abs=1e-6)
    assert shown == told
    assert did.occupancy_slot_by_channel == naive_agents.by_channel(wanted, {})
    for name, value in naive_agents.ratios(wanted, RULES.productive_reasons).items():
        assert getattr(did, name) == (None if value is None else pytest.approx(value, rel=1e-12)), name


@settings(max_examples=examples(60))
@given(agents(most=2), st.integers(0, 3 * HOUR_MS))
def test_forgetting_changes_no_number_that_is_still_shown(events: list[Event], later_ms: int) -> None:
    """Agents are kept for so long as to be corrected; what they did before stays as it was."""
    events = [event for event in events if event.fact.kind != Kind.AGENT_HEARTBEAT]
    now_ms = last_ms(events)
    kept, brief = Centre(staffing=RULES), Centre(staffing=RULES, retention=Retention(agents_ms=8 * HOUR_MS))
    later = reborn(events, now_ms + 9 * HOUR_MS)
    for centre in (kept, brief):
        centre.now_ms = now_ms + 9 * HOUR_MS + later_ms
        centre.tell_all(events).board()
        for event in later:
            centre.tell_all([event]).board()
        centre.crash()
    assert brief.board().staff.all.windows["60m"] == kept.board().staff.all.windows["60m"]
    assert brief.model.now(AgentsNow).agents == kept.model.now(AgentsNow).agents


def reborn(events: list[Event], at_ms: int) -> list[Event]:
    """One more state of every agent, long after all others."""
    names = sorted({agent for agent, _ in events})
    (state,) = [fact for _, fact in events if fact.uid == "/p\ts0" and fact.kind == 20][:1]
    return [Event(name, state._replace(at_ms=at_ms + n, uid="/p\tz")) for n, name in enumerate(names)]
