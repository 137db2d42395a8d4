"""What a queue promises, and under which code it is shown."""

import pytest

from stream.domain.definition import (
    DEFAULT_WAIT_EDGES_MS,
    Attribution,
    Definition,
    LeftPolicy,
    ServiceLevelRule,
    definitions,
)
from stream.domain.reading import read, up_to

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        (Definition(), "SL(20s, drop_short 5s, decided)"),
        (
            Definition(rule=ServiceLevelRule.CREDIT_SHORT, short_abandon_ms=2_500),
            "SL(20s, credit_short 2.5s, decided)",
        ),
        (Definition(60_000, rule=ServiceLevelRule.COUNT_ABANDONS), "SL(60s, count_abandons, decided)"),
        (Definition(rule=ServiceLevelRule.ANSWERED_ONLY), "SL(20s, answered_only, exited)"),
        (
            Definition(
                rule=ServiceLevelRule.COUNT_ABANDONS,
                attribution=Attribution.OFFERED,
                flowed_out=LeftPolicy.MISS,
                callback=LeftPolicy.MET_IN_TARGET,
            ),
            "SL(20s, count_abandons, flowed_out miss, callback met_in_target, offered)",
        ),
    ],
)
def test_the_code_says_all_that_the_number_depends_on(definition: Definition, code: str) -> None:
    assert definition.code == code


def test_two_definitions_never_share_a_code() -> None:
    codes = {
        Definition(target_ms, short_ms, rule).code
        for target_ms in (5_000, 5_001, 20_000)
        for short_ms in (0, 500, 5_000)
        for rule in ServiceLevelRule
    }
    with_short = [rule for rule in ServiceLevelRule if "short" in rule]
    assert len(codes) == 3 * (3 * len(with_short) + len(ServiceLevelRule) - len(with_short))


def test_the_most_precise_definition_is_in_force() -> None:
    exact, queue, channel, default = (Definition(target_ms=1000 * n) for n in (1, 2, 3, 4))
    found = definitions({("a", "chat"): exact, ("a", ""): queue}, {"chat": channel}, default)
    assert found.of("a", "chat", 0) is exact
    assert found.of("a", "voice", 0) is queue
    assert found.of("b", "chat", 0) is channel
    assert found.of("b", "voice", 0) is default
    assert found.timeline("b", "voice") == ((0, default),)


@pytest.mark.parametrize(
    ("at_ms", "expected"), [(0, 1), (99, 1), (100, 2), (101, 2), (199, 2), (200, 3), (1 << 50, 3)]
)
def test_a_definition_is_in_force_from_its_instant_on(at_ms: int, expected: int) -> None:
    steps = tuple((100 * n, Definition(target_ms=1000 * (n + 1))) for n in range(3))
    found = definitions({("a", ""): steps})
    assert found.of("a", "voice", at_ms).target_ms == 1000 * expected
    assert found.timeline("a", "voice") == steps


def test_before_the_first_of_its_definitions_a_queue_has_that_one() -> None:
    found = definitions({("a", ""): ((100, Definition(1_000)), (200, Definition(2_000)))})
    assert found.of("a", "voice", 99).target_ms == 1_000


def test_every_limit_a_queue_ever_had_is_an_edge() -> None:
    steps = ((0, Definition(7_001, 1_001, all_targets_ms=(7_001, 8_002))), (100, Definition(9_003, 2_002)))
    assert {7_001, 1_001, 8_002, 9_003, 2_002} <= set(definitions({("a", ""): steps}).wait_edges_ms)


@pytest.mark.parametrize("attribution", Attribution)
@pytest.mark.parametrize("rule", ServiceLevelRule)
def test_who_was_answered_is_known_at_the_exit(rule: ServiceLevelRule, attribution: Attribution) -> None:
    booked = Definition(rule=rule, attribution=attribution).booked
    if (rule, attribution) == (ServiceLevelRule.ANSWERED_ONLY, Attribution.DECIDED):
        assert booked is Attribution.EXITED
    else:
        assert booked is attribution


def test_every_limit_in_use_is_an_edge_of_a_wait_band() -> None:
    found = definitions(
        {("a", ""): Definition(target_ms=7_500, short_abandon_ms=0)},
        {"chat": Definition(target_ms=61_000, short_abandon_ms=3_000)},
        Definition(target_ms=20_000),
    )
    assert set(found.wait_edges_ms) == {*DEFAULT_WAIT_EDGES_MS, 7_500, 61_000, 3_000}
    assert list(found.wait_edges_ms) == sorted(found.wait_edges_ms)


# Reading a tally: the names of its fields taken apart.


def test_fields_are_told_apart_by_their_names() -> None:
    reading = read(
        {
            "offered": 1,
            "a5000": 2,
            "a+": 3,
            "aw": 4,
            "ah17": 5,
            "x20000": 6,
            "x+": 7,
            "xw": 8,
            "xh9": 9,
            "left.overflow": 10,
            "left.callback": 11,
            "d.in": 12,
            "d.late": 13,
            "handled": 14,
            "hold": 15,
            "h30000": 16,
            "h+": 17,
            "hh3": 18,
            "acw": 19,
            "^a5000": 20,
            "^left.overflow": 21,
            "f5000": 22,
            "k+": 23,
            "A5000": 24,
            "X10000": 25,
            "F+": 26,
            "K20000": 27,
            "d45000.in": 28,
            "pn": 29,
            "pw": 30,
            "ph7": 31,
            "blocked.full": 32,
            "transferred.warm": 33,
            "attempts.no_answer": 34,
            "offers.made": 35,
            "n.leg.voice": 36,
            "late": 37,
            "talk": 38,
        }
    )
    assert reading.bands == {
        "a": {5_000: 2, float("inf"): 3},
        "x": {20_000: 6, float("inf"): 7},
        "f": {5_000: 22},
        "k": {float("inf"): 23},
        "A": {5_000: 24},
        "X": {10_000: 25},
        "F": {float("inf"): 26},
        "K": {20_000: 27},
        "h": {30_000: 16, float("inf"): 17},
    }
    assert reading.answered_waits == {17: 5}
    assert reading.left == {"overflow": 10, "callback": 11}
    assert reading.labelled == {
        "left": reading.left,
        "blocked": {"full": 32},
        "transferred": {"warm": 33},
        "attempts": {"no_answer": 34},
    }


def test_bands_of_one_kind() -> None:
    tally = {"h30000": 1, "h+": 2, "hh7": 3, "handled": 4, "hold": 5, "a30000": 6}
    assert read(tally).bands["h"] == {30_000: 1, float("inf"): 2}
    assert read({}).bands["a"] == {}


def test_counting_up_to_an_edge_includes_it() -> None:
    counts = {5_000: 1, 20_000: 2, float("inf"): 4}
    assert [up_to(counts, edge) for edge in (0, 4_999, 5_000, 19_999, 20_000, 9_999_999)] == [
        0,
        0,
        1,
        1,
        3,
        3,
    ]
