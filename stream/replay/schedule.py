"""Schedules the events of a recorded log: when each is sent, and with which time."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stream.domain.fact import Event
from stream.replay.ordering import Ordered


class Due(NamedTuple):
    """An event, and the delay in ms from the start until it is due."""

    after_ms: float
    event: Event


def schedule(
    ordered: Ordered, *, speed: float | None, shift_to_ms: int | None, shuffle: int | None = None
) -> Iterator[Due]:
    """The events in order of time, `speed` times as fast as recorded; without a speed, all at once.

    `shift_to_ms` is the current time: event times move so that the log ends at the current time when the
    replay ends, and no event is in the future. `shuffle` is a seed: the events of each subject swap places,
    which loads all into memory.
    """
    first_ms, last_ms = ordered.first_ms, ordered.last_ms
    pace = 1 / speed if speed else 0.0
    shift_ms = 0 if shift_to_ms is None else round(shift_to_ms + (last_ms - first_ms) * pace) - last_ms
    for place, (subject, fact) in _placed(ordered, shuffle):
        after_ms = (place.fact.at_ms - first_ms) * pace
        yield Due(after_ms, Event(subject, fact._replace(at_ms=fact.at_ms + shift_ms)))


def _placed(ordered: Ordered, seed: int | None) -> Iterator[tuple[Event, Event]]:
    """Each event, and the event sent in its place."""
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
