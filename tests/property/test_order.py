"""The state after a history depends on the set of its events: not on order, repeats, batches or crashes."""

from collections.abc import Iterable

import pytest
from histories import Arrival, Rules, histories, messy, rules
from hypothesis import given, settings
from hypothesis import strategies as st
from support import naive
from support.effort import examples
from support.factories import CONTACTS
from support.scenario import Line, finished

from stream.domain.cache import Room
from stream.domain.fact import Event
from stream.domain.fold import LONG_PANE_MS, TOTAL, PartitionFold, Retention
from stream.store.delta import Delta
from stream.store.memory import MemoryStore

pytestmark = pytest.mark.pure

SHORT_PANE_MS = 10_000
EVER = Retention(contacts_ms=1 << 50, agents_ms=1 << 50, short_panes_ms=1 << 50, long_panes_ms=1 << 50)
#: Panes are given up within the histories below; contacts and agents are not.
BRIEF = Retention(contacts_ms=1 << 50, agents_ms=1 << 50, short_panes_ms=600_000, long_panes_ms=1_800_000)


def state_of(store: MemoryStore, kept: Retention) -> tuple[dict[int, naive.Tallies], dict[str, object]]:
    """The cells that are still kept, without zeros, and the live state."""
    delta: Delta = finished(store.delta(CONTACTS, 0, since_ms=-(1 << 60)))
    cells: dict[int, naive.Tallies] = {SHORT_PANE_MS: {}, LONG_PANE_MS: {}, TOTAL: {}}
    for (pane_ms, start_ms, series), tally in delta.cells.items():
        if series.startswith("l"):  # how late facts came depends on their order, and on nothing else
            continue
        if pane_ms == TOTAL:
            cells[pane_ms][series, 0] = tally
        elif start_ms >= delta.watermark_ms - kept_ms(kept, pane_ms):
            cells[pane_ms][series, start_ms] = tally
    return {pane_ms: naive.without_zeros(found) for pane_ms, found in cells.items()}, dict(delta.live)


def kept_ms(kept: Retention, pane_ms: int) -> int:
    return kept.short_panes_ms if pane_ms == SHORT_PANE_MS else kept.long_panes_ms


def expected(events: Iterable[Event], chosen: Rules, kept: Retention) -> dict[int, naive.Tallies]:
    """The same cells, recomputed."""
    events = list(events)
    newest_ms = max((event.fact.at_ms for event in events), default=0)
    found: dict[int, naive.Tallies] = {}
    for pane_ms in (SHORT_PANE_MS, LONG_PANE_MS):
        cells = naive.tallies(events, pane_ms, chosen.promises, chosen.tested.wait_edges_ms)
        low_ms = newest_ms - kept_ms(kept, pane_ms)
        found[pane_ms] = {key: tally for key, tally in cells.items() if key[1] >= low_ms}
    found[TOTAL] = naive.tallies(events, None, chosen.promises, chosen.tested.wait_edges_ms)
    return found


@st.composite
def deliveries(draw: st.DrawFn, events: list[Event]) -> list[list[Event]]:
    """The events in any order, some of them more than once, cut into batches."""
    again = draw(st.lists(st.sampled_from(events), max_size=6)) if events else []
    sent = draw(st.permutations([*events, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(sent)), max_size=4)))
    pieces = zip([0, *cuts], [*cuts, len(sent)], strict=True)
    return [piece for a, b in pieces if (piece := sent[a:b])]


def live(events: list[Event], chosen: Rules) -> dict[str, object]:
    """The live state: of contacts as recomputed, of agents after one delivery in order, all in memory."""
    fold = PartitionFold(chosen.tested, retention=EVER)
    fold.fold(events, {})
    agents = {name: now for name, now in fold.settle({}).live.items() if now and name.startswith("a")}
    return {**agents, **{f"c\t{contact}": now for contact, now in naive.doing(naive.stays(events)).items()}}


def in_order(now: dict[str, object]) -> dict[str, object]:
    """What a contact does is a set, told as a list."""
    return {
        name: sorted(map(tuple, doing)) if name.startswith("c") else doing  # type: ignore[call-overload]
        for name, doing in now.items()
    }


def told(history: list[Arrival]) -> list[Event]:
    return [entry.event for entry in history]


@settings(max_examples=examples(200))
@given(st.data(), rules(), histories())
def test_any_delivery_gives_what_a_recomputation_gives(
    data: st.DataObject, chosen: Rules, history: list[Arrival]
) -> None:
    events = data.draw(messy(told(history)), label="events")
    store = MemoryStore(retention=EVER)
    line = Line(store, CONTACTS, chosen.tested, retention=EVER)
    for batch in data.draw(deliveries(events), label="batches"):
        line.batch(batch)
    cells, now = state_of(store, EVER)
    assert cells == expected(events, chosen, EVER)
    assert in_order(now) == live(events, chosen)


@settings(max_examples=examples(200))
@given(st.data(), rules(), histories())
def test_crashes_and_tiny_caches_change_nothing(
    data: st.DataObject, chosen: Rules, history: list[Arrival]
) -> None:
    events = data.draw(messy(told(history)), label="events")
    store = MemoryStore(retention=BRIEF)
    line = Line(store, CONTACTS, chosen.tested, retention=BRIEF, room=Room(3, 3, 3, 0))
    for batch in data.draw(deliveries(events), label="batches"):
        line.batch(batch)
        if data.draw(st.booleans(), label="crash"):
            line.crash()
    cells, now = state_of(store, BRIEF)
    assert cells == expected(events, chosen, BRIEF)
    assert in_order(now) == live(events, chosen)
