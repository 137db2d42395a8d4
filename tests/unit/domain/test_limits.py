"""Which names a partition lets in: the first ones, whatever the batches, and those that the settings name."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.factories import abandoned, answered, ended, fact, ms, of, queued

from stream.domain.contact.entity import CONTACT
from stream.domain.definition import definitions
from stream.domain.fact import Event, fact_text
from stream.domain.fold import LONG_PANE_MS, PartitionFold, Retention
from stream.domain.kinds import Kind
from stream.domain.limits import CONTACT_FACTS, OPEN_CONTACTS, Held, Limits, Names

pytestmark = pytest.mark.pure

FEW = Limits(queues=2, teams=1, reasons=1, agents=2, open_contacts=2)


class Partition:
    """A partition with limits, as its worker keeps it."""

    def __init__(self, limits: Limits = FEW, held: Held | None = None) -> None:
        self.limits, self.held = limits, held or Held()
        self.retention = Retention(contacts_ms=1000_000)
        self.read = 0
        self.refused: dict[int, str] = {}
        self.late: set[int] = set()
        self.live: dict[str, object] = {}
        self.fold = self.fresh(0)

    def fresh(self, watermark_ms: int) -> PartitionFold:
        rules = definitions()
        return PartitionFold(
            rules, limits=self.limits, held=self.held, retention=self.retention, watermark_ms=watermark_ms
        )

    def take(self, events: Sequence[Event]) -> None:
        self.fold.fold(events, {})
        changes = self.fold.settle({})
        self.held.take(changes.names, changes.opened)
        self.refused |= {self.read + at: kind for at, kind in self.fold.refused.items()}
        self.late |= {self.read + at for at in self.fold.late}
        self.live = {k: v for k, v in (self.live | changes.live).items() if v is not None}
        self.read += len(events)


def taken(events: Sequence[Event], sizes: Iterable[int] = (), limits: Limits = FEW) -> Partition:
    partition, at = Partition(limits), 0
    for size in sizes:
        partition.take(events[at : at + size])
        at += size
    partition.take(events[at:])
    return partition


def told(subject: str, team: str = "", reason: str = "") -> Event:
    return of(subject, fact(Kind.AGENT_STATE, 0, visit=1, text=("not_ready", team, reason)))[0]


def test_the_first_names_are_let_in_and_later_ones_refused_by_kind() -> None:
    events = [
        *of("c1", queued(0, "a"), queued(1, "b", visit=2), queued(2, "c", visit=3), queued(3, "a", "chat")),
        *of("c1", answered(4, "x", team="north", visit=1), answered(5, "x", team="south", visit=2)),
        *of("c1", fact(Kind.VISIT_BLOCKED, 6, text=("d", "voice", "full"))),
        *of("c2", queued(7, "b")),
    ]
    partition = taken(events)
    assert partition.refused == {2: "queues", 3: "queues", 5: "teams", 6: "queues"}
    assert partition.held.used() == {"queues": 2, "teams": 1, "reasons": 0, "agents": 0, "open_contacts": 2}


def test_agents_their_teams_and_reasons_are_limited() -> None:
    lunch, tea = told("a1", "north", "lunch"), told("a2", "north", "tea")
    events = [lunch, tea, told("a2", "north"), told("a3"), told("a1", "south"), told("a2", "", "lunch")]
    assert taken(events).refused == {1: "reasons", 3: "agents", 4: "teams"}


def test_a_refused_event_lets_in_none_of_its_names() -> None:
    events = [told("a1", "", "lunch"), told("a2", "north", "tea"), told("a2", "south")]
    assert taken(events).refused == {1: "reasons"}


def test_a_correction_brings_names_too() -> None:
    instead = fact_text(queued(0, "c"))
    correction = fact(Kind.CONTACT_CORRECTED, 3, text=("/test\tother", "", instead))
    events = of("c1", queued(0, "a"), queued(1, "b", visit=2), correction)
    assert taken(events).refused == {2: "queues"}


def test_names_in_the_settings_are_always_let_in_and_do_not_count() -> None:
    limits = Limits(queues=1, teams=1, always=frozenset({("queues", "vip\tvoice"), ("teams", "gold")}))
    events = [*of("c1", queued(0, "a"), queued(1, "vip", visit=2)), told("a1", "north"), told("a2", "gold")]
    partition = taken(events, limits=limits)
    assert partition.refused == {}
    assert partition.held.names == {
        ("queues", "a\tvoice"),
        ("teams", "north"),
        ("agents", "a1"),
        ("agents", "a2"),
    }


def test_agents_of_contacts_count_where_they_are_ranked() -> None:
    events = of("c1", queued(0), *(answered(at, f"x{at}", visit=1) for at in range(1, 4)))
    for by_agent, refused in ((False, {}), (True, {3: "agents"})):
        assert Names(FEW, Held(), by_agent=by_agent).refused(events)[0] == refused


def test_a_contact_is_refused_while_too_many_are_open() -> None:
    events = [
        *of("c1", queued(0)),
        *of("c2", queued(1)),
        *of("c3", queued(2)),
        *of("c1", answered(3)),
        *of("c2", abandoned(4)),
        *of("c4", queued(5)),
        *of("c5", queued(6)),
    ]
    partition = taken(events)
    assert partition.refused == {2: "open_contacts", 6: "open_contacts"}
    assert sorted(partition.live) == ["c\tc1", "c\tc4"]
    assert partition.held.open[OPEN_CONTACTS] == 2


def test_what_is_over_when_it_comes_back_needs_no_room() -> None:
    events = [*of("c1", queued(0)), *of("c2", queued(1)), *of("c3", abandoned(9)), *of("c3", queued(2))]
    assert taken(events).refused == {}


def test_a_source_that_invents_names_makes_a_bounded_number_of_series() -> None:
    limits = Limits(queues=20, teams=10, reasons=5, agents=30, open_contacts=40)
    events = [
        event
        for n in range(5_000)
        for event in (
            *of(f"c{n}", queued(n / 100, f"queue {n}"), answered(n / 100 + 1, team=f"team {n}")),
            told(f"agent {n}", f"crew {n}", f"reason {n}"),
        )
    ]
    partition = taken(events, [500] * 29, limits)
    full = {kind: most for kind, most in limits.by_kind().items() if kind != CONTACT_FACTS}
    assert partition.held.used() == {**full, "agents": 5, "open_contacts": 20}
    series = {cell.series for cell, _ in partition.fold.cells()}
    assert len(series) <= 2 * limits.queues + limits.teams + 2
    fields = {
        name for _, tally in partition.fold.cells() for name in tally if name.startswith("n.not_ready.")
    }
    assert len(fields) <= limits.reasons
    assert len(partition.live) <= limits.open_contacts + limits.agents


def test_a_name_that_is_known_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    look = Names._unknown
    monkeypatch.setattr(Names, "_unknown", lambda self, *named: looks.append(1) or look(self, *named))
    partition = Partition(Limits())
    for at in range(5):
        partition.take([*of(f"c{at}", queued(at, "a"), answered(at + 1, team="t")), told("a1", "t", "lunch")])
    assert len(looks) == 2  # they are new, and then they are known


_LIVES = st.lists(
    st.tuples(
        st.sampled_from(["c1", "c2", "c3", "c4"]),
        st.one_of(
            st.builds(queued, st.integers(0, 20), st.sampled_from("abcd")),
            st.builds(
                lambda at, team: answered(at, team=team), st.integers(0, 20), st.sampled_from(["", "n", "s"])
            ),
            st.builds(abandoned, st.integers(0, 20)),
            st.builds(ended, st.integers(0, 20)),
            st.builds(queued, st.sampled_from([-2000, 2000])),
        ),
    ).map(lambda pair: Event(*pair)),
    max_size=25,
)


@given(_LIVES, st.lists(st.integers(1, 6), max_size=8))
def test_what_is_refused_does_not_depend_on_batches(events: list[Event], sizes: list[int]) -> None:
    one_by_one, batched = taken(events, [1] * len(events)), taken(events, sizes)
    assert batched.refused == one_by_one.refused
    assert batched.held == one_by_one.held
    assert batched.held.open[OPEN_CONTACTS] == len(batched.live) <= FEW.open_contacts


@given(_LIVES, st.integers(0, 25))
def test_what_is_refused_does_not_depend_on_a_restart(events: list[Event], at: int) -> None:
    """A worker that takes over knows what was stored, and loads facts on demand; nothing else."""
    through = taken(events, [at])
    first = taken(events[:at])
    facts = {f"c\t{s}": list(c.facts.values()) for s, c in first.fold.known(CONTACT).items()}
    second = first.fresh(first.fold.watermark_ms)
    second.fold(events[at:], facts)
    assert {at + n: kind for n, kind in second.refused.items()} == {
        n: kind for n, kind in through.refused.items() if n >= at
    }


@given(_LIVES, st.lists(st.integers(1, 6), max_size=8))
def test_the_numbers_are_those_of_a_log_without_what_was_refused(
    events: list[Event], sizes: list[int]
) -> None:
    limited = taken(events, sizes)
    rest = [e for at, e in enumerate(events) if at not in limited.refused.keys() | limited.late]
    plain = PartitionFold(definitions(), retention=Retention(contacts_ms=1 << 50))
    plain.fold(rest, {})
    plain.settle({})
    found = {c: t for c, t in limited.fold.cells() if t and c.pane_ms == LONG_PANE_MS and c.series[0] != "l"}
    assert found == {c: t for c, t in plain.cells() if t and c.pane_ms == LONG_PANE_MS and c.series[0] != "l"}


def test_an_event_that_is_both_late_and_too_many_is_told_once() -> None:
    events = of("c1", queued(5000, "a"), queued(5001, "b", visit=2), queued(0, "c", visit=3))
    partition = taken(events)
    assert (partition.refused, partition.late) == ({2: "queues"}, set())
    assert partition.fold.watermark_ms == ms(5001)
