"""Moments: what a contact contributes to the panes, each bound to the instant it is booked at.

A visit is decided once, at the earliest of its exit and `queued + target`. One that exits later is a
miss at the target instant; while it still waits, the reader counts that miss from live state.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from stream.domain.contact import Visit
from stream.domain.definition import Definitions
from stream.domain.fact import Kind

_ANSWERED = int(Kind.VISIT_ANSWERED)


class Tag(IntEnum):
    """What a moment books; x, y, z of the moment in brackets."""

    OFFERED = 0
    ANSWERED = 1  # wait_ms, within target
    ABANDONED = 2  # wait_ms, within target, short
    LEFT = 3  # wait_ms, within target; `reason` says why
    LATE = 4  # past the target at this instant, whatever the outcome
    HANDLED = 5  # talk_ms, hold_ms, acw_ms


# Members of an enum are looked up slowly; these are used for every contact of every batch.
_OFFERED, _LATE, _HANDLED = int(Tag.OFFERED), int(Tag.LATE), int(Tag.HANDLED)


class Moment(NamedTuple):
    """One contribution of one visit. Equal moments are the same contribution."""

    at_ms: int
    series: str
    number: int
    tag: int
    x: int = 0
    y: int = 0
    z: int = 0
    reason: str = ""


class Live(NamedTuple):
    """What a contact is doing now: waiting in (`waiting`), or talking after, the queue of `series`."""

    waiting: bool
    series: str
    since_ms: int
    team: str = ""


def contact_series(queue: str, channel: str) -> str:
    """The name of the cells of a (queue, channel)."""
    return f"c\t{queue}\t{channel}"


def moments(found: Iterable[Visit], definitions: Definitions) -> list[Moment]:
    """All that these visits of one contact contribute, by `definitions`."""
    result: list[Moment] = []
    for visit in found:
        if visit.queued_ms >= 0:
            series = _series(visit)
            result.append(Moment(visit.queued_ms, series, visit.number, _OFFERED))
            if visit.exit_kind >= 0:
                _exit(result, visit, series, definitions)
    return result


def _exit(result: list[Moment], visit: Visit, series: str, definitions: Definitions) -> None:
    definition = definitions.of(visit.queue, visit.channel)
    wait_ms = visit.wait_ms
    within = wait_ms <= definition.target_ms
    short = definition.short_abandon_ms > 0 and wait_ms <= definition.short_abandon_ms
    result.append(
        Moment(
            visit.exit_ms,
            series,
            visit.number,
            _EXIT_TAGS[visit.exit_kind],
            wait_ms,
            within,
            short,
            visit.reason,
        )
    )
    if not within:
        result.append(Moment(visit.queued_ms + definition.target_ms, series, visit.number, _LATE))
    if visit.wrapped_up_ms >= 0 and visit.exit_kind == _ANSWERED:
        result.append(_handled(visit, series))


def _handled(visit: Visit, series: str) -> Moment:
    ended_ms = visit.ended_ms if visit.ended_ms >= 0 else visit.wrapped_up_ms
    connected_ms = max(0, ended_ms - visit.exit_ms)
    hold_ms = min(visit.hold_ms, connected_ms)
    acw_ms = max(0, visit.wrapped_up_ms - ended_ms)
    return Moment(
        visit.wrapped_up_ms, series, visit.number, _HANDLED, connected_ms - hold_ms, hold_ms, acw_ms
    )


def live(found: Iterable[Visit], *, ended: bool) -> Live | None:
    """What the contact is doing now: waiting, or else talking; None when neither. `ended` ends both."""
    talking: Live | None = None
    for visit in () if ended else found:
        if visit.queued_ms < 0:
            continue
        if visit.exit_kind < 0:
            return Live(waiting=True, series=_series(visit), since_ms=visit.queued_ms)
        if visit.exit_kind == _ANSWERED and visit.ended_ms < 0 and visit.wrapped_up_ms < 0:
            talking = Live(waiting=False, series=_series(visit), since_ms=visit.exit_ms)
    return talking


def _series(visit: Visit) -> str:
    return contact_series(visit.queue, visit.channel)


_EXIT_TAGS = {
    int(Kind.VISIT_ANSWERED): int(Tag.ANSWERED),
    int(Kind.VISIT_ABANDONED): int(Tag.ABANDONED),
    int(Kind.VISIT_LEFT): int(Tag.LEFT),
}
