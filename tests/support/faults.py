"""What goes wrong on the way: pure, seeded transformers of a stream of anything.

Nothing is lost or invented: repeats aside, the same items come out, elsewhere in the stream.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from heapq import heappop, heappush
from random import Random
from typing import TypeVar

Item = TypeVar("Item")

#: A repeat comes at most this many items after the first delivery.
REPEAT_WITHIN = 100


def duplicate(items: Iterable[Item], *, share: float, seed: int) -> Iterator[Item]:
    """Deliver `share` of the items a second time, up to `REPEAT_WITHIN` items later."""
    rng = Random(seed)
    repeats: list[tuple[int, int, Item]] = []
    for place, item in enumerate(items):
        yield item
        if rng.random() < share:
            heappush(repeats, (place + rng.randrange(REPEAT_WITHIN), place, item))
        while repeats and repeats[0][0] <= place:
            yield heappop(repeats)[2]
    while repeats:
        yield heappop(repeats)[2]


def shuffle_within_key(
    items: Iterable[Item], *, key: Callable[[Item], Hashable], seed: int
) -> Iterator[Item]:
    """Permute the items of each key among the places which that key holds; reads all items first."""
    rng = Random(seed)
    stream = list(items)
    groups: dict[Hashable, list[Item]] = defaultdict(list)
    for item in stream:
        groups[key(item)].append(item)
    for group in groups.values():
        rng.shuffle(group)
    return (groups[key(item)].pop() for item in stream)


def delay(items: Iterable[Item], *, share: float, by: int, seed: int) -> Iterator[Item]:
    """Hold `share` of the items back until `by` later ones have been read, or the stream ends."""
    rng = Random(seed)
    held: deque[tuple[int, Item]] = deque()
    for place, item in enumerate(items):
        if rng.random() < share:
            held.append((place + by, item))
        else:
            yield item
        while held and held[0][0] <= place:
            yield held.popleft()[1]
    while held:
        yield held.popleft()[1]
