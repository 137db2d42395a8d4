"""What of the way from the sources is away, as a reader sees it by its own clock."""

import pytest
from support.factories import AGENTS, CONTACTS, ms

from stream.board.heartbeats import NEVER, Beat
from stream.board.path import AWAY_AFTER_MS, Away, Link, Path, Sight, path
from stream.store.partition import Partition
from stream.store.sign import Sign

pytestmark = pytest.mark.pure

WAIT = AWAY_AFTER_MS / 1000


class Reader:
    """Reads once a second; what is in the store changes by `sign`, `beat` and `event`."""

    def __init__(self, *partitions: Partition) -> None:
        self.sights = {partition: Sight() for partition in partitions or (CONTACTS,)}
        self.signs: dict[Partition, Sign] = {}
        self.beats: dict[Partition, dict[str, int]] = {partition: {} for partition in self.sights}
        self.moved: set[Partition] = set()
        self.now = self.read = 0.0
        self.watermark_ms = 0

    def sign(self, *partitions: Partition, silent: float = 0.0, behind: int = 0) -> "Reader":
        """Owners give a sign of life, by a clock of the store that is an hour ahead."""
        for partition in partitions or self.sights:
            self.signs[partition] = Sign(ms(self.now + 3600), round(silent * 1000), behind)
        return self

    def beat(self, source: str = "/crm", *partitions: Partition) -> "Reader":
        for partition in partitions or self.sights:
            self.beats[partition][source] = ms(self.now - 7)  # its clock is late
        return self

    def event(self, partition: Partition = CONTACTS) -> "Reader":
        self.watermark_ms = ms(self.now)
        self.moved.add(partition)
        return self

    def at(self, now: float, *, store: bool = True) -> Path:
        """The way at `now`; meanwhile the reader has read every second, unless the store is away."""
        while self.now < now:
            self.now = min(now, self.now + 1)
            if store:
                self._look()
        return path(self.sights, self.watermark_ms, read_ms=ms(self.read), now_ms=ms(self.now))

    def _look(self) -> None:
        self.read = self.now
        for partition, sight in self.sights.items():
            moved = partition in self.moved
            sight.take(self.signs.get(partition), self.beats[partition], moved=moved, now_ms=ms(self.now))
        self.moved = set()

    def living(self, until: float, *, every: float = 2.0, beats: str = "", step: float = 5.0) -> "Reader":
        """Signs come until then, and heartbeats of `beats`."""
        due = self.now
        while self.now < until:
            self.sign()
            if beats and self.now >= due:
                self.beat(beats)
                due = self.now + step
            self.at(min(until, self.now + every))
        return self


def test_where_all_is_well_nothing_is_away() -> None:
    assert Reader(CONTACTS, AGENTS).event().living(50).at(51) == Path()


def test_a_worker_without_a_sign_of_life_is_away_and_its_partition_known_to_the_last() -> None:
    reader = Reader(CONTACTS, AGENTS).living(30)
    for second in range(30, 60):
        reader.sign(AGENTS)
        found = reader.at(second)
        late = second > 29 + WAIT
        assert found.away == ((Away(Link.WORKER, ms(29), 1),) if late else ())
        assert found.known == ({CONTACTS: ms(29)} if late else {})
    assert not reader.sign().at(61).away


def test_whoever_stores_anything_lives() -> None:
    reader = Reader().living(30)
    for second in range(30, 60):
        assert not reader.event().at(second).away


def test_owners_of_before_who_give_no_signs_are_not_missed() -> None:
    assert Reader().event().at(50) == Path()


def test_without_any_partition_no_worker_has_ever_started() -> None:
    assert path({}, 0, read_ms=ms(5), now_ms=ms(6)) == Path((Away(Link.WORKER, None, 0),))


def test_a_worker_tells_since_when_kafka_has_not_answered() -> None:
    reader = Reader(CONTACTS, AGENTS).living(30)
    silent = 0.0
    while silent <= WAIT:
        assert not reader.sign(silent=silent).at(reader.now + 1).away
        silent += 1
    found = reader.sign(CONTACTS, silent=silent).sign(AGENTS).at(reader.now + 1)
    assert found.away == (Away(Link.BROKER, ms(31), 1),)
    assert found.known == {CONTACTS: ms(31)}


def test_when_kafka_answered_last_does_not_move_with_how_late_signs_are_read() -> None:
    reader = Reader()
    for at in range(2, 22, 2):
        reader.at(at)
        reader.sign(silent=max(0.0, at - 4 - 0.3 * (at % 4 == 0)))
    known = {reader.at(reader.now + n).known[CONTACTS] for n in range(3)}
    reader.sign(silent=reader.now - 4 + 0.2)
    assert {reader.at(reader.now + 1).known[CONTACTS]} == known


def test_what_a_worker_that_is_away_said_of_kafka_is_not_believed() -> None:
    found = Reader().living(30).sign(silent=60).at(50)
    assert [away.link for away in found.away] == [Link.WORKER]


def test_a_store_that_does_not_answer_hides_all_else_and_heals_without_blame() -> None:
    reader = Reader(CONTACTS, AGENTS).living(30, beats="/crm")
    assert not reader.at(30 + WAIT, store=False).away
    found = reader.at(90, store=False)
    assert found.away == (Away(Link.STORE, ms(30), 2),)
    assert found.known == {CONTACTS: ms(30), AGENTS: ms(30)}
    # The signs are old, for workers could not give any; they come within seconds.
    assert reader.at(91) == Path()
    assert reader.living(120, beats="/crm").at(121) == Path()


def test_a_store_that_never_answered_is_away_at_once() -> None:
    assert path({}, 0, read_ms=0, now_ms=ms(5)) == Path((Away(Link.STORE, None, 0),))


def test_what_was_away_before_the_store_is_known_no_longer_than_that() -> None:
    reader = Reader().living(30)
    reader.at(35)
    reader.at(45)
    assert reader.at(90, store=False).known == {CONTACTS: ms(29)}


@pytest.mark.parametrize(("every", "within"), [(5.0, 15), (15.0, 35)])
def test_a_source_whose_heartbeats_stop_is_away_after_two_that_did_not_come(
    every: float, within: int
) -> None:
    reader = Reader(CONTACTS, AGENTS).living(90, beats="/crm", step=every)
    last = max(beat.heard_ms for beat in reader.sights[CONTACTS].beats.values())
    told = None
    while told is None:
        told = next((away for away in reader.living(reader.now + 1).at(reader.now).away), None)
        assert reader.now <= 90 + within
    assert told == Away(Link.SOURCE, last, 2, ("/crm",))
    assert reader.now > 90 + every - 1
    assert reader.at(reader.now).known == dict.fromkeys((CONTACTS, AGENTS), last)
    reader.beat("/crm")
    assert reader.sign().at(reader.now + 1) == Path()


def test_events_that_come_are_proof_enough_and_the_silent_source_is_named() -> None:
    reader = Reader().living(60, beats="/crm")
    for _ in range(60):
        found = reader.event().sign().at(reader.now + 1)
    assert [away.sources for away in found.away] == [("/crm",)]
    assert not found.known


def test_one_silent_source_of_two_stops_no_clock() -> None:
    reader = Reader().living(60, beats="/crm")
    reader.living(60).beat("/pbx")
    found = reader.living(100, beats="/pbx").at(100)
    assert [away.sources for away in found.away] == [("/crm",)]
    assert not found.known


def test_while_records_are_to_be_read_no_source_is_blamed() -> None:
    reader = Reader().living(60, beats="/crm")
    for _ in range(60):
        found = reader.sign(behind=700).at(reader.now + 1)
    assert found == Path(behind=700)


def test_after_the_way_was_cut_a_source_has_its_time_to_be_heard_again() -> None:
    reader = Reader().living(60, beats="/crm")
    assert reader.at(120).away[0].link is Link.WORKER
    assert reader.sign().at(121) == Path()
    assert reader.living(140, beats="/crm").at(140) == Path()


def test_without_heartbeats_silence_is_told_after_a_minute_and_stops_no_clock() -> None:
    reader = Reader(CONTACTS, AGENTS).living(30).event().living(89)
    assert reader.at(90) == Path()
    assert reader.sign().at(91) == Path((Away(Link.SOURCE, ms(30), 2),))


def test_before_the_first_event_nobody_is_missed() -> None:
    assert Reader().living(200).at(200) == Path()


def test_a_source_that_was_taken_away_is_forgotten_after_a_day() -> None:
    beats = {"/old": Beat(ms(0), ms(0), 5_000)}
    sight = Sight(read_ms=ms(90_000), heard_ms=ms(90_000), sign=Sign(1, 0, 0), beats=beats)
    day = 24 * 3600
    for now, away in ((day, ("/old",)), (day + 1, ())):
        sight.read_ms = sight.heard_ms = sight.answered_ms = ms(now)
        found = path({CONTACTS: sight}, 0, read_ms=ms(now), now_ms=ms(now))
        assert tuple(source for told in found.away for source in told.sources) == away


def test_the_rhythm_of_a_source_is_that_of_its_last_two_heartbeats_within_bounds() -> None:
    first = NEVER.then(ms(0), ms(100))
    assert first == Beat(ms(0), ms(0), 30_000)
    assert first.then(ms(0), ms(200)) is first
    second = first.then(ms(8), ms(110))
    assert (second.heard_ms, second.gap_ms) == (ms(110), 30_000)
    third = second.then(ms(15), ms(117.5))
    assert (third.gap_ms, third.patience_ms) == (7_500, 17_000)
    assert third.then(ms(16), ms(118)).gap_ms == 5_000
