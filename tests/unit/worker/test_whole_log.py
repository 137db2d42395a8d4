"""A log whose contacts have left memory says what one says that was folded in memory, in any order."""

import random
from collections.abc import Iterator

import pytest
from support.factories import abandoned, answered, ended, ms, of, queued, retracted, state

from stream.domain.cache import Room
from stream.domain.definition import definitions
from stream.domain.fact import Event, Fact
from stream.domain.fold import TOTAL, Cell, Retention
from stream.domain.kinds import Kind
from stream.domain.reading import Reading, read
from stream.replay import report as reporting
from stream.replay.report import report
from stream.store.spill import Spill
from stream.worker import whole
from stream.worker.whole import WholeLog

pytestmark = pytest.mark.pure

QUEUES = ("billing", "sales")


def log(seed: int, contacts: int = 120) -> list[Event]:
    """Contacts with corrections, told twice and in no order."""
    chance = random.Random(seed)
    events: list[Event] = []
    for number in range(contacts):
        at, wait = chance.randrange(3_600), chance.randrange(120)
        entry = queued(at, chance.choice(QUEUES))
        exit_ = chance.choice((answered, abandoned))(at + wait)
        told = [entry, exit_, ended(at + wait + 60)]
        if chance.random() < 0.2:
            told.append(retracted(at + 9_000, chance.choice([entry, exit_])))
        events += of(f"c{number}", *told)
    events += chance.sample(events, contacts)
    chance.shuffle(events)
    return events


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> list[Spill]:
    """Hardly anything fits into memory; the facts that were spilled."""
    made: list[Spill] = []

    def spill() -> Spill:
        made.append(Spill(most_waiting=4))
        return made[-1]

    monkeypatch.setattr(whole, "_BATCH", 7)
    monkeypatch.setattr(whole, "_ROOM", Room(3, 3, 2))
    monkeypatch.setattr(whole, "_PRUNED_EVERY_MS", 1_000)
    monkeypatch.setattr(reporting, "Spill", spill)
    return made


@pytest.mark.parametrize("seed", range(8))
def test_a_report_is_the_same_whatever_fits_into_memory(seed: int, request: pytest.FixtureRequest) -> None:
    expected = report(log(seed), definitions())
    made = request.getfixturevalue("narrow")
    assert report(log(seed), definitions()) == expected
    assert expected["all"]["offered"] > 90
    assert made[0]._has_written


@pytest.mark.usefixtures("narrow")
def test_the_longest_wait_goes_when_it_is_taken_back_long_after() -> None:
    longest = abandoned(900)
    events = [*of("long", queued(0), longest), *log(1), *of("long", retracted(9_000, longest))]
    assert report(events[:-1], definitions())["billing"]["max_wait_seconds"] == 900
    assert report(events, definitions())["billing"]["max_wait_seconds"] < 120


@pytest.mark.usefixtures("narrow")
def test_a_late_event_of_a_contact_that_left_memory_finds_the_rest_of_it() -> None:
    events = [*of("late", queued(0)), *log(2), *of("late", answered(33))]
    found = report(events, definitions())["billing"]
    before = report(events[:-1], definitions())["billing"]
    assert found["answered"] == before["answered"] + 1
    assert found["offered"] == before["offered"]


def test_panes_and_what_is_live_are_those_of_a_fold_in_memory(request: pytest.FixtureRequest) -> None:
    events = [*log(3), *of("a1", state(5, "available"), state(4_000, "talking")), *of("open", queued(3_900))]
    retention = Retention(1 << 60, 1 << 60, short_panes_ms=600_000, long_panes_ms=1_800_000)

    def folded() -> WholeLog:
        with Spill(most_waiting=4) as spill:
            found = WholeLog(definitions(), spill, retention)
            found.fold(events)
            return found

    expected = folded()
    request.getfixturevalue("narrow")
    found = folded()
    assert found.live == expected.live
    assert found.live.keys() >= {"a\ta1", "c\topen"}
    oldest_ms = ms(4_000) - 1_800_000
    assert shown(found, oldest_ms) == shown(expected, oldest_ms)
    assert all(cell.start_ms == TOTAL or cell.start_ms >= oldest_ms - 60_000 for cell in found.cells)


def shown(log: WholeLog, oldest_ms: int) -> dict[Cell, Reading]:
    """What a board would read of panes; how late facts came depends on how they fell into batches."""
    return {
        cell: read(tally)
        for cell, tally in log.cells.items()
        if cell.start_ms >= oldest_ms and not cell.series.startswith("l")
    }


TEXTS = ("", "\t", "a\tb\n\0c", "\\N", '"', "\u2028é\U0001f600", "\x1f")


def every_fact() -> Iterator[Fact]:
    for number, text in enumerate(TEXTS):
        for kind in Kind:
            yield Fact(1, int(kind), f"/s\t{kind}{text}", number, text, text[::-1], f"{text}\t{text}")


@pytest.mark.parametrize("most_waiting", [1, 1_000])
def test_facts_come_back_as_they_were(most_waiting: int) -> None:
    facts = list(every_fact())
    with Spill(most_waiting) as spill:
        for number, text in enumerate(TEXTS):
            for fact in facts:
                spill.keep({f"c\t{number}{text}": [fact]})
        wanted = [f"c\t{number}{text}" for number, text in enumerate(TEXTS)]
        assert spill.load([*wanted, "c\tother"]) == dict.fromkeys(wanted, facts)
        assert dict(spill.all()) == dict.fromkeys(wanted, facts)


def test_of_two_contents_the_later_is_told_last() -> None:
    first, other = Fact(1, 1, "/s\t1", 0, "a"), Fact(2, 1, "/s\t1", 0, "b")
    with Spill(most_waiting=1) as spill:
        for fact in (first, other):
            spill.keep({"c\t1": [fact]})
            spill.keep({"c\t2": [fact], "c\t3": [fact]})
        assert {fact.uid: fact for fact in spill.load(["c\t1"])["c\t1"]} == {"/s\t1": other}


def test_more_entities_than_a_query_takes_are_found() -> None:
    names = [f"c\t{number}" for number in range(2_000)]
    with Spill(most_waiting=1) as spill:
        spill.keep({name: [Fact(1, 1, name)] for name in names})
        assert spill.load(names) == {name: [Fact(1, 1, name)] for name in names}
