"""An explanation recomputes, contact by contact, what the board shows, whatever the history and the rules."""

import pytest
from histories import HOUR_MS, QUEUES, Told, histories, messy
from hypothesis import given, settings
from hypothesis import strategies as st
from support.factories import T0
from support.inquiries import explained
from support.scenario import Centre

from stream.board.snapshot import WINDOWS
from stream.domain.definition import (
    Attribution,
    Definition,
    Definitions,
    LeftPolicy,
    ServiceLevelRule,
    definitions,
)
from stream.domain.fact import Event, Fact, Kind, fact_text

pytestmark = pytest.mark.pure

promises = st.builds(
    Definition,
    target_ms=st.sampled_from([5_000, 20_000, 61_234]),
    short_abandon_ms=st.sampled_from([0, 1_000, 5_000]),
    rule=st.sampled_from(ServiceLevelRule),
    attribution=st.sampled_from(Attribution),
    flowed_out=st.sampled_from(LeftPolicy),
    callback=st.sampled_from(LeftPolicy),
)


@st.composite
def dated(draw: st.DrawFn) -> Definitions:
    """A definition for each queue, some of them changed at some instant."""
    changed_ms = T0 + draw(st.integers(0, HOUR_MS))
    by_queue = {}
    for queue in QUEUES:
        steps = [(0, draw(promises)), *([(changed_ms, draw(promises))] if draw(st.booleans()) else [])]
        by_queue[queue, ""] = tuple(steps)
    return definitions(by_queue)


@st.composite
def corrected(draw: st.DrawFn, events: list[Event]) -> list[Event]:
    """Some events retracted, or told to have been a little later."""
    chosen = draw(st.sets(st.integers(0, len(events) - 1), max_size=4)) if events else set()
    told = []
    for n in sorted(chosen):
        subject, fact = events[n]
        retracted = draw(st.booleans())
        kind = Kind.CONTACT_RETRACTED if retracted else Kind.CONTACT_CORRECTED
        other = "" if retracted else fact_text(fact._replace(at_ms=fact.at_ms + draw(st.integers(1, 40_000))))
        told.append(Event(subject, Fact(fact.at_ms, int(kind), f"/p\tabout{n}", 0, fact.uid, "", other)))
    return [*events, *told]


@settings(max_examples=250, deadline=None)
@given(st.data(), dated(), histories(most_agents=0), st.integers(0, 2 * HOUR_MS), st.sampled_from(WINDOWS))
def test_the_sums_of_the_contacts_are_those_of_the_board(
    data: st.DataObject, rules: Definitions, history: list[Told], later_ms: int, window: str
) -> None:
    events = data.draw(corrected(data.draw(messy([entry.event for entry in history]))))
    centre = Centre(rules, zone="Pacific/Chatham", partitions=2).tell_all(events)
    centre.now_ms = T0 + later_ms
    board = centre.board()
    for row in board.queues:
        found = explained(centre, rules, row.queue, row.channel or "", window, zone="Pacific/Chatham")
        where = f"{row.queue} {row.channel} {window}"
        assert set(found.difference.values()) == {0}, where
        assert (found.differing, found.suspects, found.ledger.residual) == ([], [], 0), where
        assert found.level.ratio == row.windows[window].service_level_ratio, where
        counted = [told for told in found.visits if told.verdict in {"met", "miss"}]
        assert (sum(t.verdict == "met" for t in counted), len(counted)) == found.level, where
        (in_force, *_) = {r.share for r in found.rows if r.in_force}
        assert in_force == found.level
