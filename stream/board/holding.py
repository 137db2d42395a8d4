"""Reasons why partitions do not show everything in the log, one word each."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from stream.board.path import Sight
from stream.board.rebuilding import PartitionState
from stream.store.partition import Partition
from stream.store.sign import Hold

#: Data is not fresh once records wait for longer.
LAGGING_AFTER_MS = 5_000
_WORDS = frozenset(Hold)


class HeldUp(NamedTuple):
    """A reason that holds partitions up, and for how long in the worst case; None if unknown."""

    hold: Hold
    partitions: int
    seconds: float | None


def holding(
    states: Mapping[Partition, PartitionState],
    sights: Mapping[Partition, Sight],
    *,
    store_is_full: bool,
    now_ms: int,
) -> tuple[HeldUp, ...]:
    """All reasons at `now_ms`, the worst first. A partition with another reason does not also lag."""
    since: dict[Hold, list[int | None]] = {hold: [] for hold in Hold}
    if store_is_full:
        since[Hold.STORE_FULL] = [None for _ in states] or [None]
    for partition, state in states.items():
        for hold, since_ms in _of(state, sights.get(partition, Sight())):
            since[hold].append(since_ms)
    return tuple(_held(hold, found, now_ms) for hold, found in since.items() if found)


def _of(state: PartitionState, sight: Sight) -> Iterator[tuple[Hold, int | None]]:
    sign, cut = sight.sign, sight.cut
    if state.unaccounted:
        yield Hold.MISSING, None
    if state.rebuild is not None:
        yield Hold.REBUILDING, state.rebuild.since_ms
    if sign is None or cut is not None:  # the last sign of its owner is outdated
        return
    since_ms = sight.heard_ms - sign.waiting_ms
    if sign.hold in _WORDS:
        yield Hold(sign.hold), since_ms
    elif sign.waiting_ms > LAGGING_AFTER_MS and state.rebuild is None:
        yield Hold.LAGGING, since_ms


def _held(hold: Hold, since: list[int | None], now_ms: int) -> HeldUp:
    known = [since_ms for since_ms in since if since_ms is not None]
    return HeldUp(hold, len(since), max(0, now_ms - min(known)) / 1000 if known else None)
