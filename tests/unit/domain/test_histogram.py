"""Buckets: the same on every machine, in order, and within 0.8 % of what is in them."""

from random import Random

import pytest

from stream.domain.histogram import Ranks, bucket_of, value_of

pytestmark = pytest.mark.pure

EXHAUSTIVE = 200_000


def beyond() -> list[int]:
    """Around every power of two up to 35 years, and a thousand more."""
    chance = Random(7)
    edges = [(1 << bits) + step for bits in range(17, 41) for step in (-1, 0, 1)]
    return sorted([*edges, *(chance.randrange(EXHAUSTIVE, 1 << 40) for _ in range(1000))])


def is_near(value: int) -> bool:
    return 128 * abs(value_of(bucket_of(value)) - value) <= value


def test_up_to_127_ms_the_value_itself_is_kept() -> None:
    assert [value_of(bucket_of(value)) for value in range(128)] == list(range(128))


def test_every_value_is_within_one_128th_of_its_bucket() -> None:
    assert all(map(is_near, range(EXHAUSTIVE)))
    assert all(map(is_near, beyond()))


def test_buckets_follow_each_other_without_a_gap() -> None:
    steps = {bucket_of(value + 1) - bucket_of(value) for value in range(EXHAUSTIVE)}
    assert steps == {0, 1}
    sample = [bucket_of(value) for value in beyond()]
    assert sample == sorted(sample)
    for bits in range(17, 41):
        assert bucket_of(1 << bits) == bucket_of((1 << bits) - 1) + 1


def test_there_are_64_buckets_to_each_doubling() -> None:
    assert [bucket_of(1 << bits) for bits in (7, 8, 9, 20, 40)] == [128, 192, 256, 960, 2240]


def test_the_middle_of_a_bucket_lies_in_it() -> None:
    assert all(bucket_of(value_of(bucket)) == bucket for bucket in range(2300))


# Quantiles by nearest rank.


def quantiles_ms(counts: dict[int, int], percents: tuple[int, ...]) -> list[int | None]:
    return [Ranks(counts).ms(percent) for percent in percents]


def counts_of(values: list[int]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for value in values:
        counts[bucket_of(value)] = counts.get(bucket_of(value), 0) + 1
    return counts


def test_of_nothing_there_are_no_quantiles() -> None:
    assert quantiles_ms({}, (50, 90, 95)) == [None, None, None]
    assert quantiles_ms({3: 0}, (50,)) == [None]
    assert Ranks({}).seconds(50) is None


def test_seconds_are_those_of_the_ms() -> None:
    assert Ranks({bucket_of(125): 1}).seconds(50) == 0.125


def test_of_one_value_every_quantile_is_that_value() -> None:
    assert quantiles_ms({42: 1}, (0, 1, 50, 100)) == [42, 42, 42, 42]


@pytest.mark.parametrize(
    ("size", "ranks"),
    [(2, (1, 2, 2)), (10, (5, 9, 10)), (20, (10, 18, 19)), (100, (50, 90, 95)), (101, (51, 91, 96))],
)
def test_at_least_so_many_lie_at_or_below(size: int, ranks: tuple[int, int, int]) -> None:
    values = list(range(1, size + 1))
    assert quantiles_ms(counts_of(values), (50, 90, 95)) == list(ranks)


def test_quantiles_of_long_waits_are_within_a_bucket() -> None:
    chance = Random(11)
    values = sorted(chance.randrange(0, 900_000) for _ in range(501))
    found = quantiles_ms(counts_of(values), (50, 90, 95, 100))
    for value, exact in zip(found, (values[250], values[450], values[475], values[500]), strict=True):
        assert value is not None
        assert 128 * abs(value - exact) <= exact


def test_counts_may_come_in_any_order() -> None:
    assert quantiles_ms({9: 1, 1: 1, 5: 1}, (1, 50, 100)) == [1, 5, 9]
