"""Faults move and repeat items; they lose and invent nothing."""

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.faults import REPEAT_WITHIN, delay, duplicate, shuffle_within_key

pytestmark = pytest.mark.pure

Keyed = list[tuple[str, int]]
SEEDS = st.integers(0, 10**6)
SHARES = st.floats(0, 1)
KEYED = st.lists(st.tuples(st.sampled_from("abc"), st.integers()), max_size=60)


def key_of(item: tuple[str, int]) -> str:
    return item[0]


@settings(max_examples=40)
@given(st.lists(st.integers(), max_size=300), SHARES, SEEDS)
def test_duplicates_are_items_that_were_there(items: list[int], share: float, seed: int) -> None:
    came = Counter(duplicate(items, share=share, seed=seed))
    once = Counter(items)
    assert came.keys() == once.keys()
    assert all(once[item] <= times <= 2 * once[item] for item, times in came.items())


def test_a_repeat_follows_the_first_delivery_within_the_limit() -> None:
    places: dict[int, list[int]] = {}
    for place, item in enumerate(duplicate(range(2_000), share=0.3, seed=1)):
        places.setdefault(item, []).append(place)
    twice = [at for at in places.values() if len(at) == 2]
    assert 500 < len(twice) < 700
    assert all(0 < again - first <= 2 * REPEAT_WITHIN for first, again in twice)


def test_first_deliveries_keep_their_order() -> None:
    assert list(dict.fromkeys(duplicate(range(500), share=0.5, seed=3))) == list(range(500))


@settings(max_examples=40)
@given(KEYED, SEEDS)
def test_shuffling_keeps_the_places_of_each_key(items: Keyed, seed: int) -> None:
    shuffled = list(shuffle_within_key(items, key=key_of, seed=seed))
    assert [key_of(item) for item in shuffled] == [key_of(item) for item in items]
    assert Counter(shuffled) == Counter(items)


def test_shuffling_changes_the_order_within_a_key() -> None:
    items = [("ab"[n % 2], n) for n in range(100)]
    assert list(shuffle_within_key(items, key=key_of, seed=1)) != items


@settings(max_examples=40)
@given(st.lists(st.integers(), max_size=100), SHARES, st.integers(0, 40), SEEDS)
def test_delaying_loses_nothing(items: list[int], share: float, by: int, seed: int) -> None:
    assert Counter(delay(items, share=share, by=by, seed=seed)) == Counter(items)


def test_a_delayed_item_is_held_until_that_many_later_ones_were_read() -> None:
    read_so_far: list[int] = []

    def reading() -> Iterator[int]:
        for item in range(1_000):
            read_so_far.append(item)
            yield item

    lags = [read_so_far[-1] - item for item in delay(reading(), share=0.1, by=20, seed=5)]
    assert set(lags[:-20]) == {0, 20}
    assert 60 < lags.count(20) < 140


def test_without_a_share_nothing_changes() -> None:
    items = list(range(50))
    assert list(duplicate(items, share=0, seed=1)) == items
    assert list(delay(items, share=0, by=5, seed=1)) == items


def test_the_seed_decides() -> None:
    def faulty(seed: int) -> list[int]:
        return list(delay(duplicate(range(300), share=0.2, seed=seed), share=0.2, by=9, seed=seed))

    assert faulty(1) == faulty(1) != faulty(2)
