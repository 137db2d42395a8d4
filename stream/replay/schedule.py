"""When each event of a recorded log is sent, and at what time it is said to have happened. Pure."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from stream.domain.fact import Event


class Due(NamedTuple):
    """An event, and how long after the start it is due."""

    after_ms: float
    event: Event


def schedule(
    events: Iterable[Event], *, speed: float | None, shift_to_ms: int | None, shuffle: int | None = None
) -> Iterator[Due]:
    """The events in time order, `speed` times as fast as recorded; at once without a speed.

    `shift_to_ms` is the present: times are moved so that the log reaches it as the replay ends, so nothing
    is stamped in the future. `shuffle` is a seed: the events of each subject trade places among themselves.
    """
    ordered = sorted(events, key=lambda event: (event.fact.at_ms, event.subject))
    if not ordered:
        return
    first_ms, last_ms = ordered[0].fact.at_ms, ordered[-1].fact.at_ms
    pace = 1 / speed if speed else 0.0
    shift_ms = 0 if shift_to_ms is None else round(shift_to_ms + (last_ms - first_ms) * pace) - last_ms
    due = [(event.fact.at_ms - first_ms) * pace for event in ordered]
    sent = ordered if shuffle is None else _shuffled(ordered, shuffle)
    for after_ms, (subject, fact) in zip(due, sent, strict=True):
        yield Due(after_ms, Event(subject, fact._replace(at_ms=fact.at_ms + shift_ms)))


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
