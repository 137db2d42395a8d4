"""The rulebook: what holds from when on, whoever starts when with which settings."""

from dataclasses import replace

import pytest
from support.factories import ms

from stream.domain.definition import (
    Attribution,
    ClockStop,
    Definition,
    Timeline,
    definitions,
)
from stream.domain.instant import MINUTE_MS
from stream.domain.rulebook import (
    MOST_CHANGES,
    MOST_KEPT,
    Rulebook,
    Wanted,
    amended,
    begun,
    renewed,
)

pytestmark = pytest.mark.pure

BILLING = ("billing", "voice")
TWENTY, SIXTY = Definition(20_000), Definition(60_000)
#: Ten seconds into a minute.
NOW_MS = ms(0) - ms(0) % MINUTE_MS + 10_000
NEXT_MS = NOW_MS - NOW_MS % MINUTE_MS + MINUTE_MS
DAY_MS = 86_400_000


def wanted(found: Definition | Timeline = TWENTY, **more: object) -> Wanted:
    return Wanted(definitions({BILLING: found}, **more))  # type: ignore[arg-type]


def follow(book: Rulebook, file: Wanted, *, now_ms: int = NOW_MS, booked_ms: int = 0) -> Rulebook:
    return amended(book, file, now_ms=now_ms, booked_ms=booked_ms)


def timeline(book: Rulebook) -> list[tuple[int, int]]:
    return [(at_ms, found.target_ms) for at_ms, found in book.definitions.timeline(*BILLING)]


BOOK = begun(wanted(), 5)


def test_the_first_file_holds_from_the_beginning() -> None:
    assert BOOK.definitions == wanted().definitions
    assert (BOOK.id, BOOK.fingerprint) == ("5.1", wanted().fingerprint)


def test_a_new_target_holds_from_the_next_whole_minute_on() -> None:
    found = follow(BOOK, wanted(SIXTY))
    assert timeline(found) == [(0, 20_000), (NEXT_MS, 60_000)]
    assert (found.id, found.fingerprint) == ("5.2", wanted(SIXTY).fingerprint)
    assert found.changes[-1].from_ms == NEXT_MS


@pytest.mark.parametrize(
    ("now_ms", "booked_ms", "from_ms"),
    [
        (NEXT_MS - 4_000, 0, NEXT_MS + MINUTE_MS),  # others must have heard of it by then
        (NEXT_MS, 0, NEXT_MS + MINUTE_MS),
        (NOW_MS, NEXT_MS - 1, NEXT_MS),
        (NOW_MS, NEXT_MS, NEXT_MS + MINUTE_MS),  # a source whose clock is ahead
        (NOW_MS, NOW_MS + DAY_MS, NEXT_MS + 6 * MINUTE_MS),
    ],
)
def test_a_change_lies_beyond_all_that_was_booked(now_ms: int, booked_ms: int, from_ms: int) -> None:
    found = follow(BOOK, wanted(SIXTY), now_ms=now_ms, booked_ms=booked_ms)
    assert timeline(found)[-1] == (from_ms, 60_000)


def test_how_visits_are_counted_changes_at_once_and_nothing_is_booked_otherwise() -> None:
    file = wanted(replace(TWENTY, goal_ratio=0.9, attribution=Attribution.EXITED))
    found = follow(BOOK, file)
    assert found.definitions.timeline(*BILLING) == file.definitions.timeline(*BILLING)
    assert found.changes[-1].from_ms is None


def test_a_target_and_a_goal_change_each_in_its_time() -> None:
    (_, before), (_, after) = follow(BOOK, wanted(replace(SIXTY, goal_ratio=0.9))).definitions.timeline(
        *BILLING
    )
    assert (before.target_ms, before.goal_ratio) == (20_000, 0.9)
    assert (after.target_ms, after.goal_ratio) == (60_000, 0.9)


@pytest.mark.parametrize(
    "changed", [Definition(20_000, 3_000), Definition(20_000, clock_stop=ClockStop.ACCEPTED)]
)
def test_limits_and_clock_stops_change_as_targets_do(changed: Definition) -> None:
    found = follow(BOOK, wanted(changed)).definitions.timeline(*BILLING)
    assert found == ((0, TWENTY), (NEXT_MS, changed))


def test_a_queue_that_was_not_named_keeps_what_held_for_it_until_then() -> None:
    book = begun(Wanted(definitions(by_channel={"voice": Definition(30_000)})), 5)
    found = follow(book, Wanted(definitions({BILLING: SIXTY}, {"voice": Definition(30_000)})))
    assert timeline(found) == [(0, 30_000), (NEXT_MS, 60_000)]


def test_a_queue_that_is_named_no_more_holds_to_what_else_does_and_is_forgotten_where_it_always_did() -> None:
    found = follow(begun(wanted(SIXTY), 5), Wanted(definitions()))
    assert timeline(found) == [(0, 60_000), (NEXT_MS, 20_000)]
    assert follow(BOOK, Wanted(definitions())).definitions.by_queue == {}


def test_the_default_and_channels_change_for_queues_that_nobody_names() -> None:
    book = begun(Wanted(definitions(by_channel={"chat": TWENTY})), 5)
    found = follow(
        book, Wanted(definitions(by_channel={"chat": SIXTY}, default=Definition(30_000)))
    ).definitions
    assert [at.target_ms for _, at in found.timeline("any", "chat")] == [20_000, 60_000]
    assert [at.target_ms for _, at in found.timeline("any", "voice")] == [20_000, 30_000]


def test_days_to_come_are_those_of_the_last_file() -> None:
    tomorrow, later = NOW_MS + DAY_MS, NOW_MS + 2 * DAY_MS
    book = follow(BOOK, wanted(((0, TWENTY), (tomorrow, SIXTY))))
    assert timeline(book) == [(0, 20_000), (tomorrow, 60_000)]
    book = follow(book, wanted(((0, TWENTY), (later, Definition(30_000)))))
    assert timeline(book) == [(0, 20_000), (later, 30_000)]
    assert timeline(follow(book, wanted())) == [(0, 20_000)]


def test_a_change_before_the_last_had_effect_takes_its_place() -> None:
    found = follow(follow(BOOK, wanted(SIXTY)), wanted(Definition(30_000)), now_ms=NOW_MS + 1_000)
    assert timeline(found) == [(0, 20_000), (NEXT_MS, 30_000)]


def test_what_was_booked_is_contradicted_by_changes_before_its_end_alone() -> None:
    book = follow(BOOK, wanted(SIXTY))
    assert not book.contradicts(None, NEXT_MS)
    assert not book.contradicts("5.1", NEXT_MS - 1)
    assert book.contradicts("5.1", NEXT_MS)
    assert not book.contradicts("5.2", NEXT_MS)
    assert book.contradicts("6.1", 0)  # of another rulebook
    assert book.contradicts("5.3", 0)  # this one is an older copy
    read = follow(BOOK, wanted(replace(TWENTY, goal_ratio=0.9)))
    assert not read.contradicts("5.1", NEXT_MS)


def test_a_file_that_was_followed_before_is_outdated() -> None:
    book = follow(BOOK, wanted(SIXTY))
    assert book.is_outdated(wanted())
    assert not book.is_outdated(wanted(SIXTY))
    assert not book.is_outdated(wanted(Definition(30_000)))
    back = follow(book, wanted())
    assert not back.is_outdated(wanted())
    assert back.is_outdated(wanted(SIXTY))


def test_readers_are_told_where_their_file_differs() -> None:
    book = follow(BOOK, wanted(SIXTY))
    assert book.differences(wanted(SIXTY), NOW_MS) == {}  # though it holds from the next minute on
    assert book.differences(wanted(), NOW_MS) == {BILLING: (TWENTY, SIXTY)}
    assert book.differences(Wanted(definitions()), NOW_MS) == {BILLING: (TWENTY, SIXTY)}


@pytest.mark.parametrize(
    ("book", "file", "what"),
    [
        (BOOK, wanted(replace(TWENTY, all_targets_ms=(20_000, 60_000))), "service_level_by_target"),
        (BOOK, wanted(by_agent=True), "agents.ranking"),
        (BOOK, wanted()._replace(grace_ms=0), "agents.grace_seconds"),
        (BOOK, wanted(((0, TWENTY), (NOW_MS - DAY_MS, SIXTY))), "a day that has passed"),
        (
            begun(wanted(Definition(attribution=Attribution.OFFERED)), 5),
            wanted(Definition(25_000, attribution=Attribution.OFFERED)),
            "a target or limit that is no edge of the wait bands",
        ),
        (BOOK, wanted(default=Definition(25_000)), "a target or limit that is no edge of the wait bands"),
    ],
)
def test_what_cannot_be_told_apart_waits_for_a_new_rulebook(book: Rulebook, file: Wanted, what: str) -> None:
    found = follow(book, file)
    assert list(found.waiting(file, NOW_MS).values()) == [what]
    assert found.definitions.wait_edges_ms == book.definitions.wait_edges_ms
    assert begun(file, 6).waiting(file, NOW_MS) == {}
    assert found.waiting(wanted(SIXTY), NOW_MS) == {}  # it is not that file which waits


def test_a_target_between_the_bands_does_for_what_is_judged_as_it_is_booked() -> None:
    found = follow(BOOK, wanted(Definition(25_000)))
    assert timeline(found) == [(0, 20_000), (NEXT_MS, 25_000)]
    assert found.waiting(wanted(Definition(25_000)), NOW_MS) == {}


def test_a_rulebook_takes_so_many_changes_and_no_more() -> None:
    book = BOOK
    for at in range(MOST_CHANGES + 3):
        book = follow(book, wanted(Definition(30_000 + at)), now_ms=NOW_MS + at * MINUTE_MS)
    assert len(book.changes) == MOST_CHANGES == len(timeline(book))


def renew(book: Rulebook, file: Wanted, *, now_ms: int = NOW_MS + DAY_MS) -> Rulebook:
    return renewed(book, file, now_ms=now_ms, booked_ms=0)


def test_a_renewed_rulebook_holds_the_past_to_what_held_and_waits_for_nothing() -> None:
    file = wanted(replace(SIXTY, all_targets_ms=(60_000, 90_000)), by_agent=True)._replace(grace_ms=0)
    book = follow(BOOK, file)
    found = renew(book, file)
    assert found.waiting(file, NOW_MS + DAY_MS) == {}
    assert timeline(found) == [(0, 20_000), (NEXT_MS, 60_000)]
    assert {of.all_targets_ms for _, of in found.definitions.timeline(*BILLING)} == {(20_000, 60_000, 90_000)}
    assert (found.definitions.by_agent, found.grace_ms) == (True, 0)
    assert found.generation > book.generation
    assert found.contradicts(book.id, 0)
    assert found.is_outdated(wanted())


def test_a_renewed_rulebook_takes_up_days_that_were_named_late() -> None:
    day_ms = NOW_MS - DAY_MS
    file = wanted(((0, TWENTY), (day_ms, SIXTY)))
    assert timeline(renew(follow(BOOK, file), file)) == [(0, 20_000), (day_ms, 60_000)]


def test_a_renewed_rulebook_has_bands_for_what_waited_which_holds_from_then_on() -> None:
    offered = Definition(attribution=Attribution.OFFERED)
    file = wanted(replace(offered, target_ms=25_000))
    found = renew(follow(begun(wanted(offered), 5), file), file)
    assert timeline(found) == [(0, 20_000), (NEXT_MS + DAY_MS, 25_000)]
    assert 25_000 in found.definitions.wait_edges_ms
    assert found.waiting(file, NOW_MS + DAY_MS) == {}


def test_a_full_rulebook_is_renewed_with_room() -> None:
    book = BOOK
    for at in range(MOST_CHANGES):
        book = follow(book, wanted(Definition(30_000 + at)), now_ms=NOW_MS + at * MINUTE_MS)
    found = renew(book, wanted(SIXTY))
    assert book.is_full
    assert (len(found.changes), len(timeline(found))) == (MOST_KEPT + 1, MOST_KEPT)
    assert timeline(found)[-1] == (NEXT_MS + DAY_MS, 60_000)
