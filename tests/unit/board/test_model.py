"""The reader's model: moved by what changed, replaced by what is whole, and no larger than it must be."""

from dataclasses import replace

import pytest
from support.factories import CONTACTS, ms
from support.scenario import Centre, finished

from stream.board.model import Model
from stream.board.reader import Reader
from stream.board.snapshot import BoardBuilder
from stream.domain.agent.now import AgentsNow
from stream.domain.agent.state import AgentLive
from stream.domain.contact.contribution import Live
from stream.domain.contact.now import ContactsNow
from stream.domain.definition import definitions
from stream.domain.fold import LONG_PANE_MS, TOTAL, Cell
from stream.domain.tally import Tally
from stream.errors import StoreUnavailable
from stream.store.delta import Delta
from stream.store.partition import Partition
from stream.store.ports import Store
from stream.store.unreadable import Part, Unreadable

pytestmark = pytest.mark.pure

SHORT_PANE_MS = 10_000
BILLING = "c\tbilling\tvoice"
OTHER = Partition("pantau.contacts", 1)
NOW = ms(3600)


def pane(at: float, pane_ms: int = SHORT_PANE_MS, series: str = BILLING) -> Cell:
    return Cell(pane_ms, ms(at) - ms(at) % pane_ms, series)


def delta(cells: dict[Cell, Tally], *, full: bool = False) -> Delta:
    return Delta(1, full, 1, ms(3600), ms(3600), cells)


class Seen:
    """A model that is given deltas, and what it shows."""

    def __init__(self) -> None:
        self.model = Model()
        self._builder = BoardBuilder(self.model, definitions())

    def take(
        self, cells: dict[Cell, Tally], *, full: bool = False, of: Partition = CONTACTS, now: int = NOW
    ) -> None:
        self.model.take(of, delta(cells, full=full), now_ms=now)

    def offered(self, window: str = "60m", now: int = NOW) -> int:
        return self._builder.board(now).all.windows[window].offered


def test_values_are_absolute_and_move_by_their_difference() -> None:
    seen = Seen()
    for value in (3, 5, 4, 4):
        seen.take({pane(3500): {"offered": value}})
        assert seen.offered() == value
    seen.take({pane(3500): {}})
    assert seen.offered() == 0


def test_partitions_add_up_and_do_not_disturb_each_other() -> None:
    seen = Seen()
    seen.take({pane(3500): {"offered": 3}})
    seen.take({pane(3500): {"offered": 10}}, of=OTHER)
    assert seen.offered() == 13
    seen.take({pane(3500): {"offered": 11}}, of=OTHER)
    assert seen.offered() == 14
    seen.take({}, full=True, of=OTHER)
    assert seen.offered() == 3


def test_what_is_whole_replaces_all_that_was_known() -> None:
    seen = Seen()
    seen.take(
        {pane(3500): {"offered": 3}, pane(3510): {"offered": 7}, Cell(TOTAL, TOTAL, BILLING): {"offered": 10}}
    )
    seen.take({pane(3520): {"offered": 1}, Cell(TOTAL, TOTAL, BILLING): {"offered": 1}}, full=True)
    assert seen.offered() == 1
    assert seen.model.series[BILLING].total == {"offered": 1}


def test_what_could_not_be_read_is_known_until_it_can_be() -> None:
    model, cell = Model(), pane(3500)
    lost = [Unreadable(Part.CELL, "a cell", "is no text", cell), Unreadable(Part.LIVE, "c\t1", "is no text")]
    model.take(CONTACTS, replace(delta({}), unreadable=lost), now_ms=NOW)
    assert model.unreadable == lost
    model.take(CONTACTS, delta({cell: {"offered": 1}}), now_ms=NOW)
    assert model.unreadable == lost[1:]
    model.take(CONTACTS, replace(delta({}), live={"c\t1": None}), now_ms=NOW)
    assert model.unreadable == []


def test_long_panes_make_the_day_and_short_ones_the_rest() -> None:
    seen = Seen()
    seen.take({pane(3500): {"offered": 3}, pane(3500, LONG_PANE_MS): {"offered": 4}})
    assert (seen.offered("60m"), seen.offered("today")) == (3, 4)


def test_live_state_moves_from_place_to_place() -> None:
    model = Model()

    def take(live: dict[str, tuple[Live, ...] | AgentLive | None], *, full: bool = False) -> None:
        model.take(CONTACTS, replace(delta({}, full=full), live=live), now_ms=NOW)

    take({"c\t1": (Live(True, BILLING, 5),), "a\t9": AgentLive("talking", 3, "north", ("billing",), 1)})  # noqa: FBT003
    assert (dict(model.now(ContactsNow).waiting[BILLING]), dict(model.now(ContactsNow).talking[BILLING])) == (
        {("c\t1", 0): 5},
        {},
    )
    assert model.now(AgentsNow).agents["a\t9"].state == "talking"
    take({"c\t1": (Live(False, BILLING, 8),)})  # noqa: FBT003
    assert (dict(model.now(ContactsNow).waiting[BILLING]), dict(model.now(ContactsNow).talking[BILLING])) == (
        {},
        {("c\t1", 0): 8},
    )
    take({"c\t1": None, "a\t9": None, "c\tnever seen": None})
    assert (
        dict(model.now(ContactsNow).waiting[BILLING]),
        dict(model.now(ContactsNow).talking[BILLING]),
        model.now(AgentsNow).agents,
    ) == ({}, {}, {})
    take({"c\t1": (Live(True, BILLING, 5),), "c\t2": (Live(True, BILLING, 6),)})  # noqa: FBT003
    take({"c\t2": (Live(True, BILLING, 6),)}, full=True)  # noqa: FBT003
    assert dict(model.now(ContactsNow).waiting[BILLING]) == {("c\t2", 0): 6}


def test_all_that_a_contact_does_is_shown_and_goes_one_by_one() -> None:
    model = Model()
    sales = "c\tsales\tvoice"
    talks, waits = Live(False, BILLING, 3, "north"), Live(True, BILLING, 9)  # noqa: FBT003
    also = Live(True, sales, 5)  # noqa: FBT003

    def shown(*doing: Live) -> tuple[list[int], list[int], list[int]]:
        model.take(CONTACTS, replace(delta({}), live={"c\t1": doing or None}), now_ms=NOW)
        places = (
            model.now(ContactsNow).talking[BILLING],
            model.now(ContactsNow).waiting[BILLING],
            model.now(ContactsNow).waiting[sales],
        )
        return tuple(sorted(place.values()) for place in places)  # type: ignore[return-value]

    assert shown(talks, also, waits) == ([3], [9], [5])
    assert shown(also, waits) == ([], [9], [5])
    assert shown(waits, waits._replace(since_ms=11)) == ([], [9, 11], [])  # twice in one queue
    assert shown(waits) == ([], [9], [])
    assert shown() == ([], [], [])


def test_a_queue_is_known_by_who_waits_in_it() -> None:
    model = Model()
    live = {"c\t1": (Live(True, BILLING, NOW),)}  # noqa: FBT003
    model.take(CONTACTS, replace(delta({}), live=live), now_ms=NOW)  # type: ignore[arg-type]
    (row,) = BoardBuilder(model, definitions()).board(NOW).queues
    assert (row.queue, row.now.waiting) == ("billing", 1)


def test_panes_are_forgotten_when_no_window_reaches_them() -> None:
    seen = Seen()
    day = 86_400
    seen.take({pane(0): {"offered": 1}, pane(0, LONG_PANE_MS): {"offered": 1}}, now=ms(1))
    seen.offered(now=ms(1))
    seen.take({pane(3700): {"offered": 1}}, now=ms(3700))
    seen.offered(now=ms(3700))
    seen.take({}, now=ms(3800))
    short = seen.model.series[BILLING].short.panes
    assert sorted(short) == [ms(3700)]
    seen.take({}, now=ms(2 * day))
    seen.offered(now=ms(2 * day))
    seen.take({}, now=ms(2 * day + 61))
    assert seen.model.series[BILLING].long.panes == {}


def test_a_late_change_to_a_forgotten_pane_counts_nothing_twice() -> None:
    seen = Seen()
    seen.take({pane(0): {"offered": 5}}, now=ms(1))
    assert seen.offered(now=ms(1)) == 5
    for now in (3700, 3800):  # nobody looks meanwhile: the windows stand where they were
        seen.take({}, now=ms(now))
    seen.take({pane(0): {"offered": 6}}, now=ms(3800))
    assert seen.offered(now=ms(3800)) == 0
    assert seen.offered(now=ms(3801)) == 0


def test_what_lies_beyond_the_horizon_is_not_taken() -> None:
    seen = Seen()
    seen.take({pane(0, LONG_PANE_MS): {"offered": 1}}, now=ms(27 * 3600))
    assert BILLING not in seen.model.series


# The reader.


def test_a_reader_that_comes_late_sees_the_same() -> None:
    centre = Centre(partitions=2)
    for n in range(10):
        centre.at(5 * n).queued(f"c{n}").at(5 * n + 3)
        if n % 2:
            centre.answered(f"c{n}")
        centre.board()
    model = Model()
    finished(Reader(centre.store, model).refresh(centre.now_ms))
    assert BoardBuilder(model, definitions()).board(centre.now_ms) == centre.board()


class Flaky:
    """A store that does not answer for one partition for a while."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.silent: Partition | None = None

    async def partitions(self) -> list[Partition]:
        return await self._store.partitions()

    async def delta(self, partition: Partition, cursor: int, *, since_ms: int) -> Delta:
        if partition == self.silent:
            raise StoreUnavailable("Redis cannot be reached")
        return await self._store.delta(partition, cursor, since_ms=since_ms)


@pytest.mark.parametrize("silent", [0, 1])
def test_a_reader_goes_on_where_it_was_when_the_store_comes_back(silent: int) -> None:
    centre = Centre(partitions=2)
    for n in range(6):
        centre.at(n).queued(f"c{n}")
    centre.board()
    store, model = Flaky(centre.store), Model()
    reader, builder = Reader(store, model), BoardBuilder(model, definitions())  # type: ignore[arg-type]
    finished(reader.refresh(centre.now_ms))
    for n in range(6):
        centre.at(10 + n).answered(f"c{n}")
    wanted = centre.board()
    store.silent = Partition("pantau.all", silent)
    with pytest.raises(StoreUnavailable):
        finished(reader.refresh(centre.now_ms))
    assert builder.board(centre.now_ms).all.now.waiting in {3, 6}  # as it was, or further on
    store.silent = None
    finished(reader.refresh(centre.now_ms))
    assert builder.board(centre.now_ms) == wanted
    assert wanted.all.now.waiting == 0
