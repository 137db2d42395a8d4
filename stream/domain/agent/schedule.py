"""Agent schedules, and the time in a state compared with them.

A publication defines an interval completely: its shifts, and nothing between them. The latest of overlapping
publications counts. After each edge of the schedule every state adheres during the grace.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from stream.domain.fact import Fact
from stream.domain.order import content_key

PRODUCTIVE = "productive"
PRODUCTIVE_STATES = frozenset({"available", "ringing", "talking", "hold", "wrapup", "busy_other"})
GRACE_MS = 60_000


class Segment(NamedTuple):
    """An interval of one activity; "" where a publication plans nothing. `team` may be ""."""

    from_ms: int
    to_ms: int
    activity: str
    team: str = ""


class Attended(NamedTuple):
    """An interval that counts as `name` for a team; "" means the team of the agent's state.

    `scheduled` is planned time, `scheduled_productive` time planned for work, `adherent` time in a state that
    matches the plan, and `produced` productive time within a publication.
    """

    name: str
    from_ms: int
    to_ms: int
    team: str


def schedule_of(publications: Iterable[Fact]) -> tuple[Segment, ...]:
    """The segments in force, in order, without overlap, and with adjacent segments that differ."""
    found: list[Segment] = []
    for fact in sorted(publications, key=content_key):
        team, *shifts = fact.shifts.split("\t")
        low_ms, high_ms = int(fact.from_ms), int(fact.to_ms)
        found = _over(found, Segment(low_ms, high_ms, "", team))
        for shift in shifts:
            from_ms, to_ms, activity = shift.split(" ")
            inside = max(low_ms, int(from_ms)), min(high_ms, int(to_ms))
            found = _over(found, Segment(*inside, activity, team))
    return tuple(_joined(sorted(found)))


def attended(
    segments: Iterable[Segment], state: str, from_ms: int, to_ms: int, grace_ms: int
) -> Iterator[Attended]:
    """Label the time of an agent in `state` from `from_ms` to `to_ms` by what was planned."""
    productive = state in PRODUCTIVE_STATES
    for start_ms, end_ms, activity, team in segments:
        low, high = max(start_ms, from_ms), min(end_ms, to_ms)
        if low >= high:
            continue
        if productive:
            yield Attended("produced", low, high, team)
        if not activity:
            continue
        yield Attended("scheduled", low, high, team)
        if activity == PRODUCTIVE:
            yield Attended("scheduled_productive", low, high, team)
        until = high if productive is (activity == PRODUCTIVE) else min(high, start_ms + grace_ms)
        if low < until:
            yield Attended("adherent", low, until, team)


def _over(under: list[Segment], new: Segment) -> list[Segment]:
    """Put `new` over `under`, cutting what it covers."""
    if new.from_ms >= new.to_ms:
        return under
    pieces = [
        piece
        for old in under
        for piece in (
            old._replace(to_ms=min(old.to_ms, new.from_ms)),
            old._replace(from_ms=max(old.from_ms, new.to_ms)),
        )
        if piece.from_ms < piece.to_ms
    ]
    return [*pieces, new]


def _joined(segments: list[Segment]) -> Iterator[Segment]:
    """Join adjacent equal segments: an edge between them would start another grace."""
    held: Segment | None = None
    for segment in segments:
        if held is None:
            held = segment
        elif (held.to_ms, held.activity, held.team) == (segment.from_ms, segment.activity, segment.team):
            held = held._replace(to_ms=segment.to_ms)
        else:
            yield held
            held = segment
    if held is not None:
        yield held
