"""What a queue promises, and under which code it is shown."""

import pytest

from stream.domain.definition import DEFAULT_WAIT_EDGES_MS, Definition, ServiceLevelRule, definitions
from stream.domain.reading import bands, read, up_to

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
    assert found.of("a", "chat") is exact
    assert found.of("a", "voice") is queue
    assert found.of("b", "chat") is channel
    assert found.of("b", "voice") is default


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
        }
    )
    assert reading.answered == {5_000: 2, float("inf"): 3}
    assert reading.abandoned == {20_000: 6, float("inf"): 7}
    assert reading.answered_waits == {17: 5}
    assert reading.left == {"overflow": 10, "callback": 11}


def test_bands_of_one_kind() -> None:
    tally = {"h30000": 1, "h+": 2, "hh7": 3, "handled": 4, "hold": 5, "a30000": 6}
    assert bands(tally, "h") == {30_000: 1, float("inf"): 2}
    assert bands({}, "a") == {}


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
