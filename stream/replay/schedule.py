"""When each event of a recorded log is sent, and at what time it is said to have happened."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stream.domain.fact import Event
from stream.replay.ordering import Ordered


class Due(NamedTuple):
    """An event, and how long after the start it is due."""

    after_ms: float
    event: Event


def schedule(
    ordered: Ordered, *, speed: float | None, shift_to_ms: int | None, shuffle: int | None = None
) -> Iterator[Due]:
    """The events in time order, `speed` times as fast as recorded; at once without a speed.

    `shift_to_ms` is the present: times are moved so that the log reaches it as the replay ends, so nothing
    is stamped in the future. `shuffle` is a seed: the events of each subject trade places among themselves,
    which takes all of them into memory.
    """
    first_ms, last_ms = ordered.first_ms, ordered.last_ms
    pace = 1 / speed if speed else 0.0
    shift_ms = 0 if shift_to_ms is None else round(shift_to_ms + (last_ms - first_ms) * pace) - last_ms
    for place, (subject, fact) in _placed(ordered, shuffle):
        after_ms = (place.fact.at_ms - first_ms) * pace
        yield Due(after_ms, Event(subject, fact._replace(at_ms=fact.at_ms + shift_ms)))


def _placed(ordered: Ordered, seed: int | None) -> Iterator[tuple[Event, Event]]:
    """Each event, and the one that is sent in its place."""
    if seed is None:
        return ((event, event) for event in ordered)
    events = list(ordered)
    return zip(events, _shuffled(events, seed), strict=True)


def _shuffled(events: Sequence[Event], seed: int) -> list[Event]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, event in enumerate(events):
        places[event.subject].append(place)
    chance = random.Random(seed)  # noqa: S311 - it disturbs a test, it guards no secret
    shuffled = list(events)
    for own in places.values():
        for place, other in zip(own, chance.sample(own, len(own)), strict=True):
            shuffled[place] = events[other]
    return shuffled
