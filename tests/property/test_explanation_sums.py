"""An explanation recomputes, contact by contact, what the board shows, whatever the history and the rules."""

import pytest
from histories import HOUR_MS, QUEUES, Arrival, crowd, histories, messy
from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st
from support.effort import examples
from support.explaining import explained
from support.factories import T0
from support.scenario import Centre

from stream.board.interval import WINDOWS
from stream.domain.definition import (
    Attribution,
    ClockStop,
    Definition,
    Definitions,
    LeftPolicy,
    ServiceLevelRule,
    definitions,
)
from stream.domain.fact import Event, Fact, fact_text
from stream.domain.kinds import ABOUT_ANOTHER, Kind

pytestmark = pytest.mark.pure

windows = st.sampled_from([*WINDOWS, "60m", "today", "today"])
#: A crowd of a seed does not get smaller.
UNSHRUNK = (Phase.generate,)

promises = st.builds(
    Definition,
    target_ms=st.sampled_from([5_000, 20_000, 61_234]),
    short_abandon_ms=st.sampled_from([0, 1_000, 5_000]),
    rule=st.sampled_from(ServiceLevelRule),
    attribution=st.sampled_from(Attribution),
    flowed_out=st.sampled_from(LeftPolicy),
    callback=st.sampled_from(LeftPolicy),
    clock_stop=st.sampled_from(ClockStop),
)


@st.composite
def dated(draw: st.DrawFn) -> Definitions:
    """A definition for each queue, some of them changed at some instant."""
    changed_ms = T0 + draw(st.integers(15, 45)) * 60_000
    by_queue = {}
    for queue in QUEUES:
        steps = [(0, draw(promises)), *([(changed_ms, draw(promises))] if draw(st.booleans()) else [])]
        by_queue[queue, ""] = tuple(steps)
    return definitions(by_queue)


@st.composite
def corrected(draw: st.DrawFn, events: list[Event]) -> list[Event]:
    """Some events retracted, or told to have been a little later."""
    plain = [n for n, event in enumerate(events) if event.fact.kind not in ABOUT_ANOTHER]
    chosen = draw(st.sets(st.sampled_from(plain), max_size=4)) if plain else set()
    told = []
    for n in sorted(chosen):
        subject, fact = events[n]
        retracted = draw(st.booleans())
        kind = Kind.CONTACT_RETRACTED if retracted else Kind.CONTACT_CORRECTED
        other = "" if retracted else fact_text(fact._replace(at_ms=fact.at_ms + draw(st.integers(1, 40_000))))
        told.append(Event(subject, Fact(fact.at_ms, int(kind), f"/p\tabout{n}", 0, fact.uid, "", other)))
    return [*events, *told]


def check(centre: Centre, rules: Definitions, window: str) -> int:
    """Hold every row's explanation to the board; how many visits counted."""
    counted = 0
    for row in centre.board().queues:
        found = explained(centre, rules, row.queue, row.channel or "", window)
        where = f"{row.queue} {row.channel} {window}"
        assert set(found.difference.values()) == {0}, where
        assert (found.differing, found.suspects, found.ledger.reconciliation_difference) == ([], [], 0), where
        assert found.level.ratio == row.windows[window].service_level_ratio, where
        known = [told for told in found.visits if told.verdict in {"met", "miss"}]
        assert (sum(t.verdict == "met" for t in known), len(known)) == found.level, where
        assert {r.share for r in found.rows if r.in_force} == {found.level}, where
        counted += len(known)
    return counted


@settings(max_examples=examples(150), deadline=None)
@given(st.data(), dated(), histories(most_agents=0), st.integers(0, HOUR_MS // 2), windows)
def test_the_sums_of_the_contacts_are_those_of_the_board(
    data: st.DataObject, rules: Definitions, history: list[Arrival], later_ms: int, window: str
) -> None:
    events = data.draw(corrected(data.draw(messy([entry.event for entry in history]))))
    centre = Centre(rules, partitions=2).tell_all(events)
    centre.now_ms = max((event.fact.at_ms for event in events), default=T0) + later_ms
    check(centre, rules, window)


@settings(max_examples=examples(100), deadline=None, phases=UNSHRUNK)
@given(st.data(), dated(), st.integers(0, 1 << 32), st.integers(0, HOUR_MS // 2), windows)
def test_the_sums_of_a_crowd_are_those_of_the_board(
    data: st.DataObject, rules: Definitions, seed: int, later_ms: int, window: str
) -> None:
    now_ms = T0 + HOUR_MS + later_ms
    arrived = [entry for entry in crowd(seed) if entry.fact.at_ms <= now_ms]
    centre = Centre(rules, partitions=2).tell_all(data.draw(corrected(arrived)))
    centre.now_ms = now_ms
    counted = check(centre, rules, window)
    event(f"counted {counted // 20 * 20} or more")
