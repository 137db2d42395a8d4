"""Contributions: what a contact contributes to the panes, each bound to the instant it is booked at.

A visit is decided once, at the earliest of its exit and `queued + target`. One that exits later is a
miss at the target instant; while it still waits, the reader counts that miss from live state.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import Any, NamedTuple

from stream.domain.contact.conversation import Conversation
from stream.domain.contact.leg import Leg
from stream.domain.contact.visit import Visit
from stream.domain.definition import ClockStop, Definition, Definitions
from stream.domain.fields import ABANDONED, ANSWERED, CALLBACK, FLOWED_OUT, OF_OFFERED
from stream.domain.kinds import Kind
from stream.domain.series import (
    again_series,
    agent_series,
    contact_series,
    joined_series,
    unanswered_series,
)

_ANSWERED = int(Kind.VISIT_ANSWERED)
_ABANDONED = int(Kind.VISIT_ABANDONED)


class Tag(IntEnum):
    """What a contribution books; x, y, z of the contribution in brackets."""

    OFFERED = 0
    ANSWERED = 1  # wait_ms, within target
    ABANDONED = 2  # wait_ms, within target, short
    LEFT = 3  # wait_ms, within target; `reason` says why
    LATE = 4  # past the target at this instant, whatever the outcome
    HANDLED = 5  # talk_ms, hold_ms, acw_ms; `reason` is the agent
    COHORT = 6  # wait_ms of an exit, booked where the visit was offered; `reason` is the letter of its bands
    DECIDED = 7  # another target; `reason` says how the visit stands to it
    PROMISED = 8  # ms from the first queue entry to the answered callback
    TRANSFERRED = 9  # which leg of its visit, `reason` says how
    LEG_BEGAN = 10  # which of its visit, `reason` is the channel
    LEG_ENDED = 11
    MOVED = 16  # 1 or -1; `reason` is the count of the visits offered that a callback goes to, or comes from
    # Of one fact each, whose identity is `uid`; `reason` has what it says.
    OFFER = 12
    BLOCKED = 13
    ATTEMPT = 14
    REPLY = 15  # wait_ms, which clock


# Members of an enum are looked up slowly; these are used for every contact of every batch.
_OFFERED, _LATE, _HANDLED, _COHORT = int(Tag.OFFERED), int(Tag.LATE), int(Tag.HANDLED), int(Tag.COHORT)
_LEG_BEGAN, _LEG_ENDED = int(Tag.LEG_BEGAN), int(Tag.LEG_ENDED)


_tuple: Any = tuple.__new__  # named tuples are made for every visit; this makes them in half the time


class Contribution(NamedTuple):
    """One contribution of one visit. Equal contributions are the same contribution."""

    at_ms: int
    series: str
    number: int
    tag: int
    x: int = 0
    y: int = 0
    z: int = 0
    reason: str = ""
    uid: str = ""


class Live(NamedTuple):
    """What a contact is doing now: waiting in (`waiting`), or talking after, the queue of `series`.

    A callback that is not due waits from the instant it is due. `team` is that of the agent who talks.
    Whoever joined a talk that lasts is on a series of their own, for the contact is one.
    """

    waiting: bool
    series: str
    since_ms: int
    team: str = ""


def contributions(found: Iterable[Visit], definitions: Definitions) -> list[Contribution]:
    """All that these visits of one contact contribute, by `definitions`."""
    result: list[Contribution] = []
    entered = [visit for visit in found if visit.queued_ms >= 0]
    if len(entered) > 1:
        entered.sort(key=_entry)
    for visit in entered:
        series = _series(visit)
        result.append(
            _tuple(Contribution, (visit.queued_ms, series, visit.number, _OFFERED, 0, 0, 0, "", ""))
        )
        if visit.exit_kind >= 0:
            _exit(result, visit, series, definition_of(visit, definitions))
            if visit.channel == "callback":
                _promised(result, visit, series, entered)
                _moved(result, visit, series, definitions)
    if len(entered) > 1:
        later = {visit.number for visit in entered[1:]}
        series = again_series(entered[0].channel)
        result += [m._replace(series=series) for m in result if m.number in later and m.tag in _ONCE]
    return result


def stop_clocks(found: Iterable[Visit], definitions: Definitions) -> None:
    """End waits where an agent accepted, for definitions that say so; never before the queue entry."""
    for visit in found:
        if (
            0 <= visit.queued_ms <= visit.accepted_ms <= visit.connected_ms
            and definition_of(visit, definitions).clock_stop is ClockStop.ACCEPTED
        ):
            visit.exit_ms = visit.accepted_ms


def definition_of(visit: Visit, definitions: Definitions) -> Definition:
    """The definition that a visit is read by: the one in force when it began to wait.

    One that was over before it began to, as a callback that is given up before it is due, never waited: it is
    read by the one in force when it left. So nothing is booked by a definition of later than was told.
    """
    at_ms = visit.begun_ms
    if at_ms > visit.queued_ms and visit.exit_ms >= 0:
        at_ms = min(at_ms, max(visit.queued_ms, visit.exit_ms, visit.connected_ms))
    return definitions.of(visit.queue, visit.channel, at_ms)


def _entry(visit: Visit) -> tuple[int, int]:
    return visit.queued_ms, visit.number


def _exit(result: list[Contribution], visit: Visit, series: str, definition: Definition) -> None:
    wait_ms, number = visit.wait_ms, visit.number
    within = wait_ms <= definition.target_ms
    short = definition.short_abandon_ms > 0 and wait_ms <= definition.short_abandon_ms
    tag, letter = _EXITS[visit.exit_kind]
    if visit.exit_kind == _LEFT:
        letter = _LEFT_LETTERS.get(visit.reason, OF_OFFERED[FLOWED_OUT])
    result.append(
        _tuple(Contribution, (visit.exit_ms, series, number, tag, wait_ms, within, short, visit.reason, ""))
    )
    if letter:
        result.append(
            _tuple(Contribution, (visit.queued_ms, series, number, _COHORT, wait_ms, 0, 0, letter, ""))
        )
    if not within:
        result.append(Contribution(visit.begun_ms + definition.target_ms, series, number, _LATE))
    for target_ms in definition.all_targets_ms:
        in_time = wait_ms <= target_ms
        verdict = _verdict(visit, short=short) if in_time else "late"
        at_ms = visit.exit_ms if in_time else visit.begun_ms + target_ms
        result.append(Contribution(at_ms, series, number, int(Tag.DECIDED), target_ms, 0, 0, verdict))
    if visit.exit_kind == _ANSWERED:
        _leg(result, visit, series)


def _verdict(visit: Visit, *, short: bool) -> str:
    if visit.exit_kind == _ANSWERED:
        return "in"
    if visit.exit_kind == _ABANDONED:
        return "short" if short else "abandoned"
    return left_verdict(visit.reason)


def left_verdict(reason: str) -> str:
    """What who left otherwise in time counts as: a callback and an error are told from who flowed out."""
    return reason if reason in {"callback", "error"} else "flowed_out"


def _leg(result: list[Contribution], visit: Visit, series: str) -> None:
    number = visit.number
    for place, leg in enumerate(visit.legs()):
        if leg.wrapped_up_ms >= 0:
            result.append(_handled(leg, number, series))
        if leg.transfer:
            transferred = int(Tag.TRANSFERRED)
            result.append(Contribution(leg.ended_ms, series, number, transferred, place, reason=leg.transfer))
        if leg.team:
            team = agent_series(leg.team)
            result.append(
                Contribution(leg.connected_ms, team, number, _LEG_BEGAN, place, reason=visit.channel)
            )
            if not leg.talks:
                result.append(
                    Contribution(leg.over_ms, team, number, _LEG_ENDED, place, reason=visit.channel)
                )


def _handled(leg: Leg, number: int, series: str) -> Contribution:
    ended_ms = leg.ended_ms if leg.ended_ms >= 0 else leg.wrapped_up_ms
    leg_ms = max(0, ended_ms - leg.connected_ms)
    hold_ms = min(leg.hold_ms, leg_ms)
    acw_ms = max(0, leg.wrapped_up_ms - ended_ms)
    return Contribution(
        leg.wrapped_up_ms, series, number, _HANDLED, leg_ms - hold_ms, hold_ms, acw_ms, leg.agent
    )


def _promised(result: list[Contribution], visit: Visit, series: str, entered: list[Visit]) -> None:
    """A callback was answered: what the customer waited since the queue entry that led to it."""
    if visit.exit_kind != _ANSWERED:
        return
    asked = [v for v in entered if v.reason == "callback" and v.queued_ms <= visit.queued_ms]
    asked_ms = asked[-1].queued_ms if asked else visit.asked_ms
    if asked_ms >= 0:
        waited_ms = max(0, visit.exit_ms - asked_ms)
        result.append(Contribution(visit.exit_ms, series, visit.number, int(Tag.PROMISED), waited_ms))


def _moved(result: list[Contribution], visit: Visit, series: str, definitions: Definitions) -> None:
    """A callback that was promised under one definition and fell due under another.

    Its band lies where it was offered, and is read there by what was in force then.
    """
    there = definitions.of(visit.queue, visit.channel, visit.queued_ms)
    was, now = _stands(visit, there), _stands(visit, definition_of(visit, definitions))
    if was != now:
        for count, name in ((-1, was), (1, now)):
            result.append(
                Contribution(visit.queued_ms, series, visit.number, int(Tag.MOVED), count, reason=name)
            )


def _stands(visit: Visit, definition: Definition) -> str:
    """The count of those who have left that a visit is one of; none for an error."""
    short = 0 < definition.short_abandon_ms >= visit.wait_ms
    verdict = _verdict(visit, short=short)
    if verdict == "error":
        return ""
    if verdict == "short":
        return "short_abandoned"
    name = {"in": "answered"}.get(verdict, verdict)
    return f"{name}_in" if visit.wait_ms <= definition.target_ms else f"late_{name}"


def replies(found: Conversation) -> list[Contribution]:
    """What the replies of a conversation contribute, each where it was written."""
    return [
        Contribution(
            reply.at_ms, reply.series, 0, int(Tag.REPLY), reply.wait_ms, int(reply.kind), uid=reply.uid
        )
        for reply in found.replies
    ]


def unanswered(found: Conversation) -> tuple[Live, ...]:
    """Since when a customer's message waits for a person to answer it, if one does."""
    if found.open is None:
        return ()
    return (Live(waiting=False, series=unanswered_series(found.open.series), since_ms=found.open.since_ms),)


def live(found: Iterable[Visit]) -> tuple[Live, ...]:
    """All that the contact is doing now: the queues it waits in, and its conversations."""
    doing: list[Live] = []
    for visit in found:
        if visit.queued_ms < 0:
            continue
        if visit.exit_kind < 0:
            doing.append(Live(waiting=True, series=_series(visit), since_ms=visit.begun_ms))
        elif visit.exit_kind == _ANSWERED and (visit.joined or visit.talks):
            series = _series(visit)
            for leg in visit.legs():
                if leg.talks:
                    doing.append(Live(False, series, leg.connected_ms, leg.team))  # noqa: FBT003 - a tuple
                    series = joined_series(_series(visit))
    return tuple(doing)


def _series(visit: Visit) -> str:
    return contact_series(visit.queue, visit.channel)


_LEFT = int(Kind.VISIT_LEFT)
_EXITS = {
    _ANSWERED: (int(Tag.ANSWERED), OF_OFFERED[ANSWERED]),
    _ABANDONED: (int(Tag.ABANDONED), OF_OFFERED[ABANDONED]),
    _LEFT: (int(Tag.LEFT), ""),
}
#: The bands of those who left otherwise; an error is nobody's miss and has none.
_LEFT_LETTERS = {"callback": OF_OFFERED[CALLBACK], "error": ""}
#: What is counted once for a contact, at its first visit.
_ONCE = {int(tag) for tag in (Tag.OFFERED, Tag.ANSWERED, Tag.ABANDONED, Tag.LEFT, Tag.LATE)}
