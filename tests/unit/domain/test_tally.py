"""Tallies add and subtract; what Prometheus has seen never falls."""

from itertools import accumulate

import pytest
from support.factories import ms

from stream.domain.contact.contribution import Contribution, Tag
from stream.domain.contact.posting import Poster
from stream.domain.definition import definitions
from stream.domain.tally import Tally, add, merge, merge_total

pytestmark = pytest.mark.pure

POSTER = Poster(definitions().wait_edges_ms)


def posted(tag: Tag, x: int = 0, y: int = 0, z: int = 0, reason: str = "") -> Tally:
    tally: Tally = {}
    POSTER.post(tally, Contribution(ms(0), "c\tbilling\tvoice", 1, tag, x, y, z, reason), 1)
    return tally


@pytest.mark.parametrize(
    ("wait_ms", "band"),
    [
        (0, "5000"),
        (5_000, "5000"),
        (5_001, "10000"),
        (20_000, "20000"),
        (20_001, "30000"),
        (1_200_000, "1200000"),
        (1_200_001, "+"),
    ],
)
def test_waits_are_counted_in_bands_that_hold_their_upper_edge(wait_ms: int, band: str) -> None:
    assert posted(Tag.ANSWERED, wait_ms)[f"a{band}"] == 1
    assert posted(Tag.ABANDONED, wait_ms)[f"x{band}"] == 1


def test_what_an_answer_adds() -> None:
    assert posted(Tag.ANSWERED, 300, 1) == {"a5000": 1, "aw": 300, "ah203": 1, "d.in": 1}
    assert posted(Tag.ANSWERED, 20_001, 0) == {"a30000": 1, "aw": 20_001, "ah590": 1}


@pytest.mark.parametrize(
    ("within", "short", "field"),
    [(1, 1, "d.short"), (1, 0, "d.abandoned"), (0, 1, "d.late_short"), (0, 0, None)],
)
def test_what_an_abandon_adds(within: int, short: int, field: str | None) -> None:
    decided = {field: 1} if field else {}
    assert posted(Tag.ABANDONED, 100, within, short) == {"x5000": 1, "xw": 100, "xh100": 1, **decided}


def test_what_the_others_add() -> None:
    assert posted(Tag.OFFERED) == {"offered": 1}
    assert posted(Tag.LATE) == {"d.late": 1}
    assert posted(Tag.DECIDED, 45_000, reason="late") == {"d45000.late": 1}
    assert posted(Tag.MOVED, -1, reason="answered_in") == {"D.answered_in": -1}
    assert posted(Tag.PROMISED, 300) == {"pn": 1, "pw": 300, "ph203": 1}
    assert posted(Tag.TRANSFERRED, reason="warm") == {"transferred.warm": 1}
    assert posted(Tag.LEG_BEGAN, reason="chat") == {"n.leg.chat": 1, "t.leg.chat": ms(0)}
    assert posted(Tag.LEG_ENDED, reason="chat") == {"n.leg.chat": -1, "t.leg.chat": -ms(0)}
    assert posted(Tag.OFFER, reason="made") == {"offers.made": 1}
    assert posted(Tag.BLOCKED, reason="full") == {"blocked.full": 1}
    assert posted(Tag.ATTEMPT, reason="busy") == {"attempts.busy": 1}


@pytest.mark.parametrize(
    ("reason", "verdict", "band"),
    [
        ("callback", "d.callback", "k"),
        ("error", "d.error", None),
        ("overflow", "d.flowed_out", "f"),
        ("timeout", "d.flowed_out", "f"),
        ("anything else", "d.flowed_out", "f"),
    ],
)
def test_what_one_who_left_adds(reason: str, verdict: str, band: str | None) -> None:
    def bands(edge: str) -> Tally:
        return {} if band is None else {f"{band}{edge}": 1}

    assert posted(Tag.LEFT, 3, 1, 0, reason) == {f"left.{reason}": 1, verdict: 1, **bands("5000")}
    assert posted(Tag.LEFT, 99_000, 0, 0, reason) == {f"left.{reason}": 1, **bands("120000")}


@pytest.mark.parametrize("letter", "AXFK")
def test_what_a_visit_adds_where_it_was_offered(letter: str) -> None:
    assert posted(Tag.BY_ENTRY, 20_000, reason=letter) == {f"{letter}20000": 1}
    assert posted(Tag.BY_ENTRY, 1_200_001, reason=letter) == {f"{letter}+": 1}


def test_what_is_counted_once_more_is_taken_away() -> None:
    tally: Tally = {}
    POSTER.post(tally, Contribution(ms(0), "k\tvoice", 2, Tag.ANSWERED, 300, 1), 1)
    assert tally == {"a5000": -1, "aw": -300, "ah203": -1, "d.in": -1}
    POSTER.post(tally, Contribution(ms(0), "k\tvoice", 2, Tag.ANSWERED, 300, 1), -1)
    assert not any(tally.values())


@pytest.mark.parametrize(
    ("handle_ms", "band"), [(0, "30000"), (30_000, "30000"), (30_001, "60000"), (3_600_001, "+")]
)
def test_what_a_handled_leg_adds(handle_ms: int, band: str) -> None:
    tally = posted(Tag.HANDLED, handle_ms, 0, 0)
    assert tally[f"h{band}"] == 1
    assert sum(n for field, n in tally.items() if field.startswith("hh")) == 1


def test_a_handled_leg_is_the_sum_of_talk_hold_and_acw() -> None:
    tally = posted(Tag.HANDLED, 100, 20, 3)
    assert tally == {"handled": 1, "talk": 100, "hold": 20, "acw": 3, "h30000": 1, "hh123": 1}


#: Replies are booked by nothing yet.
BOOKED = [tag for tag in Tag if tag is not Tag.REPLY]
REASONS = {Tag.BY_ENTRY: "K", Tag.DECIDED: "in", Tag.OFFER: "declined", Tag.BLOCKED: "full"}


@pytest.mark.parametrize("series", ["c\tbilling\tvoice", "k\tvoice", "a\tnorth"])
@pytest.mark.parametrize("tag", BOOKED)
def test_what_is_taken_back_leaves_nothing(tag: Tag, series: str) -> None:
    contribution = Contribution(ms(0), series, 1, tag, 4_000, 1, 1, REASONS.get(tag, "overflow"))
    tally: Tally = {}
    POSTER.post(tally, contribution, 1)
    assert tally
    POSTER.post(tally, contribution, -1)
    assert {field: n for field, n in tally.items() if n} == {}


def test_add_counts_from_nothing() -> None:
    tally: Tally = {}
    add(tally, "offered", 2)
    add(tally, "offered", -5)
    assert tally == {"offered": -3}


def test_merge_adds_and_subtracts_and_keeps_no_zero() -> None:
    tally = {"offered": 2, "aw": 500}
    merge(tally, {"offered": 1, "aw": -500, "xw": 7})
    assert tally == {"offered": 3, "xw": 7}
    merge(tally, {"offered": 1, "talk": 4}, -1)
    assert tally == {"offered": 2, "xw": 7, "talk": -4}


# Running totals.


def shown(total: Tally, field: str) -> int:
    """What a counter shows: the total, and how far it has fallen below its peak."""
    return total.get(field, 0) + total.get(f"^{field}", 0)


@pytest.mark.parametrize(
    "field",
    [
        "offered",
        "a20000",
        "a+",
        "aw",
        "left.overflow",
        "f5000",
        "k+",
        "pn",
        "pw",
        "blocked.full",
        "handled",
        "hold",
        "h30000",
        "d.in",
        "d.short",
        "d.late_short",
    ],
)
@pytest.mark.parametrize(
    "steps",
    [
        [5],
        [5, -2],
        [5, -2, 1],
        [5, -2, 2],  # exactly back at the peak
        [5, -2, 3],  # and above
        [5, -2, -2, 1, 9, -1],
        [1, -1, 1, -1, 1],
        [0, -3, 3],
    ],
)
def test_a_counter_shows_the_highest_total_there_was(field: str, steps: list[int]) -> None:
    total: Tally = {}
    values, peaks = [], []
    for step in steps:
        merge_total(total, {field: step})
        values.append(total[field])
        peaks.append(shown(total, field))
    assert values == list(accumulate(steps))
    assert peaks == list(accumulate((max(0, value) for value in values), max))
    # At its peak a total carries no remark.
    assert (f"^{field}" in total) is (values[-1] < peaks[-1])


@pytest.mark.parametrize("field", ["ah214", "xh0", "hh123", "ph9"])
def test_totals_keep_no_histograms(field: str) -> None:
    total: Tally = {}
    merge_total(total, {field: 1, "handled": 1})
    assert total == {"handled": 1}


@pytest.mark.parametrize(
    "field",
    ["n.talking", "t.talking", "t.leg", "d.late", "d.callback", "d45000.in", "A5000", "K+", "D.callback_in"],
)
def test_what_no_counter_shows_has_no_peak(field: str) -> None:
    total: Tally = {}
    merge_total(total, {field: 3})
    merge_total(total, {field: -5})
    assert total == {field: -2}
